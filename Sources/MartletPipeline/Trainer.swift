internal import Foundation
internal import Martlet
internal import MartletData
internal import MartletMetrics
internal import MartletNN
internal import MartletOptim

/// Trains a task: epochs of steps, an evaluation after each epoch, checkpoints, a log. Whatever ends it, a run goes on from
/// its newest checkpoint as if nothing had happened.
public final class Trainer<T: Task> {
    let task: T
    let options: TaskSettings
    let folder: RunFolder
    let monitor: Monitor
    let rate: LearningRate
    let steps: TrainingStep<T>
    let profile = Profile()
    var recorders: RunRecorders?
    var journal: RunJournal?
    var state = TrainingState()
    var saving = SavingState()
    /// The signal that asks for a stop, asked for after each batch of training and of evaluation.
    package var signal: () -> Int32? = { Interruption.signal }
    /// Seconds that earlier processes trained.
    var earlierSeconds = 0.0
    /// Batches that training went back to do without, and how often it did since the newest checkpoint.
    var leftOut: Set<TrainingPosition> = []
    var rollbacks = 0

    /// A new run.
    ///
    /// - Parameter path: the run folder, which must not exist; nil for one under `runs`.
    /// - Throws: `ConfigurationError`, `DiskError`, and what loading `weights` throws.
    public convenience init(_ task: T, out path: String?) throws {
        let options: TaskSettings = task.options
        options.prepareMachine()
        try task.initialize(
            Generator(seed: UInt64(options.seed)).stream("parameters"))
        if !options.weights.isEmpty {
            let (tensors, added, removed) = try task.network.placing(
                state: Weights.readAndLog(options.weights).dictionary)
            if !added.isEmpty || !removed.isEmpty {
                Log.info(
                    "\(options.weights): its names are read "
                        + (added.isEmpty ? "without \(removed)" : "with \(added) before them"))
            }
            let report = try task.network.load(state: tensors, strict: false)
            guard !report.loaded.isEmpty else {
                throw ModelFileError(
                    path: options.weights, reason: "none of its tensors fit the model: \(report)",
                    exitCode: 4)
            }
            Log.info("\(options.weights): \(report)")
        }
        let target = path ?? RunFolder.defaultPath(task: T.name)
        do {
            try self.init(task, in: RunFolder(creating: target))
            try begin()
        } catch let error as DiskError {
            // The folder is made under a temporary name.
            throw DiskError(path: target, operation: error.operation, code: error.code)
        }
    }

    /// Training in a folder, from the network's present weights.
    init(_ task: T, in folder: RunFolder) throws {
        self.task = task
        let options: TaskSettings = task.options
        self.options = options
        self.folder = folder
        monitor = try Monitor(options.checkpoint, of: task)
        let optimizers = try Trainer.optimizers(of: task)
        let perEpoch = try Trainer.batchCount(task, options)
        let gathered = options.training.accumulate
        let rate = LearningRate(
            options, stepsPerEpoch: (perEpoch + gathered - 1) / gathered, monitor: monitor)
        self.rate = rate
        steps = TrainingStep(
            task, optimizers: optimizers, generator: Generator(seed: UInt64(options.seed)),
            profile: profile, rate: rate.at)
        state.steps = steps.state
        state.plateau = rate.state
        // From here on there is something to save.
        Interruption.install()
        steps.didStep = { [unowned self] record in
            journal?.record(record)
            saving.stepsSince += 1
        }
        steps.didFail = { batch, problem in
            do {
                try KeptBatch.write(problem, batch: batch, of: task, to: folder.path)
            } catch {
                Log.info("the batch could not be kept: \(error)")
            }
        }
    }

    /// The folder of a run that names none: `runs/TASK-NUMBER`, the first that does not exist.
    public static var defaultPath: String { RunFolder.defaultPath(task: T.name) }

    /// The run folder.
    public var path: String { folder.path }

    /// An optimiser a phase, for what is not frozen.
    static func optimizers(of task: T) throws -> [(phase: Phase, optimizer: any Optimizer)] {
        try Freezing.apply(task.options.training.freeze, to: task.network)
        try Freezing.check(task.phases, of: task.network)
        return task.phases.map {
            ($0, task.options.optimizer.makeOptimizer(for: $0, of: task.network))
        }
    }

    private static func batchCount(_ task: T, _ options: TaskSettings) throws -> Int {
        let batches = try task.trainingBatches(epoch: 0, from: 0)
        batches.cancel()
        return min(options.training.batchLimit, batches.count)
    }

    /// Where training is, in words.
    public var place: String {
        state.batch == 0
            ? "after epoch \(state.epoch)"
            : "in epoch \(state.epoch + 1), after batch \(state.batch)"
    }

    /// Whether there is nothing left to train.
    public var isFinished: Bool { state.epoch >= epochs || isExhausted }

    /// How many epochs there are to train.
    public var epochs: Int { options.training.fastDevRun ? 1 : options.epochs ?? 1 }

    /// Whether early stopping ends training.
    private var isExhausted: Bool {
        let patience = options.training.patience
        return patience > 0 && state.epochsWithoutBest >= patience
    }

    /// Runs every epoch that is left. The best checkpoint is then `RUN/best`, the last `RUN/last`.
    ///
    /// - Throws: `NonFiniteTraining`, `Interrupted` after the state was saved, and what data and disk throw.
    public func run() throws {
        let journal = RunJournal(
            folder.path, task: task, monitor: monitor, step: steps.state.taken)
        self.journal = journal
        let result = Result { try journal.keep(runAll) }
        do {
            try task.reportSkippedSamples(into: path)
        } catch {
            // Why training ended matters more than that a list could not be written.
            try result.get()
            throw error
        }
        try result.get()
    }

    private func runAll() throws {
        defer { Log.info(profile.table) }
        do {
            while !isFinished {
                do {
                    try runEpoch()
                } catch let problem as NonFiniteTraining
                    where options.training.nonFinite == .rollback && problem.isOfABatch
                {
                    try goBack(from: problem)
                }
            }
            // What could not be saved before has a last chance.
            if saving.failures > 0 { try save(insisting: true) }
        } catch let halt as Halt {
            try save(insisting: true)
            switch halt {
            case .signal(let signal): throw Interrupted(signal: signal, run: folder.path)
            case .time:
                Log.info(
                    "training.maxTime is over after epoch \(state.epoch); martlet train --resume "
                        + "\(folder.path) training.maxTime=... goes on")
                return
            }
        } catch let error as any ExitCoded where error is SampleError || error.exitCode == 3 {
            try save(insisting: true)
            Log.info(
                "the state before is saved; martlet train --resume \(folder.path) goes on when the data "
                    + "are mended")
            throw error
        } catch let problem as NonFiniteTraining {
            Log.info(problem.advice)
            throw problem
        }
        if state.epoch < epochs {
            Log.info(
                "stopped early: no better \(monitor.name) in \(state.epochsWithoutBest) epochs")
        }
        if state.steps.skipped > 0 {
            Log.info("\(state.steps.skipped) batches were skipped, see \(folder.path)/nonfinite")
        }
    }

    private func runEpoch() throws {
        let epoch = state.epoch
        // The weights of a best epoch that could not be saved are gone from here on.
        if saving.failures > 0 { state.best = saving.best }
        saving.score = []
        let batches = try trainingBatches(from: state.batch)
        defer { batches.cancel() }
        let total = min(options.training.batchLimit, batches.count)
        let progress = ProgressLine(
            "epoch \(epoch + 1)", total: total, from: state.batch, unit: "batches")
        defer { progress.finish() }
        let earlier = state.epochSeconds
        while state.batch < total, let batch = try profile.measure(.data, { try batches.next() }) {
            let number = batches.position - 1
            if leftOut.contains(TrainingPosition(epoch: epoch, batch: number)) {
                steps.leaveOut()
            } else if let trained = try steps.train(on: batch, epoch: epoch, number: number) {
                state.losses.add(trained.loss, count: trained.count)
                state.samples = (state.samples ?? 0) + trained.samples
            }
            state.batch = batches.position
            state.epochSeconds = earlier + progress.seconds
            progress.update(state.batch, note: "loss \(short(state.losses.mean))")
            try halt()
            if state.batch < total && saving.isDue(options) { try save() }
        }
        state.batch = max(state.batch, total)
        try steps.flush(epoch: epoch, number: total - 1)
        progress.finish()
        try finishEpoch()
    }

    func trainingBatches(from first: Int) throws -> Batches<T.Batch> {
        let epoch = options.training.overfit > 0 ? 0 : state.epoch
        return try task.trainingBatches(epoch: epoch, from: first)
    }

    /// Stops where a signal came or the time is over.
    private func halt() throws {
        if let signal = signal() { throw Halt.signal(signal) }
        let limit = options.training.maxTime * 60
        if limit > 0 && earlierSeconds + profile.total >= limit { throw Halt.time }
    }

    private func evaluate() throws -> T.Evaluation {
        let isOverfitting = options.training.overfit > 0
        let batches =
            try isOverfitting ? trainingBatches(from: 0) : task.evaluationBatches()
        func body() throws -> T.Evaluation {
            try Evaluator.evaluate(
                task, on: batches, limit: options.training.evaluationLimit, title: "evaluating",
                check: halt)
        }
        return try profile.measure(.evaluation) {
            try steps.average?.withAverages(body) ?? body()
        }
    }

    /// Evaluates, records, and saves.
    private func finishEpoch() throws {
        let evaluation = try evaluate()
        let values = evaluation.values
        let score = values.first { $0.name == monitor.name }?.value ?? .nan
        let isBest = monitor.prefers(score, to: state.best?.score)
        let (samples, seconds) = (state.samples ?? 0, state.epochSeconds)
        let metrics = values.filter { $0.name != "n" }
        var record: [(name: String, value: Double)] = [
            ("epoch", Double(state.epoch + 1)), ("step", Double(steps.state.taken)),
            ("train_loss", state.losses.mean),
        ]
        record += metrics.map { ("val_\($0.name)", $0.value) }
        record += [
            ("lr", steps.lastLearningRate), ("seconds", seconds),
            ("samples_per_second", Double(samples) / max(seconds, 1e-9)),
        ]
        if options.training.nonFinite != .stop {
            record.append(("skipped", Double(steps.state.skipped)))
        }
        let epoch = EpochRecord(values: record)
        recorders?.record(epoch)
        journal?.record(epoch, evaluation, step: steps.state.taken, isBest: isBest)
        Log.info(
            "epoch \(state.epoch + 1): train loss \(short(state.losses.mean)); validation "
                + metrics.prefix(4).map { "\($0.name) \(short($0.value))" }.joined(separator: ", ")
                + " (\(Int(Double(samples) / max(seconds, 1e-9))) samples/s, "
                + "\(ProgressLine.clock(seconds)))" + (isBest ? ", the best so far" : ""))

        state.epoch += 1
        state.batch = 0
        state.losses = WeightedSum()
        state.samples = 0
        state.epochSeconds = 0
        rate.update(score)
        state.plateau = rate.state
        state.epochsWithoutBest = isBest ? 0 : state.epochsWithoutBest + 1
        if isBest { state.best = .init(score: score, epoch: state.epoch) }
        saving.score = values
        let isDue = state.epoch % options.checkpoint.epochs == 0 || state.epoch == epochs
        if isBest || isDue || isExhausted { try save() }
        do {
            for picture in evaluation.pictures { try folder.write(picture) }
        } catch let error as DiskError {
            Log.info("\(error); training goes on without the picture")
        }
    }

    func short(_ value: Double) -> String {
        value.isFinite ? String(format: "%.4f", value) : "\(value)"
    }
}
