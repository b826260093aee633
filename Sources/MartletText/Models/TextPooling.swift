internal import Martlet

/// How the steps of a text become one vector. Steps beyond a text's length count nothing.
public enum TextPooling: String, CaseIterable, Sendable {
    /// The last state of each direction.
    case last
    /// The mean of all steps.
    case mean
    /// The greatest of all steps, element by element.
    case max
    /// A weighted mean with learnt weights: see ``AttentionPooling``.
    case attention
}

extension Tensor {
    /// The mean of the steps of sequences `(N, T, size)` within their lengths: `(N, size)`.
    func meanOfSteps(_ lengths: Tensor?) -> Tensor {
        let lengths =
            lengths ?? Tensor.full([shape[0]], Double(shape[1]), dtype: .int64)
        return weightedSteps(validSteps(lengths).to(dtype)) / lengths.to(dtype).unsqueeze(1)
    }

    /// The greatest of the steps of sequences `(N, T, size)` within their lengths: `(N, size)`.
    func greatestOfSteps(_ lengths: Tensor?) -> Tensor {
        guard let lengths else { return max(dims: [1]) }
        let never = Tensor.full([], -.infinity, dtype: dtype)
        return Tensor.where(validSteps(lengths).unsqueeze(2), self, never).max(dims: [1])
    }
}
