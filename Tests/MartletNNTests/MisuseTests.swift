import Foundation
import Martlet
import MartletNN
import Testing

/// What cannot work stops the process with a message that says why.
@Suite("Misuse of layers and losses")
struct NNMisuseTests {
    private static func output(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }

    @Test func classesOutsideAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) { _ = crossEntropy(Tensor.ones([2, 3]), Tensor([1, 3])) }
        #expect(
            NNMisuseTests.output(result).contains(
                "crossEntropy: target 3 at place 1 is outside the 3 classes"))
    }

    @Test func targetsOfAnotherShapeAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) { _ = nllLoss(Tensor.ones([2, 3, 4]), Tensor([1, 2])) }
        #expect(
            NNMisuseTests.output(result).contains(
                "nllLoss: expected scores (N, classes, ...) and class indices (N, ...), got [2, 3, 4]"
            ))
    }

    @Test func lossesOfTwoShapesAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) { _ = huberLoss(Tensor.ones([2, 3]), Tensor.ones([3])) }
        #expect(
            NNMisuseTests.output(result).contains(
                "huberLoss: expected two tensors of one shape, got [2, 3] and [3]"))
    }

    @Test func probabilitiesOutsideAreRefused() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) { _ = binaryCrossEntropy(Tensor([0.5, 1.5]), Tensor([0.0, 1])) }
        #expect(NNMisuseTests.output(result).contains("expected probabilities in 0 ... 1"))
    }

    @Test func bordersThatAreTooWideAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) { _ = ReflectionPad1d(3)(Tensor.ones([1, 1, 3]), .inference) }
        #expect(NNMisuseTests.output(result).contains("pad: reflect padding (3, 3) is too wide"))
    }

    @Test func interpolationNeedsItsDimensions() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) { _ = Tensor.ones([1, 1, 3]).interpolate(scaleFactor: 2, mode: .bilinear) }
        #expect(
            NNMisuseTests.output(result).contains("expected (N, C, ...) with 4 dimensions"))
    }

    @Test func channelsThatDoNotDivideAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) { _ = PixelShuffle(2)(Tensor.ones([1, 3, 2, 2]), .inference) }
        #expect(NNMisuseTests.output(result).contains("channels that 2² divides, got [1, 3, 2, 2]"))
    }
}
