internal import Martlet
internal import MartletData
internal import MartletNN

/// What a batch that went wrong in training does when it is gone through again, every operation watched.
public struct Replay: Encodable, Sendable, CustomStringConvertible {
    /// What training said.
    public let problem: NonFiniteTraining
    /// The tensors that hold numbers that are none: of the batch, and of the network before it.
    public let batch: [String]
    public let network: [String]
    /// The operation that first made a NaN of inputs without one, with their types; nil where none did, and where the batch
    /// or the network held one already.
    public let operation: String?
    /// The loss; nil where it is no number.
    public let loss: Double?
    /// The gradients that hold numbers that are none.
    public let gradients: [String]

    /// Goes through a batch again: with the weights it met, the samples as the data give them now, the same random numbers.
    ///
    /// - Parameters:
    ///   - run: the run folder, which stays as it is.
    ///   - name: the batch's folder under `nonfinite`; the newest when nil.
    ///   - changes: settings that replace the run's, such as `data=DIR` where the data have moved.
    /// - Throws: `ConfigurationError` when there is no such batch, `DataError` when the data give another one now, and what
    ///   files and the task throw.
    public init<T: Task>(
        _ type: T.Type, run: String, batch name: String? = nil, changes: [ConfigurationValue] = []
    ) throws {
        let kept = try KeptBatch(name, of: run)
        let problem = kept.problem
        let options = try ModelFile(run).settings(type)
        try options.apply(changes)
        options.prepareMachine()
        let task = try T(training: options)
        try Freezing.apply(options.training.freeze, to: task.network)
        guard let last = task.phases.firstIndex(where: { $0.name == problem.phase }) else {
            throw ConfigurationError([
                "\(kept.path): it went wrong in the phase \(problem.phase), which the task lacks"
            ])
        }
        let batch = try Replay.batch(of: task, kept)
        try kept.restore(task)

        self.problem = problem
        self.batch = NonFinite.all(in: NonFinite.tensors(of: batch))
        network = NonFinite.all(in: task.network.stateDict())
        let generator = Generator(seed: UInt64(options.seed))
        var value = Double.nan
        do {
            try detectAnomaly {
                // Earlier phases made what later ones use.
                for (index, phase) in task.phases[...last].enumerated() {
                    let context = Context.training(
                        generator: TrainingStep<T>.generator(
                            generator, epoch: problem.epoch - 1, batch: problem.batch - 1,
                            phase: index),
                        precision: options.precision)
                    let loss = try task.loss(batch, phase: phase, context)
                    guard index == last else { continue }
                    value = Double(loss.value.item(as: Float.self))
                    loss.value.backward()
                }
            }
            operation = nil
        } catch let error as AnomalyError {
            // One that was there before is only handed on.
            operation = self.batch.isEmpty && network.isEmpty ? "\(error)" : nil
        }
        loss = value.isFinite ? value : nil
        gradients = NonFinite.all(
            in: task.network.namedParameters().compactMap { name, parameter in
                parameter.grad.map { (name: name, tensor: $0) }
            })
    }

    /// The batch as the data give it now.
    private static func batch<T: Task>(of task: T, _ kept: KeptBatch) throws -> T.Batch {
        let isOverfitting = task.options.training.overfit > 0
        let (epoch, number) = (kept.problem.epoch - 1, kept.problem.batch - 1)
        func refuse(_ problem: String) -> DataError {
            DataError(
                path: kept.path, problem: problem,
                expected: "the data and settings that the run was trained with")
        }
        let epochBatches = isOverfitting ? 0 : epoch
        let whole = try task.trainingBatches(epoch: epochBatches, from: 0)
        whole.cancel()
        guard number < whole.count else {
            throw refuse("the epoch now has only \(whole.count) batches")
        }
        let batches = try task.trainingBatches(epoch: epochBatches, from: number)
        defer { batches.cancel() }
        guard let batch = try batches.next() else {
            throw refuse("the epoch now ends before the batch")
        }
        let present = NonFinite.tensors(of: batch)
        let before = try kept.tensors()
        let isSame =
            present.count == before.count
            && zip(present.sorted { $0.name < $1.name }, before.sorted { $0.name < $1.name })
                .allSatisfy { $0.name == $1.name && NonFinite.areSame($0.tensor, $1.tensor) }
        guard isSame else { throw refuse("the data now give other samples") }
        return batch
    }

    /// A table for people.
    public var description: String {
        func list(_ names: [String]) -> String {
            names.isEmpty
                ? "none"
                : names.prefix(5).joined(separator: ", ")
                    + (names.count > 5 ? " and \(names.count - 5) more" : "")
        }
        return "in training: \(problem)\n"
            + TextTable.lines([
                ["tensors of the batch that are not finite", list(batch)],
                ["tensors of the network that are not finite", list(network)],
                ["the operation that made the first NaN", operation ?? "none"],
                ["the loss", loss.map { "\($0)" } ?? "no finite number"],
                ["gradients that are not finite", list(gradients)],
            ])
    }
}
