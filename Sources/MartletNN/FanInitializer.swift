internal import Martlet

/// What follows a layer, as far as it matters for the variance of its weights.
public enum Nonlinearity: Sendable {
    case linear, sigmoid, tanh, relu, selu
    /// With the slope below 0.
    case leakyReLU(slope: Double = 0.01)
}

/// How much a nonlinearity shrinks the standard deviation: what weights are scaled by to make up for it (PyTorch's
/// `calculate_gain`).
public func calculateGain(_ nonlinearity: Nonlinearity) -> Double {
    switch nonlinearity {
    case .linear, .sigmoid: 1
    case .tanh: 5.0 / 3
    case .relu: 2.0.squareRoot()
    case .leakyReLU(let slope): (2 / (1 + slope * slope)).squareRoot()
    case .selu: 0.75
    }
}

/// How many inputs a unit has and how many outputs an input reaches, for weights `(out, in)` or `(out, in, k1, ...)`.
public func calculateFanInAndFanOut(_ shape: [Int]) -> (fanIn: Int, fanOut: Int) {
    precondition(
        shape.count >= 2, "calculateFanInAndFanOut: expected weights (out, in, ...), got \(shape)")
    let cells = shape[2...].reduce(1, *)
    return (shape[1] * cells, shape[0] * cells)
}

/// Which of a weight's fans keeps its variance.
public enum FanMode: Sendable {
    /// Inputs: activations keep their variance on the way forward.
    case fanIn
    /// Outputs: gradients keep theirs on the way back.
    case fanOut
}

extension Initializer {
    /// Uniform in ± 1 / sqrt(fanIn): what PyTorch's Linear and convolutions start from (`kaiming_uniform_` with a = √5).
    public static func fanIn(_ fanIn: Int) -> Initializer {
        let bound = fanIn > 0 ? 1 / Double(fanIn).squareRoot() : 0
        return uniform(-bound, bound)
    }

    /// Uniform in ± gain √(6 / (fanIn + fanOut)) (Glorot and Bengio 2010).
    public static func xavierUniform(gain: Double = 1) -> Initializer {
        spread { fans in gain * (6 / Double(max(fans.fanIn + fans.fanOut, 1))).squareRoot() }
    }

    /// N(0, 2 gain² / (fanIn + fanOut)) (Glorot and Bengio 2010).
    public static func xavierNormal(gain: Double = 1) -> Initializer {
        bell { fans in gain * (2 / Double(max(fans.fanIn + fans.fanOut, 1))).squareRoot() }
    }

    /// Uniform in ± gain √(3 / fan) (He et al. 2015). PyTorch's `a` is the slope of `.leakyReLU`.
    public static func kaimingUniform(
        mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .leakyReLU(slope: 0)
    ) -> Initializer {
        spread { calculateGain(nonlinearity) * (3 / mode.fan($0)).squareRoot() }
    }

    /// N(0, gain² / fan) (He et al. 2015). PyTorch's `a` is the slope of `.leakyReLU`.
    public static func kaimingNormal(
        mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .leakyReLU(slope: 0)
    ) -> Initializer {
        bell { calculateGain(nonlinearity) / mode.fan($0).squareRoot() }
    }

    private typealias Fans = (fanIn: Int, fanOut: Int)

    private static func spread(_ bound: @escaping @Sendable (Fans) -> Double) -> Initializer {
        Initializer { shape, generator in
            let bound = bound(calculateFanInAndFanOut(shape))
            return Tensor.rand(shape, low: -bound, high: bound, generator: &generator)
        }
    }

    private static func bell(_ std: @escaping @Sendable (Fans) -> Double) -> Initializer {
        Initializer { shape, generator in
            let std = std(calculateFanInAndFanOut(shape))
            return Tensor.randn(shape, std: std, generator: &generator)
        }
    }
}

extension FanMode {
    fileprivate func fan(_ fans: (fanIn: Int, fanOut: Int)) -> Double {
        Double(max(self == .fanIn ? fans.fanIn : fans.fanOut, 1))
    }
}
