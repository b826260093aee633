public import Martlet
public import MartletNN

/// Three fully connected layers with ReLU between them: `(N, C, H, W)`, or any shape of as many
/// values, to `(N, classes)`.
public final class MLP: Layer {
    public let net: Sequential

    /// - Parameters:
    ///   - inputs: values in one sample, C H W.
    ///   - hidden: units of both inner layers.
    public init(inputs: Int = 784, hidden: Int = 512, classes: Int = 10) {
        net = Sequential(
            Flatten(), Linear(inputs, hidden), ReLU(), Linear(hidden, hidden), ReLU(),
            Linear(hidden, classes))
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor { net(x, context) }
}
