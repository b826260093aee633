public import Martlet

/// What a forward pass needs to know besides its input. It is passed down from layer to layer, so that no mode is ever
/// ambient and none can be forgotten.
public final class Context {
    /// Whether dropout drops and batch normalisation uses, and learns from, the batch's statistics.
    public let isTraining: Bool
    /// What convolutions and matrix products compute in.
    public let precision: Precision
    /// Whether a row of a batch must give the same bits whatever other rows there are: see ``batchInvariant``.
    public let isBatchInvariant: Bool
    /// Where dropout's random numbers come from.
    public var generator: Generator
    /// Called after each layer with what went in and came out.
    let observer: ((any Layer, Tensor, Tensor) -> Void)?

    private init(
        isTraining: Bool, precision: Precision, generator: Generator,
        isBatchInvariant: Bool = false, observer: ((any Layer, Tensor, Tensor) -> Void)? = nil
    ) {
        self.isTraining = isTraining
        self.precision = precision
        self.isBatchInvariant = isBatchInvariant
        self.generator = generator
        self.observer = observer
    }

    /// For evaluation and prediction: nothing is random, nothing is learnt.
    public static var inference: Context { inference(precision: .float32) }

    /// As ``inference``, with products in the given precision.
    public static func inference(precision: Precision) -> Context {
        Context(isTraining: false, precision: precision, generator: Generator(seed: 0))
    }

    /// In inference this context in float32 and with products that are sums in order, so that what linear, recurrent and
    /// attention layers make of a row depends on no other row and not on the number of threads: libraries choose their kernels,
    /// and so the last bits, by the number of rows. In training, where batches are what they are, this context itself.
    public var batchInvariant: Context {
        if isTraining || isBatchInvariant { return self }
        return Context(
            isTraining: false, precision: .float32, generator: generator, isBatchInvariant: true,
            observer: observer)
    }

    /// For training steps; give each step its own stream of the generator.
    public static func training(generator: Generator, precision: Precision = .float32) -> Context {
        Context(isTraining: true, precision: precision, generator: generator)
    }

    /// For inference that is watched layer by layer.
    static func observed(_ observer: @escaping (any Layer, Tensor, Tensor) -> Void) -> Context {
        Context(
            isTraining: false, precision: .float32, generator: Generator(seed: 0),
            observer: observer)
    }
}
