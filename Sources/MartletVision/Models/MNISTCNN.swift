public import Martlet
public import MartletNN

/// One convolution of 5 x 5 with batch normalisation, ReLU and pooling, then a linear layer: `(N,
/// C, H, W)` to `(N, classes)`.
public final class MNISTCNN: Layer {
    public let conv: Sequential
    public let fc: Linear

    /// - Parameter imageSize: height and width, at least 2.
    public init(channels: Int = 1, imageSize: (Int, Int) = (28, 28), classes: Int = 10) {
        conv = Sequential(
            Conv2d(channels, 32, kernelSize: 5, padding: 2), BatchNorm2d(32), ReLU(),
            MaxPool2d(kernelSize: 2))
        fc = Linear(32 * (imageSize.0 / 2) * (imageSize.1 / 2), classes)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        fc(conv(x, context).flatten(from: 1), context)
    }
}
