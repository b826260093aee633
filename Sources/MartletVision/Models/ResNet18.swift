public import Martlet
public import MartletNN

/// Two convolutions of 3 x 3 and a way past them: relu(left(x) + short(x)).
public final class ResidualBlock: Layer {
    public let left: Sequential
    /// Empty, or a 1 x 1 convolution with batch normalisation where the shape changes.
    public let short: Sequential

    public init(_ inChannels: Int, _ outChannels: Int, stride: Int) {
        left = Sequential(
            Conv2d(
                inChannels, outChannels, kernelSize: 3, stride: stride, padding: 1, bias: false),
            BatchNorm2d(outChannels), ReLU(),
            Conv2d(outChannels, outChannels, kernelSize: 3, padding: 1, bias: false),
            BatchNorm2d(outChannels))
        short =
            stride == 1 && inChannels == outChannels
            ? Sequential()
            : Sequential(
                Conv2d(inChannels, outChannels, kernelSize: 1, stride: stride, bias: false),
                BatchNorm2d(outChannels))
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        left.addReLU(x, short(x, context), context)
    }
}

/// ResNet-18 (He et al., "Deep residual learning for image recognition", 2016) for images of about
/// 32 x 32: a stem of 3 x 3 without pooling and four strided stages; `(N, C, H, W)` to `(N,
/// classes)`. Larger images are averaged at the end.
public final class ResNet18: Layer {
    public let f: Sequential
    public let fc: Linear

    /// - Parameter stem: channels of the first convolution; 64 for the best accuracy on CIFAR-10.
    public init(channels: Int = 3, classes: Int = 10, stem: Int = 32) {
        var layers: [any Layer] = [
            Conv2d(channels, stem, kernelSize: 3, padding: 1, bias: false), BatchNorm2d(stem),
            ReLU(),
        ]
        var inChannels = stem
        for outChannels in [64, 128, 256, 512] {
            layers.append(ResidualBlock(inChannels, outChannels, stride: 2))
            layers.append(ResidualBlock(outChannels, outChannels, stride: 1))
            inChannels = outChannels
        }
        f = Sequential(layers)
        fc = Linear(inChannels, classes)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        fc(f(x, context).globalAverage(), context)
    }
}
