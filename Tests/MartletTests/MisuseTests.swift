import Foundation
import Martlet
import Testing

/// Shapes and types that cannot work stop the process with a message, in release builds too.
@Suite("Misuse")
struct MisuseTests {
    private static func output(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }

    @Test func shapesThatDoNotBroadcastAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = Tensor.ones([2, 3]) + Tensor.ones([4])
        }
        #expect(
            MisuseTests.output(result).contains(
                "add: shapes [2, 3] and [4] do not broadcast: dimension 1 is 3 in one and 4 in"))
    }

    @Test func channelsThatDoNotFitAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = Tensor.ones([1, 3, 8, 8]).conv2d(Tensor.ones([4, 2, 3, 3]))
        }
        #expect(MisuseTests.output(result).contains("conv2d: input [1, 3, 8, 8] has 3 channels"))
    }

    @Test func indicesOutsideAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = Tensor.ones([3]).indexSelect(dim: 0, Tensor([0, 3]))
        }
        #expect(MisuseTests.output(result).contains("indexSelect: index 3 is outside dimension 0"))
    }

    @Test func aGraphThatIsWalkedTwiceSaysWhatToDo() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            let loss = Tensor([1.0, 2]).requiringGrad().square().sum()
            loss.backward()
            loss.backward()
        }
        #expect(MisuseTests.output(result).contains("pass retainGraph: true"))
    }

    @Test func changingWhatGradientsNeedIsRefused() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            var leaf = Tensor([1.0, 2]).requiringGrad()
            leaf[0] = Tensor(3.0)
        }
        #expect(
            MisuseTests.output(result).contains("a leaf that requires a gradient cannot be changed")
        )
    }
}
