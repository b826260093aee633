public import Martlet

/// y = x Wᵀ + b for inputs `(..., inFeatures)`.
public final class Linear: Layer, CountsMultiplyAdds {
    /// `(outFeatures, inFeatures)`.
    public let weight: Parameter
    /// `(outFeatures)`.
    public let bias: Parameter?

    public convenience init(_ inFeatures: Int, _ outFeatures: Int, bias: Bool = true) {
        self.init(inFeatures, outFeatures, bias: bias, weights: .fanIn(inFeatures))
    }

    init(_ inFeatures: Int, _ outFeatures: Int, bias: Bool, weights: Initializer) {
        precondition(
            inFeatures > 0 && outFeatures > 0,
            "Linear: sizes must be positive, got \(inFeatures) and \(outFeatures)")
        weight = Parameter([outFeatures, inFeatures], weights)
        self.bias = bias ? Parameter([outFeatures], .fanIn(inFeatures)) : nil
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.linear(
            weight.value, bias: bias?.value, precision: context.precision,
            isBatchInvariant: context.isBatchInvariant)
    }

    func multiplyAdds(input: [Int], output: [Int]) -> Int {
        output.reduce(1, *) * weight.shape[1]
    }
}
