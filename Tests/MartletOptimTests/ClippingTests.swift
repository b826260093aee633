import Martlet
import MartletNN
import MartletOptim
import MartletTesting
import Testing

@Suite("Gradient clipping")
struct ClippingTests {
    @Test(arguments: try fixtures("optimisers").filter { $0.operation.hasPrefix("clip") })
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let parameters = fixture.inputs.map { Parameter($0.zerosLike()) }
        for (parameter, gradient) in zip(parameters, fixture.inputs) { parameter.grad = gradient }
        let limit = try fixture.arguments.double("limit")
        if fixture.operation == "clipNorm" {
            let norm = GradientClipping.byNorm(
                parameters, maxNorm: limit, p: try fixture.arguments.double("p"))
            expectClose(Tensor(norm).to(fixture.outputs[2].dtype), fixture.outputs[2])
        } else {
            GradientClipping.byValue(parameters, limit: limit)
        }
        for (parameter, expected) in zip(parameters, fixture.outputs) {
            expectClose(parameter.grad ?? Tensor(0), expected)
        }
    }

    @Test(arguments: [1, 2, 3.5, .infinity])
    func normsDoNotDependOnThreads(_ p: Double) {
        var generator = Generator(seed: 2)
        let gradients = [[70_000], [3, 9001], [5]].map {
            Tensor.randn($0, generator: &generator)
        }
        let norms = onThreads([1, 2, 3]) {
            let parameters = gradients.map { gradient in
                let parameter = Parameter(gradient.zerosLike())
                parameter.grad = gradient
                return parameter
            }
            return GradientClipping.byNorm(parameters, maxNorm: 1, p: p)
        }
        #expect(norms[0] == norms[1] && norms[0] == norms[2])
    }

    @Test(arguments: [1, 2, .infinity])
    func normsThatAreNotFiniteLeaveGradientsAlone(_ p: Double) {
        for bad in [Float.infinity, .nan] {
            let gradient = Tensor([1, bad, 5] as [Float])
            let parameter = Parameter(gradient.zerosLike())
            parameter.grad = gradient
            let norm = GradientClipping.byNorm([parameter], maxNorm: 1, p: p)
            #expect(bad.isNaN ? norm.isNaN : norm == .infinity)
            expectClose(parameter.grad ?? Tensor(0), gradient)
            #expect(throws: NonFiniteNorm.self) {
                try GradientClipping.byNorm(
                    [parameter], maxNorm: 1, p: p, errorIfNonFinite: true)
            }
        }
    }

    @Test func nothingToClipHasNoNorm() throws {
        #expect(GradientClipping.byNorm([], maxNorm: 1) == 0)
        let empty = Parameter(Tensor.zeros([0, 3]))
        empty.grad = Tensor.zeros([0, 3])
        #expect(GradientClipping.byNorm([empty], maxNorm: 1, p: .infinity) == 0)
        #expect(try GradientClipping.byNorm([empty], maxNorm: 1, errorIfNonFinite: true) == 0)
    }
}
