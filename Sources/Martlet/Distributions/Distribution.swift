/// A probability distribution, or a batch of independent ones whose parameters are tensors.
///
/// Parameters broadcast against each other; gradients flow through `logProb`, `entropy` and the divergences to them, and
/// through samples where `ReparameterizedDistribution` says so.
public protocol Distribution {
    /// The shape of a batch of distributions.
    var batchShape: [Int] { get }
    /// The shape of one draw of one of them: empty for numbers.
    var eventShape: [Int] { get }
    /// The expected value, of shape `batchShape + eventShape`.
    var mean: Tensor { get }
    /// The expected squared distance from the mean, element by element.
    var variance: Tensor { get }

    /// Draws of shape `shape + batchShape + eventShape`, without gradients.
    func sample(_ shape: [Int], generator: inout Generator) -> Tensor

    /// The logarithm of the density (or probability) of values of shape `... + batchShape + eventShape`.
    func logProb(_ value: Tensor) -> Tensor

    /// The expected value of `-logProb`, of shape `batchShape`, in nats.
    func entropy() -> Tensor
}

/// A distribution whose samples are a differentiable function of its parameters (PyTorch's `rsample`).
public protocol ReparameterizedDistribution: Distribution {
    /// Draws through which gradients flow to the parameters.
    func reparameterizedSample(_ shape: [Int], generator: inout Generator) -> Tensor
}

extension ReparameterizedDistribution {
    public func sample(_ shape: [Int], generator: inout Generator) -> Tensor {
        noGrad { reparameterizedSample(shape, generator: &generator) }.detach()
    }

    /// Draws from the common generator, with gradients.
    public func reparameterizedSample(_ shape: [Int] = []) -> Tensor {
        var generator = Generator.next()
        return reparameterizedSample(shape, generator: &generator)
    }
}

extension Distribution {
    public var eventShape: [Int] { [] }
    /// The square root of the variance.
    public var std: Tensor { variance.sqrt() }

    /// Draws from the common generator.
    public func sample(_ shape: [Int] = []) -> Tensor {
        var generator = Generator.next()
        return sample(shape, generator: &generator)
    }
}

extension Generator {
    /// A generator of its own for the next purpose, from the common one.
    fileprivate static func next() -> Generator {
        withCommon { common in
            let place = common.advance(1)
            return common.stream("distribution", Int(truncatingIfNeeded: place))
        }
    }
}

/// Stops unless a parameter is a floating-point tensor of positive numbers.
func requirePositive(_ parameter: Tensor, _ name: String, _ distribution: String) {
    precondition(
        parameter.dtype.isFloatingPoint
            && noGrad { parameter.detach().gt(0).all() }.item(as: Bool.self),
        "\(distribution): \(name) must be above 0, got \(parameter.detach())")
}

private let logTwoPi = 1.837_877_066_409_345_5

/// The normal distribution.
public struct Normal: ReparameterizedDistribution {
    public let mean: Tensor
    private let deviation: Tensor

    public init(mean: Tensor, std: Tensor) {
        requirePositive(std, "std", "Normal")
        let both = Tensor.broadcast([mean, std])
        self.mean = both[0]
        deviation = both[1]
    }

    public var batchShape: [Int] { mean.shape }
    /// The standard deviation.
    public var std: Tensor { deviation }
    public var variance: Tensor { deviation.square() }

    public func reparameterizedSample(_ shape: [Int], generator: inout Generator) -> Tensor {
        mean + deviation
            * Tensor.randn(shape + batchShape, dtype: mean.dtype, generator: &generator)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        ((value - mean) / deviation).square() * -0.5 - deviation.log() - logTwoPi / 2
    }

    public func entropy() -> Tensor { deviation.log() + (0.5 + logTwoPi / 2) }

    /// The probability of less than a value.
    public func cdf(_ value: Tensor) -> Tensor {
        (((value - mean) / deviation * 0.5.squareRoot()).erf() + 1) * 0.5
    }
}

/// The same density everywhere in `low ..< high`.
public struct Uniform: ReparameterizedDistribution {
    public let low: Tensor
    public let high: Tensor

    public init(low: Tensor, high: Tensor) {
        requirePositive(high - low, "high - low", "Uniform")
        let both = Tensor.broadcast([low, high])
        self.low = both[0]
        self.high = both[1]
    }

    public var batchShape: [Int] { low.shape }
    public var mean: Tensor { (low + high) * 0.5 }
    public var variance: Tensor { (high - low).square() * (1.0 / 12) }

    public func reparameterizedSample(_ shape: [Int], generator: inout Generator) -> Tensor {
        low + (high - low)
            * Tensor.rand(shape + batchShape, dtype: low.dtype, generator: &generator)
    }

    public func logProb(_ value: Tensor) -> Tensor {
        let inside = value.ge(low).logicalAnd(value.lt(high))
        let density = -(high - low).log() + value * 0
        return Tensor.where(inside, density, Tensor.full([], -.infinity, dtype: low.dtype))
    }

    public func entropy() -> Tensor { (high - low).log() }
}

/// The times between events that happen `rate` times a unit.
public struct Exponential: ReparameterizedDistribution {
    public let rate: Tensor

    public init(rate: Tensor) {
        requirePositive(rate, "rate", "Exponential")
        self.rate = rate
    }

    public var batchShape: [Int] { rate.shape }
    public var mean: Tensor { rate.reciprocal() }
    public var variance: Tensor { rate.pow(-2) }

    public func reparameterizedSample(_ shape: [Int], generator: inout Generator) -> Tensor {
        let uniform = Tensor.rand(shape + batchShape, dtype: rate.dtype, generator: &generator)
        return -(-uniform).log1p() / rate
    }

    public func logProb(_ value: Tensor) -> Tensor { rate.log() - rate * value }

    public func entropy() -> Tensor { 1 - rate.log() }
}
