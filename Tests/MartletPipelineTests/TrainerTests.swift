import Foundation
import Martlet
import MartletData
import MartletMetrics
import MartletNN
import Testing

@testable import MartletPipeline

@Suite struct TrainerTests {
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
                    "config.yaml", "environment.json", "log.jsonl", "metrics.csv", "checkpoints",
                    "best", "last", "curves.png", ".lock", "run.json", "evaluation.json",
                    "report.html",
                ])
            // The lowest distance is the best and the last epoch's is the last.
            let manager = FileManager.default
            #expect(
                try manager.destinationOfSymbolicLink(atPath: path + "/last")
                    == "checkpoints/epoch0003")
            let records = try String(contentsOfFile: path + "/log.jsonl", encoding: .utf8)
                .split(separator: "\n").map {
                    try #require(
                        JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Double])
                }
            let distances = try records.map { try #require($0["val_distance"]) }
            let best = try #require(distances.indices.min { distances[$0] < distances[$1] })
            #expect(
                try manager.destinationOfSymbolicLink(atPath: path + "/best")
                    == "checkpoints/epoch000\(best + 1)")
            let moments = try Safetensors.read(path + "/last/optimizer.safetensors").tensors
            #expect(moments.contains { $0.name.hasPrefix("first.") })
            #expect(moments.contains { $0.name.hasPrefix("second.") })

            let again = try ModelFile(path + "/last/model.safetensors").makeTask(GameTask.self)
            #expect(
                again.players.second.weight.value.array(as: Float.self)
                    == task.players.second.weight.value.array(as: Float.self))
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

    /// Steps this small move nothing, so that the metric never improves on the first epoch's.
    @Test func aPlateauLowersTheLearningRate() throws {
        try inFolder { path in
            let task = GameTask(
                training: try settings(
                    "epochs=4", "lr=1e-30", "schedule.name=plateau", "schedule.patience=0",
                    "schedule.gamma=0.5"))
            try Trainer(task, out: path).run()
            let rates = try String(contentsOfFile: path + "/log.jsonl", encoding: .utf8)
                .split(separator: "\n").map { line in
                    let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                    return try #require((object as? [String: Double])?["lr"])
                }
            #expect(rates == [1e-30, 1e-30, 0.5e-30, 0.25e-30])
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
