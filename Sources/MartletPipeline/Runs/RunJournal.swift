internal import Foundation
internal import MartletNN

/// Keeps what people look at during and after a run: TensorBoard's events, the evaluation of the best epoch, the report.
///
/// None of it is worth the loss of a run: what the disk does not take is told of, and training goes on.
final class RunJournal {
    private let folder: String
    private let settings: [(key: String, value: String)]
    private let network: any Module
    private var status: RunStatus
    private var events: EventWriter?
    /// Steps between points of the curves by step; 0 for none.
    private let logSteps: Int

    /// - Parameter step: how many steps earlier processes took; 0 for a new run.
    init<T: Task>(_ folder: String, task: T, monitor: Monitor, step: Int) {
        self.folder = folder
        network = task.network
        settings = task.options.entries.map { ($0.key, $0.setting.text) }
        status = RunStatus(of: task, monitor: monitor)
        logSteps = task.options.training.logSteps
        writeStatus()
        goBack(to: step)
    }

    /// Voids what was told of steps after this one, which come again.
    func goBack(to step: Int) {
        attempt {
            try events?.flush()
            let events = try EventWriter(folder, resumingAfter: step)
            self.events = events
            if step == 0 { try describe(in: events) }
        }
    }

    private func describe(in events: EventWriter) throws {
        try events.hyperParameters(
            settings,
            metrics: Set([status.monitor, "loss"]).sorted().map { "validation/\($0)" },
            name: folder, started: status.started)
        // Four spaces make a block of code of it.
        let table = settings.map { "    \($0.key): \($0.value)" }.joined(separator: "\n")
        try events.text("settings", table, step: 0)
        try events.flush()
    }

    /// Runs training, and notes how it ends.
    func keep(_ training: () throws -> Void) throws {
        do {
            try training()
            end(.finished)
        } catch {
            end(error is Interrupted ? .interrupted : .failed)
            throw error
        }
    }

    private func end(_ state: RunStatus.State) {
        let now = Date().timeIntervalSince1970
        status.state = state
        status.ended = now
        writeStatus()
        attempt {
            // Only the first of a tag counts: a run that goes on later is told to have ended only then.
            if state != .interrupted {
                try events?.sessionEnd(succeeded: state == .finished, at: now)
            }
            try events?.flush()
        }
        attempt { _ = try RunReport(RunRecord(folder)).write() }
    }

    /// Notes a step, where it is one of those that are points of the curves.
    func record(_ step: StepRecord) {
        guard logSteps > 0, step.step % logSteps == 0 else { return }
        attempt {
            try events?.scalar("step/loss", step.loss, step: step.step)
            try events?.scalar("step/lr", step.learningRate, step: step.step)
            if let norm = step.gradientNorm {
                try events?.scalar("step/gradient_norm", norm, step: step.step)
            }
            try events?.flush()
        }
    }

    /// Writes what was noted, so that a checkpoint knows of nothing that could be missing.
    func flush() { attempt { try events?.flush() } }

    /// Notes an epoch with its evaluation.
    ///
    /// - Parameters:
    ///   - step: steps taken so far.
    ///   - isBest: whether it is the best epoch so far.
    func record(
        _ epoch: EpochRecord, _ evaluation: some TaskEvaluation, step: Int, isBest: Bool
    ) {
        attempt {
            guard let events else { return }
            try RunJournal.write(epoch, to: events, step: step)
            for picture in evaluation.pictures {
                try events.image(picture.name, picture.image, step: step)
            }
            for (name, curve) in evaluation.precisionRecall {
                try events.precisionRecall("precision_recall/\(name)", curve, step: step)
            }
            for (name, parameter) in network.namedParameters() {
                guard let histogram = Histogram(parameter.value) else { continue }
                try events.histogram("weights/\(name)", histogram, step: step)
            }
            try events.flush()
        }
        guard isBest else { return }
        attempt {
            try RunFile.encode(
                StoredEvaluation(evaluation, epoch: Int(epoch.value("epoch"))),
                to: "\(folder)/\(StoredEvaluation.fileName)")
        }
        attempt {
            guard !evaluation.samples.isEmpty else { return }
            try SampleResults.write(
                evaluation.samples, metric: type(of: evaluation).monitor.name,
                to: "\(folder)/\(SampleResults.fileName)")
        }
    }

    /// TensorBoard shows tags that begin alike together: `train/loss` beside `train/accuracy`.
    private static func write(_ epoch: EpochRecord, to events: EventWriter, step: Int) throws {
        for (name, value) in epoch.values where name != "step" {
            let tag =
                if name.hasPrefix("train_") {
                    "train/" + name.dropFirst(6)
                } else if name.hasPrefix("val_") {
                    "validation/" + name.dropFirst(4)
                } else {
                    "run/" + name
                }
            try events.scalar(tag, value, step: step)
        }
    }

    private func writeStatus() {
        attempt { try RunFile.encode(status, to: "\(folder)/\(RunStatus.fileName)") }
    }

    private func attempt(_ body: () throws -> Void) {
        do { try body() } catch { Log.info("\(error); training goes on without it") }
    }
}
