public import Martlet

/// How the losses of a batch become one.
public enum Reduction: String, Sendable {
    /// Each by itself.
    case none
    /// The mean of all of them.
    case mean
    case sum
    /// Their sum divided by the size of the batch, the first dimension: the mean in the sense of `klDiv`.
    case batchMean

    /// What becomes of losses of any shape.
    public func callAsFunction(_ losses: Tensor) -> Tensor {
        switch self {
        case .none: losses
        case .mean: losses.mean()
        case .sum: losses.sum()
        case .batchMean: losses.sum() / Double(losses.shape.first ?? 1)
        }
    }

    /// As above for losses that hold their weights already: the mean divides by the summed weights, and is 0 where
    /// nothing has any.
    func callAsFunction(_ losses: Tensor, weights: Tensor) -> Tensor {
        guard self == .mean else { return self(losses) }
        let total = weights.sum()
        return losses.sum() / total.maximum(total.eq(0).to(total.dtype))
    }
}

extension Tensor {
    /// Stops unless the other tensor has this one's shape.
    func requireShape(of other: Tensor, _ operation: String) {
        precondition(
            shape == other.shape,
            "\(operation): expected two tensors of one shape, got \(shape) and \(other.shape)")
    }

    /// These losses times a weight that stretches to their shape.
    func weighted(by weight: Tensor?, _ operation: String) -> Tensor {
        guard let weight else { return self }
        precondition(
            Shape.broadcasts(weight.shape, to: shape),
            "\(operation): expected a weight that stretches to \(shape), got shape \(weight.shape)")
        return self * weight.to(dtype)
    }
}
