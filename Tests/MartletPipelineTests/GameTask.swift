import Foundation
import Martlet
import MartletData
import MartletMetrics
import MartletNN
import Testing

@testable import MartletPipeline

/// Two networks that play against each other: `first` wants the product of both outputs small, `second` wants it large.
final class Players: Module {
    let first = Linear(2, 1)
    let second = Linear(2, 1)
}

struct Score: TaskEvaluation {
    static let monitor = MetricInfo(name: "distance", higherIsBetter: false)
    var distance = 0.0
    var batches = 0
    var values: [(name: String, value: Double)] {
        [("distance", distance / Double(max(batches, 1))), ("n", Double(batches))]
    }
    var report: String { "distance \(distance)" }
}

/// The shape of a GAN: two phases with an optimiser each, on batches that are no pairs of tensors.
final class GameTask: MartletPipeline.Task {
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
    /// The number of the loss that is no number.
    var poison: Int?
    /// How often losses were computed, as a task with a memory of its own remembers.
    private(set) var played = 0

    init(training options: TaskSettings) { self.options = options }
    init(options: TaskSettings, metadata: [String: String]) throws {
        self.options = options
        #expect(metadata == ["rule": "zero-sum"])
    }

    var trainingState: [String: Tensor] { ["played": Tensor(played)] }
    func load(trainingState: [String: Tensor]) {
        played = trainingState["played"]?.item(as: Int.self) ?? -1
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
        played += 1
        // The memory matters: without it a resumed run would differ.
        let value = product(batch, context) * (1 + Double(played % 3))
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
