internal import Foundation
internal import Martlet
public import MartletData
internal import MartletMetrics
internal import MartletNN
internal import MartletOptim

/// Trains a task: epochs of phases of steps, an evaluation after each epoch, checkpoints, a log.
public final class Trainer<T: Task> {
    private let task: T
    private let options: TaskSettings
    private let folder: RunFolder
    private let optimizers: [(phase: Phase, optimizer: any Optimizer)]
    private let schedule: Schedule
    private let learningRate: Double
    private let generator: Generator
    private var state = TrainingState()
    private var history: [EpochRecord] = []
    private var journal: RunJournal?

    /// - Parameter path: the run folder, which must not exist; nil for one under `runs`.
    /// - Throws: `ConfigurationError`, `DiskError`, and what loading `weights` throws.
    public init(_ task: T, out path: String?) throws {
        self.task = task
        let options: TaskSettings = task.options
        self.options = options
        generator = Generator(seed: UInt64(options.seed))
        state.seed = options.seed
        options.prepareMachine()
        task.network.initialize(generator.stream("parameters"))
        if !options.weights.isEmpty {
            let report = try task.network.load(
                state: Safetensors.read(options.weights).dictionary, strict: false)
            guard !report.loaded.isEmpty else {
                throw ModelFileError(
                    path: options.weights, reason: "none of its tensors fit the model: \(report)",
                    exitCode: 4)
            }
            Log.info("\(options.weights): \(report)")
        }
        learningRate = options.lr ?? 1e-3
        optimizers = task.phases.map { ($0, Trainer.optimizer($0, task, options)) }
        let perEpoch = try Trainer.batchCount(task, options)
        schedule = Trainer.schedule(options, stepsPerEpoch: perEpoch)
        folder = try RunFolder(path ?? RunFolder.defaultPath(task: T.name))
        try folder.writeConfiguration(options.yaml())
    }

    /// The run folder.
    public var path: String { folder.path }

    private static func batchCount(_ task: T, _ options: TaskSettings) throws -> Int {
        let batches = try task.trainingBatches(epoch: 0, from: 0)
        batches.cancel()
        let limit = options.training.limitBatches
        return limit > 0 ? min(limit, batches.count) : batches.count
    }

    private static func optimizer(_ phase: Phase, _ task: T, _ options: TaskSettings)
        -> any Optimizer
    {
        let settings = options.optimizer
        let parameters = task.network.namedParameters().filter { phase.trains($0.name) }
        let decay = settings.weightDecay ?? 0
        let groups = [ParameterGroup(phase.name, parameters, weightDecay: decay)]
        switch settings.name ?? .adam {
        case .sgd:
            return SGD(groups: groups, momentum: settings.momentum, nesterov: settings.nesterov)
        case .adam:
            return Adam(groups: groups, beta1: settings.beta1, beta2: settings.beta2)
        case .adamw:
            return AdamW(groups: groups, beta1: settings.beta1, beta2: settings.beta2)
        }
    }

    private static func schedule(_ options: TaskSettings, stepsPerEpoch: Int) -> Schedule {
        let settings = options.schedule
        let total = max(1, stepsPerEpoch * (options.epochs ?? 1))
        let base: Schedule =
            switch settings.name ?? .constant {
            case .constant: .constant
            case .step:
                .step(every: max(1, settings.stepEpochs * stepsPerEpoch), gamma: settings.gamma)
            case .cosine: .cosine(steps: total)
            case .onecycle: .oneCycle(totalSteps: total, rise: settings.riseFraction)
            }
        return settings.warmupSteps > 0 ? base.warmedUp(steps: settings.warmupSteps) : base
    }

    /// Runs every epoch. The best checkpoint is then `RUN/best`, the last `RUN/last`.
    ///
    /// - Throws: `NonFiniteLoss`, `Interrupted` after the state was saved, and what data and disk throw.
    public func run() throws {
        Interruption.install()
        let journal = RunJournal(folder.path, task: task, step: state.step)
        self.journal = journal
        try journal.keep { for epoch in 0..<(options.epochs ?? 1) { try run(epoch: epoch) } }
    }

    private func run(epoch: Int) throws {
        let batches = try task.trainingBatches(epoch: epoch, from: 0)
        defer { batches.cancel() }
        let limit = options.training.limitBatches
        let total = limit > 0 ? min(limit, batches.count) : batches.count
        let progress = ProgressLine("epoch \(epoch + 1)", total: total, unit: "batches")
        var lossSum = 0.0
        var samples = 0
        state.batchInEpoch = 0
        while state.batchInEpoch < total, let batch = try batches.next() {
            let (loss, count) = try step(batch, epoch: epoch)
            lossSum += loss * Double(count)
            samples += count
            state.batchInEpoch += 1
            progress.update(state.batchInEpoch, note: "loss \(short(lossSum / Double(samples)))")
            if let signal = Interruption.signal {
                progress.finish()
                try save(score: [], isBest: state.bestScore == nil)
                throw Interrupted(signal: signal, saved: folder.path + "/last")
            }
        }
        progress.finish()
        let seconds = progress.seconds
        state.epoch = epoch + 1
        state.batchInEpoch = 0

        let evaluation = try Evaluator.evaluate(task, title: "evaluating")
        let info = T.Evaluation.monitor
        let values = evaluation.values
        let score = values.first { $0.name == info.name }?.value ?? .nan
        let isBest =
            state.bestScore.map { info.higherIsBetter ? score > $0 : score < $0 } ?? true
        if isBest && score.isFinite { state.bestScore = score }
        try save(score: values, isBest: isBest)
        let record = EpochRecord(
            values: [
                ("epoch", Double(epoch + 1)), ("train_loss", lossSum / Double(max(samples, 1))),
            ]
                + values.filter { $0.name != "n" }.map { ("val_\($0.name)", $0.value) }
                + [
                    ("lr", learningRate * schedule.factor(at: max(0, state.step - 1))),
                    ("seconds", seconds),
                    ("samples_per_second", Double(samples) / max(seconds, 1e-9)),
                ])
        try folder.append(record)
        history.append(record)
        journal?.record(record, evaluation, step: state.step, isBest: isBest)
        for picture in evaluation.pictures + [.curves(history, monitor: info.name)] {
            try folder.write(picture)
        }
        Log.info(
            "epoch \(epoch + 1): train loss \(short(lossSum / Double(max(samples, 1)))); validation "
                + values.filter { $0.name != "n" }.map { "\($0.name) \(short($0.value))" }
                .joined(separator: ", ")
                + " (\(Int(Double(samples) / max(seconds, 1e-9))) samples/s, \(ProgressLine.clock(seconds)))"
                + (isBest ? ", the best so far" : ""))
    }

    /// One step of every phase; the loss of the first.
    private func step(_ batch: T.Batch, epoch: Int) throws -> (loss: Double, count: Int) {
        var first: (loss: Double, count: Int)?
        for (number, (phase, optimizer)) in optimizers.enumerated() {
            let context = Context.training(
                generator: generator.stream("step", state.step, number),
                precision: options.precision)
            optimizer.zeroGrad()
            let loss = try task.loss(batch, phase: phase, context)
            let value = Double(loss.value.item(as: Float.self))
            guard value.isFinite else {
                throw NonFiniteLoss(
                    phase: phase.name, epoch: epoch + 1, step: state.step + 1, value: value)
            }
            loss.value.backward()
            if options.training.clipNorm > 0 {
                GradientClipping.byNorm(
                    optimizer.namedParameters.map(\.parameter), maxNorm: options.training.clipNorm)
            }
            if let momentum = schedule.momentum(at: state.step) { optimizer.momentum = momentum }
            optimizer.step(learningRate: learningRate * schedule.factor(at: state.step))
            if first == nil { first = (value, loss.count) }
        }
        state.step += 1
        return first ?? (0, 0)
    }

    private func save(score: [(name: String, value: Double)], isBest: Bool) throws {
        try folder.save(
            task, optimizers: optimizers.map { ($0.phase.name, $0.optimizer) }, state: state,
            score: score, isBest: isBest)
    }

    private func short(_ value: Double) -> String {
        value.isFinite ? String(format: "%.4f", value) : "\(value)"
    }
}

/// Training that diverged.
public struct NonFiniteLoss: ExitCoded, CustomStringConvertible {
    /// Where it happened, and what the loss had become.
    public let phase: String
    public let epoch: Int
    public let step: Int
    public let value: Double
    public var exitCode: Int32 { 5 }
    public var description: String {
        "the loss of phase \(phase) became \(value) in epoch \(epoch), step \(step); try a smaller lr, "
            + "training.clipNorm=1, or look for damaged samples"
    }
}

/// Runs a task's evaluation.
public enum Evaluator {
    public static func evaluate<T: Task>(_ task: T, title: String) throws -> T.Evaluation {
        let batches = try task.evaluationBatches()
        defer { batches.cancel() }
        let progress = ProgressLine(title, total: batches.count, unit: "batches")
        var evaluation = task.makeEvaluation()
        let context = Context.inference(precision: task.options.precision)
        try noGrad {
            while let batch = try batches.next() {
                try task.evaluate(batch, into: &evaluation, context)
                progress.update(batches.position)
            }
        }
        progress.finish()
        return evaluation
    }
}
