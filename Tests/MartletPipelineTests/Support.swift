import Foundation
import Martlet
import MartletData
import MartletMetrics
import MartletNN
import Testing

@testable import MartletPipeline

/// A path for a run folder that goes when the closure returns; in memory where the system offers that, as these tests sync
/// thousands of files.
func inFolder<R>(_ body: (String) throws -> R) throws -> R {
    let memory = FileManager.default.isWritableFile(atPath: "/dev/shm")
    let path = (memory ? "/dev/shm/" : NSTemporaryDirectory()) + "trainer-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

func settings(_ words: String...) throws -> TaskSettings { try settings(words) }

func settings(_ words: [String]) throws -> TaskSettings {
    let settings = TaskSettings()
    try settings.apply(ConfigurationValue.parse(arguments: words))
    return settings
}

/// How much more than usual to try.
let testScale = ProcessInfo.processInfo.environment["MARTLET_TEST_SCALE"].flatMap { Int($0) } ?? 1

/// A network with all that a resumed run could get wrong: running statistics and dropout.
final class TinyNetwork: Module {
    let body = Linear(4, 8)
    let norm = BatchNorm1d(8)
    let dropout = Dropout(0.25)
    let head = Linear(8, 1)

    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        head(dropout(norm(body(x, context), context).relu(), context), context)
    }
}

struct TinyScore: TaskEvaluation {
    static let monitor = MetricInfo(name: "loss", higherIsBetter: false)
    var losses = WeightedSum()
    var values: [(name: String, value: Double)] {
        [("loss", losses.count == 0 ? .nan : losses.mean), ("error", losses.mean.squareRoot())]
    }
    var report: String { "loss \(losses.mean)" }
}

/// Regression on 26 samples with random noise, shuffled: batches of 4 and a last one of 2.
final class TinyTask: MartletPipeline.Task {
    static let name = "tiny"
    static let summary = "a tiny regression"
    static let inputExtensions: Set<String> = []

    struct Batch: Sendable {
        let x, y: Tensor
        let indices: [Int]
    }

    /// Where a number becomes none.
    enum Poison: String, CaseIterable, Sendable { case input, label, weight, gradient }

    let options: TaskSettings
    let tiny = TinyNetwork()
    var network: any Module { tiny }
    var metadata: [String: String] { ["classes": classes] }
    var classes = "[\"y\"]"
    var dataDescription: String? { nil }
    var dataFingerprint: String? = "26 samples"
    /// What to spoil in which batch, counted from 0 over all losses; given as `data=input,9,10`, too, so that a resumed run
    /// has it again.
    var poison: (kind: Poison, batches: Set<Int>)?
    private var losses = 0
    /// Which samples were used.
    private(set) var trainedOn: Set<Int> = []
    private(set) var evaluatedOn: Set<Int> = []
    /// A sample that cannot be read.
    var badSample: Int?
    /// Whether evaluation looks at batches and counts none.
    var scoresNothing = false
    /// Is called with each loss.
    var watch: () -> Void = {}

    init(training options: TaskSettings) {
        self.options = options
        let words = options.data.split(separator: ",").map(String.init)
        poison = words.first.flatMap { Poison(rawValue: $0) }.map {
            ($0, Set(words.dropFirst().compactMap { Int($0) }))
        }
    }
    init(options: TaskSettings, metadata: [String: String]) { self.options = options }

    private func batches(
        _ count: Int, size: Int, shuffled: Bool, epoch: Int, from first: Int
    ) -> Batches<Batch> {
        let badSample = badSample
        let numbers = ArrayDataset(Array(0..<count))
        let generator = Generator(seed: UInt64(options.seed))
        let order = DataLoader(
            numbers, batchSize: size, order: shuffled ? .shuffled : .sequential,
            generator: generator, collate: { $0 }
        ).indices(epoch: epoch)
        let perEpoch = (count + size - 1) / size
        let poison = shuffled ? poison : nil
        let samples = numbers.map { index, generator in
            if index == badSample { throw DataError(path: "sample", problem: "it is bad") }
            let row = (0..<4).map { Float(sin(Double(index * 4 + $0))) }
            let noise = Float(generator.normal(std: 0.1))
            return (index, row.map { $0 + noise }, row.reduce(0, +))
        }
        return DataLoader(
            samples, batchSize: size, order: shuffled ? .shuffled : .sequential,
            workers: options.training.workers, generator: generator
        ) { elements in
            let indices = elements.map(\.0)
            let number = epoch * perEpoch + (order.firstIndex(of: indices[0]) ?? 0) / size
            func spoils(_ kind: Poison) -> Double {
                poison?.kind == kind && poison?.batches.contains(number) == true ? .nan : 1
            }
            return Batch(
                x: Tensor.stack(elements.map { Tensor($0.1) }) * spoils(.input),
                y: Tensor(elements.map(\.2)).reshape([elements.count, 1]) * spoils(.label),
                indices: indices)
        }.epoch(epoch, from: first)
    }

    func trainingBatches(epoch: Int, from first: Int) -> Batches<Batch> {
        batches(26, size: options.batch ?? 4, shuffled: true, epoch: epoch, from: first)
    }
    func evaluationBatches() -> Batches<Batch> {
        batches(12, size: 4, shuffled: false, epoch: 0, from: 0)
    }
    func describe(_ batch: Batch) -> [String] { batch.indices.map { "sample \($0)" } }

    func loss(_ batch: Batch, phase: Phase, _ context: Context) -> Loss {
        watch()
        trainedOn.formUnion(batch.indices)
        var isSteep = false
        if let poison, poison.batches.contains(losses) {
            if poison.kind == .weight {
                tiny.head.weight.value = tiny.head.weight.value.detach() * Double.nan
            }
            isSteep = poison.kind == .gradient
        }
        losses += 1
        let value = mseLoss(tiny(batch.x, context), batch.y)
        // The root of 0 is finite, and its gradient is not.
        let steep = isSteep ? value + (value - value).sqrt() : value
        return Loss(steep, count: batch.indices.count)
    }

    func makeEvaluation() -> TinyScore { TinyScore() }
    func evaluate(_ batch: Batch, into score: inout TinyScore, _ context: Context) {
        evaluatedOn.formUnion(batch.indices)
        if scoresNothing { return }
        let loss = mseLoss(tiny(batch.x, context), batch.y)
        score.losses.add(Double(loss.item(as: Float.self)), count: batch.indices.count)
    }
    func predict(_ inputs: [String], _ context: Context) -> [any Prediction] { [] }
    func pictures(of predictions: [any Prediction]) -> [Picture] { [] }
    var exportForm: ExportForm { ExportForm(tiny.body, inputShape: [1, 4], outputName: "y") }
}

/// What lies in a folder that is of no use: temporaries.
func leftovers(_ run: String) throws -> [String] {
    try [run, run + "/checkpoints"].flatMap {
        try FileManager.default.contentsOfDirectory(atPath: $0).filter { $0.contains(".tmp-") }
    }
}

extension RunFolder {
    /// Lets another trainer have the folder, as the end of this process would.
    func close() { lock = nil }
}

extension Trainer {
    func close() { folder.close() }
}
