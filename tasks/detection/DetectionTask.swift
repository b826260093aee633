internal import Martlet
public import MartletData
internal import MartletMetrics
public import MartletNN
public import MartletPipeline
internal import MartletVision

/// Object detection: what there is in an image, and where.
public final class DetectionTask: MartletPipeline.Task {
    public static let name = "detection"
    public static let inputExtensions = LabelledFiles.imageExtensions
    public static let summary = "object detection: boxes with a class each"

    /// Images with what there is to find in them.
    public struct Batch: Sendable {
        /// `(N, 3, H, W)`.
        let images: Tensor
        let targets: [DetectionTarget]
        let sources: [DetectionSet.Source]
    }

    public let options: DetectionOptions
    public let network: any Module
    /// What a label stands for.
    public let classes: [String]
    let detector: any Detector
    private let architecture: DetectorArchitecture
    let preprocessing: Preprocessing
    /// Shapes of anchors of one's own; nil for the architecture's.
    private let anchors: DefaultBoxGenerator?
    private let data: DetectionData?
    private let training: DetectionSet?

    public convenience init(training options: DetectionOptions) throws {
        guard !options.data.isEmpty else {
            throw ConfigurationError([
                "data: expected data=DIR, a folder with images and their annotations"
            ])
        }
        let data = try DetectionData(
            discovering: options.data, skippingBad: options.samples.onBad == .skip)
        guard let images = data.train, !images.isEmpty else {
            throw ConfigurationError(["data \(options.data): no training images; found \(data)"])
        }
        guard !data.classes.isEmpty else {
            throw ConfigurationError(["data \(options.data): no image has a box; found \(data)"])
        }
        DetectionRecipe.settle(options)
        try self.init(
            options: options, classes: data.classes,
            preprocessing: DetectionRecipe.preprocessing(options),
            anchors: DetectionRecipe.anchors(options, Self.architecture(options), images),
            data: data)
    }

    public convenience init(options: DetectionOptions, metadata: [String: String]) throws {
        let metadata = Metadata(metadata)
        let classes = try metadata.get("classes", as: [String].self)
        guard !classes.isEmpty else {
            throw MetadataError("its metadata hold no classes")
        }
        // A detector takes images of any size, another one than it was trained with too: that is for the settings to say.
        var preprocessing = DetectionRecipe.preprocessing(options)
        let normalize = try metadata.get("preprocessing", as: Preprocessing.self).normalize
        guard normalize.mean.count == preprocessing.channels else {
            throw MetadataError(
                "its metadata hold a preprocessing of \(normalize.mean.count) channels, expected "
                    + "\(preprocessing.channels)")
        }
        preprocessing.normalize = normalize
        try self.init(
            options: options, classes: classes, preprocessing: preprocessing,
            anchors: metadata.find("anchors", as: DefaultBoxGenerator.self), data: nil)
    }

    private init(
        options: DetectionOptions, classes: [String], preprocessing: Preprocessing,
        anchors: DefaultBoxGenerator?, data: DetectionData?
    ) throws {
        self.options = options
        self.classes = classes
        self.preprocessing = preprocessing
        self.anchors = anchors
        self.data = data
        architecture = try Self.architecture(options)
        guard anchors == nil || anchors?.countsPerCell == architecture.anchorCounts else {
            throw MetadataError(
                "its anchors \(anchors?.countsPerCell ?? []) are not those of "
                    + "\(architecture.name), \(architecture.anchorCounts ?? [])")
        }
        detector = architecture.build(classes: classes.count, anchors: anchors)
        network = detector
        training = try data?.train.map {
            try DetectionSet(
                $0, classes: classes, preprocessing,
                augmentation: DetectionRecipe.augmentation(options), options.samples)
        }
    }

    private static func architecture(_ options: DetectionOptions) throws -> DetectorArchitecture {
        guard let architecture = Detectors.named(options.model ?? "") else {
            throw ConfigurationError(options.problems())
        }
        return architecture
    }

    public var metadata: [String: String] {
        var metadata = Metadata()
        metadata.set("classes", classes)
        metadata.set("preprocessing", preprocessing)
        if let anchors { metadata.set("anchors", anchors) }
        return metadata.entries
    }

    public var dataDescription: String? { data.map { "\($0)" } }

    public var dataFingerprint: String? { data.map { "\($0.fingerprint)" } }

    public func describe(_ batch: Batch) -> [String] {
        batch.sources.map(\.path)
    }

    public func trainingBatches(epoch: Int, from first: Int) throws -> Batches<Batch> {
        guard let training else {
            preconditionFailure("trainingBatches: the task was built from a model file")
        }
        let count = options.batch ?? 8
        let loader = DataLoader(
            training, batchSize: count, order: .shuffled,
            dropLast: training.count > count && training.count % count == 1,
            workers: options.training.workers, generator: Generator(seed: UInt64(options.seed)),
            skipped: training.skipped, collate: collate)
        return loader.epoch(epoch, from: first)
    }

    public func evaluationBatches() throws -> Batches<Batch> {
        let set = try evaluationSet ?? makeEvaluationSet()
        if let training, evaluationSet == nil {
            Leakage.warn(training: training.contents, evaluation: set.contents, kind: "images")
        }
        evaluationSet = set
        let loader = DataLoader(
            set, batchSize: 8, workers: options.training.workers, generator: Generator(seed: 0),
            skipped: set.skipped, collate: collate)
        return loader.epoch(0)
    }

    private var evaluationSet: DetectionSet?

    private func makeEvaluationSet() throws -> DetectionSet {
        let data =
            try self.data
            ?? DetectionData(
                discovering: options.data, skippingBad: options.samples.onBad == .skip)
        let unknown = data.classes.filter { !classes.contains($0) }
        guard unknown.isEmpty else {
            throw ConfigurationError([
                "data \(options.data): its classes \(unknown.joined(separator: ", ")) are none of the "
                    + "model's, \(classes.joined(separator: ", "))"
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
        return try DetectionSet(
            images, classes: classes, preprocessing, augmentation: nil, options.samples)
    }

    public var skipped: [SkippedSamples] {
        [training, evaluationSet].compactMap { $0?.skipped }
    }

    private var collate: @Sendable ([DetectionSet.Sample]) throws -> Batch {
        let normalize = preprocessing.normalize
        return { samples in
            Batch(
                images: Image.batch(samples.map(\.image), normalize),
                targets: samples.map { sample in
                    let corners = sample.boxes.flatMap { [$0.x, $0.y, $0.right, $0.bottom] }
                    return DetectionTarget(
                        boxes: Tensor(corners.map(Float.init)).reshape([-1, 4]),
                        labels: Tensor(sample.labels))
                }, sources: samples.map(\.source))
        }
    }

    public func loss(_ batch: Batch, phase: Phase, _ context: Context) -> Loss {
        let loss = detector.loss(batch.images, batch.targets, context)
        return Loss(loss.total, count: loss.count, samples: batch.targets.count)
    }

    public func makeEvaluation() -> DetectionEvaluation {
        DetectionEvaluation(classes: classes, normalize: preprocessing.normalize)
    }

    public func evaluate(
        _ batch: Batch, into evaluation: inout DetectionEvaluation, _ context: Context
    ) {
        let selection = selection(score: options.detect.evaluationScore)
        let found = detector.detect(batch.images, selection, context)
        for (row, source) in batch.sources.enumerated() {
            evaluation.update(
                image: source.index, name: evaluationName(source.path), pixels: batch.images[row],
                placement: preprocessing.placement(of: source.size),
                detections: found[row].detections(in: source.size, preprocessing),
                truths: source.truths)
        }
    }

    /// What an image of the evaluation is called wherever the data lie: its path in the data folder.
    private func evaluationName(_ path: String) -> String {
        let folder = options.data.hasSuffix("/") ? options.data : options.data + "/"
        return path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
    }

    func selection(score: Double) -> DetectionSelection {
        DetectionSelection(
            score: score, overlap: options.detect.overlap, limit: options.detect.limit)
    }

    public var exportForm: ExportForm {
        let side = options.image.size
        let channels = preprocessing.channels
        let found = "detections"
        return ExportForm(
            detector, inputShape: [1, channels, side, side],
            otherShape: [1, channels, side + 128, side + 64],
            outputs: [("image", found), ("boxes", found), ("labels", found), ("scores", found)]
        ) { [detector, selection = selection(score: options.detect.score)] images, context in
            detector.detections(images, selection, context)
        }
    }
}

extension FoundObjects {
    /// As metrics take them.
    ///
    /// - Parameters:
    ///   - size: of the image, in whose pixels they are told.
    ///   - preprocessing: what the image was made with for the network.
    func detections(in size: ImageSize, _ preprocessing: Preprocessing) -> [Detection] {
        let placement = preprocessing.placement(of: size)
        let image = Box(x: 0, y: 0, width: Double(size.width), height: Double(size.height))
        let corners = boxes.array(as: Float.self).map(Double.init)
        let scores = scores.array(as: Float.self)
        return labels.array(as: Int.self).enumerated().map { place, label in
            let four = corners[4 * place..<4 * place + 4].map { $0 }
            let box = Box(left: four[0], top: four[1], right: four[2], bottom: four[3])
            return Detection(
                box: placement.original(of: box).clipped(to: image), label: label,
                score: Double(scores[place]))
        }
    }
}
