import Martlet
import MartletNN
import MartletOptim
import MartletTesting
import Testing

@Suite("Parameters of half types")
struct HalfParameterTests {
    private static let makers: [@Sendable (Linear) -> any Optimizer] = [
        { SGD($0, momentum: 0.9) }, { Adam($0) }, { AdamW($0) }, { NAdam($0) }, { RAdam($0) },
        { Adamax($0) }, { Adagrad($0) }, { Adadelta($0) }, { RMSprop($0) }, { Lion($0) },
    ]

    /// What a step makes of them is what it makes of the same numbers in float32, rounded.
    @Test(arguments: [DType.float16, .bfloat16]) func areTrained(_ dtype: DType) {
        for make in HalfParameterTests.makers {
            let weights = [dtype, .float32].map { type in
                let layer = Linear(3, 2, bias: false)
                let start = Tensor([[1, -2, 3], [0.5, 4, -1]] as [[Float]]).to(type)
                layer.weight.value = start
                let optimizer = make(layer)
                for step in 1...2 {
                    layer.weight.grad = start * Double(step) - 0.5
                    GradientClipping.byNorm(layer.parameters(), maxNorm: 2)
                    // Adadelta's first steps are a thousandth of the others'.
                    optimizer.step(learningRate: optimizer is Adadelta ? 50 : 0.1)
                }
                let weight = layer.weight.value.detach()
                #expect(difference(weight, start) != nil && weight.dtype == type)
                return weight
            }
            let tolerance = dtype == .float16 ? 4e-3 : 3e-2
            expectClose(weights[0].to(.float32), weights[1], rtol: tolerance, atol: tolerance)
        }
    }

    @Test func areClippedWithTheOthers() {
        let parameters = [DType.bfloat16, .float32].map { dtype in
            let parameter = Parameter(Tensor.zeros([2], dtype: dtype))
            parameter.grad = Tensor([3, 4] as [Float]).to(dtype)
            return parameter
        }
        let norm = GradientClipping.byNorm(parameters, maxNorm: 1)
        #expect(abs(norm - 50.0.squareRoot()) < 1e-6)
        let gradients = parameters.compactMap { $0.grad?.to(.float32) }
        expectClose(gradients[0], gradients[1], rtol: 1e-2)
    }
}
