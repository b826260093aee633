import Foundation
import Martlet
import MartletNN
import MartletTesting
import MartletVision
import Testing

@Suite("Image classifiers")
struct ModelTests {
    private static func models() throws -> [FixtureCase] {
        try FixtureCase.load(
            "models", in: Bundle.module.resourceURL?.appendingPathComponent("Fixtures"))
    }

    private func build(_ fixture: FixtureCase) throws -> any Layer {
        let parts = fixture.operation.split(separator: "-")
        let stem = parts.last.flatMap { Int($0) }
        let name = stem == nil ? fixture.operation : parts.dropLast().joined(separator: "-")
        let size = try fixture.arguments.int("size")
        return try #require(ImageClassifiers.named(name)).build(
            ImageClassifierInput(
                channels: try fixture.arguments.int("channels"), height: size, width: size,
                classes: 10), stem: stem)
    }

    /// sin(0.7 i + phase) over the elements in order.
    private func wave(_ shape: [Int], _ phase: Double) -> Tensor {
        let count = shape.reduce(1, *)
        return Tensor((0..<count).map { sin(Double($0) * 0.7 + phase) }, shape: shape)
    }

    /// What `Tests/Reference/models.py` fills the tensors with.
    private func formula(_ name: String, _ tensor: Tensor, _ index: Int) -> Tensor {
        if name.hasSuffix("num_batches_tracked") { return tensor }
        let w = wave(tensor.shape, Double(index))
        if name.hasSuffix("running_var") { return 1 + 0.5 * w }
        if tensor.ndim > 1 {
            return w / (Double(tensor.count / tensor.shape[0]) / 4).squareRoot()
        }
        return (name.hasSuffix("weight") ? 1.0 : 0.0) + 0.2 * w
    }

    @Test(arguments: try models())
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let model = try build(fixture)
        let state = model.stateDict()
        #expect(state.map(\.name) == (try fixture.arguments.strings("keys")))
        #expect(state.map(\.tensor.shape) == (try fixture.arguments.shapes("shapes")))
        #expect(model.parameterCount == (try fixture.arguments.int("parameters")))

        let filled = state.enumerated().map { i, entry in
            (entry.name, formula(entry.name, entry.tensor, i))
        }
        let report = try model.load(state: Dictionary(uniqueKeysWithValues: filled))
        #expect(report.isComplete)
        let size = try fixture.arguments.int("size")
        let x = wave([2, try fixture.arguments.int("channels"), size, size], 0.5).to(.float32)
        let logits = model(x, .inference)
        expectClose(logits.detach(), fixture.outputs[0], rtol: 1e-4, atol: 1e-4)
        crossEntropy(logits, Tensor([3, 7])).backward()
        let norms = model.parameters().map { parameter in
            parameter.grad.map { $0.to(.float64).square().sum().sqrt().to(.float32) }
                ?? Tensor(Float.nan)
        }
        expectClose(Tensor.stack(norms), fixture.outputs[1], rtol: 1e-3, atol: 1e-5)
    }

    @Test(arguments: ImageClassifiers.all.map(\.name))
    func trainsOnOtherSizesChannelsAndClasses(_ name: String) throws {
        let model = try #require(ImageClassifiers.named(name)).build(
            ImageClassifierInput(channels: 2, height: 40, width: 36, classes: 3))
        model.initialize(Generator(seed: 4))
        var generator = Generator(seed: 5)
        let x = Tensor.randn([2, 2, 40, 36], generator: &generator)
        let y = model(x, .training(generator: generator))
        #expect(y.shape == [2, 3])
        y.square().sum().backward()
        for (name, parameter) in model.namedParameters() {
            #expect(parameter.grad != nil, "no gradient reaches \(name)")
        }
    }

    @Test(arguments: ImageClassifiers.all)
    func smallestImagesWorkAndSmallerOnesAreRefused(_ model: ImageClassifierArchitecture) throws {
        let size = model.minimumSize
        var input = ImageClassifierInput(channels: 1, height: size, width: size, classes: 2)
        let layer = try model.build(input)
        #expect(noGrad { layer(Tensor.zeros([1, 1, size, size]), .inference) }.shape == [1, 2])
        input.height = size - 1
        #expect(throws: ImageClassifierError.self) { try model.build(input) }
    }

    @Test func whatCannotBeBuiltIsRefused() throws {
        let lenet = try #require(ImageClassifiers.named("lenet"))
        let good = ImageClassifierInput(channels: 1, height: 28, width: 28, classes: 10)
        func reason(_ change: (inout ImageClassifierInput) -> Void, stem: Int? = nil) -> String? {
            var input = good
            change(&input)
            do {
                _ = try lenet.build(input, stem: stem)
                return nil
            } catch { return "\(error)" }
        }
        #expect(reason { $0.channels = 0 }?.contains("at least 1 channel") == true)
        #expect(reason { $0.classes = 1 }?.contains("at least 2 classes") == true)
        #expect(reason({ _ in }, stem: 8)?.contains("fixed width") == true)
        #expect(reason { $0.width = 4 }?.contains("12 x 12 pixels, got 4 x 28") == true)
        #expect(ImageClassifiers.named("alexnet") == nil)
    }

    @Test func theClassicLeNetHasTanhAndMeans() {
        let model = LeNet(style: .classic)
        model.initialize(Generator(seed: 1))
        #expect(model.parameterCount == 61706)
        let x = Tensor.ones([1, 1, 28, 28])
        let y = noGrad { model(x, .inference) }
        // tanh bounds the last layer's inputs, so its weights bound the logits.
        let bound = noGrad {
            model.fc3.weight.value.abs().sum(dims: [1]) + (model.fc3.bias?.value.abs() ?? Tensor(0))
        }
        #expect(y[0].abs().le(bound).all().item(as: Bool.self))
    }
}
