public import Martlet

/// x where positive, `alpha` (e^(x / alpha) - 1) elsewhere: an ELU without a kink (Barron 2017).
public final class CELU: Layer {
    public let alpha: Double
    public init(alpha: Double = 1) { self.alpha = alpha }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.celu(alpha: alpha) }
}

/// x tanh(softplus(x)) (Misra 2019).
public final class Mish: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.mish() }
}

/// log(1 + e^(beta x)) / beta; x itself where beta x exceeds the threshold.
public final class Softplus: Layer {
    public let beta: Double
    public let threshold: Double
    public init(beta: Double = 1, threshold: Double = 20) {
        self.beta = beta
        self.threshold = threshold
    }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.softplus(beta: beta, threshold: threshold)
    }
}

/// x / (1 + |x|).
public final class Softsign: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.softsign() }
}

/// log(sigmoid(x)), without overflow.
public final class LogSigmoid: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.logSigmoid() }
}

/// The first half of a dimension times the sigmoid of the second (Dauphin et al. 2017).
public final class GLU: Layer {
    public let dim: Int
    public init(dim: Int = -1) { self.dim = dim }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.glu(dim: dim) }
}
