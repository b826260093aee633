import Foundation
import Martlet
import MartletData
import MartletNN
import Testing

@testable import MartletPipeline

/// A loss with a weak spot that one of 24 samples hits; `data` says which spot, and what the samples are.
private final class FragileTask: MartletPipeline.Task {
    static let name = "fragile"
    static let summary = ""
    static let inputExtensions: Set<String> = []

    struct Batch: Sendable {
        let x: Tensor
        let indices: [Int]
    }

    let options: TaskSettings
    let layer = Linear(2, 1)
    var network: any Module { layer }
    var metadata: [String: String] { [:] }
    var dataDescription: String? { nil }

    init(training options: TaskSettings) { self.options = options }
    init(options: TaskSettings, metadata: [String: String]) { self.options = options }

    func trainingBatches(epoch: Int, from first: Int) -> Batches<Batch> {
        let scale: Float = options.data.hasSuffix("other") ? 2 : 1
        let isBad = options.data.hasPrefix("input")
        let samples = (0..<24).map { index in
            (index, [isBad && index == 17 ? Float.nan : scale, index == 17 ? -1 : 1])
        }
        return DataLoader(
            ArrayDataset(samples), batchSize: 4, order: .shuffled, workers: 0,
            generator: Generator(seed: UInt64(options.seed))
        ) { rows in
            Batch(x: Tensor.stack(rows.map { Tensor($0.1) }), indices: rows.map(\.0))
        }.epoch(epoch, from: first)
    }
    func evaluationBatches() -> Batches<Batch> { trainingBatches(epoch: 0, from: 0) }
    func describe(_ batch: Batch) -> [String] { batch.indices.map { "sample \($0)" } }

    func loss(_ batch: Batch, phase: Phase, _ context: Context) -> Loss {
        let y = layer(batch.x, context).square().mean()
        let sign = batch.x[0..., 1]
        // The logarithm of a number below 0; the root of 0, which has no gradient.
        let weak =
            options.data.hasPrefix("forward")
            ? sign.log().sum()
            : options.data.hasPrefix("backward")
                ? ((y - y.detach()).abs() + (sign + 1).min().detach()).sqrt() : Tensor(Float(0))
        return Loss(y + weak, count: batch.indices.count)
    }
    func makeEvaluation() -> TinyScore { TinyScore() }
    func evaluate(_ batch: Batch, into score: inout TinyScore, _ context: Context) {
        score.losses.add(1, count: 1)
    }
    func predict(_ inputs: [String], _ context: Context) -> [any Prediction] { [] }
    func pictures(of predictions: [any Prediction]) -> [Picture] { [] }
    var exportForm: ExportForm { ExportForm(layer, inputShape: [1, 2], outputName: "y") }
}

@Suite struct ReplayTests {
    /// Trains until it goes wrong.
    private func withRun(
        _ data: String, _ words: String..., body: (String, NonFiniteTraining) throws -> Void
    ) throws {
        try inFolder { path in
            let trainer = try Trainer(
                FragileTask(training: settings(["epochs=2", "lr=0.01", "data=\(data)"] + words)),
                out: path)
            let error = try #require(throws: NonFiniteTraining.self) { try trainer.run() }
            #expect(error.samples.contains("sample 17") && error.epoch == 1)
            trainer.close()
            try body(path, error)
        }
    }

    @Test(
        "E3: a replay names the operation that first made a NaN",
        arguments: ["forward", "backward"])
    func names(_ data: String) throws {
        try withRun(data) { path, error in
            let before = try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
            let replay = try Replay(FragileTask.self, run: path)
            #expect("\(replay.problem)" == "\(error)")
            #expect(replay.batch.isEmpty && replay.network.isEmpty)
            let operation = try #require(replay.operation)
            if data == "forward" {
                #expect(operation.hasPrefix("log made the first NaN"), "\(operation)")
                #expect(replay.loss == nil)
            } else {
                #expect(operation.contains("gradient of"), "\(operation)")
                #expect(replay.loss != nil && replay.gradients == ["weight", "bias"])
            }
            #expect("\(replay)".contains(operation) && "\(replay)".contains("sample 17"))
            #expect(try FileManager.default.subpathsOfDirectory(atPath: path).sorted() == before)
        }
    }

    @Test("E3: a replay tells a NaN of the data from one that was made")
    func planted() throws {
        try withRun("input") { path, error in
            #expect("\(error)".contains("x of the batch is not finite"))
            let replay = try Replay(FragileTask.self, run: path)
            #expect(replay.batch == ["x"] && replay.network.isEmpty && replay.operation == nil)
        }
    }

    @Test("E3: a replay of other data, of no batch and of damaged files is refused")
    func refusals() throws {
        try withRun("forward") { path, error in
            let changes = try ConfigurationValue.parse(arguments: ["data=forward-other"])
            let other = try #require(throws: DataError.self) {
                try Replay(FragileTask.self, run: path, changes: changes)
            }
            #expect("\(other)".contains("the data now give other samples") && other.exitCode == 3)
            let name = TrainingPosition(epoch: 0, batch: error.batch).name
            _ = try Replay(FragileTask.self, run: path, batch: name)
            let absent = try #require(throws: ConfigurationError.self) {
                try Replay(FragileTask.self, run: path, batch: "epoch0007")
            }
            #expect("\(absent)".contains(name), "\(absent)")
            let kept = "\(path)/nonfinite/\(name)"
            #expect(truncate("\(kept)/weights.safetensors", 20) == 0)
            #expect(throws: WeightsError.self) { try Replay(FragileTask.self, run: path) }
            try "{}".write(toFile: kept + "/problem.json", atomically: true, encoding: .utf8)
            #expect(throws: DataError.self) { try Replay(FragileTask.self, run: path) }
            try FileManager.default.removeItem(atPath: path + "/nonfinite")
            let none = try #require(throws: ConfigurationError.self) {
                try Replay(FragileTask.self, run: path)
            }
            #expect("\(none)".contains("keeps no batch") && none.exitCode == 2)
        }
    }
}
