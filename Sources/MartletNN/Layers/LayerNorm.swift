public import Martlet

/// Normalisation over the last dimensions, each row by itself (Ba, Kiros and Hinton 2016).
public final class LayerNorm: Layer {
    /// Of the normalised shape; nil without affine parameters.
    public let weight: Parameter?
    /// Of the normalised shape; nil without affine parameters or with `bias` false.
    public let bias: Parameter?
    public let normalizedShape: [Int]
    public let epsilon: Double

    public init(
        _ normalizedShape: [Int], epsilon: Double = 1e-5, elementwiseAffine: Bool = true,
        bias: Bool = true
    ) {
        precondition(
            !normalizedShape.isEmpty && normalizedShape.allSatisfy { $0 > 0 },
            "LayerNorm: expected positive sizes, got \(normalizedShape)")
        self.normalizedShape = normalizedShape
        self.epsilon = epsilon
        weight = elementwiseAffine ? Parameter(normalizedShape, .ones) : nil
        self.bias = elementwiseAffine && bias ? Parameter(normalizedShape, .zeros) : nil
    }

    /// Over the last dimension, of this size.
    public convenience init(_ size: Int, epsilon: Double = 1e-5, bias: Bool = true) {
        self.init([size], epsilon: epsilon, bias: bias)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.layerNorm(normalizedShape, weight: weight?.value, bias: bias?.value, epsilon: epsilon)
    }
}

/// Division by the root of the mean square over the last dimensions (Zhang and Sennrich 2019).
public final class RMSNorm: Layer {
    /// Of the normalised shape; nil without affine parameters.
    public let weight: Parameter?
    public let normalizedShape: [Int]
    /// Added to the mean square; nil for the spacing of numbers at 1.
    public let epsilon: Double?

    public init(_ normalizedShape: [Int], epsilon: Double? = nil, elementwiseAffine: Bool = true) {
        precondition(
            !normalizedShape.isEmpty && normalizedShape.allSatisfy { $0 > 0 },
            "RMSNorm: expected positive sizes, got \(normalizedShape)")
        self.normalizedShape = normalizedShape
        self.epsilon = epsilon
        weight = elementwiseAffine ? Parameter(normalizedShape, .ones) : nil
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.rmsNorm(normalizedShape, weight: weight?.value, epsilon: epsilon)
    }
}
