import Foundation
import Martlet
import MartletConformance
import MartletData
import MartletNN
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct TrainingFeatureTests {
    /// The weights after an epoch without noise, in which batch normalisation is not to blame for differences.
    private func weights(_ words: String..., size: Int) throws -> [Float] {
        try inFolder { path in
            let task = PlainTask(training: try settings(["epochs=1", "lr=0.1"] + words))
            task.size = size
            try Trainer(task, out: path).run()
            return task.network.parameters().flatMap { $0.value.array(as: Float.self) }
        }
    }

    @Test("four batches of 16 that are gathered step as one of 64, and so do uneven ones")
    func accumulation() throws {
        for optimizer in ["sgd", "adamw"] {
            let large = try weights("optimizer.name=\(optimizer)", size: 64)
            for size in [16, 24, 5] {
                let gathered = (64 + size - 1) / size
                // 64 = 24 + 24 + 16: batches of different sizes weigh by them.
                let small = try weights(
                    "optimizer.name=\(optimizer)", "training.accumulate=\(gathered)", size: size)
                for (a, b) in zip(large, small) {
                    #expect(abs(a - b) < 1e-6, "\(optimizer), batches of \(size)")
                }
            }
            // What is left at the end of the epoch, 2 of 3 batches, makes a step of its own.
            let rest = try weights("optimizer.name=\(optimizer)", "training.accumulate=2", size: 24)
            #expect(rest != large)
        }
    }

    @Test("the metrics of an epoch are those of all samples at once, whatever the batches")
    func metricsAddUp() throws {
        func record(_ words: String..., size: Int) throws -> EpochRecord {
            try inFolder { path in
                let task = PlainTask(training: try settings(["epochs=1", "lr=0"] + words))
                task.size = size
                try Trainer(task, out: path).run()
                let log = try String(contentsOfFile: path + "/log.jsonl", encoding: .utf8)
                return try #require(
                    log.split(separator: "\n").first.flatMap { EpochRecord(json: $0) })
            }
        }
        let whole = try record(size: 64)
        #expect(whole.value("train_loss") == whole.value("val_loss"))
        for size in [16, 24, 5, 1] {
            for gathered in [1, 4] {
                let parts = try record("training.accumulate=\(gathered)", size: size)
                for name in ["train_loss", "val_loss", "val_error"] {
                    let (a, b) = (whole.value(name), parts.value(name))
                    #expect(
                        abs(a - b) <= 1e-6 * abs(a), "\(name) of batches of \(size): \(a), \(b)")
                }
            }
        }
    }

    @Test("a plan counts every batch that makes a step, and the optimiser once")
    func plansOfGatheredSteps() throws {
        let task = PlainTask(training: try settings("lr=0.1", "training.accumulate=4"))
        task.size = 6
        task.delay = 0.01
        let plan = try Plan.measure(task)
        // 64 samples: eleven batches, in steps of 4, 4 and 3, and eleven to evaluate on.
        #expect(plan.batch == 24 && plan.stepsPerEpoch == 3 && plan.batchesMeasured == 10)
        #expect(plan.secondsPerStep >= 0.04)
        #expect(plan.secondsPerEpoch >= 0.11)
        #expect(plan.secondsPerEpoch < 4 * plan.secondsPerStep)
        #expect(plan.peakMemory > 0)
        task.options.training.accumulate = 100
        let rare = try Plan.measure(task)
        #expect(rare.stepsPerEpoch == 1 && rare.batch == 66 && rare.secondsPerStep >= 0.11)
    }

    @Test func aPartialWindowStepsAtTheEndOfTheEpoch() throws {
        try inFolder { path in
            let task = TinyTask(
                training: try settings("epochs=2", "lr=0.05", "training.accumulate=4"))
            let trainer = try Trainer(task, out: path)
            try trainer.run()
            // Seven batches: a step of four, one of three.
            #expect(trainer.steps.state.taken == 4)
        }
    }

    @Test func frozenParametersStay() throws {
        try inFolder { path in
            let task = TinyTask(
                training: try settings("epochs=1", "lr=0.05", "training.freeze=body.*, head.bias"))
            let trainer = try Trainer(task, out: path)
            let before = task.network.stateDict()
            try trainer.run()
            for ((name, old), (_, new)) in zip(before, task.network.stateDict()) {
                let isFrozen = name.hasPrefix("body.") || name == "head.bias"
                #expect(
                    (old.array(as: Float.self) == new.array(as: Float.self)) == isFrozen, "\(name)")
            }
        }
        for (pattern, words) in [("bodi.*", "matches none"), ("*", "every parameter")] {
            try inFolder { path in
                let task = TinyTask(training: try settings("lr=0.05", "training.freeze=\(pattern)"))
                let error = try #require(throws: ConfigurationError.self) {
                    try Trainer(task, out: path)
                }
                #expect("\(error)".contains(words), "\(error)")
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }
    }

    @Test func averagedWeightsAreEvaluatedAndSaved() throws {
        try inFolder { path in
            let task = TinyTask(training: try settings("epochs=2", "lr=0.2", "training.ema=0.9"))
            let trainer = try Trainer(task, out: path)
            try trainer.run()
            let model = try Safetensors.read(path + "/last/model.safetensors").dictionary
            let average = try #require(trainer.steps.average).state()
            let own = task.tiny.head.weight.value.array(as: Float.self)
            let saved = try #require(model["head.weight"]).array(as: Float.self)
            #expect(saved == average["module.head.weight"]?.array(as: Float.self))
            #expect(saved != own)
            // The score is the saved model's.
            let evaluated = try Evaluator.evaluate(
                ModelFile(path + "/last/model.safetensors").makeTask(TinyTask.self), title: "")
            let log = try String(contentsOfFile: path + "/log.jsonl", encoding: .utf8)
            let line = try #require(log.split(separator: "\n").last)
            let record = try #require(EpochRecord(json: line))
            #expect(record.value("val_loss") == evaluated.losses.mean)
        }
    }

    @Test func overfittingTrainsAndEvaluatesOnTheSameBatches() throws {
        try inFolder { path in
            let task = TinyTask(training: try settings("epochs=3", "lr=0.02", "training.overfit=2"))
            let trainer = try Trainer(task, out: path)
            try trainer.run()
            #expect(trainer.steps.state.taken == 6)
            #expect(task.trainedOn.count == 8 && task.trainedOn == task.evaluatedOn)
        }
    }

    @Test func aFastDevRunTriesEverythingOnce() throws {
        try inFolder { path in
            let task = TinyTask(
                training: try settings("epochs=50", "lr=0.02", "training.fastDevRun=true"))
            let trainer = try Trainer(task, out: path)
            try trainer.run()
            #expect(trainer.state.epoch == 1 && trainer.steps.state.taken == 2)
            _ = try ModelFile(path).makeTask(TinyTask.self)
        }
    }

    @Test func maxTimeEndsWithACheckpointThatGoesOn() throws {
        try inFolder { path in
            let words = ["epochs=2", "lr=0.02"]
            let task = TinyTask(training: try settings(words + ["training.maxTime=1e-9"]))
            let trainer = try Trainer(task, out: path)
            try trainer.run()
            #expect(trainer.state.epoch == 0 && trainer.state.batch == 1)
            trainer.close()
            let resumed = try Trainer<TinyTask>(
                resuming: EarlierRun(path),
                changes: ConfigurationValue.parse(arguments: ["training.maxTime=0"]))
            try resumed.run()
            #expect(resumed.state.epoch == 2)
        }
    }

    @Test func theMonitorMayBeAnyMetric() throws {
        try inFolder { path in
            let task = TinyTask(
                training: try settings(
                    "epochs=3", "lr=0", "checkpoint.monitor=error", "checkpoint.mode=max",
                    "checkpoint.keep=1"))
            let trainer = try Trainer(task, out: path)
            try trainer.run()
            #expect(trainer.monitor.name == "error" && trainer.monitor.higherIsBetter)
        }
        for (words, problem) in [
            (["checkpoint.monitor=eror"], "did you mean \"error\""),
            (["checkpoint.monitor=error"], "checkpoint.mode: expected min or max"),
        ] {
            try inFolder { path in
                let task = TinyTask(training: try settings(["lr=0.1"] + words))
                let error = try #require(throws: ConfigurationError.self) {
                    try Trainer(task, out: path)
                }
                #expect("\(error)".contains(problem), "\(error)")
            }
        }
    }

    @Test func theProfileAddsUp() throws {
        try inFolder { path in
            let task = TinyTask(training: try settings("epochs=1", "lr=0.1"))
            let trainer = try Trainer(task, out: path)
            try trainer.run()
            let rows = trainer.profile.table.split(separator: "\n")
            #expect(rows.count == 8 && rows[7].hasPrefix("total") && rows[7].hasSuffix("100.0 %"))
            for (row, part) in zip(rows, Profile.Part.allCases) {
                #expect(row.hasPrefix(part.rawValue))
            }
        }
    }

    @Test func recordsAreReadBack() throws {
        let record = EpochRecord(values: [
            ("epoch", 3), ("loss", 0.1 + 0.2), ("f1", .nan), ("lr", 1e-7),
        ])
        let copy = try #require(EpochRecord(json: record.json))
        #expect(copy.json == record.json && copy.value("loss") == 0.1 + 0.2)
        #expect(copy.value("f1").isNaN)
        for line in ["", "{", "{}", "{\"a\"}", "{\"a\": x}", "{a: 1}", "{\"a\": 1", "[1]"] {
            #expect(EpochRecord(json: line) == nil, "\(line)")
        }
    }

    @Test("E1, E2: the same seed gives the same run, whatever the number of threads and workers")
    func determinism() throws {
        func result(_ words: String...) throws -> RunResult {
            try inFolder { path in
                let task = TinyTask(
                    training: try settings(["epochs=2", "lr=0.05", "training.clipNorm=1"] + words))
                try Trainer(task, out: path).run()
                return try RunResult(path)
            }
        }
        /// The options are in the model file, so only what was learnt is compared.
        func same(_ a: RunResult, _ b: RunResult) -> Bool {
            a.log == b.log && a.state == b.state
                && a.files["optimizer.safetensors"] == b.files["optimizer.safetensors"]
        }
        let results = try onThreads([1, 2, 1]) { try result() }
        #expect(results[0] == results[1] && results[0] == results[2])
        for workers in [0, 2, 4] {
            #expect(
                same(try result("training.workers=\(workers)"), results[0]), "\(workers) workers")
        }
        #expect(!same(try result("seed=1"), results[0]))
    }
}

/// A linear model on 64 samples in order.
private final class PlainTask: MartletPipeline.Task {
    static let name = "plain"
    static let summary = ""
    static let inputExtensions: Set<String> = []

    struct Batch: Sendable {
        let x, y: Tensor
    }

    let options: TaskSettings
    let layer = Linear(4, 3)
    var network: any Module { layer }
    var metadata: [String: String] { [:] }
    var dataDescription: String? { nil }
    var size = 64
    /// Seconds that a loss takes at least.
    var delay = 0.0

    init(training options: TaskSettings) { self.options = options }
    init(options: TaskSettings, metadata: [String: String]) { self.options = options }

    func trainingBatches(epoch: Int, from first: Int) -> Batches<Batch> {
        var generator = Generator(seed: 3)
        let x = Tensor.randn([64, 4], generator: &generator)
        let y = Tensor.randn([64, 3], generator: &generator)
        return DataLoader(
            ArrayDataset(Array(0..<64)), batchSize: size, workers: 0, generator: generator
        ) { rows in
            Batch(
                x: Tensor.stack(rows.map { x[$0] }), y: Tensor.stack(rows.map { y[$0] }))
        }.epoch(epoch, from: first)
    }
    func evaluationBatches() -> Batches<Batch> { trainingBatches(epoch: 0, from: 0) }
    func loss(_ batch: Batch, phase: Phase, _ context: Context) -> Loss {
        Thread.sleep(forTimeInterval: delay)
        return Loss(mseLoss(layer(batch.x, context), batch.y), count: batch.x.shape[0])
    }
    func makeEvaluation() -> TinyScore { TinyScore() }
    func evaluate(_ batch: Batch, into score: inout TinyScore, _ context: Context) {
        let loss = mseLoss(layer(batch.x, context), batch.y)
        score.losses.add(Double(loss.item(as: Float.self)), count: batch.x.shape[0])
    }
    func predict(_ inputs: [String], _ context: Context) -> [any Prediction] { [] }
    func pictures(of predictions: [any Prediction]) -> [Picture] { [] }
    var exportForm: ExportForm { ExportForm(layer, inputShape: [1, 4], outputName: "y") }
}
