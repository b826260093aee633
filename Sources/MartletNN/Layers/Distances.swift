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
    Shape.broadcast(first.shape, second.shape, operation: "pairwiseDistance")
    return (first - second + epsilon).norm(p: p, dims: [-1], keepDim: keepDim)
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

/// The cosine of the angle between vectors: see `Tensor.cosineSimilarity`.
public final class CosineSimilarity: Module {
    public let dim: Int
    public let epsilon: Double
    public init(dim: Int = 1, epsilon: Double = 1e-8) {
        self.dim = dim
        self.epsilon = epsilon
    }
    public func callAsFunction(_ first: Tensor, _ second: Tensor, _ context: Context) -> Tensor {
        first.cosineSimilarity(second, dim: dim, epsilon: epsilon)
    }
}
