import Martlet
import Testing

/// The float32 kernels have functions of their own; the float64 ones are the C library's.
@Suite("Precision of float32")
struct PrecisionTests {
    private static let specials: [Float] = [
        0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 2.5, 1e-3, 1e-10, 1e-38, -1e-38, 88.9, -88.9, 100,
        -110, 16_777_215, 3e38, -3e38, .infinity, -.infinity, .nan,
    ]

    /// How far from the float64 result, in steps of float32 there; infinite where only one is NaN or infinite.
    private func worst(_ got: Tensor, _ wanted: Tensor) -> Float {
        let got = got.array(as: Float.self)
        let wanted = wanted.array(as: Double.self)
        return zip(got, wanted).map { a, b -> Float in
            if b.isNaN { return a.isNaN ? 0 : .infinity }
            let rounded = Float(b)
            if rounded.isInfinite || !a.isFinite { return a == rounded ? 0 : .infinity }
            return Float(abs(Double(a) - b) / Double(rounded.ulp))
        }.max() ?? 0
    }

    private struct Function: Sendable {
        let name: String
        let low: Double
        let high: Double
        let limit: Float
        let call: @Sendable (Tensor) -> Tensor

        init(
            _ name: String, _ low: Double, _ high: Double, limit: Float = 4,
            _ call: @escaping @Sendable (Tensor) -> Tensor
        ) {
            self.name = name
            self.low = low
            self.high = high
            self.limit = limit
            self.call = call
        }
    }

    private static let functions = [
        Function("exp", -110, 90) { $0.exp() }, Function("exp2", -155, 130) { $0.exp2() },
        Function("expm1", -20, 90) { $0.expm1() }, Function("log", 0, 10) { $0.log() },
        Function("log1p", -1, 10) { $0.log1p() }, Function("log2", 0, 10) { $0.log2() },
        Function("log10", 0, 10) { $0.log10() }, Function("sin", -1000, 1000) { $0.sin() },
        Function("cos", -1000, 1000) { $0.cos() }, Function("tan", -1000, 1000) { $0.tan() },
        Function("asin", -1.01, 1.01) { $0.asin() }, Function("acos", -1.01, 1.01) { $0.acos() },
        Function("atan", -10, 10) { $0.atan() }, Function("sinh", -92, 92) { $0.sinh() },
        Function("cosh", -92, 92) { $0.cosh() }, Function("tanh", -10, 10) { $0.tanh() },
        Function("asinh", -100, 100) { $0.asinh() }, Function("acosh", 0.9, 100) { $0.acosh() },
        Function("atanh", -1, 1) { $0.atanh() }, Function("erf", -5, 5) { $0.erf() },
        Function("erfc", -5, 10, limit: 8) { $0.erfc() },
        Function("lgamma", -10, 10) { $0.lgamma() },
    ]

    @Test(arguments: functions.indices)
    func functionsOfOneNumber(_ index: Int) {
        let function = PrecisionTests.functions[index]
        var generator = Generator(seed: 7)
        let points = Tensor.rand(
            [100_000], low: function.low, high: function.high, generator: &generator)
        for x in [points, Tensor(PrecisionTests.specials)] {
            let steps = worst(function.call(x), function.call(x.to(.float64)))
            #expect(steps <= function.limit, "\(function.name): \(steps) steps")
        }
    }

    private static let pairs: [(name: String, call: @Sendable (Tensor, Tensor) -> Tensor)] = [
        ("pow", { $0.pow($1) }), ("atan2", { $0.atan2($1) }), ("hypot", { $0.hypot($1) }),
        ("fmod", { $0.fmod($1) }), ("remainder", { $0.remainder($1) }),
    ]

    @Test(arguments: pairs.indices)
    func functionsOfTwoNumbers(_ index: Int) {
        let (name, call) = PrecisionTests.pairs[index]
        var generator = Generator(seed: 8)
        let x = Tensor.rand([100_000], low: -20, high: 20, generator: &generator)
        let y = Tensor.rand([100_000], low: -9, high: 9, generator: &generator)
        let specials = Tensor(PrecisionTests.specials)
        for (x, y) in [(x, y), (specials.unsqueeze(1), specials)] {
            let steps = worst(call(x, y), call(x.to(.float64), y.to(.float64)))
            #expect(steps <= 4, "\(name): \(steps) steps")
        }
    }
}
