public import Martlet
public import MartletNN

/// Seven convolutions of 3 x 3 in the manner of VGG (Simonyan and Zisserman, "Very deep
/// convolutional networks for large-scale image recognition", 2015) with batch normalisation, for
/// small images: `(N, C, H, W)` to `(N, classes)`.
public final class VGG: Layer {
    public let f: Sequential
    public let fc: Linear

    /// - Parameter imageSize: height and width, at least 8.
    public init(channels: Int = 3, imageSize: (Int, Int) = (28, 28), classes: Int = 10) {
        f = Sequential(
            convNormReLU(channels, 64, 3), MaxPool2d(kernelSize: 2),
            convNormReLU(64, 128, 3), convNormReLU(128, 128, 3), MaxPool2d(kernelSize: 2),
            convNormReLU(128, 256, 3), convNormReLU(256, 256, 3),
            MaxPool2d(kernelSize: 2, padding: 1),
            convNormReLU(256, 512, 3), convNormReLU(512, 512, 3), MaxPool2d(kernelSize: 2))
        // The third pooling pads by 1, so 28 becomes 14, 7, 4, 2.
        let sides = [imageSize.0, imageSize.1].map { (($0 / 2 / 2 + 2) / 2) / 2 }
        fc = Linear(512 * sides[0] * sides[1], classes)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        fc(f(x, context).flatten(from: 1), context)
    }
}
