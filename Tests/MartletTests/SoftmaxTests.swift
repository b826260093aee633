import Martlet
import MartletTesting
import Testing

@Suite("Softmax")
struct SoftmaxTests {
    private static let operations: FixtureOperations = [
        "softmax": { arguments in
            let dim = try arguments.int("dim")
            return { [$0[0].softmax(dim: dim)] }
        },
        "logSoftmax": { arguments in
            let dim = try arguments.int("dim")
            return { [$0[0].logSoftmax(dim: dim)] }
        },
    ]

    @Test(arguments: try fixtures("softmax"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(SoftmaxTests.operations, secondDerivatives: true)
    }

    @Test func rowsOfCrossEntropyHaveGradients() {
        let target = Tensor([2, 0, 1])
        let weight = Tensor([0.5, 1.5, 2.0])
        gradcheck(numbers([3, 3])) {
            $0[0].crossEntropyRows(target, weight: weight, labelSmoothing: 0.2).loss
        }
        gradcheck(numbers([3, 3])) { $0[0].crossEntropyRows(target, ignoreIndex: 0).loss }
    }
}
