import Martlet
import MartletTesting
import Testing

@Suite("Batch normalisation")
struct NormalisationTests {
    private static func batch(
        relu: Bool, residual: Bool
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { _ in
            { inputs in
                let (y, mean, variance) = inputs[0].batchNorm(
                    weight: inputs.count > 1 ? inputs[1] : nil,
                    bias: inputs.count > 2 ? inputs[2] : nil, epsilon: 1e-5, relu: relu,
                    residual: residual ? inputs[3] : nil)
                return relu ? [y] : [y, mean, variance]
            }
        }
    }

    private static func fixed(
        relu: Bool, residual: Bool
    ) -> @Sendable (FixtureArguments) throws -> Function {
        { arguments in
            let mean = Tensor(try arguments.doubles("mean"))
            let variance = Tensor(try arguments.doubles("variance"))
            let epsilon = try arguments.double("epsilon")
            return { inputs in
                [
                    inputs[0].batchNorm(
                        mean: mean.to(inputs[0].dtype), variance: variance.to(inputs[0].dtype),
                        weight: inputs.count > 1 ? inputs[1] : nil,
                        bias: inputs.count > 2 ? inputs[2] : nil, epsilon: epsilon, relu: relu,
                        residual: residual ? inputs[3] : nil)
                ]
            }
        }
    }

    private static let operations: FixtureOperations = [
        "batchNorm": batch(relu: false, residual: false),
        "batchNormReLU": batch(relu: true, residual: false),
        "batchNormAddReLU": batch(relu: true, residual: true),
        "batchNormFixed": fixed(relu: false, residual: false),
        "batchNormFixedAddReLU": fixed(relu: true, residual: true),
    ]

    @Test(arguments: try fixtures("normalisation"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        // The values whose mean is far from 0 are only as good as float32 can hold them.
        let far = fixture.name == "a far mean"
        try fixture.check(
            NormalisationTests.operations, rtol: far ? 1e-3 : 1e-5, atol: far ? 2e-3 : 2e-6,
            halfPrecision: .single)
    }
}
