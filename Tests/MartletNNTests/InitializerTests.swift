import Foundation
import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("Initialisers")
struct InitializerTests {
    private let generator = Generator(seed: 21).stream("initializers")

    private func values(_ initializer: Initializer, _ shape: [Int] = [400, 250]) -> [Double] {
        initializer.tensor(shape, generator).array(as: Double.self)
    }

    private func moments(_ values: [Double]) -> (mean: Double, std: Double) {
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot())
    }

    @Test(arguments: try fixtures("gains"))
    func gainsArePyTorchs(_ fixture: FixtureCase) throws {
        let slope = try fixture.arguments.double("slope")
        let kinds: [String: Nonlinearity] = [
            "linear": .linear, "sigmoid": .sigmoid, "tanh": .tanh, "relu": .relu, "selu": .selu,
            "leaky_relu": .leakyReLU(slope: slope),
        ]
        let gain = calculateGain(try #require(kinds[fixture.operation]))
        expectClose(Tensor(Float(gain)), fixture.outputs[0])
        #expect(calculateGain(.leakyReLU()) == calculateGain(.leakyReLU(slope: 0.01)))
    }

    @Test(arguments: try fixtures("initialisers"))
    func valuesThatAreNotDrawnArePyTorchs(_ fixture: FixtureCase) throws {
        let shape = try fixture.arguments.ints("shape")
        if fixture.operation == "fans" {
            let (fanIn, fanOut) = calculateFanInAndFanOut(shape)
            expectClose(Tensor([fanIn, fanOut]), fixture.outputs[0])
            return
        }
        let kinds: [String: Initializer] = [
            "zeros": .zeros, "ones": .ones, "constant": .constant(0.7), "eye": .eye,
            "dirac": .dirac(
                groups: fixture.arguments.has("groups") ? try fixture.arguments.int("groups") : 1),
        ]
        let initializer = try #require(kinds[fixture.operation])
        expectClose(initializer.tensor(shape, generator), fixture.outputs[0])
    }

    @Test func fansCountCells() {
        #expect(calculateFanInAndFanOut([5, 7]) == (7, 5))
        #expect(calculateFanInAndFanOut([8, 4, 3, 2]) == (24, 48))
    }

    /// With the bound that each has and the standard deviation it should have.
    @Test func spreadsAreThoseOfTheirFormulas() {
        let cases: [(String, Initializer, bound: Double, std: Double)] = [
            ("uniform", .uniform(), 1, 1 / 12.0.squareRoot()),
            ("normal", .normal(), 7, 1),
            ("normal of its own", .normal(mean: 0, std: 0.2), 1.4, 0.2),
            ("fanIn", .fanIn(100), 0.1, 0.1 / 3.0.squareRoot()),
            (
                "xavierUniform", .xavierUniform(gain: 2), 2 * (6.0 / 650).squareRoot(),
                2 * (2.0 / 650).squareRoot()
            ),
            ("xavierNormal", .xavierNormal(), 1, (2.0 / 650).squareRoot()),
            (
                "kaimingUniform", .kaimingUniform(), (6.0 / 250).squareRoot(),
                (2.0 / 250).squareRoot()
            ),
            (
                "kaimingUniform of outputs",
                .kaimingUniform(mode: .fanOut, nonlinearity: .leakyReLU(slope: 1)),
                (3.0 / 400).squareRoot(), (1.0 / 400).squareRoot()
            ),
            ("kaimingNormal", .kaimingNormal(), 1, (2.0 / 250).squareRoot()),
            (
                "kaimingNormal for tanh", .kaimingNormal(mode: .fanOut, nonlinearity: .tanh), 1,
                5 / 3 / 400.0.squareRoot()
            ),
        ]
        for (name, initializer, bound, std) in cases {
            let found = values(initializer)
            #expect(found.allSatisfy { abs($0) <= bound * 1.000_001 }, "\(name)")
            #expect(abs(moments(found).std / std - 1) < 0.02, "\(name)")
            if name != "uniform" {
                #expect(abs(moments(found).mean) < std * 0.02, "\(name)")
            }
        }
        #expect(abs(moments(values(.uniform())).mean - 0.5) < 0.01)
        #expect(Set(values(.constant(0.25))) == [0.25])
    }

    @Test func truncatedNormalsStayWithinAndKeepTheirShape() {
        let standard = values(.truncNormal())
        #expect(standard.allSatisfy { abs($0) <= 2 })
        // The variance of a standard normal cut at ± 2 is 0.7737.
        #expect(abs(moments(standard).std - 0.7737.squareRoot()) < 0.01)
        #expect(abs(moments(standard).mean) < 0.01)
        let shifted = values(.truncNormal(mean: 1, std: 0.5, low: 0.5, high: 3))
        #expect(shifted.allSatisfy { $0 >= 0.5 && $0 <= 3 })
        // E = mean + std (φ(-1) - φ(4)) / (Φ(4) - Φ(-1)).
        #expect(abs(moments(shifted).mean - 1.1438) < 0.01)
        for side in [1.0, -1] {
            let (low, high) = side > 0 ? (6.0, 7.0) : (-7.0, -6.0)
            let tail = values(.truncNormal(low: low, high: high), [1000])
            #expect(tail.allSatisfy { $0 >= low && $0 <= high })
            // E = φ(6) / Φ(-6) but for the part above 7.
            #expect(abs(moments(tail).mean - side * 6.158) < 0.03)
        }
    }

    @Test func orthogonalRowsOrColumns() {
        for shape in [[6, 20], [20, 6], [8, 8], [6, 2, 3, 3], [150, 200], [64, 64]] {
            let w = Initializer.orthogonal(gain: 2).tensor(shape, generator).to(.float64)
            let matrix = w.reshape([shape[0], -1])
            let few = min(matrix.shape[0], matrix.shape[1])
            let product =
                matrix.shape[0] == few ? matrix.matmul(matrix.T) : matrix.T.matmul(matrix)
            expectClose(product, Tensor.eye(few, dtype: .float64) * 4, atol: 1e-5, "\(shape)")
        }
        #expect(
            difference(
                Initializer.orthogonal().tensor([4, 4], generator),
                Initializer.orthogonal().tensor([4, 4], generator.stream("other"))) != nil)
    }

    @Test func structuredWeightsPassTheirInputs() {
        let x = Tensor([[1, 2, 3]] as [[Float]])
        expectClose(x.linear(Initializer.eye.tensor([3, 3], generator)), x)
        #expect(Initializer.eye.tensor([2, 3], generator).sum().item() == 2)
        var draw = generator
        let images = Tensor.randn([1, 4, 5, 5], generator: &draw)
        let kernel = Initializer.dirac().tensor([4, 4, 3, 3], generator)
        expectClose(
            images.conv2d(kernel, ConvolutionGeometry(padding: (1, 1))), images, atol: 1e-6)
        let grouped = Initializer.dirac(groups: 2).tensor([4, 4, 1, 1], generator)
        expectClose(
            images.conv2d(grouped),
            Tensor.cat([images[.all, 0..<2], images[.all, 0..<2]], dim: 1), atol: 1e-6)
    }

    @Test func sparseColumnsHaveTheirShareOfZeros() {
        let w = Initializer.sparse(0.25, std: 0.1).tensor([10, 200], generator)
        #expect(Set(w.eq(0).to(.int64).sum(dims: [0]).array(as: Int.self)) == [3])
        let kept = w.array(as: Double.self).filter { $0 != 0 }
        #expect(abs(moments(kept).std - 0.1) < 0.01)
    }

    @Test func parametersCanBeDrawnAnew() {
        let layer = Linear(30, 20)
        layer.weight.initialize(.xavierNormal(), generator)
        expectClose(
            layer.weight.value.detach(), Initializer.xavierNormal().tensor([20, 30], generator),
            rtol: 0, atol: 0)
        #expect(layer.weight.value.requiresGrad)
    }
}
