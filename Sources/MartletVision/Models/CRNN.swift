public import Martlet
public import MartletNN

/// Convolutions, then recurrent layers along the line (Shi, Bai and Yao, "An end-to-end trainable neural network for
/// image-based sequence recognition", 2015): grey lines of text `(N, 1, 32, W)` to the logarithms of probabilities `(T, N,
/// classes)`, as `ctcLoss` takes them.
public final class CRNN: Layer {
    public let features: Sequential
    public let rnn: LSTM
    public let fc: Linear

    /// - Parameters:
    ///   - classes: characters and the blank.
    ///   - hidden: the width of each direction of the recurrent layers.
    public init(classes: Int = 37, hidden: Int = 256) {
        func convolution(_ inChannels: Int, _ outChannels: Int) -> [any Layer] {
            [Conv2d(inChannels, outChannels, kernelSize: 3, padding: 1), ReLU()]
        }
        // Half the height, the width as it is (and one more).
        func flattening() -> any Layer {
            MaxPool2d(PoolingGeometry(kernel: (2, 2), stride: (2, 1), padding: (0, 1)))
        }
        features = Sequential(
            convolution(1, 64) + [MaxPool2d(kernelSize: 2)] + convolution(64, 128)
                + [MaxPool2d(kernelSize: 2), convNormReLU(128, 256, 3)] + convolution(256, 256)
                + [flattening(), convNormReLU(256, 512, 3)] + convolution(512, 512)
                + [flattening(), convNormReLU(512, 512, 2, padding: 0)])
        rnn = LSTM(512, hidden, numLayers: 2, bidirectional: true)
        fc = Linear(2 * hidden, classes)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        precondition(
            x.ndim == 4 && x.shape[1] == 1 && x.shape[2] == 32,
            "CRNN: expected grey lines of 32 pixels (N, 1, 32, W), got \(x.shape)")
        let steps = features(x, context).squeeze(2).permute([2, 0, 1])
        return fc(rnn(steps, context).output, context).logSoftmax(dim: 2)
    }
}
