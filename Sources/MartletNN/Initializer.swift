internal import Foundation
public import Martlet

/// How a parameter's first values are drawn, given its shape: PyTorch's `torch.nn.init`, with its names and defaults.
///
/// Layers start from `fanIn`, as PyTorch's do. For other values hand one to `Parameter.initialize`:
///
/// ```swift
/// for (name, parameter) in net.namedParameters() where parameter.shape.count == 4 {
///     parameter.initialize(.kaimingNormal(mode: .fanOut, nonlinearity: .relu), generator.stream(name))
/// }
/// ```
public struct Initializer: Sendable {
    private let draw: @Sendable ([Int], inout Generator) -> Tensor

    public init(_ draw: @escaping @Sendable ([Int], inout Generator) -> Tensor) { self.draw = draw }

    /// Values of a shape, float32.
    public func tensor(_ shape: [Int], _ generator: Generator) -> Tensor {
        var generator = generator
        return draw(shape, &generator)
    }

    /// All 0, or all 1.
    public static let zeros = constant(0)
    public static let ones = constant(1)

    /// All the same value.
    public static func constant(_ value: Double) -> Initializer {
        Initializer { shape, _ in Tensor.full(shape, value) }
    }

    /// Uniform in `low ..< high`.
    public static func uniform(_ low: Double = 0, _ high: Double = 1) -> Initializer {
        Initializer { shape, generator in
            Tensor.rand(shape, low: low, high: high, generator: &generator)
        }
    }

    /// Normally distributed.
    public static func normal(mean: Double = 0, std: Double = 1) -> Initializer {
        Initializer { shape, generator in
            Tensor.randn(shape, mean: mean, std: std, generator: &generator)
        }
    }

    /// Normally distributed, but for values outside `low ... high`, of which there are none: the inverse of the distribution
    /// function at uniform numbers.
    public static func truncNormal(
        mean: Double = 0, std: Double = 1, low: Double = -2, high: Double = 2
    ) -> Initializer {
        precondition(
            std > 0 && low < high,
            "truncNormal: expected std > 0 and low < high, got \(std), \(low) and \(high)")
        // Far above the mean the distribution function is 1 to all digits: the mirror image is drawn from instead.
        let side: Double = low > mean ? -1 : 1
        let ends = [low, high].map { side * ($0 - mean) / std }.sorted()
        let share = ends.map { 0.5 * erfc(-$0 * 0.5.squareRoot()) }
        return Initializer { shape, generator in
            let uniform = Tensor.rand(
                shape, low: share[0], high: share[1], dtype: .float64, generator: &generator)
            let values = uniform.array(as: Double.self).map { p in
                Float(min(max(mean + side * std * normalQuantile(p), low), high))
            }
            return Tensor(values, shape: shape)
        }
    }
}

/// Where the standard normal distribution function is p, by Newton's method.
private func normalQuantile(_ p: Double) -> Double {
    if p <= 0 { return -.infinity }
    if p >= 1 { return .infinity }
    // The bound e^(-x² / 2) / 2 of the tail starts on its convex part, at most 1.3 away.
    let tail = min(p, 1 - p)
    var x = -(-2 * log(2 * tail)).squareRoot()
    for _ in 0..<60 {
        let value = 0.5 * erfc(-x * 0.5.squareRoot())
        let slope = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
        let step = (value - tail) / slope
        x -= step
        if abs(step) <= 1e-12 * max(1, abs(x)) { break }
    }
    return p <= 0.5 ? x : -x
}
