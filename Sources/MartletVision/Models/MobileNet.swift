public import Martlet
public import MartletNN

/// A small MobileNet of depthwise separable convolutions (Howard et al., "MobileNets: Efficient
/// convolutional neural networks for mobile vision applications", 2017) for images of about 32 x
/// 32: `(N, C, H, W)` to `(N, classes)`. Larger images are averaged at the end.
public final class MobileNet: Layer {
    public let f: Sequential
    public let fc: Linear

    public init(channels: Int = 3, classes: Int = 10) {
        f = Sequential(
            convNormReLU(channels, 32, 3),
            MobileNet.separable(32, 32, stride: 1), MobileNet.separable(32, 64, stride: 2),
            MobileNet.separable(64, 64, stride: 1), MobileNet.separable(64, 128, stride: 2),
            MobileNet.separable(128, 128, stride: 1), MobileNet.separable(128, 256, stride: 2),
            MobileNet.separable(256, 256, stride: 1), MobileNet.separable(256, 512, stride: 2))
        fc = Linear(512, classes)
    }

    /// A convolution of 3 x 3 in each channel, then one of 1 x 1 across them.
    private static func separable(_ inChannels: Int, _ outChannels: Int, stride: Int) -> Sequential
    {
        Sequential(
            Conv2d(
                inChannels, inChannels, kernelSize: 3, stride: stride, padding: 1,
                groups: inChannels, bias: false), BatchNorm2d(inChannels), ReLU(),
            Conv2d(inChannels, outChannels, kernelSize: 1, bias: false), BatchNorm2d(outChannels),
            ReLU())
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        fc(f(x, context).globalAverage(), context)
    }
}
