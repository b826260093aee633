public import Martlet

/// y = x Wᵀ + b for inputs `(..., inFeatures)`.
public final class Linear: Layer, CountsMultiplyAdds {
    /// `(outFeatures, inFeatures)`.
    public let weight: Parameter
    /// `(outFeatures)`.
    public let bias: Parameter?

    public init(_ inFeatures: Int, _ outFeatures: Int, bias: Bool = true) {
        precondition(
            inFeatures > 0 && outFeatures > 0,
            "Linear: sizes must be positive, got \(inFeatures) and \(outFeatures)")
        weight = Parameter([outFeatures, inFeatures], .fanIn(inFeatures))
        self.bias = bias ? Parameter([outFeatures], .fanIn(inFeatures)) : nil
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.linear(weight.value, bias: bias?.value, precision: context.precision)
    }

    func multiplyAdds(input: [Int], output: [Int]) -> Int {
        output.reduce(1, *) * weight.shape[1]
    }
}
