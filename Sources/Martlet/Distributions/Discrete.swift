/// 1 with a probability, else 0.
public struct Bernoulli: Distribution {
    /// The probabilities of 1.
    public let probs: Tensor
    /// The logarithms of the odds of 1.
    public let logits: Tensor

    /// - Parameter probs: the probabilities of 1.
    public init(probs: Tensor) {
        precondition(
            noGrad { probs.detach().ge(0).logicalAnd(probs.detach().le(1)).all() }
                .item(as: Bool.self),
            "Bernoulli: probabilities must be in 0 ... 1, got \(probs.detach())")
        self.probs = probs
        // Probabilities of exactly 0 and 1 have finite logits, as in PyTorch.
        let precision = probs.dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
        logits = probs.logit(epsilon: precision)
    }

    /// - Parameter logits: the logarithms of the odds of 1.
    public init(logits: Tensor) {
        self.logits = logits
        probs = logits.sigmoid()
    }

    public var batchShape: [Int] { probs.shape }
    public var mean: Tensor { probs }
    public var variance: Tensor { probs * (1 - probs) }

    public func sample(_ shape: [Int], generator: inout Generator) -> Tensor {
        probs.detach().expand(shape + batchShape).bernoulli(generator: &generator)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        value * logits - logits.softplus()
    }

    public func entropy() -> Tensor { logits.softplus() - probs * logits }
}

/// One of `n` classes, by the probabilities in the last dimension.
public struct Categorical: Distribution {
    /// The logarithms of the probabilities `(..., n)`.
    public let logProbs: Tensor

    /// - Parameter probs: weights `(..., n)`, which need not add up to 1.
    public init(probs: Tensor) {
        precondition(
            probs.ndim >= 1 && noGrad { probs.detach().ge(0).all() }.item(as: Bool.self),
            "Categorical: expected weights (..., n) that are not negative, got \(probs.shape)")
        let normalized = probs / probs.sum(dims: [-1], keepDim: true)
        let precision = probs.dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
        logProbs = normalized.clamp(min: precision, max: 1 - precision).log()
    }

    /// - Parameter logits: logarithms of weights `(..., n)`.
    public init(logits: Tensor) {
        precondition(
            logits.ndim >= 1, "Categorical: expected logits (..., n), got \(logits.shape)")
        logProbs = logits.logSoftmax(dim: -1)
    }

    /// The probabilities `(..., n)`.
    public var probs: Tensor { logProbs.exp() }
    public var batchShape: [Int] { Array(logProbs.shape.dropLast()) }
    /// Classes have no mean: NaN.
    public var mean: Tensor { Tensor.full(batchShape, .nan, dtype: logProbs.dtype) }
    /// Classes have no variance: NaN.
    public var variance: Tensor { mean }

    public func sample(_ shape: [Int], generator: inout Generator) -> Tensor {
        let n = logProbs.shape[logProbs.ndim - 1]
        let rows = noGrad { logProbs.detach().exp().reshape([-1, n]) }
        let count = shape.reduce(1, *)
        if count * rows.shape[0] == 0 {
            return Tensor(uninitialized: shape + batchShape, dtype: .int64)
        }
        return rows.multinomial(count, replacement: true, generator: &generator).T
            .reshape(shape + batchShape)
    }

    /// The logarithms of the probabilities of classes `(...)`, integers.
    public func logProb(_ value: Tensor) -> Tensor {
        let shape = Shape.broadcast(value.shape, batchShape, operation: "Categorical.logProb")
        let n = logProbs.shape[logProbs.ndim - 1]
        return logProbs.expand(shape + [n])
            .gather(dim: -1, value.to(.int64).expand(shape).unsqueeze(-1)).squeeze(-1)
    }

    public func entropy() -> Tensor { -(probs * logProbs).sum(dims: [-1]) }
}
