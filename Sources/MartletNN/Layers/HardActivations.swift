public import Martlet

/// min(max(x / 6 + 1/2, 0), 1).
public final class Hardsigmoid: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.hardsigmoid() }
}

/// Values outside `min ... max` become the nearer end.
public final class Hardtanh: Layer {
    public let min: Double
    public let max: Double
    public init(min: Double = -1, max: Double = 1) {
        precondition(min < max, "Hardtanh: expected min < max, got \(min) and \(max)")
        self.min = min
        self.max = max
    }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.hardtanh(min: min, max: max)
    }
}

/// x where |x| exceeds `lambda`, 0 elsewhere.
public final class Hardshrink: Layer {
    public let lambda: Double
    public init(lambda: Double = 0.5) { self.lambda = lambda }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.hardshrink(lambda: lambda) }
}

/// x moved towards 0 by `lambda`, 0 where it would pass it.
public final class Softshrink: Layer {
    public let lambda: Double
    public init(lambda: Double = 0.5) { self.lambda = lambda }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.softshrink(lambda: lambda) }
}

/// x - tanh(x).
public final class Tanhshrink: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.tanhshrink() }
}

/// x where it exceeds the threshold, `value` elsewhere.
public final class Threshold: Layer {
    public let threshold: Double
    public let value: Double
    public init(_ threshold: Double, _ value: Double) {
        self.threshold = threshold
        self.value = value
    }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.threshold(threshold, value) }
}
