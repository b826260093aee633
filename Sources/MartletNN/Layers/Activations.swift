public import Martlet

/// max(x, 0).
public final class ReLU: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.relu() }
}

/// min(max(x, 0), 6).
public final class ReLU6: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.relu6() }
}

/// x where positive, `negativeSlope` x elsewhere.
public final class LeakyReLU: Layer {
    public let negativeSlope: Double
    public init(negativeSlope: Double = 0.01) { self.negativeSlope = negativeSlope }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.leakyReLU(negativeSlope: negativeSlope)
    }
}

/// x where positive, a learnt slope times x elsewhere (He et al. 2015).
public final class PReLU: Layer {
    /// One slope, or one for each channel (dimension 1).
    public let weight: Parameter
    public init(channels: Int = 1, initial: Double = 0.25) {
        weight = Parameter([channels], .constant(initial))
    }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.prelu(weight.value) }
}

/// x where positive; elsewhere x times a slope that in training is drawn anew for each element from `lower ... upper`, and
/// in inference their mean (Xu et al. 2015).
public final class RReLU: Layer {
    public let lower: Double
    public let upper: Double
    public init(lower: Double = 1.0 / 8, upper: Double = 1.0 / 3) {
        precondition(lower <= upper, "RReLU: expected lower <= upper, got \(lower) and \(upper)")
        self.lower = lower
        self.upper = upper
    }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        context.isTraining
            ? x.rrelu(lower: lower, upper: upper, generator: &context.generator)
            : x.leakyReLU(negativeSlope: (lower + upper) / 2)
    }
}

/// x where positive, `alpha` (e^x - 1) elsewhere (Clevert et al. 2015).
public final class ELU: Layer {
    public let alpha: Double
    public init(alpha: Double = 1) { self.alpha = alpha }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.elu(alpha: alpha) }
}

/// Self-normalising ELU (Klambauer et al. 2017).
public final class SELU: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.selu() }
}

/// x Φ(x) (Hendrycks and Gimpel 2016).
public final class GELU: Layer {
    /// Whether to use the tanh approximation.
    public let approximate: Bool
    public init(approximate: Bool = false) { self.approximate = approximate }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.gelu(approximate: approximate)
    }
}

/// x sigmoid(x).
public final class SiLU: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.silu() }
}

/// x hardsigmoid(x) (Howard et al. 2019).
public final class Hardswish: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.hardswish() }
}

/// 1 / (1 + e^-x).
public final class Sigmoid: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.sigmoid() }
}

/// The hyperbolic tangent.
public final class Tanh: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.tanh() }
}
