import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("Losses of float16 and bfloat16")
struct HalfLossTests {
    private static func loss(
        _ function: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) -> FixtureOperations.Value {
        // `crossEntropy` gives float32 for half types, where PyTorch rounds.
        { _ in { [function($0[0], $0[1]).to($0[0].dtype)] } }
    }

    private static let operations: FixtureOperations = [
        "mse": loss { mseLoss($0, $1) }, "smoothL1": loss { smoothL1Loss($0, $1) },
        "binaryCrossEntropyWithLogits": loss {
            binaryCrossEntropyWithLogits($0, $1.sigmoid())
        },
        "klDiv": loss { klDiv($0.logSoftmax(dim: 1), $1.softmax(dim: 1), reduction: .batchMean) },
        "crossEntropy": loss { crossEntropy($0 * $1, Tensor([0, 2])) },
    ]

    @Test(arguments: try fixtures("halfLosses"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(HalfLossTests.operations, gradcheck: false, layouts: false)
    }
}
