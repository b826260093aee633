public import Martlet

/// y = x1ᵀ A x2 + b, with a matrix A for each output feature, for inputs `(..., in1Features)` and `(..., in2Features)`.
public final class Bilinear: Module {
    /// `(outFeatures, in1Features, in2Features)`.
    public let weight: Parameter
    /// `(outFeatures)`.
    public let bias: Parameter?

    public init(_ in1Features: Int, _ in2Features: Int, _ outFeatures: Int, bias: Bool = true) {
        precondition(
            in1Features > 0 && in2Features > 0 && outFeatures > 0,
            "Bilinear: sizes must be positive, got \(in1Features), \(in2Features) and \(outFeatures)"
        )
        weight = Parameter([outFeatures, in1Features, in2Features], .fanIn(in1Features))
        self.bias = bias ? Parameter([outFeatures], .fanIn(in1Features)) : nil
    }

    public func callAsFunction(_ first: Tensor, _ second: Tensor, _ context: Context) -> Tensor {
        bilinear(first, second, weight.value, bias: bias?.value)
    }
}

/// y = x1ᵀ A x2 + b for `(..., I)` and `(..., J)`, with a weight `(O, I, J)` and a bias `(O)` (PyTorch's `bilinear`).
public func bilinear(
    _ first: Tensor, _ second: Tensor, _ weight: Tensor, bias: Tensor? = nil
) -> Tensor {
    let fits =
        weight.ndim == 3 && first.ndim >= 1 && first.ndim == second.ndim
        && first.shape.dropLast() == second.shape.dropLast() && first.shape.last == weight.shape[1]
        && second.shape.last == weight.shape[2]
    precondition(
        fits,
        "bilinear: inputs \(first.shape) and \(second.shape) do not fit the weight \(weight.shape)")
    let (o, i, j) = (weight.shape[0], weight.shape[1], weight.shape[2])
    let lead = Array(first.shape.dropLast())
    // (rows, I) x (I, O J), then the second inputs' part along J.
    let part = first.reshape([-1, i]).matmul(weight.permute([1, 0, 2]).reshape([i, o * j]))
    let y = (part.reshape([-1, o, j]) * second.reshape([-1, 1, j])).sum(dims: [2])
    return (bias.map { y + $0 } ?? y).reshape(lead + [o])
}
