public import Martlet
public import MartletData
public import MartletNN
public import MartletPipeline
internal import MartletText

/// Text classification, such as whether a review is positive: one class for each text.
public final class SentimentTask: TextTask {
    public static let name = "sentiment"
    public static let inputExtensions = TextFile.extensions
    public static let summary = "text classification, such as sentiment: one class for each text"

    /// Texts as ids, with their classes.
    public struct Batch: Sendable {
        let texts: PaddedBatch
        /// What the texts are, and their classes.
        let items: [LabelledTexts.Item]
        /// How many tokens each text has, those that are not read included.
        let tokens: [Int]
        /// Which elements of the data they are.
        let indices: [Int]

        var labels: [Int] { items.map(\.label) }
    }

    public let options: SentimentOptions
    public let network: any Module
    /// What an index stands for.
    public let classes: [String]
    let vectorizer: TextVectorizer
    let classifier: any TextClassifier
    /// What the training texts were, where a part of them was held out: evaluation on the same texts uses that part.
    private let heldOutOf: String?
    private let data: TextData?
    private let training: TextSet?
    private var evaluationSet: TextSet?

    public convenience init(training options: SentimentOptions) throws {
        guard !options.data.isEmpty else {
            throw ConfigurationError(options.trainingProblems())
        }
        let data = try TextData(
            discovering: options.data, format: options.tableFormat, onBad: options.badRows)
        guard let texts = data.train else {
            throw ConfigurationError(["data \(options.data): no training texts; found \(data)"])
        }
        let vectorizer = try SentimentRecipe.settle(options, texts)
        try self.init(
            options: options, classes: data.classes, vectorizer: vectorizer,
            heldOutOf: data.isHeldOut ? "\(data.fingerprint)" : nil, data: data)
    }

    public convenience init(options: SentimentOptions, metadata: [String: String]) throws {
        let metadata = Metadata(metadata)
        let form = try metadata.get("vectorizer", as: TextVectorizer.Form.self)
        let vectorizer: TextVectorizer
        do {
            vectorizer = try TextVectorizer(form)
        } catch {
            throw MetadataError("how it cuts texts: \(error)")
        }
        try self.init(
            options: options, classes: metadata.get("classes", as: [String].self),
            vectorizer: vectorizer,
            heldOutOf: metadata.find("held_out_of", as: String.self), data: nil)
    }

    private init(
        options: SentimentOptions, classes: [String], vectorizer: TextVectorizer,
        heldOutOf: String?, data: TextData?
    ) throws {
        self.options = options
        self.classes = classes
        self.vectorizer = vectorizer
        self.heldOutOf = heldOutOf
        self.data = data
        classifier = try SentimentRecipe.network(options, vectorizer, classes: classes.count)
        network = classifier
        training = try data?.train.map { try TextSet($0, vectorizer, options.samples) }
    }

    public var metadata: [String: String] {
        var metadata = Metadata()
        metadata.set("classes", classes)
        metadata.set("vectorizer", vectorizer.form)
        if let heldOutOf { metadata.set("held_out_of", heldOutOf) }
        return metadata.entries
    }

    public var dataDescription: String? {
        guard let data, let training else { return nil }
        return "\(data)\n\(vectorizer.summary); \(training.summary)"
    }

    public var dataFingerprint: String? { data.map { "\($0.fingerprint)" } }

    public func describe(_ batch: Batch) -> [String] {
        batch.items.map(\.source)
    }

    public var skipped: [SkippedSamples] {
        [training, evaluationSet].compactMap { $0?.skipped }
    }

    public func initialize(_ generator: Generator) throws {
        network.initialize(generator)
        try SentimentRecipe.loadVectors(options, vectorizer.vocabulary, into: classifier)
    }

    // MARK: Training and evaluation

    public func trainingBatches(epoch: Int, from first: Int) throws -> Batches<Batch> {
        guard let training else {
            preconditionFailure("trainingBatches: the task was built from a model file")
        }
        let size: LengthBatches.Size =
            options.text.batchTokens.map { .tokens($0) } ?? .sequences(options.batch ?? 64)
        var generator = Generator(seed: UInt64(options.seed)).stream("shuffle", epoch)
        let batches =
            options.text.bucket
            ? LengthBatches(lengths: training.lengths, size: size).shuffled(&generator)
            : LengthBatches(lengths: training.lengths, size: size).unsorted(&generator)
        return training.batches(batches, workers: options.training.workers).epoch(0, from: first)
    }

    public func evaluationBatches() throws -> Batches<Batch> {
        let set = try evaluationSet ?? makeEvaluationSet()
        if let training, evaluationSet == nil {
            Leakage.warn(training: training.contents, evaluation: set.contents, kind: "texts")
        }
        if let training, evaluationSet == nil, options.baseline {
            logBaseline(training, set)
        }
        evaluationSet = set
        let batches = LengthBatches(lengths: set.lengths, size: .sequences(64)).byLength
        return set.batches(batches, workers: options.training.workers).epoch(0)
    }

    /// Says what is reached without a network, so that one sees what the network is worth.
    private func logBaseline(_ training: TextSet, _ held: TextSet) {
        let baseline = LinearBaseline(training.texts, vectorizer, classes: classes.count)
        let figures = baseline.evaluation(on: held.texts, classes: classes).values.filter {
            ["accuracy", "macroF1", "rocAUC"].contains($0.name)
        }.map { "\($0.name) \(($0.value * 10_000).rounded() / 10_000)" }
        Log.info("baseline: \(baseline.summary): \(figures.joined(separator: ", "))")
    }

    private func makeEvaluationSet() throws -> TextSet {
        // Checkpoints are chosen by the validation part, models judged by the test part, where there are both.
        if let data {
            guard let texts = data.validation ?? data.test else {
                throw ConfigurationError([
                    "data \(options.data): expected texts to evaluate on; found \(data)"
                ])
            }
            return try TextSet(texts, vectorizer, options.samples)
        }
        var data = try TextData(
            discovering: options.data, format: options.tableFormat, onBad: options.badRows)
        if data.isHeldOut && "\(data.fingerprint)" != heldOutOf {
            // Texts that nothing was trained on.
            data = try TextData(
                discovering: options.data, format: options.tableFormat, onBad: options.badRows,
                holdsOut: false)
        }
        guard data.classes.allSatisfy(classes.contains) else {
            throw ConfigurationError([
                "data \(options.data): its classes \(data.classes) are not the model's \(classes)"
            ])
        }
        guard let texts = data.test ?? data.validation ?? data.train else {
            throw ConfigurationError(["data \(options.data): expected texts; found \(data)"])
        }
        return try TextSet(
            texts.relabelled(from: data.classes, to: classes), vectorizer, options.samples)
    }

    public func loss(_ batch: Batch, phase: Phase, _ context: Context) -> Loss {
        let logits = classifier(batch.texts.ids, lengths: batch.texts.lengths, context)
        return Loss(
            crossEntropy(
                logits, Tensor(batch.labels), labelSmoothing: options.loss.labelSmoothing),
            count: batch.items.count)
    }

    public func makeEvaluation() -> SentimentEvaluation { SentimentEvaluation(classes: classes) }

    public func evaluate(
        _ batch: Batch, into evaluation: inout SentimentEvaluation, _ context: Context
    ) {
        let logits = classifier(batch.texts.ids, lengths: batch.texts.lengths, context)
        evaluation.update(
            logits: logits.to(.float32), labels: batch.labels, indices: batch.indices,
            texts: batch.items.map { ($0.text, $0.source) }, tokens: batch.tokens)
    }

    // MARK: Prediction

    public func texts(in path: String) throws -> [TextInput] {
        try TextFile.texts(path, options.tableFormat).map { TextInput($0.text, source: $0.source) }
    }

    public func predict(texts: [TextInput], _ context: Context) throws -> [any Prediction] {
        guard !texts.isEmpty else { return [] }
        let vectors = texts.map { vectorizer($0.text) }
        let batch = PaddedBatch(vectors.map(\.ids), padding: vectorizer.vocabulary.paddingID)
        let scores = noGrad {
            classifier(batch.ids, lengths: batch.lengths, context).to(.float32).softmax(dim: 1)
        }
        let probabilities = scores.array(as: Float.self)
        return texts.enumerated().map { row, text in
            let own = probabilities[(row * classes.count)..<((row + 1) * classes.count)]
            // Equal ones in the order of the classes.
            let order = own.indices.sorted { (own[$1], $0) < (own[$0], $1) }
            let best = order[0] - row * classes.count
            return TextPrediction(
                input: text.text, source: text.source,
                classes: order.map {
                    .init(label: classes[$0 - row * classes.count], probability: own[$0])
                },
                truncated: vectors[row].truncated, unknown: vectors[row].unknown,
                tokens: options.predict.attributions
                    ? attributions(of: text.text, vectors[row], for: best, context) : nil)
        }
    }

    private func attributions(
        of text: String, _ vector: TextVectorizer.Vector, for classIndex: Int, _ context: Context
    ) -> [TextPrediction.Attribution] {
        guard !vector.tokens.isEmpty else { return [] }
        let values = FastText.sharedAmongWords(
            IntegratedGradients().attributions(vector.ids, for: classIndex, classifier, context),
            words: vector.tokens.count)
        let bytes = Array(text.utf8)
        // Code points before each token, counted once along the text.
        var (byte, point) = (0, 0)
        func points(to place: Int) -> Int {
            while byte < place {
                if bytes[byte] & 0xC0 != 0x80 { point += 1 }
                byte += 1
            }
            return point
        }
        return zip(vector.tokens, values).map { token, value in
            let start = points(to: token.range.lowerBound)
            return TextPrediction.Attribution(
                token: String(decoding: bytes[token.range], as: UTF8.self), start: start,
                end: points(to: token.range.upperBound), attribution: value, range: token.range)
        }
    }

    public func files(of predictions: [any Prediction]) throws -> [(path: String, text: String)] {
        let texts = predictions.compactMap { $0 as? TextPrediction }
        guard texts.contains(where: { $0.tokens != nil }) else { return [] }
        return [(AttributionPage.fileName, AttributionPage.page(texts))]
    }

    public var exportForm: ExportForm {
        ExportForm(
            network,
            inputs: .texts(
                vocabulary: vectorizer.idCount, sentenceEnd: vectorizer.sentenceEndID),
            outputs: [("logits", nil)]
        ) { [classifier] inputs, context in
            [classifier(inputs[0], lengths: inputs[1], context)]
        }
    }
}
