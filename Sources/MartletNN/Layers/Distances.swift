public import Martlet

/// The p-norm of the difference of two batches along the last dimension, `(N, D)` to `(N)` (PyTorch's
/// `pairwise_distance`). The two broadcast.
///
/// - Parameters:
///   - p: 1 or more; infinity for the greatest difference.
///   - epsilon: added to each difference, so that the gradient is defined for equal vectors.
public func pairwiseDistance(
    _ first: Tensor, _ second: Tensor, p: Double = 2, epsilon: Double = 1e-6, keepDim: Bool = false
) -> Tensor {
    precondition(p >= 1, "pairwiseDistance: expected a norm p >= 1, got \(p)")
    precondition(
        first.ndim >= 1 && second.ndim >= 1,
        "pairwiseDistance: expected vectors, got \(first.shape) and \(second.shape)")
    let difference = first - second + epsilon
    if p == .infinity { return difference.abs().max(dims: [-1], keepDim: keepDim) }
    if p == 1 { return difference.abs().sum(dims: [-1], keepDim: keepDim) }
    let powers = p == 2 ? difference.square() : difference.abs().pow(p)
    let sum = powers.sum(dims: [-1], keepDim: keepDim)
    // The root is not differentiable at 0; its gradient there is taken to be 0, as PyTorch does.
    let zero = sum.eq(0)
    let safe = sum.maskedFill(zero, 1)
    return (p == 2 ? safe.sqrt() : safe.pow(1 / p)).maskedFill(zero, 0)
}

/// The cosine of the angle between vectors that lie along a dimension, which the result is without (PyTorch's
/// `cosine_similarity`). The two broadcast.
///
/// - Parameter epsilon: what norms are raised to at least.
public func cosineSimilarity(
    _ first: Tensor, _ second: Tensor, dim: Int = 1, epsilon: Double = 1e-8
) -> Tensor {
    func unit(_ x: Tensor) -> Tensor {
        let squares = x.square().sum(dims: [dim], keepDim: true)
        return x * squares.clamp(min: epsilon * epsilon).rsqrt()
    }
    return (unit(first) * unit(second)).sum(dims: [dim])
}

/// The p-norm of the difference of two batches of vectors: see `pairwiseDistance`.
public final class PairwiseDistance: Module {
    public let p: Double
    public let epsilon: Double
    public let keepDim: Bool
    public init(p: Double = 2, epsilon: Double = 1e-6, keepDim: Bool = false) {
        self.p = p
        self.epsilon = epsilon
        self.keepDim = keepDim
    }
    public func callAsFunction(_ first: Tensor, _ second: Tensor, _ context: Context) -> Tensor {
        pairwiseDistance(first, second, p: p, epsilon: epsilon, keepDim: keepDim)
    }
}

/// The cosine of the angle between vectors: see `cosineSimilarity`.
public final class CosineSimilarity: Module {
    public let dim: Int
    public let epsilon: Double
    public init(dim: Int = 1, epsilon: Double = 1e-8) {
        self.dim = dim
        self.epsilon = epsilon
    }
    public func callAsFunction(_ first: Tensor, _ second: Tensor, _ context: Context) -> Tensor {
        cosineSimilarity(first, second, dim: dim, epsilon: epsilon)
    }
}
