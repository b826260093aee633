import Foundation
import Martlet
import MartletData
import MartletMetrics
import MartletNN
import MartletPipeline

/// A task that does one thing wrong where its settings say so: the sum of two numbers, each sample a file `x y`.
final class FaultyTask: MartletPipeline.Task {
    static let name = "faulty"
    static let summary = "the sum of two numbers"
    static let inputExtensions: Set<String> = ["txt"]

    struct Batch: Sendable { let x, y: Tensor }

    struct Said: Prediction {
        let input: String
        let sum: Float
        var line: String { "\(input): \(sum)" }
    }

    let options: FaultyOptions
    let net: Net
    private let samples: NumberFiles?
    /// How often losses were computed.
    private var played = 0

    var network: any Module { net }
    var metadata: [String: String] { [:] }
    var dataDescription: String? { nil }

    init(training options: FaultyOptions) throws {
        self.options = options
        net = Net(options.fault)
        samples = try NumberFiles(options)
    }

    init(options: FaultyOptions, metadata: [String: String]) {
        self.options = options
        net = Net(options.fault)
        samples = nil
    }

    var skipped: [SkippedSamples] {
        guard let all = samples?.skipped else { return [] }
        guard options.fault == .silent else { return [all] }
        let told = SkippedSamples(atMost: 1, of: all.total)
        told.take(Array(all.notes.dropFirst()))
        return [told]
    }

    private func batches(
        _ epoch: Int, from first: Int, order: DataLoader<NumberFiles, Batch>.Order
    ) throws -> Batches<Batch> {
        guard let samples else { throw DataError(path: options.data, problem: "not looked at") }
        return DataLoader(
            samples, batchSize: options.batch ?? 4, order: order,
            workers: options.training.workers, generator: Generator(seed: 1),
            skipped: samples.skipped
        ) { rows in
            Batch(
                x: Tensor.stack(rows.map { Tensor($0) }),
                y: Tensor(rows.map { $0[0] + $0[1] }).reshape([rows.count, 1]))
        }.epoch(epoch, from: first)
    }

    func trainingBatches(epoch: Int, from first: Int) throws -> Batches<Batch> {
        try batches(epoch, from: first, order: .shuffled)
    }
    func evaluationBatches() throws -> Batches<Batch> {
        try batches(0, from: 0, order: .sequential)
    }

    var trainingState: [String: Tensor] {
        options.fault == .forgetful ? [:] : ["played": Tensor(played)]
    }
    func load(trainingState: [String: Tensor]) {
        played = trainingState["played"]?.item(as: Int.self) ?? 0
    }

    func loss(_ batch: Batch, phase: Phase, _ context: Context) -> Loss {
        played += 1
        let error = mseLoss(net(batch.x, context), batch.y)
        // The memory matters: without it a resumed run differs.
        let value = error * (1 + 0.01 * Double(played % 3))
        switch options.fault {
        case .idle: return Loss(value * 0 + 1, count: batch.x.shape[0])
        case .easy: return Loss(value * 0, count: batch.x.shape[0])
        default: return Loss(value, count: batch.x.shape[0])
        }
    }

    func makeEvaluation() -> SumError { SumError() }
    func evaluate(_ batch: Batch, into score: inout SumError, _ context: Context) {
        score.loss.update(
            mean: Double(mseLoss(net(batch.x, context), batch.y).item(as: Float.self)),
            count: batch.x.shape[0])
    }

    func predict(_ inputs: [String], _ context: Context) throws -> [any Prediction] {
        let rows = try inputs.map { try NumberFiles.read($0, options.fault) }
        var x = Tensor.stack(rows.map { Tensor($0) })
        if options.fault == .batchwise { x = x - x.mean(dims: [0], keepDim: true) }
        let sums = noGrad { net(x, context) }.flatten(from: 0).array(as: Float.self)
        let said = zip(inputs, sums).map { Said(input: $0, sum: $1) }
        return options.fault == .disorderly ? said.sorted { $0.input < $1.input } : said
    }
    func pictures(of predictions: [any Prediction]) -> [Picture] { [] }

    var exportForm: ExportForm { ExportForm(net, inputShape: [1, 2], outputName: "sum") }
}

final class FaultyOptions: TaskSettings {
    enum Fault: String, CaseIterable, SettingValue {
        case none, idle, easy, forgetful, batchwise, disorderly, frozen, untyped, nameless,
            gullible, silent
    }

    @Setting("what it does wrong") var fault = Fault.none
}

final class Net: Layer {
    let first = Linear(2, 16)
    let last = Linear(16, 1)
    private let fault: FaultyOptions.Fault

    init(_ fault: FaultyOptions.Fault) { self.fault = fault }

    func forward(_ x: Tensor, _ context: Context) -> Tensor {
        let y = last(first(x, context).relu(), context)
        // What depends on values and not on the graph is frozen into a file.
        return fault == .frozen ? y * x.sum().item(as: Double.self) : y
    }
}

struct SumError: TaskEvaluation {
    static let monitor = MetricInfo(name: "loss", higherIsBetter: false)
    var loss = MeanLoss()
    var values: [(name: String, value: Double)] {
        [("loss", loss.compute() ?? .nan), ("n", loss.weight)]
    }
    var report: String { "\(values)" }
}

/// Files of two numbers.
struct NumberFiles: Dataset {
    let paths: [String]
    let skipped: SkippedSamples?
    private let fault: FaultyOptions.Fault

    struct Trouble: Error {}

    init(_ options: FaultyOptions) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: options.data)
        paths = names.sorted().map { "\(options.data)/\($0)" }
        fault = options.fault
        skipped =
            options.samples.onBad == .skip
            ? SkippedSamples(atMost: options.samples.maxBad, of: paths.count) : nil
    }

    var count: Int { paths.count }
    func describe(_ index: Int) -> String { paths[index] }
    func element(at index: Int, generator: inout Generator) throws -> [Float] {
        try NumberFiles.read(paths[index], fault)
    }

    static func read(_ path: String, _ fault: FaultyOptions.Fault) throws -> [Float] {
        let text = try? String(contentsOfFile: path, encoding: .utf8)
        let numbers = (text ?? "").split(separator: " ").compactMap { Float($0) }
        if numbers.count == 2, numbers.allSatisfy({ abs($0) < 1000 }) { return numbers }
        switch fault {
        case .gullible: return [0, 0]
        case .untyped: throw Trouble()
        case .nameless: throw DataError(path: "", problem: "it is bad", expected: "two numbers")
        default: throw DataError(path: path, problem: "it is bad", expected: "two numbers")
        }
    }
}
