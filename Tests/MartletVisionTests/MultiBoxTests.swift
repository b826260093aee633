import Foundation
import Martlet
import MartletNN
import MartletTesting
import MartletVision
import Testing

/// Who is to find what by torchvision's matchers, and the loss by PyTorch: see `make_multibox.py`.
@Suite struct MultiBoxTests {
    private struct Truth: Decodable {
        let anchors: TorchvisionBoxes.Numbers
        let truths: [TorchvisionBoxes.Numbers]
        let labels: [[Int]]
        let matches: [String: [[Int]]]
        let codes, logits: TorchvisionBoxes.Numbers
        let count: Int
        let classes, boxes: Float
        let codesGradient, logitsGradient: TorchvisionBoxes.Numbers

        static let one = Result {
            try JSONDecoder().decode(
                Truth.self,
                from: Data(contentsOf: Fixtures.folder.appendingPathComponent("multibox.json")))
        }
    }

    private func float(_ numbers: TorchvisionBoxes.Numbers) -> Tensor {
        numbers.tensor.to(.float32)
    }

    @Test(arguments: [
        ("none", AnchorMatcher(positive: 0.5, negative: 0.4, forced: .none)),
        ("bestAnchors", AnchorMatcher(positive: 0.7, negative: 0.3, forced: .bestAnchors)),
        ("bestAnchor", AnchorMatcher(positive: 0.5, negative: 0.5, forced: .bestAnchor)),
    ])
    func matchesEqualTorchvisions(_ name: String, _ matcher: AnchorMatcher) throws {
        let truth = try Truth.one.get()
        let found = truth.truths.filter { $0.shape[0] > 0 }.map {
            matcher(boxes: float($0), anchors: float(truth.anchors))
        }
        #expect(found == truth.matches[name])
    }

    @Test func withoutBoxesAllIsBackground() throws {
        let anchors = float(try Truth.one.get().anchors)
        let found = AnchorMatcher()(boxes: Tensor.zeros([0, 4]), anchors: anchors)
        #expect(found == Array(repeating: AnchorMatcher.background, count: anchors.shape[0]))
    }

    @Test func lossEqualsPyTorchs() throws {
        let truth = try Truth.one.get()
        let (codes, logits) = (
            float(truth.codes).requiringGrad(), float(truth.logits).requiringGrad()
        )
        let targets = zip(truth.truths, truth.labels).map {
            DetectionTarget(boxes: float($0).reshape([-1, 4]), labels: Tensor($1))
        }
        let loss = MultiBoxLoss()(
            codes: codes, logits: logits, anchors: float(truth.anchors), targets: targets)
        #expect(loss.count == truth.count)
        #expect(loss.parts.map(\.name) == ["classes", "boxes"])
        for (part, expected) in zip(loss.parts, [truth.classes, truth.boxes]) {
            #expect(abs(part.value.item(as: Float.self) / expected - 1) < 1e-5)
        }
        let gradients = grad(outputs: [loss.total], inputs: [codes, logits])
        for (gradient, expected) in zip(gradients, [truth.codesGradient, truth.logitsGradient]) {
            #expect(gradient.allClose(float(expected), rtol: 1e-4, atol: 1e-6))
        }
    }

    /// An image without boxes teaches what is background, alone in its batch too.
    @Test func imagesWithoutBoxesAreLearntFrom() throws {
        let truth = try Truth.one.get()
        let logits = float(truth.logits).requiringGrad()
        let nothing = DetectionTarget(
            boxes: Tensor.zeros([0, 4]), labels: Tensor.zeros([0], dtype: .int64))
        let loss = MultiBoxLoss()(
            codes: float(truth.codes), logits: logits, anchors: float(truth.anchors),
            targets: [nothing, nothing, nothing])
        let gradient = grad(outputs: [loss.total], inputs: [logits])[0]
        #expect(loss.total.item(as: Float.self) > 0)
        #expect(gradient.abs().sum(dims: [2]).gt(0).to(.int64).sum().item(as: Int.self) == 3)
    }
}
