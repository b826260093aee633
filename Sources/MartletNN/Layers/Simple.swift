public import Martlet

/// Zeroes elements with probability `p` in training and scales the others by 1 / (1 - p) (Srivastava et al. 2014).
public final class Dropout: Layer {
    public let p: Double
    public init(_ p: Double = 0.5) {
        precondition(p >= 0 && p <= 1, "Dropout: expected a probability, got \(p)")
        self.p = p
    }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        context.isTraining ? x.dropout(p, generator: &context.generator) : x
    }
}

/// Dimensions `from ... to` as one; by default all but the batch.
public final class Flatten: Layer {
    public let from: Int
    public let to: Int
    public init(from: Int = 1, to: Int = -1) {
        self.from = from
        self.to = to
    }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.flatten(from: from, to: to) }
}

/// Its input, unchanged.
public final class Identity: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x }
}
