import Foundation
import Martlet
import MartletData
import MartletMetrics
import MartletNN
import Testing

@testable import MartletPipeline

/// Two networks that play against each other: `first` wants the product of both outputs small, `second` wants it large.
private final class Players: Module {
    let first = Linear(2, 1)
    let second = Linear(2, 1)
}

private struct Score: TaskEvaluation {
    static let monitor = MetricInfo(name: "distance", higherIsBetter: false)
    var distance = 0.0
    var batches = 0
    var values: [(name: String, value: Double)] {
        [("distance", distance / Double(max(batches, 1))), ("n", Double(batches))]
    }
    var report: String { "distance \(distance)" }
}

/// The shape of a GAN: two phases with an optimiser each, on batches that are no pairs of tensors.
private final class GameTask: MartletPipeline.Task {
    static let name = "game"
    static let summary = "two players"
    static let inputExtensions: Set<String> = ["txt"]

    struct Batch: Sendable {
        let rows: [Tensor]
    }

    let options: TaskSettings
    let players = Players()
    var network: any Module { players }
    var metadata: [String: String] { ["rule": "zero-sum"] }
    var dataDescription: String? { nil }
    /// What each phase saw of the parameters before its step.
    private(set) var seen: [(phase: String, first: [Float], second: [Float])] = []
    var poison: Int?

    init(training options: TaskSettings) { self.options = options }
    init(options: TaskSettings, metadata: [String: String]) throws {
        self.options = options
        #expect(metadata == ["rule": "zero-sum"])
    }

    var phases: [Phase] {
        [Phase("first") { $0.hasPrefix("first.") }, Phase("second") { $0.hasPrefix("second.") }]
    }

    private func batches(_ epoch: Int, from first: Int) -> Batches<Batch> {
        let rows = (0..<6).map { [Float($0), Float(1 - $0)] }
        return DataLoader(
            ArrayDataset(rows), batchSize: 2, workers: 0, generator: Generator(seed: 1)
        ) { Batch(rows: $0.map { Tensor($0) }) }.epoch(epoch, from: first)
    }

    func trainingBatches(epoch: Int, from first: Int) -> Batches<Batch> {
        batches(epoch, from: first)
    }
    func evaluationBatches() -> Batches<Batch> { batches(0, from: 0) }

    private func product(_ batch: Batch, _ context: Context) -> Tensor {
        let x = Tensor.stack(batch.rows)
        return (players.first(x, context) * players.second(x, context)).mean()
    }

    func loss(_ batch: Batch, phase: Phase, _ context: Context) -> Loss {
        seen.append(
            (
                phase.name, players.first.weight.value.array(as: Float.self),
                players.second.weight.value.array(as: Float.self)
            ))
        let value = product(batch, context)
        if seen.count == poison { return Loss(value * Double.nan, count: 2) }
        return Loss(phase.name == "first" ? value : -value, count: batch.rows.count)
    }

    func makeEvaluation() -> Score { Score() }
    func evaluate(_ batch: Batch, into score: inout Score, _ context: Context) {
        score.distance += Double(product(batch, context).item(as: Float.self))
        score.batches += 1
    }
    func predict(_ inputs: [String], _ context: Context) -> [any Prediction] { [] }
    func pictures(of predictions: [any Prediction]) -> [Picture] { [] }
    var exportForm: ExportForm {
        ExportForm(players.first, inputShape: [1, 2], outputName: "y")
    }
}

@Suite struct TrainerTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "trainer-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func settings(_ words: String...) throws -> TaskSettings {
        let settings = TaskSettings()
        try settings.apply(ConfigurationValue.parse(arguments: words))
        return settings
    }

    @Test func phasesTrainTheirOwnParametersInOrder() throws {
        try inFolder { path in
            let task = GameTask(training: try settings("epochs=2", "lr=0.1"))
            try Trainer(task, out: path).run()
            #expect(
                task.seen.map(\.phase)
                    == Array(repeating: ["first", "second"], count: 6).flatMap { $0 })
            for (before, after) in zip(task.seen, task.seen.dropFirst()) {
                let (moved, kept) =
                    before.phase == "first"
                    ? (before.first != after.first, before.second == after.second)
                    : (before.second != after.second, before.first == after.first)
                #expect(moved && kept, "\(before) \(after)")
            }
        }
    }

    @Test func aRunFolderHoldsWhatItSays() throws {
        try inFolder { path in
            let task = GameTask(training: try settings("epochs=3", "lr=0.1"))
            try Trainer(task, out: path).run()
            let names = try FileManager.default.contentsOfDirectory(atPath: path)
            let events = names.filter { $0.hasPrefix("events.out.tfevents.") }
            #expect(events.count == 1)
            #expect(
                Set(names).subtracting(events) == [
                    "config.yaml", "log.jsonl", "checkpoints", "best", "last", "curves.png",
                    "run.json", "evaluation.json", "report.html",
                ])
            // Three steps an epoch; the lowest distance is the best and the last epoch's is the last.
            let manager = FileManager.default
            #expect(
                try manager.destinationOfSymbolicLink(atPath: path + "/last")
                    == "checkpoints/000009")
            let records = try String(contentsOfFile: path + "/log.jsonl", encoding: .utf8)
                .split(separator: "\n").map {
                    try #require(
                        JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Double])
                }
            let distances = try records.map { try #require($0["val_distance"]) }
            let best = try #require(distances.indices.min { distances[$0] < distances[$1] })
            #expect(
                try manager.destinationOfSymbolicLink(atPath: path + "/best")
                    == "checkpoints/00000\((best + 1) * 3)")
            let moments = try Safetensors.read(path + "/last/optimizer.safetensors").tensors
            #expect(moments.contains { $0.name.hasPrefix("first.") })
            #expect(moments.contains { $0.name.hasPrefix("second.") })

            let again = try ModelFile(path + "/last/model.safetensors").makeTask(GameTask.self)
            #expect(
                again.players.second.weight.value.array(as: Float.self)
                    == task.players.second.weight.value.array(as: Float.self))
        }
    }

    @Test func aLossThatIsNoNumberEndsTraining() throws {
        try inFolder { path in
            let task = GameTask(training: try settings("epochs=2", "lr=0.1"))
            task.poison = 4
            let trainer = try Trainer(task, out: path)
            let error = try #require(throws: NonFiniteLoss.self) { try trainer.run() }
            #expect(error.phase == "second" && error.step == 2 && error.exitCode == 5)
            #expect(!FileManager.default.fileExists(atPath: path + "/last"))
        }
    }

    @Test func aRunFolderIsNeverOverwritten() throws {
        try inFolder { path in
            let options = try settings("epochs=1", "lr=0.1")
            try Trainer(GameTask(training: options), out: path).run()
            let before = try String(contentsOfFile: path + "/log.jsonl", encoding: .utf8)
            #expect(throws: ConfigurationError.self) {
                try Trainer(GameTask(training: options), out: path)
            }
            #expect(try String(contentsOfFile: path + "/log.jsonl", encoding: .utf8) == before)
        }
    }

    @Test func limitBatchesEndsEveryEpochEarly() throws {
        try inFolder { path in
            let task = GameTask(
                training: try settings("epochs=2", "lr=0.1", "training.limitBatches=2"))
            try Trainer(task, out: path).run()
            #expect(task.seen.count == 2 * 2 * 2)
        }
    }
}
