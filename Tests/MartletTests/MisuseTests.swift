import Foundation
import Martlet
import MartletTesting
import Testing

/// Shapes and types that cannot work stop the process with a message, in release builds too.
@Suite("Misuse")
struct MisuseTests {
    @Test func everyMistakeIsNamedWithWhatWasExpected() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            Misuse.report([
                Misuse.arithmetic, Misuse.rearranging, Misuse.places, Misuse.subscripts,
                Misuse.order, Misuse.statistics, Misuse.creation, Misuse.gradients,
                Misuse.sparse,
            ])
        }
        Misuse.record(result?.standardOutputContent)
    }

    @Test func channelsThatDoNotFitAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = Tensor.ones([1, 3, 8, 8]).conv2d(Tensor.ones([4, 2, 3, 3]))
        }
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains("conv2d: input [1, 3, 8, 8] has 3 channels"))
    }
}
