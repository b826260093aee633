internal import Martlet
public import MartletData
public import MartletNN
public import MartletPipeline
internal import MartletVision

/// Image classification: one class for each image.
public final class ClassificationTask: MartletPipeline.Task {
    public static let name = "classification"
    public static let inputExtensions = LabelledFiles.imageExtensions
    public static let summary = "image classification: one class for each image"

    /// Images `(N, C, H, W)` with their classes.
    public struct Batch: Sendable {
        let images: Tensor
        let labels: Tensor
        /// Which elements of the data set they are.
        let indices: [Int]
    }

    public let options: ClassificationOptions
    public let network: any Module
    /// What an index stands for.
    public let classes: [String]
    let preprocessing: Preprocessing
    private let layer: any Layer
    private let data: LabelledData?
    private let training: ImageSet?

    public convenience init(training options: ClassificationOptions) throws {
        guard !options.data.isEmpty else {
            throw ConfigurationError(["data: expected data=DIR, a folder with images to train on"])
        }
        let data = try LabelledData(discovering: options.data)
        guard let images = data.train, images.count > 0 else {
            throw ConfigurationError(["data \(options.data): no training images; found \(data)"])
        }
        let preprocessing = try Recipe.settle(options, images: images)
        try self.init(
            options: options, classes: data.classes, preprocessing: preprocessing, data: data)
    }

    public convenience init(options: ClassificationOptions, metadata: [String: String]) throws {
        let metadata = Metadata(metadata)
        try self.init(
            options: options, classes: metadata.get("classes", as: [String].self),
            preprocessing: metadata.get("preprocessing", as: Preprocessing.self), data: nil)
    }

    private init(
        options: ClassificationOptions, classes: [String], preprocessing: Preprocessing,
        data: LabelledData?
    ) throws {
        self.options = options
        self.classes = classes
        self.preprocessing = preprocessing
        self.data = data
        let name = options.model ?? ""
        guard let architecture = ImageClassifiers.named(name) else {
            let known = ImageClassifiers.all.map(\.name)
            let hint = EditDistance.nearest(to: name, among: known)
            throw ConfigurationError([
                "model: expected one of \(known.joined(separator: ", ")), got \"\(name)\""
                    + (hint.map { "; did you mean \"\($0)\"?" } ?? "")
            ])
        }
        guard let size = preprocessing.outputSize else {
            throw ConfigurationError(["image.size: the model needs images of one size"])
        }
        do {
            layer = try architecture.build(
                .init(
                    channels: preprocessing.channels, height: size.height, width: size.width,
                    classes: classes.count), stem: architecture.hasStem ? options.stem : nil)
        } catch let error as ImageClassifierError {
            throw ConfigurationError(["\(error)"])
        }
        network = layer
        if let images = data?.train {
            training = try ImageSet(
                images, preprocessing, augmentation: Recipe.augmentation(options, size: size),
                options.samples)
        } else {
            training = nil
        }
    }

    public var metadata: [String: String] {
        var metadata = Metadata()
        metadata.set("classes", classes)
        metadata.set("preprocessing", preprocessing)
        return metadata.entries
    }

    public var dataDescription: String? { data.map { "\($0)" } }

    public var dataFingerprint: String? { data.map { "\($0.fingerprint)" } }

    public func describe(_ batch: Batch) -> [String] {
        batch.indices.map { training?.describe($0) ?? "image \($0)" }
    }

    public func trainingBatches(epoch: Int, from first: Int) throws -> Batches<Batch> {
        guard let training else {
            preconditionFailure("trainingBatches: the task was built from a model file")
        }
        let count = options.batch ?? 64
        let loader = DataLoader(
            training, batchSize: count, order: .shuffled,
            dropLast: training.count > count && training.count % count == 1,
            workers: options.training.workers, generator: Generator(seed: UInt64(options.seed)),
            skipped: training.skipped, collate: collate)
        return loader.epoch(epoch, from: first)
    }

    public func evaluationBatches() throws -> Batches<Batch> {
        let data = try self.data ?? LabelledData(discovering: options.data)
        guard data.classes == classes else {
            throw ConfigurationError([
                "data \(options.data): its classes \(data.classes) are not the model's \(classes)"
            ])
        }
        // Checkpoints are chosen by the validation part, models judged by the test part, where there are both.
        let isTraining = training != nil
        guard
            let images = isTraining
                ? data.validation ?? data.test : data.test ?? data.validation
        else {
            throw ConfigurationError([
                "data \(options.data): expected a test or val part to evaluate on; found \(data)"
            ])
        }
        let set =
            try evaluationSet
            ?? ImageSet(images, preprocessing, augmentation: nil, options.samples)
        if let training, evaluationSet == nil {
            Leakage.warn(training: training.contents, evaluation: set.contents, kind: "images")
        }
        evaluationSet = set
        let loader = DataLoader(
            set, batchSize: 250, workers: options.training.workers, generator: Generator(seed: 0),
            skipped: set.skipped, collate: collate)
        return loader.epoch(0)
    }

    private var evaluationSet: ImageSet?

    public var skipped: [SkippedSamples] {
        [training, evaluationSet].compactMap { $0?.skipped }
    }

    private var collate: @Sendable ([ImageSet.Sample]) throws -> Batch {
        let normalize = preprocessing.normalize
        return { samples in
            Batch(
                images: Image.batch(samples.map(\.image), normalize),
                labels: Tensor(samples.map(\.label)), indices: samples.map(\.index))
        }
    }

    public func loss(_ batch: Batch, phase: Phase, _ context: Context) -> Loss {
        Loss(
            crossEntropy(
                layer(batch.images, context), batch.labels,
                labelSmoothing: options.loss.labelSmoothing), count: batch.labels.count)
    }

    public func makeEvaluation() -> ClassificationEvaluation {
        ClassificationEvaluation(classes: classes, normalize: preprocessing.normalize)
    }

    public func evaluate(
        _ batch: Batch, into evaluation: inout ClassificationEvaluation, _ context: Context
    ) {
        evaluation.update(
            logits: layer(batch.images, context).to(.float32), images: batch.images,
            labels: batch.labels, names: batch.indices.map(evaluationName))
    }

    /// What an image of the evaluation is called wherever the data lie: its path in the data folder.
    private func evaluationName(_ index: Int) -> String {
        let name = evaluationSet?.describe(index) ?? "image \(index)"
        let folder = options.data.hasSuffix("/") ? options.data : options.data + "/"
        return name.hasPrefix(folder) ? String(name.dropFirst(folder.count)) : name
    }

    public func predict(_ inputs: [String], _ context: Context) throws -> [any Prediction] {
        let images = try inputs.map { try Image(path: $0, channels: preprocessing.channels) }
        let logits = noGrad { layer(preprocessing.batch(images), context).to(.float32) }
        let (values, indices) = logits.softmax(dim: 1).topk(min(options.topk, classes.count))
        return inputs.enumerated().map { row, path in
            ClassPrediction(
                input: path,
                classes: zip(indices[row].array(as: Int.self), values[row].array(as: Float.self))
                    .map { .init(label: classes[$0], probability: $1) })
        }
    }

    public func pictures(of predictions: [any Prediction]) throws -> [Picture] {
        let shown = predictions.compactMap { $0 as? ClassPrediction }.prefix(48)
        guard !shown.isEmpty else { return [] }
        let cells = try shown.map { prediction in
            ImageGrid.Cell(
                try Image(path: prediction.input, channels: 3),
                caption: prediction.classes.prefix(2).map {
                    "\($0.label) \(ClassPrediction.Candidate.percent($0.probability))"
                })
        }
        let grid = ImageGrid(cells, columns: min(8, cells.count), title: "predictions")
        return [Picture("predictions", grid.image())]
    }

    public var exportForm: ExportForm {
        let size = preprocessing.outputSize ?? 1
        return ExportForm(
            layer, inputShape: [1, preprocessing.channels, size.height, size.width],
            outputName: "logits")
    }
}

/// The classes of one image, the most probable first.
public struct ClassPrediction: Prediction {
    public struct Candidate: Codable, Sendable {
        public let label: String
        /// 0 to 1; null in JSON where the network's outputs are no numbers.
        public let probability: Float

        /// Writes both; what is no number has no other form in JSON.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(label, forKey: .label)
            try container.encode(
                probability.isFinite ? probability : nil, forKey: .probability)
        }

        /// A probability for people: `97 %`, with one place `97.3 %`, or `undefined`.
        static func percent(_ probability: Float, places: Int = 0) -> String {
            guard probability.isFinite else { return "undefined" }
            return places == 0
                ? "\(Int((probability * 100).rounded())) %"
                : "\((probability * 1000).rounded() / 10) %"
        }
    }

    /// The image's path, and its classes.
    public let input: String
    public let classes: [Candidate]

    public var line: String {
        "\(input): "
            + classes.map { "\($0.label) \(Candidate.percent($0.probability, places: 1))" }
            .joined(separator: ", ")
    }
}
