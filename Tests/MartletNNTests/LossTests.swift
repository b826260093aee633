import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("Losses")
struct LossTests {
    private static let operations: FixtureOperations = [
        "crossEntropy": { arguments in
            let weight = arguments.has("weight") ? try arguments.doubles("weight") : nil
            let smoothing = try arguments.double("smoothing")
            let ignored = try arguments.int("ignore")
            let name = try arguments.string("reduction")
            let reduction = try #require(Reduction(rawValue: name))
            return {
                [
                    crossEntropy(
                        $0[0], $0[1], weight: weight.map { Tensor($0) }, labelSmoothing: smoothing,
                        ignoreIndex: ignored, reduction: reduction)
                ]
            }
        },
        "mse": { arguments in
            let name = try arguments.string("reduction")
            let reduction = try #require(Reduction(rawValue: name))
            return { [mseLoss($0[0], $0[1], reduction: reduction)] }
        },
    ]

    @Test(arguments: try fixtures("losses"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(LossTests.operations, halfPrecision: .single)
    }

    @Test func aBatchThatIsAllIgnoredHasNoLoss() {
        let logits = Tensor([[1, 2], [3, 4]] as [[Float]]).requiringGrad()
        let loss = crossEntropy(logits, Tensor([7, 7]), ignoreIndex: 7)
        #expect(loss.item() == 0)
        loss.backward()
        expectClose(logits.grad ?? logits, Tensor.zeros([2, 2]))
    }
}
