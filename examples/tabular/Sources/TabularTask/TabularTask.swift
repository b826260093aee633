internal import Foundation
internal import Martlet
public import MartletData
public import MartletNN
public import MartletPipeline

/// Numbers or classes from the other columns of a table, by a network of fully connected layers.
public final class TabularTask: MartletPipeline.Task {
    public static let name = "tabular"
    public static let summary = "regression and classification of the rows of a CSV file"
    public static let inputExtensions: Set<String> = ["csv", "tsv"]

    /// Rows: standardised features `(N, F)`, targets `(N)`.
    public struct Batch: Sendable {
        let features: Tensor
        let targets: Tensor
    }

    /// What a model file remembers of the table.
    private struct Table: Codable {
        let target: String
        let features: [String]
        let classes: [String]
        let standardization: Standardization
        /// The mean and deviation of a numeric target, in whose units predictions are.
        let targetMean: Double
        let targetDeviation: Double
    }

    public let options: TabularOptions
    /// Stands for the file trained on.
    public let dataFingerprint: String?
    private let table: Table
    private let layers: Sequential
    /// The table trained on, later the one measured on.
    private var data: TabularData?
    private let split: (training: [Int], validation: [Int])?

    public var network: any Module { layers }
    public var skipped: [SkippedSamples] { [data?.skipped].compactMap { $0 } }
    public var dataDescription: String? {
        data.map {
            "\($0.rows.count) rows of \($0.features.count) features; "
                + ($0.classes.isEmpty
                    ? "\($0.target) is a number"
                    : "\($0.target) is one of \($0.classes.joined(separator: ", "))")
        }
    }

    public init(training options: TabularOptions) throws {
        guard !options.data.isEmpty else {
            throw ConfigurationError(["data: expected data=FILE, a CSV file to train on"])
        }
        // What is left to auto is settled here.
        options.epochs = options.epochs ?? 60
        options.batch = options.batch ?? 32
        options.lr = options.lr ?? 0.003
        let data = try TabularData(options)
        let split = data.split(fold: options.fold, of: options.folds, seed: options.seed)
        guard !split.training.isEmpty && !split.validation.isEmpty else {
            throw DataError(
                path: options.data, problem: "there are \(data.rows.count) rows",
                expected: "enough for \(options.folds) folds")
        }
        let target = Standardization(split.training.map { [data.targets[$0]] })
        let isNumber = data.classes.isEmpty
        table = Table(
            target: data.target, features: data.features, classes: data.classes,
            standardization: Standardization(split.training.map { data.rows[$0] }),
            targetMean: isNumber ? target.means[0] : 0,
            targetDeviation: isNumber ? target.deviations[0] : 1)
        dataFingerprint = "\(try SHA256.file(options.data))"
        layers = TabularTask.makeNetwork(options, table)
        self.options = options
        self.data = data
        self.split = split
    }

    public init(options: TabularOptions, metadata: [String: String]) throws {
        guard let text = metadata["table"]?.data(using: .utf8),
            let table = try? JSONDecoder().decode(Table.self, from: text)
        else {
            throw ModelFileError(
                path: "model file", reason: "its metadata lack the table", exitCode: 4)
        }
        self.options = options
        self.table = table
        layers = TabularTask.makeNetwork(options, table)
        dataFingerprint = nil
        split = nil
    }

    private static func makeNetwork(_ options: TabularOptions, _ table: Table) -> Sequential {
        var layers: [any Layer] = []
        var width = table.features.count
        for _ in 0..<options.layers {
            layers += [Linear(width, options.hidden), ReLU(), Dropout(options.dropout)]
            width = options.hidden
        }
        return Sequential(layers + [Linear(width, max(table.classes.count, 1))])
    }

    public var metadata: [String: String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = (try? encoder.encode(table)).map { String(decoding: $0, as: UTF8.self) }
        return ["table": text].compactMapValues { $0 }
    }

    // MARK: Training and evaluation

    private func loader(
        _ data: TabularData, _ rows: [Int], order: DataLoader<ArrayDataset<Row>, Batch>.Order
    ) throws -> DataLoader<ArrayDataset<Row>, Batch> {
        let features = try table.standardization(rows.map { data.rows[$0] }, of: options.data)
        let samples = zip(features, rows).map {
            Row(features: $0, target: Float(data.targets[$1]))
        }
        return DataLoader(
            ArrayDataset(samples), batchSize: options.batch ?? 32, order: order,
            workers: options.training.workers, generator: Generator(seed: UInt64(options.seed))
        ) { rows in
            Batch(
                features: Tensor.stack(rows.map { Tensor($0.features) }),
                targets: Tensor(rows.map(\.target)))
        }
    }

    private struct Row: Sendable {
        let features: [Float]
        let target: Float
    }

    public func trainingBatches(epoch: Int, from first: Int) throws -> Batches<Batch> {
        guard let data, let split else {
            preconditionFailure("trainingBatches: the task was built from a model file")
        }
        return try loader(data, split.training, order: .shuffled).epoch(epoch, from: first)
    }

    /// While training the rows of the fold; of a model file all rows of `data`.
    public func evaluationBatches() throws -> Batches<Batch> {
        if let data, let split {
            return try loader(data, split.validation, order: .sequential).epoch(0)
        }
        let data = try TabularData(
            options, target: table.target, features: table.features, classes: table.classes)
        self.data = data
        return try loader(data, Array(data.rows.indices), order: .sequential).epoch(0)
    }

    /// The cross-entropy of classes, the mean squared error of numbers in standard deviations.
    private func loss(_ outputs: Tensor, _ targets: Tensor) -> Tensor {
        guard table.classes.isEmpty else { return crossEntropy(outputs, targets.to(.int64)) }
        return mseLoss(outputs.squeeze(1), (targets - table.targetMean) / table.targetDeviation)
    }

    public func loss(_ batch: Batch, phase: Phase, _ context: Context) -> Loss {
        Loss(loss(layers(batch.features, context), batch.targets), count: batch.targets.count)
    }

    /// The network's outputs in the target's units.
    private func scaled(_ outputs: Tensor) -> Tensor {
        table.classes.isEmpty ? outputs * table.targetDeviation + table.targetMean : outputs
    }

    public func makeEvaluation() -> TabularEvaluation {
        TabularEvaluation(classes: table.classes)
    }

    public func evaluate(
        _ batch: Batch, into evaluation: inout TabularEvaluation, _ context: Context
    ) {
        let outputs = layers(batch.features, context).to(.float32)
        evaluation.update(
            outputs: scaled(outputs), targets: batch.targets,
            loss: Double(loss(outputs, batch.targets).item(as: Float.self)))
    }

    // MARK: Prediction

    /// A prediction for each row of each file; the rows of all go through the network together.
    public func predict(_ inputs: [String], _ context: Context) throws -> [any Prediction] {
        var places: [(input: String, row: Int)] = []
        var features: [Tensor] = []
        for path in inputs {
            let rows = try table.standardization(
                TabularData.features(table.features, of: path), of: path)
            places += rows.indices.map { (path, $0 + 1) }
            features += rows.map { Tensor($0) }
        }
        let outputs = noGrad { scaled(layers(Tensor.stack(features), context).to(.float32)) }
        guard !table.classes.isEmpty else {
            return zip(places, outputs.squeeze(1).array(as: Float.self)).map { place, value in
                RowPrediction(
                    input: place.input, row: place.row, value: value, label: nil, probability: nil)
            }
        }
        let (probabilities, indices) = outputs.softmax(dim: 1).topk(1)
        let labels = indices.squeeze(1).array(as: Int.self).map { table.classes[$0] }
        return zip(places, zip(labels, probabilities.squeeze(1).array(as: Float.self))).map {
            RowPrediction(
                input: $0.input, row: $0.row, value: nil, label: $1.0, probability: $1.1)
        }
    }

    public func pictures(of predictions: [any Prediction]) -> [Picture] { [] }

    /// From standardised features to logits, or to the number in deviations from its mean.
    public var exportForm: ExportForm {
        ExportForm(
            layers, inputShape: [1, table.features.count],
            outputName: table.classes.isEmpty ? "value" : "logits")
    }
}
