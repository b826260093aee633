internal import CKernels

/// The gamma distribution of the given shape (`concentration`) and rate.
public struct Gamma: ReparameterizedDistribution {
    public let concentration: Tensor
    public let rate: Tensor

    public init(concentration: Tensor, rate: Tensor) {
        requirePositive(concentration, "concentration", "Gamma")
        requirePositive(rate, "rate", "Gamma")
        let both = Tensor.broadcast([concentration, rate])
        self.concentration = both[0]
        self.rate = both[1]
    }

    public var batchShape: [Int] { rate.shape }
    public var mean: Tensor { concentration / rate }
    public var variance: Tensor { concentration / rate.square() }

    public func reparameterizedSample(_ shape: [Int], generator: inout Generator) -> Tensor {
        standardGamma(concentration.expand(shape + batchShape), &generator) / rate
    }

    public func logProb(_ value: Tensor) -> Tensor {
        concentration * rate.log() + (concentration - 1) * value.log() - rate * value
            - concentration.lgamma()
    }

    public func entropy() -> Tensor {
        concentration - rate.log() + concentration.lgamma()
            + (1 - concentration) * concentration.digamma()
    }
}

/// The beta distribution on 0 ... 1.
public struct Beta: ReparameterizedDistribution {
    public let alpha: Tensor
    public let beta: Tensor

    public init(alpha: Tensor, beta: Tensor) {
        requirePositive(alpha, "alpha", "Beta")
        requirePositive(beta, "beta", "Beta")
        let both = Tensor.broadcast([alpha, beta])
        self.alpha = both[0]
        self.beta = both[1]
    }

    public var batchShape: [Int] { alpha.shape }
    public var mean: Tensor { alpha / (alpha + beta) }
    public var variance: Tensor {
        let sum = alpha + beta
        return alpha * beta / (sum.square() * (sum + 1))
    }

    public func reparameterizedSample(_ shape: [Int], generator: inout Generator) -> Tensor {
        let a = standardGamma(alpha.expand(shape + batchShape), &generator)
        let b = standardGamma(beta.expand(shape + batchShape), &generator)
        return a / (a + b)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        (alpha - 1) * value.log() + (beta - 1) * (-value).log1p() - logBeta
    }

    public func entropy() -> Tensor {
        logBeta - (alpha - 1) * alpha.digamma() - (beta - 1) * beta.digamma()
            + (alpha + beta - 2) * (alpha + beta).digamma()
    }

    /// The logarithm of the beta function.
    var logBeta: Tensor { alpha.lgamma() + beta.lgamma() - (alpha + beta).lgamma() }
}

/// Draws of the gamma distribution with rate 1 (Marsaglia and Tsang, "A simple method for generating gamma variables",
/// 2000).
private func standardGamma(_ shape: Tensor, _ generator: inout Generator) -> Tensor {
    let alpha = shape.detach().to(.float64).contiguous()
    let sample = noGrad {
        // Shapes below 1 are drawn as one more and scaled.
        let isLow = alpha.lt(1)
        let d = Tensor.where(isLow, alpha + 1, alpha) - 1.0 / 3
        let c = (d * 9).rsqrt()
        var result = Tensor.zeros(alpha.shape, dtype: .float64)
        var isOpen = Tensor.ones(alpha.shape, dtype: .bool)
        while isOpen.any().item(as: Bool.self) {
            let x = Tensor.randn(alpha.shape, dtype: .float64, generator: &generator)
            let u = Tensor.rand(alpha.shape, dtype: .float64, generator: &generator)
            let v = (c * x + 1).pow(3)
            let bound = x.square() * 0.5 + d - d * v + d * v.log()
            let isAccepted = v.gt(0).logicalAnd((1 - u).log().lt(bound)).logicalAnd(isOpen)
            result = Tensor.where(isAccepted, d * v, result)
            isOpen = isOpen.logicalAnd(isAccepted.logicalNot())
        }
        let boost = (1 - Tensor.rand(alpha.shape, dtype: .float64, generator: &generator))
            .pow(alpha.reciprocal())
        return Tensor.where(isLow, result * boost, result)
    }
    return Tensor.result(GammaSample(sample: sample), shape)
}

/// Hands out a draw, whose gradient is how it moves with the shape while its place in the distribution stays (Figurnov,
/// Mohamed and Mnih, "Implicit reparameterization gradients", 2018).
private struct GammaSample: TensorOperation {
    let sample: Tensor
    private var shape: Tensor?

    init(sample: Tensor) { self.sample = sample }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[0] { shape = inputs[0] }
        return [sample.to(inputs[0].dtype)]
    }

    var isOnceDifferentiable: Bool { true }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let shape else { return [nil] }
        let slope = Kernel.binary(
            MT_GAMMA_SLOPE, shape.detach().to(.float64), sample, result: .float64, operation: name)
        return [g * slope.to(g.dtype)]
    }
}
