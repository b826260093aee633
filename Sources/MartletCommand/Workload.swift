internal import Martlet
internal import MartletNN
internal import MartletOptim
internal import MartletPipeline
internal import MartletText
internal import MartletVision

/// A training step on random data that `bench` times.
struct Workload: Sendable {
    let name: String
    /// Samples in a batch.
    let batch: Int
    /// A model with its first weights, and the loss of one batch.
    private let make:
        @Sendable (inout Generator) throws -> (model: any Module, loss: (Context) -> Tensor)

    static let all =
        [
            classifier("mlp", [64, 1, 28, 28]), classifier("mnist-cnn", [64, 1, 28, 28]),
            classifier("vgg", [128, 3, 28, 28]), classifier("resnet18", [128, 3, 32, 32]),
            classifier("mobilenet", [128, 3, 32, 32]), classifier("inception", [128, 3, 32, 32]),
            detection, segmentation, cyclegan, sentiment, translation, recognition,
        ]

    static func named(_ name: String) throws -> Workload {
        if let workload = all.first(where: { $0.name == name }) { return workload }
        let known = all.map(\.name)
        let hint = EditDistance.nearest(to: name, among: known)
        throw ConfigurationError([
            "bench: expected some of \(known.joined(separator: ", ")), got \"\(name)\""
                + (hint.map { "; did you mean \"\($0)\"?" } ?? "")
        ])
    }

    private static func classifier(_ name: String, _ shape: [Int]) -> Workload {
        Workload(name: name, batch: shape[0]) { generator in
            guard let architecture = ImageClassifiers.named(name) else {
                preconditionFailure("bench: no architecture \(name)")
            }
            let model = try architecture.build(
                .init(channels: shape[1], height: shape[2], width: shape[3], classes: 10))
            let images = Tensor.rand(shape, generator: &generator)
            let labels = Tensor.randint(0..<10, [shape[0]], generator: &generator)
            return (model, { crossEntropy(model(images, $0), labels) })
        }
    }

    private static let detection = Workload(name: "detection", batch: 4) { generator in
        let model = SSD()
        let images = Tensor.rand([4, 3, 256, 256], generator: &generator)
        let anchors = 6 * (32 * 32 + 16 * 16 + 8 * 8 + 4 * 4)
        let boxes = Tensor.randn([4, anchors, 4], generator: &generator)
        let labels = Tensor.randint(0..<21, [4 * anchors], generator: &generator)
        return (
            model,
            { context in
                let said = model.outputs(images, context)
                return smoothL1Loss(said.codes.to(.float32), boxes)
                    + crossEntropy(said.logits.flatten(from: 0, to: 1), labels)
            }
        )
    }

    private static let segmentation = Workload(name: "segmentation", batch: 4) { generator in
        let model = UNet()
        let images = Tensor.rand([4, 3, 128, 128], generator: &generator)
        let labels = Tensor.randint(0..<21, [4, 128, 128], generator: &generator)
        return (model, { crossEntropy(model(images, $0), labels) })
    }

    /// One generator update with all its terms; the discriminators are frozen.
    private static let cyclegan = Workload(name: "cyclegan", batch: 1) { generator in
        let model = CycleGANPair()
        for parameter in model.discriminators.flatMap({ $0.parameters() }) {
            parameter.isFrozen = true
        }
        let a = Tensor.rand([1, 3, 64, 64], low: -1, high: 1, generator: &generator)
        let b = Tensor.rand([1, 3, 64, 64], low: -1, high: 1, generator: &generator)
        return (
            model,
            { context in
                let (toB, toA) = (model.generators[0], model.generators[1])
                func real(_ image: Tensor, _ judge: PatchDiscriminator) -> Tensor {
                    let score = judge(image, context).to(.float32)
                    return mseLoss(score, score.detach().onesLike())
                }
                func distance(_ made: Tensor, _ wanted: Tensor) -> Tensor {
                    l1Loss(made.to(.float32), wanted)
                }
                let (madeB, madeA) = (toB(a, context), toA(b, context))
                let fooled =
                    real(madeB, model.discriminators[1]) + real(madeA, model.discriminators[0])
                let cycle = distance(toA(madeB, context), a) + distance(toB(madeA, context), b)
                let identity = distance(toB(b, context), b) + distance(toA(a, context), a)
                return fooled + cycle * 10 + identity * 5
            }
        )
    }

    private static let sentiment = Workload(name: "sentiment", batch: 32) { generator in
        let model = RecurrentClassifier(.init(vocabulary: 20_000))
        let words = Tensor.randint(1..<20_000, [32, 64], generator: &generator)
        let labels = Tensor.randint(0..<2, [32], generator: &generator)
        return (model, { crossEntropy(model(words, $0), labels) })
    }

    private static let translation = Workload(name: "translation", batch: 32) { generator in
        let model = Seq2Seq(sourceVocabulary: 6000, targetVocabulary: 8000)
        let source = Tensor.randint(0..<6000, [32, 16], generator: &generator)
        let target = Tensor.randint(0..<8000, [32, 17], generator: &generator)
        let (given, wanted) = (target.slice(dim: 1, to: 16), target.slice(dim: 1, from: 1))
        return (
            model,
            {
                crossEntropy(
                    model(source, given, $0).flatten(from: 0, to: 1), wanted.flatten())
            }
        )
    }

    private static let recognition = Workload(name: "recognition", batch: 16) { generator in
        let model = CRNN()
        let lines = Tensor.rand([16, 1, 32, 100], generator: &generator)
        let texts = Tensor.randint(1..<37, [16, 6], generator: &generator)
        return (
            model,
            { context in
                let logProbs = model(lines, context).to(.float32)
                let steps = Tensor.full([16], Double(logProbs.shape[0]), dtype: .int64)
                return ctcLoss(
                    logProbs, texts, inputLengths: steps,
                    targetLengths: Tensor.full([16], 6, dtype: .int64))
            }
        )
    }

    /// A training step: forward, loss, backward, Adam.
    func step(_ precision: Precision) throws -> () -> Void {
        var generator = Generator(seed: 0)
        let (model, loss) = try make(&generator)
        model.initialize(generator.stream("parameters"))
        let optimizer = Adam(model)
        let start = generator
        return {
            optimizer.zeroGrad()
            loss(Context.training(generator: start, precision: precision)).backward()
            optimizer.step(learningRate: 1e-4)
        }
    }
}

/// Both generators, which are trained, and both discriminators.
private final class CycleGANPair: Module {
    let generators = [ResNetGenerator(), ResNetGenerator()]
    let discriminators = [PatchDiscriminator(), PatchDiscriminator()]
}
