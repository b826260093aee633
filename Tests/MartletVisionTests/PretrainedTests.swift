import Foundation
import Martlet
import MartletData
import MartletNN
import MartletTesting
import MartletVision
import Testing

/// Weights that torchvision's own code made: `Tests/Reference/checkpoints.py`.
@Suite struct PretrainedTests {
    private func weights(_ name: String) throws -> [String: Tensor] {
        let fixtures = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures")
        return try Weights.read(fixtures.appendingPathComponent(name).path).dictionary
    }

    private func build(classes: Int = 5) throws -> any Layer {
        try #require(ImageClassifiers.named("resnet18-imagenet")).build(
            ImageClassifierInput(channels: 3, height: 40, width: 40, classes: classes), stem: 2)
    }

    @Test("torchvision's resnet18 loads with no key missing, and says the same of the same images")
    func agreesWithTorchvision() throws {
        let model = try build()
        let report = try model.load(state: weights("resnet18.pth"))
        #expect(report.isComplete && report.loaded.count == 122, "\(report)")
        let values = try weights("resnet18-values.pth")
        let images = try #require(values["input"])
        let expected = try #require(values["output"])
        expectClose(noGrad { model(images, .inference) }, expected, rtol: 1e-4, atol: 1e-4)
    }

    @Test func hasTheSizeOfTorchvisions() {
        let model = ImageNetResNet18()
        #expect(model.parameterCount == 11_689_512)
        let summary = model.summary(inputShape: [1, 3, 224, 224])
        #expect(summary.rows.filter { $0.name.isEmpty }.count == 1)
        #expect(summary.rows.last?.outputShape == [1, 1000])
    }

    @Test("A12: weights that do not fit are listed, and nothing is partly applied")
    func misfits() throws {
        let model = try build(classes: 7)
        model.initialize(Generator(seed: 1))
        func values() -> [[Float]] { model.parameters().map { $0.value.array(as: Float.self) } }
        let before = values()
        var state = try weights("resnet18.pth")
        for index in 0..<15 { state["extra.\(index)"] = Tensor([1]) }
        for key in state.keys where key.hasPrefix("layer2.") { state[key] = nil }
        let error = try #require(throws: LoadError.self) { try model.load(state: state) }
        #expect(values() == before)
        let text = "\(error)"
        for words in [
            "loaded 90 tensors", "30 missing: layer2.0.conv1.weight, layer2.0.bn1.weight",
            " and 20 more", "15 unexpected: extra.0, extra.1, extra.10", " and 5 more",
            "2 of another shape: fc.weight ([5, 16], expected [7, 16]), fc.bias ([5], expected [7])",
        ] { #expect(text.contains(words), "'\(text)' should mention '\(words)'") }

        // Where it is asked for, what fits is loaded.
        let report = try model.load(state: state, strict: false)
        #expect(report.loaded.count == 90 && report.mismatched.count == 2)
        #expect(
            model.stateDict().first { $0.name == "conv1.weight" }?.tensor.array(as: Float.self)
                == state["conv1.weight"]?.array(as: Float.self))
    }
}
