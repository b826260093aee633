public import Martlet
public import MartletNN

/// Four branches side by side, of kernels 1, 3 and 5 and of pooling, `outChannels` maps each.
public final class InceptionBlock: Layer {
    public let b1: Sequential
    public let b2: Sequential
    public let b3: Sequential
    public let b4: Sequential

    /// - Parameter reduced: channels that the branches of 3 x 3 and 5 x 5 first reduce their input
    ///   to.
    public init(_ inChannels: Int, _ outChannels: Int, reduced: Int) {
        b1 = convNormReLU(inChannels, outChannels, 1)
        b2 = Sequential(
            convNormReLU(inChannels, reduced, 1), convNormReLU(reduced, outChannels, 3))
        b3 = Sequential(
            convNormReLU(inChannels, reduced, 1), convNormReLU(reduced, outChannels, 5))
        b4 = Sequential(
            MaxPool2d(kernelSize: 3, stride: 1, padding: 1),
            convNormReLU(inChannels, outChannels, 3))
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        Tensor.cat([b1(x, context), b2(x, context), b3(x, context), b4(x, context)], dim: 1)
    }
}

/// A small network of two inception blocks (Szegedy et al., "Going deeper with convolutions", 2015)
/// for images of about 32 x 32: `(N, C, H, W)` to `(N, classes)`. Larger images are averaged at the
/// end.
public final class Inception: Layer {
    public let f: Sequential
    public let fc: Linear

    public init(channels: Int = 3, classes: Int = 10) {
        f = Sequential(
            convNormReLU(channels, 64, 7, stride: 2, padding: 1),
            convNormReLU(64, 128, 3, stride: 2, padding: 1),
            InceptionBlock(128, 64, reduced: 16), MaxPool2d(kernelSize: 3, stride: 2, padding: 1),
            InceptionBlock(256, 96, reduced: 32), MaxPool2d(kernelSize: 3, stride: 2, padding: 1))
        fc = Linear(384, classes)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        fc(f(x, context).globalAverage(), context)
    }
}
