public import Martlet
public import MartletData
public import MartletDatasets
public import MartletMetrics
public import MartletNN
public import MartletVision

/// What a kind of model needs beyond the pipeline: networks, data, losses, metrics, predictions.
///
/// The pipeline does the rest: loops, precision, schedules, checkpoints, logs, progress, the command line. A task owns one
/// or several networks and one or several `phases`, each with parameters and an optimiser of its own, so that a classifier,
/// a detector with a varying number of targets, a GAN and a translator are all the same to it. CONTRIBUTING.md sketches them.
public protocol Task: AnyObject {
    associatedtype Options: TaskSettings
    /// What one step trains or evaluates on.
    associatedtype Batch: Sendable
    associatedtype Evaluation: TaskEvaluation

    /// The name on the command line.
    static var name: String { get }
    /// One line for lists.
    static var summary: String { get }

    /// The endings, in lower case and without a dot, by which a folder's files are taken for inputs.
    static var inputExtensions: Set<String> { get }

    /// A task to be trained: looks at the data, settles what the options leave open and builds the networks.
    init(training options: Options) throws
    /// A task to predict, evaluate or export with: built from what a model file remembers.
    init(options: Options, metadata: [String: String]) throws

    var options: Options { get }
    /// Every network, under one root: what a model file holds.
    var network: any Module { get }
    /// What a model file remembers besides weights and options: class names, preprocessing.
    var metadata: [String: String] { get }
    /// What `data` turned out to be, in words; nil before data were looked at.
    var dataDescription: String? { get }
    /// Where samples that cannot be read are noted, one for each part of the data, in an order that stays: none, the
    /// default, where the first such sample is an error. Training takes up what an interrupted run has noted, so that
    /// each must be there once `evaluationBatches()` was called.
    var skipped: [SkippedSamples] { get }
    /// Looks through the data for everything that is wrong or odd, without training.
    static func checkData(_ options: Options) throws -> DataReport
    /// The data sets that `martlet datasets` offers for the task.
    static var datasets: [DatasetCard] { get }
    /// What one training step does, in order.
    var phases: [Phase] { get }
    /// Draws the parameters of every network, for a new training; a task that starts from vectors or weights of others puts
    /// them in here.
    func initialize(_ generator: Generator) throws
    /// Stands for the data trained on, so that a resumed run goes on with the same: a hash of the list of files and labels.
    /// nil, the default, where nothing can be said.
    var dataFingerprint: String? { get }
    /// What the task itself must remember, besides its networks, for a resumed run to go on exactly: a GAN's pool of earlier
    /// pictures. Nothing by default.
    var trainingState: [String: Tensor] { get }
    /// Takes up what `trainingState` was.
    func load(trainingState: [String: Tensor]) throws

    /// The batches of an epoch, from a batch on.
    func trainingBatches(epoch: Int, from first: Int) throws -> Batches<Batch>
    /// The batches to choose a model by, or to judge it by.
    func evaluationBatches() throws -> Batches<Batch>
    /// What the samples of a training batch are called, for messages about it: their files. None by default.
    func describe(_ batch: Batch) -> [String]
    /// The loss of a batch in a phase.
    func loss(_ batch: Batch, phase: Phase, _ context: Context) throws -> Loss
    /// An empty evaluation.
    func makeEvaluation() -> Evaluation
    /// Adds a batch to an evaluation: a translator generates here, a detector suppresses overlaps.
    func evaluate(_ batch: Batch, into evaluation: inout Evaluation, _ context: Context) throws

    /// The figures of predictions that some program wrote into a file, as JSON and as a table for people. A usage error by
    /// default: there are none.
    ///
    /// - Parameters:
    ///   - predictions: the file.
    ///   - truth: the file or folder that they are held against.
    static func evaluate(predictions: String, truth: String) throws
        -> any Encodable & CustomStringConvertible

    /// How well something simpler than a network does on the task's data. A usage error by default: there is nothing.
    static func baseline(_ options: Options) throws -> Baseline

    /// Predictions for some input files, in order: as many as go through the network at once.
    func predict(_ inputs: [String], _ context: Context) throws -> [any Prediction]
    /// Pictures of predictions, where there is something to see.
    func pictures(of predictions: [any Prediction]) throws -> [Picture]
    /// Predictions in the forms that other programs read, by their paths in the folder of `--out`. None by default.
    func files(of predictions: [any Prediction]) throws -> [(path: String, text: String)]
    /// How the network is exported.
    var exportForm: ExportForm { get }
}

/// A part of a training step with parameters and an optimiser of its own: a GAN has two.
public struct Phase: Sendable {
    public let name: String
    /// Whether a parameter of this name is trained in the phase.
    public let trains: @Sendable (String) -> Bool

    public init(_ name: String, trains: @escaping @Sendable (String) -> Bool = { _ in true }) {
        self.name = name
        self.trains = trains
    }
}

extension Task {
    /// Every parameter as its layer draws it.
    public func initialize(_ generator: Generator) throws { network.initialize(generator) }
    /// One phase that trains everything.
    public var phases: [Phase] { [Phase("train")] }
    public var dataFingerprint: String? { nil }
    public var trainingState: [String: Tensor] { [:] }
    public func load(trainingState: [String: Tensor]) {}
    public func describe(_ batch: Batch) -> [String] { [] }
    public var skipped: [SkippedSamples] { [] }
    /// None.
    public func files(of predictions: [any Prediction]) throws -> [(path: String, text: String)] {
        []
    }
    /// A usage error: there are none.
    public static func evaluate(predictions: String, truth: String) throws
        -> any Encodable & CustomStringConvertible
    {
        throw ConfigurationError([
            "--pred: the task \(name) measures no predictions that are in files"
        ])
    }
    /// A usage error: there is nothing.
    public static func baseline(_ options: Options) throws -> Baseline {
        throw ConfigurationError(["baseline: the task \(name) has none"])
    }
    /// None.
    public static var datasets: [DatasetCard] { [] }
}

/// How well something simpler than a network does.
public struct Baseline: Sendable {
    /// The metrics by their standard names.
    public let values: [(name: String, value: Double)]
    /// All of it for people.
    public let text: String

    public init(values: [(name: String, value: Double)], text: String) {
        self.values = values
        self.text = text
    }
}

/// The loss of a batch.
public struct Loss {
    /// A tensor of one element to minimise.
    public let value: Tensor
    /// How many samples, tokens or boxes the value is the mean of.
    public let count: Int
    /// How many samples the batch has, for rates.
    public let samples: Int

    /// - Parameters:
    ///   - value: a tensor of one element.
    ///   - count: how many samples, tokens or boxes it is the mean of.
    ///   - samples: how many samples the batch has; as many as `count` by default.
    public init(_ value: Tensor, count: Int, samples: Int? = nil) {
        self.value = value
        self.count = count
        self.samples = samples ?? count
    }
}

/// Metrics that add up over batches.
public protocol TaskEvaluation {
    /// Which metric chooses the best checkpoint.
    static var monitor: MetricInfo { get }
    /// The metrics by their standard names, `loss` and `n` among them.
    var values: [(name: String, value: Double)] { get }
    /// A table for people.
    var report: String { get }
    /// What is easier seen than read: a confusion matrix, curves, samples.
    var pictures: [Picture] { get }
    /// Samples to look at, with what was said of them: the worst mistakes, some as they come. None by default.
    var galleries: [Gallery] { get }
    /// Precision over recall by kind of thing to find. None by default.
    var precisionRecall: [(name: String, curve: PrecisionRecallCurve)] { get }
    /// How each sample fared, so that two models can be compared sample by sample. None by default.
    var samples: [SampleResult] { get }
}

extension TaskEvaluation {
    public var pictures: [Picture] { [] }
    public var galleries: [Gallery] { [] }
    public var precisionRecall: [(name: String, curve: PrecisionRecallCurve)] { [] }
    public var samples: [SampleResult] { [] }
}

/// What a model says about one input.
public protocol Prediction: Encodable, Sendable {
    /// The input, as given.
    var input: String { get }
    /// One line for people.
    var line: String { get }
    /// The line with the escape codes of a terminal that shows colours; `line` by default.
    var colouredLine: String { get }
}

extension Prediction {
    public var colouredLine: String { line }
}

/// A picture on its way to `NAME.png`.
public struct Picture: Sendable {
    /// The file's name without its extension.
    public let name: String
    public let image: Image

    public init(_ name: String, _ image: Image) {
        self.name = name
        self.image = image
    }
}

/// How a network is exported to ONNX.
public struct ExportForm {
    /// Whose weights are written.
    public let network: any Module
    /// What the graph's inputs are called, which of their sizes are left open, and examples of them.
    public let inputs: GraphInputs
    /// What the results are called, and what their first dimension counts: the batch, or as many as there turn out to be.
    public let outputs: [(name: String, counting: String?)]
    /// What is written down, in inference.
    public let run: ([Tensor], Context) -> [Tensor]

    /// A layer with one output for each element of the batch.
    public init(_ network: any Layer, inputShape: [Int], outputName: String) {
        self.init(network, inputShape: inputShape, outputs: [(outputName, nil)]) {
            [network.forward($0, $1)]
        }
    }

    /// What a network does with inputs, whatever its results.
    ///
    /// - Parameters:
    ///   - network: whose weights are written.
    ///   - inputShape: `(N, ...)`; the batch is left open.
    ///   - otherShape: an input's shape too: sizes that differ are left open as well.
    ///   - outputs: what the results are called, and what their first dimension counts; nil: the batch.
    ///   - run: what is written down, in inference.
    public init(
        _ network: any Module, inputShape: [Int], otherShape: [Int]? = nil,
        outputs: [(name: String, counting: String?)],
        _ run: @escaping (Tensor, Context) -> [Tensor]
    ) {
        self.init(
            network, inputs: GraphInputs("input", shape: inputShape, otherShape: otherShape),
            outputs: outputs
        ) { run($0[0], $1) }
    }

    /// What a network does with one input or several, whatever its results.
    ///
    /// - Parameters:
    ///   - network: whose weights are written.
    ///   - inputs: what the inputs are called, which of their sizes are left open, and examples of them.
    ///   - outputs: what the results are called, and what their first dimension counts; nil: the batch.
    ///   - run: what is written down, in inference.
    public init(
        _ network: any Module, inputs: GraphInputs, outputs: [(name: String, counting: String?)],
        _ run: @escaping ([Tensor], Context) -> [Tensor]
    ) {
        self.network = network
        self.inputs = inputs
        self.outputs = outputs
        self.run = run
    }
}
