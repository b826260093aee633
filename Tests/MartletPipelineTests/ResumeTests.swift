import Foundation
import Martlet
import MartletConformance
import MartletData
import Testing

@testable import MartletPipeline

@Suite struct ResumeTests {
    /// The ways to train whose interruption is tried everywhere.
    private static let kinds: [[String]] = [
        ["schedule.name=onecycle", "checkpoint.keep=1"],
        [
            "training.accumulate=3", "training.ema=0.9", "optimizer.name=sgd",
            "training.clipNorm=0.5",
            "schedule.name=cosine",
        ],
        [
            "training.checkpointSteps=2", "training.workers=0", "checkpoint.epochs=2",
            "training.clipValue=0.1",
        ],
        ["precision=bf16", "training.accumulate=2", "training.clipNorm=1"],
        // The ninth batch, the second of the second epoch, spoils what follows.
        ["data=label,8", "training.nonFinite=rollback", "training.checkpointSteps=3"],
    ]

    @Test(
        "D5: a run stopped at any point of two epochs ends as one that never stopped",
        arguments: kinds)
    func resumesExactly(_ words: [String]) throws {
        func task() throws -> TinyTask {
            TinyTask(training: try settings(["epochs=2", "lr=0.05"] + words))
        }
        let (whole, places) = try inFolder { path in
            let trainer = try Trainer(task(), out: path)
            let places = Counter()
            trainer.signal = {
                places.value += 1
                return nil
            }
            try trainer.run()
            return (try RunResult(path), places.value)
        }
        // Seven batches to train and three to evaluate on, twice, and those that come again.
        #expect(places == (words.contains("training.nonFinite=rollback") ? 21 : 20))
        if words.contains("precision=bf16") {
            #expect(
                Precision.hasNativeBFloat16
                    == (try task().options.precision.supported() != .float32))
        }
        #expect(whole.log.count == 2 && whole.table == 3)
        for place in 1...places {
            try inFolder { path in
                let trainer = try Trainer(task(), out: path)
                let passed = Counter()
                trainer.signal = {
                    passed.value += 1
                    return passed.value == place ? SIGTERM : nil
                }
                let error = try #require(throws: Interrupted.self) { try trainer.run() }
                #expect(error.signal == SIGTERM)
                trainer.close()
                try Trainer<TinyTask>(resuming: EarlierRun(path)).run()
                #expect(try RunResult(path) == whole, "stopped at place \(place)")
            }
        }
    }

    @Test("D5: two phases and a task's own memory are resumed exactly, stopped again and again")
    func resumesPhases() throws {
        let words = ["epochs=2", "lr=0.1", "training.accumulate=2"]
        let whole = try inFolder { path in
            try Trainer(GameTask(training: settings(words)), out: path).run()
            return try RunResult(path)
        }
        try inFolder { path in
            var trainer = try Trainer(GameTask(training: settings(words)), out: path)
            var stops = 0
            // Each part gets beyond the three batches of an evaluation, which starts again.
            while stops < 9 {
                let passed = Counter()
                trainer.signal = {
                    passed.value += 1
                    return passed.value == 4 ? SIGINT : nil
                }
                do {
                    try trainer.run()
                    break
                } catch is Interrupted {
                    stops += 1
                    trainer.close()
                    trainer = try Trainer<GameTask>(resuming: EarlierRun(path))
                }
            }
            #expect(stops == 3)
            #expect(try RunResult(path) == whole)
        }
    }

    @Test(
        "D5: a sample that cannot be read costs nothing that was learnt before", arguments: [0, 2])
    func resumesAfterBadData(_ workers: Int) throws {
        let words = ["epochs=2", "lr=0.1", "training.workers=\(workers)"]
        let whole = try inFolder { path in
            try Trainer(TinyTask(training: settings(words)), out: path).run()
            return try RunResult(path)
        }
        try inFolder { path in
            let task = TinyTask(training: try settings(words))
            let trainer = try Trainer(task, out: path)
            task.badSample = 11
            let error = try #require(throws: SampleError.self) { try trainer.run() }
            #expect(error.index == 11 && error.exitCode == 3)
            trainer.close()
            try Trainer<TinyTask>(resuming: EarlierRun(path)).run()
            #expect(try RunResult(path) == whole)
        }
    }

    @Test("D5: early stopping counts on")
    func resumesEarlyStopping() throws {
        // Nothing is learnt, so that no epoch after the first is better.
        let words = ["epochs=9", "lr=0", "training.patience=3"]
        try inFolder { path in
            let trainer = try Trainer(GameTask(training: settings(words)), out: path)
            trainer.signal = { [unowned trainer] in trainer.state.epoch == 2 ? SIGINT : nil }
            #expect(throws: Interrupted.self) { try trainer.run() }
            trainer.close()
            let resumed = try Trainer<GameTask>(resuming: EarlierRun(path))
            try resumed.run()
            #expect(resumed.state.epoch == 4 && resumed.state.best?.epoch == 1)
            #expect(resumed.isFinished)
        }
    }

    /// A run of one epoch.
    private func withRun(_ body: (String) throws -> Void) throws {
        try inFolder { path in
            let trainer = try Trainer(
                TinyTask(training: settings("epochs=1", "lr=0.05")), out: path)
            try trainer.run()
            trainer.close()
            try body(path)
        }
    }

    private func changes(_ words: String...) throws -> [ConfigurationValue] {
        try ConfigurationValue.parse(arguments: words)
    }

    @Test("D6: a changed setting is refused with all differences, unless it is safe or allowed")
    func refusesChanges() throws {
        try withRun { path in
            let error = try #require(throws: ConfigurationError.self) {
                try Trainer<TinyTask>(
                    resuming: EarlierRun(path),
                    changes: changes("epochs=2", "lr=0.1", "batch=8", "precision=bf16", "seed=5"),
                    allowing: ["seed"])
            }
            #expect(error.exitCode == 2)
            for words in [
                "lr: the run has \"0.05\", got \"0.1\"", "batch: the run has", "precision:",
            ] {
                #expect("\(error)".contains(words), "\(words) in \(error)")
            }
            #expect(!"\(error)".contains("epochs:") && !"\(error)".contains("seed:"), "\(error)")

            let longer = try Trainer<TinyTask>(
                resuming: EarlierRun(path),
                changes: changes("epochs=2", "training.workers=2", "checkpoint.keep=5"))
            #expect(!longer.isFinished)
            try longer.run()
            longer.close()
            let faster = try Trainer<TinyTask>(
                resuming: EarlierRun(path), changes: changes("epochs=3", "lr=0.5"),
                allowing: ["lr"])
            try faster.run()
            #expect(faster.state.epoch == 3)
            let yaml = try String(contentsOfFile: path + "/config.yaml", encoding: .utf8)
            #expect(yaml.contains("lr: 0.5") && yaml.contains("epochs: 3"))
        }
    }

    @Test("D6: other classes and other data are refused, too")
    func refusesOtherData() throws {
        try withRun { path in
            let run = try EarlierRun(path)
            let task = TinyTask(training: try settings("epochs=1", "lr=0.05"))
            try run.requireSame(task, allowing: [])
            task.classes = "[\"z\"]"
            let classes = try #require(throws: ConfigurationError.self) {
                try run.requireSame(task, allowing: [])
            }
            #expect("\(classes)".contains("classes: the run has [\"y\"], got [\"z\"]"))
            try run.requireSame(task, allowing: ["classes"])
            task.classes = "[\"y\"]"
            task.dataFingerprint = "27 samples"
            let data = try #require(throws: ConfigurationError.self) {
                try run.requireSame(task, allowing: [])
            }
            #expect("\(data)".contains("data: the files or labels"))
            try run.requireSame(task, allowing: ["data"])
            #expect(throws: ConfigurationError.self) {
                try run.options(TinyTask.self, changes: [], allowing: ["data", "nonsense"])
            }
        }
    }

    @Test("D6: a checkpoint of a newer version is refused, and left as it is")
    func refusesNewerVersions() throws {
        try withRun { path in
            let manifest = path + "/checkpoints/epoch0001/manifest.json"
            let text = try String(contentsOfFile: manifest, encoding: .utf8)
            try text.replacingOccurrences(of: "\"version\" : 1", with: "\"version\" : 2")
                .write(toFile: manifest, atomically: true, encoding: .utf8)
            let error = try #require(throws: CheckpointError.self) { try EarlierRun(path) }
            #expect("\(error)".contains("a newer Martlet") && error.exitCode == 4, "\(error)")
            #expect(FileManager.default.fileExists(atPath: manifest))
        }
    }
}

/// A number that a closure counts in.
final class Counter {
    var value = 0
}
