import Foundation
import Martlet
import MartletConformance
import MartletData
import MartletNN
import Testing

@testable import MartletPipeline

/// Regression on 400 samples of which 1 % cannot be read, evaluated on 200 more with as many.
private final class FaultyTask: MartletPipeline.Task {
    static let name = "faulty"
    static let summary = ""
    static let inputExtensions: Set<String> = []

    struct Batch: Sendable {
        let x, y: Tensor
    }

    /// One part of the data.
    struct Part: Dataset {
        let name: String
        let count: Int
        let bad: Set<Int>

        init(_ name: String, count: Int, seed: Int) {
            self.name = name
            self.count = count
            var random = Generator(seed: UInt64(seed)).stream("bad \(name)")
            bad = Set(random.permutation(count).prefix(count / 100))
        }

        func describe(_ index: Int) -> String { "\(name)/\(index)" }
        func element(at index: Int, generator: inout Generator) throws -> [Float] {
            if bad.contains(index) {
                throw DataError(path: describe(index), problem: "it is \(index) bytes short")
            }
            return (0..<4).map { Float(sin(Double(index * 4 + $0))) }
        }
    }

    let options: TaskSettings
    let layer = Linear(4, 1)
    var network: any Module { layer }
    var metadata: [String: String] { [:] }
    var dataDescription: String? { nil }
    let parts: [Part]
    let skipped: [SkippedSamples]

    init(training options: TaskSettings) {
        self.options = options
        parts = [
            Part("train", count: 400, seed: options.seed),
            Part("val", count: 200, seed: options.seed),
        ]
        skipped = parts.map { SkippedSamples(atMost: options.samples.maxBad, of: $0.count) }
    }
    convenience init(options: TaskSettings, metadata: [String: String]) {
        self.init(training: options)
    }

    private func batches(_ part: Int, epoch: Int, from first: Int) -> Batches<Batch> {
        DataLoader(
            parts[part], batchSize: 8, order: part == 0 ? .shuffled : .sequential,
            workers: options.training.workers, generator: Generator(seed: UInt64(options.seed)),
            skipped: skipped[part]
        ) { rows in
            Batch(
                x: Tensor.stack(rows.map { Tensor($0) }),
                y: Tensor(rows.map { $0.reduce(0, +) }).reshape([rows.count, 1]))
        }.epoch(epoch, from: first)
    }
    func trainingBatches(epoch: Int, from first: Int) -> Batches<Batch> {
        batches(0, epoch: epoch, from: first)
    }
    func evaluationBatches() -> Batches<Batch> { batches(1, epoch: 0, from: 0) }
    func loss(_ batch: Batch, phase: Phase, _ context: Context) -> Loss {
        Loss(mseLoss(layer(batch.x, context), batch.y), count: batch.x.shape[0])
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

@Suite struct SkippedResumeTests {
    private func list(_ run: String) throws -> [String] {
        try String(contentsOfFile: run + "/skipped.jsonl", encoding: .utf8).split(separator: "\n")
            .map(String.init)
    }

    /// Interrupts after some batches, time and again, until the run is over.
    private func trainInParts(_ task: FaultyTask, _ path: String, _ lengths: [Int]) throws {
        var trainer = try Trainer(task, out: path)
        for length in lengths {
            let passed = Counter()
            trainer.signal = {
                passed.value += 1
                return passed.value == length ? SIGTERM : nil
            }
            #expect(throws: Interrupted.self) { try trainer.run() }
            trainer.close()
            trainer = try Trainer<FaultyTask>(resuming: EarlierRun(path))
        }
        try trainer.run()
    }

    @Test(
        "B6: interrupted runs list the bad samples that uninterrupted ones do, with any workers",
        arguments: [1, 2, 3])
    func sameList(_ seed: Int) throws {
        let words = ["epochs=1", "lr=0.01", "samples.onBad=skip", "seed=\(seed)"]
        func task(_ workers: Int) throws -> FaultyTask {
            FaultyTask(training: try settings(words + ["training.workers=\(workers)"]))
        }
        let truth = Set(
            try task(0).parts.flatMap { part in part.bad.map { "\(part.name)/\($0)" } })
        #expect(truth.count == 6)
        let whole = try inFolder { path in
            try Trainer(task(0), out: path).run()
            return (list: try list(path), result: try RunResult(path))
        }
        let found = try whole.list.map {
            try #require(
                JSONDecoder().decode([String: String].self, from: Data($0.utf8))["sample"])
        }
        #expect(found.count == 6 && Set(found) == truth)
        var random = Generator(seed: UInt64(seed))
        for workers in [0, 1, 3] {
            // An epoch of 50 batches and 25 of evaluation, which begins anew when it is interrupted.
            let lengths = [random.integer(in: 5..<20), random.integer(in: 5..<20), 30]
            try inFolder { path in
                try trainInParts(task(workers), path, lengths)
                #expect(
                    try list(path) == whole.list, "seed \(seed), \(workers) workers, \(lengths)")
                let state = try RunResult(path).state
                #expect(state == whole.result.state, "seed \(seed), \(workers) workers, \(lengths)")
            }
        }
    }

    @Test("D6: a checkpoint of before such lists were kept is read")
    func earlierCheckpoints() throws {
        var state = TrainingState()
        state.skipped = [[.init(index: 3, sample: "a", reason: "b")]]
        let data = try JSONEncoder().encode(state)
        #expect(try JSONDecoder().decode(TrainingState.self, from: data) == state)
        var object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        object["skipped"] = nil
        state.skipped = nil
        let earlier = try JSONSerialization.data(withJSONObject: object)
        #expect(try JSONDecoder().decode(TrainingState.self, from: earlier) == state)
    }

    @Test("B6: what an earlier process had to skip counts towards samples.maxBad")
    func capAcrossProcesses() throws {
        let words = ["epochs=2", "lr=0.01", "samples.onBad=skip", "samples.maxBad=0.0075"]
        let alone = try inFolder { path in
            let trainer = try Trainer(FaultyTask(training: settings(words)), out: path)
            let error = try #require(throws: TooManySkipped.self) { try trainer.run() }
            return "\(error)"
        }
        try inFolder { path in
            var trainer = try Trainer(FaultyTask(training: settings(words)), out: path)
            // The fourth bad sample of 400, the first too many, is the last one noted.
            let error = try #require(throws: TooManySkipped.self) {
                for _ in 0..<50 {
                    let passed = Counter()
                    trainer.signal = {
                        passed.value += 1
                        return passed.value == 5 ? SIGTERM : nil
                    }
                    do {
                        try trainer.run()
                    } catch is Interrupted {}
                    trainer.close()
                    trainer = try Trainer<FaultyTask>(resuming: EarlierRun(path))
                }
            }
            #expect("\(error)" == alone)
            #expect(try list(path).count == 4)
        }
    }
}
