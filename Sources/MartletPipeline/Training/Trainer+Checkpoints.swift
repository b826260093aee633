internal import Foundation
internal import Martlet
internal import MartletData
internal import MartletNN
internal import MartletOptim

/// What saving remembers between checkpoints.
struct SavingState {
    /// Saves that failed in a row.
    var failures = 0
    /// Steps and time since the last one.
    var stepsSince = 0
    var last = ContinuousClock.now
    /// The metrics of the present weights, for the model file; none within an epoch.
    var score: [(name: String, value: Double)] = []
    /// The best epoch there is a checkpoint of.
    var best: TrainingState.Best?

    /// After this many failures in a row training ends.
    static let failuresAllowed = 2

    /// Whether a checkpoint within the epoch is due.
    func isDue(_ options: TaskSettings) -> Bool {
        let steps = options.training.checkpointSteps
        if steps > 0 && stepsSince >= steps { return true }
        let minutes = options.checkpoint.minutes
        return minutes > 0 && ContinuousClock.now - last >= .seconds(minutes * 60)
    }

    mutating func startAgain() {
        stepsSince = 0
        last = .now
    }
}

extension Trainer {
    /// Fills a new run folder, first checkpoint included, and lets it appear: whatever happens from here on, the run can be
    /// resumed.
    func begin() throws {
        state.data = task.dataFingerprint
        try writeSettings()
        try writeCheckpoint()
        try folder.appear()
        recorders = try RunRecorders(folder, epochs: 0, monitor: monitor.name)
    }

    private func writeSettings() throws {
        try folder.write(options.yaml(), to: "config.yaml")
        try RunEnvironment(precision: options.precision, data: state.data).write(to: folder)
    }

    /// Saves everything: records first, then a checkpoint that knows of them. A disk that fails is told of, and tried again
    /// when the next checkpoint is due; the checkpoint before stays.
    ///
    /// - Parameter insisting: whether a failure is thrown at once, as there will be no next time.
    /// - Throws: `DiskError` after three failures in a row, `NonFiniteTraining` for weights that are no numbers.
    func save(insisting: Bool = false) throws {
        saving.startAgain()
        do {
            try profile.measure(.checkpoint) {
                try recorders?.flush()
                journal?.flush()
                try writeCheckpoint()
            }
            saving.failures = 0
            rollbacks = 0
            saving.best = state.best
        } catch let error as DiskError {
            saving.failures += 1
            guard !insisting && saving.failures <= SavingState.failuresAllowed else { throw error }
            Log.info(
                "saving failed, for the \(saving.failures == 1 ? "first" : "second") time in a row: "
                    + "\(error); the checkpoint before is kept, and the next one is tried when it is due"
            )
        }
    }

    private func writeCheckpoint() throws {
        if let name = NonFinite.first(in: task.network) {
            throw NonFiniteTraining(
                phase: steps.phases[0].phase.name, epoch: state.epoch + 1, batch: state.batch,
                step: steps.state.taken,
                what: "\(name) of the network is not finite, so that no "
                    + "checkpoint is written", samples: [], isOfABatch: false)
        }
        state.steps = steps.state
        state.averaged = steps.average?.count ?? 0
        state.seconds = earlierSeconds + profile.total
        state.skipped = task.skipped.map(\.notes)
        let best = state.best.map { TrainingPosition(epoch: $0.epoch) }
        try folder.save(state.position, best: best, keep: options.checkpoint.keep) { directory in
            try Checkpoint.write(
                state, optimizer: optimizerTensors, training: trainingTensors, to: directory
            ) { path in
                func write() throws { try ModelFile.write(task, score: saving.score, to: path) }
                try steps.average?.withAverages(write) ?? write()
            }
        }
    }

    private var optimizerTensors: [(name: String, tensor: Tensor)] {
        steps.phases.flatMap { phase in
            phase.optimizer.state().map { ("\(phase.phase.name).\($0.key)", $0.value) }
        }
    }

    /// The weights that training goes on with, where the model file holds their averages; gradients of a step that is not
    /// complete; what the task remembers.
    private var trainingTensors: [(name: String, tensor: Tensor)] {
        var result: [(name: String, tensor: Tensor)] = []
        if steps.average != nil {
            result += task.network.stateDict().map { ("weights.\($0.name)", $0.tensor) }
        }
        for phase in steps.phases {
            for ((name, _), gradient) in zip(phase.parameters, phase.gradients) {
                guard let gradient else { continue }
                result.append(("gradient.\(phase.phase.name).\(name)", gradient.detach()))
            }
        }
        result += task.trainingState.map { ("task.\($0.key)", $0.value) }
        return result
    }

    // MARK: Going back

    /// Goes back to the newest checkpoint, to train on from there without the batch that went wrong.
    ///
    /// - Throws: the problem itself where training has gone back too often, `CheckpointError`, `DiskError`.
    func goBack(from problem: NonFiniteTraining) throws {
        rollbacks += 1
        guard rollbacks <= options.training.rollbackLimit else { throw problem }
        leftOut.insert(TrainingPosition(epoch: problem.epoch - 1, batch: problem.batch - 1))
        let seconds = earlierSeconds
        try restore(folder.newestCheckpoint(strict: false))
        earlierSeconds = seconds
        saving.startAgain()
        recorders = try RunRecorders(folder, epochs: state.epoch, monitor: monitor.name)
        journal?.goBack(to: state.steps.taken)
        Log.info(
            "\(problem); training goes back to \(state.position.name) and leaves the batch out")
    }

    // MARK: Resuming

    /// Goes on with an earlier run, exactly where its newest intact checkpoint is.
    ///
    /// - Parameters:
    ///   - changes: settings that are to differ from the run's.
    ///   - allowed: keys that may differ although results then do too; `data` among them for data that have changed.
    /// - Throws: `ConfigurationError` with every change that is not allowed, `CheckpointError`, `DiskError`, and what the
    ///   task throws.
    public convenience init(
        resuming run: EarlierRun, changes: [ConfigurationValue] = [],
        allowing allowed: Set<String> = []
    ) throws {
        let options = try run.options(T.self, changes: changes, allowing: allowed)
        let task = try T(training: options)
        // What cannot be evaluated would only show after the epoch.
        try task.evaluationBatches().cancel()
        try run.requireSame(task, allowing: allowed)
        options.prepareMachine()
        try self.init(task, in: run.folder)
        try restore(run.checkpoint)
        state.data = task.dataFingerprint
        try writeSettings()
        recorders = try RunRecorders(folder, epochs: state.epoch, monitor: monitor.name)
        try recorders?.flush()
    }

    /// Takes up the state of a checkpoint in place of the present one.
    private func restore(_ checkpoint: Checkpoint) throws {
        state = checkpoint.state
        earlierSeconds = state.seconds
        guard state.steps.phases.count == steps.phases.count else {
            throw CheckpointError(
                path: checkpoint.path,
                reason: "it has \(state.steps.phases.count) phases, expected \(steps.phases.count)")
        }
        let batches = try trainingBatches(from: 0)
        batches.cancel()
        guard state.batch <= batches.count else {
            throw ConfigurationError([
                "\(checkpoint.path): it is after batch \(state.batch) of an epoch, which now has only "
                    + "\(batches.count)"
            ])
        }
        steps.state = state.steps
        rate.state = state.plateau
        saving.best = state.best
        for (part, notes) in zip(task.skipped, state.skipped ?? []) { part.take(notes) }
        let training = try checkpoint.tensors(.training)
        func group(_ tensors: [String: Tensor], _ prefix: String) -> [String: Tensor] {
            Dictionary(
                uniqueKeysWithValues: tensors.compactMap { name, tensor in
                    name.hasPrefix(prefix) ? (String(name.dropFirst(prefix.count)), tensor) : nil
                })
        }
        do {
            let model = try checkpoint.tensors(.model)
            // Only beside averages are there weights of their own.
            let weights = group(training, "weights.")
            try task.network.load(state: weights.isEmpty ? model : weights)
            if let average = steps.average, !weights.isEmpty {
                let known = average.state().keys
                var averages = Dictionary(
                    uniqueKeysWithValues: model.map { ("module.\($0.key)", $0.value) }
                ).filter { known.contains($0.key) }
                averages["n_averaged"] = Tensor(state.averaged)
                try average.load(state: averages)
            }
            let moments = try checkpoint.tensors(.optimizer)
            for (index, phase) in steps.phases.enumerated() {
                try phase.optimizer.load(state: group(moments, "\(phase.phase.name)."))
                let gradients = group(training, "gradient.\(phase.phase.name).")
                steps.phases[index].gradients =
                    state.steps.waiting > 0 ? phase.parameters.map { gradients[$0.name] } : []
            }
            try task.load(trainingState: group(training, "task."))
        } catch let error as LoadError {
            throw CheckpointError(path: checkpoint.path, reason: "\(error)")
        } catch let error as OptimizerStateError {
            throw CheckpointError(path: checkpoint.path, reason: "\(error)")
        }
    }
}
