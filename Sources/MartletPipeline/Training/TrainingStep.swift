internal import Martlet
internal import MartletNN
internal import MartletOptim

/// Optimisation: the losses and gradients of batches, phase by phase, and a step of each phase's optimiser whenever
/// `training.accumulate` batches have gathered.
final class TrainingStep<T: Task> {
    /// A phase with what it trains, and the gradients it has gathered for its next step.
    struct PhaseTraining {
        let phase: Phase
        let optimizer: any Optimizer
        let parameters: [(name: String, parameter: Parameter)]
        /// One for each parameter, nil where it had none; empty before the first batch.
        var gradients: [Tensor?] = []

        init(_ phase: Phase, _ optimizer: any Optimizer) {
            self.phase = phase
            self.optimizer = optimizer
            parameters = optimizer.namedParameters.filter { !$0.parameter.isFrozen }
        }
    }

    /// The learning rate and momentum of a step; a momentum of nil leaves the optimiser's.
    typealias Rate = (_ step: Int) -> (learningRate: Double, momentum: Double?)

    private let task: T
    private let settings: TrainingSettings
    private let precision: Precision
    private let generator: Generator
    private let rate: Rate
    private let profile: Profile
    private let parameters: [Parameter]
    private let buffers: [Buffer]
    /// Of the last step of the first phase, where gradients are clipped.
    private var gradientNorm: Double?
    var phases: [PhaseTraining]
    var state = StepState()
    /// The moving average of the weights, where there is one.
    let average: AveragedModel?
    /// Called after each step.
    var didStep: (StepRecord) -> Void = { _ in }
    /// Called for each batch that goes wrong, with the network as it was before the batch or, where a step spoilt it, after.
    var didFail: (T.Batch, NonFiniteTraining) -> Void = { _, _ in }

    init(
        _ task: T, optimizers: [(phase: Phase, optimizer: any Optimizer)], generator: Generator,
        profile: Profile, rate: @escaping Rate
    ) {
        self.task = task
        settings = task.options.training
        precision = task.options.precision
        self.generator = generator
        self.rate = rate
        self.profile = profile
        parameters = task.network.parameters()
        buffers = task.network.namedBuffers().map(\.buffer)
        phases = optimizers.map { PhaseTraining($0.phase, $0.optimizer) }
        average =
            settings.ema > 0
            ? AveragedModel(task.network, .exponential(decay: settings.ema, warmUp: true)) : nil
        state.phases = phases.map { _ in StepState.Gathered() }
    }

    /// The learning rate of the last step.
    var lastLearningRate: Double { rate(max(0, state.taken - 1)).learningRate }

    /// Trains on a batch.
    ///
    /// - Returns: the first phase's loss, what it is the mean of, and the batch's samples; nil when the batch was left out.
    /// - Throws: `NonFiniteTraining`, after which the step is in no state to go on from, and what the task throws.
    func train(
        on batch: T.Batch, epoch: Int, number: Int
    ) throws -> (loss: Double, count: Int, samples: Int)? {
        let before = buffers.map(\.value)
        var first: (loss: Double, count: Int, samples: Int)?
        for index in phases.indices {
            do {
                let loss = try gather(batch, index, epoch: epoch, number: number)
                if index == 0 { first = loss }
            } catch let problem as NonFiniteTraining {
                clearGradients()
                for (buffer, value) in zip(buffers, before) { buffer.value = value }
                didFail(batch, problem)
                guard settings.nonFinite == .skip else { throw problem }
                leaveOut()
                state.skippedInARow += 1
                guard state.skippedInARow <= settings.skipLimit else { throw problem }
                Log.info("\(problem); the batch is skipped (\(state.skipped) so far)")
                // Earlier phases may have stepped already: the batch then counts for them alone.
                if index == 0 { return nil }
                first = nil
            }
            if state.waiting + 1 >= settings.accumulate {
                do {
                    try step(index, epoch: epoch, number: number, samples: task.describe(batch))
                } catch let problem as NonFiniteTraining {
                    didFail(batch, problem)
                    throw problem
                }
            }
        }
        if first != nil { state.skippedInARow = 0 }
        state.waiting += 1
        if state.waiting >= settings.accumulate { finishStep(epoch: epoch) }
        return first
    }

    /// Takes note of a batch that is not trained on.
    func leaveOut() { state.skipped += 1 }

    /// Steps with what has gathered, fewer batches than usual: at the end of an epoch.
    ///
    /// - Parameter number: the epoch's last batch, from 0.
    /// - Throws: `NonFiniteTraining`.
    func flush(epoch: Int, number: Int) throws {
        guard state.waiting > 0 else { return }
        for index in phases.indices {
            try step(index, epoch: epoch, number: number, samples: [])
        }
        finishStep(epoch: epoch)
    }

    /// The random numbers of a batch, by its place and not by the step, which batches may share.
    static func generator(_ generator: Generator, epoch: Int, batch: Int, phase: Int) -> Generator {
        generator.stream("step", epoch, batch, phase)
    }

    /// Adds the gradients of a phase's loss to those it has gathered.
    private func gather(
        _ batch: T.Batch, _ index: Int, epoch: Int, number: Int
    ) throws -> (loss: Double, count: Int, samples: Int) {
        let phase = phases[index].phase
        let context = Context.training(
            generator: TrainingStep.generator(generator, epoch: epoch, batch: number, phase: index),
            precision: precision)
        clearGradients()
        let (loss, value) = try profile.measure(.forward) {
            let loss = try task.loss(batch, phase: phase, context)
            return (loss, Double(loss.value.item(as: Float.self)))
        }
        func problem(_ what: String) -> NonFiniteTraining {
            let cause =
                NonFinite.first(in: NonFinite.tensors(of: batch)).map { "\($0) of the batch" }
                ?? NonFinite.first(in: task.network)
            return NonFiniteTraining(
                phase: phase.name, epoch: epoch + 1, batch: number + 1, step: state.taken + 1,
                what: what + (cause.map { ", and \($0) is not finite" } ?? ""),
                samples: task.describe(batch))
        }
        guard value.isFinite else {
            throw problem("the loss is \(value.isNaN ? "nan" : "\(value)")")
        }
        var gathered = state.phases[index]
        if gathered.losses.count == 0 { gathered.unit = max(1, loss.count) }
        let weight = Double(loss.count) / Double(gathered.unit)
        profile.measure(.backward) {
            // A mean over more samples weighs more, as it would in one large batch.
            (weight == 1 ? loss.value : loss.value * weight).backward()
        }
        let trained = phases[index].parameters
        let gradients = trained.map(\.parameter.grad)
        clearGradients()
        if !FusedGradients.powerSum(gradients.compactMap { $0 }, p: 2).isFinite {
            // A sum can be too large where no gradient is.
            let named = zip(trained, gradients).lazy.compactMap { pair in
                pair.1.map { (name: pair.0.name, tensor: $0) }
            }
            if let name = NonFinite.first(in: named) {
                throw problem("the gradient of \(name) is not finite")
            }
        }
        gathered.losses.add(value, count: loss.count)
        state.phases[index] = gathered
        let earlier = phases[index].gradients
        phases[index].gradients =
            earlier.isEmpty
            ? gradients
            : zip(gradients, earlier).map { new, old in
                guard let new, let old else { return new ?? old }
                return new.detach() + old.detach()
            }
        return (value, loss.count, loss.samples)
    }

    /// Moves what a phase trains along the gradients it has gathered.
    ///
    /// - Throws: `NonFiniteTraining` where that made a weight, or the batches a running statistic, no number.
    private func step(_ index: Int, epoch: Int, number: Int, samples: @autoclosure () -> [String])
        throws
    {
        let gathered = state.phases[index]
        guard gathered.losses.count > 0 else { return }
        profile.measure(.optimizer) {
            let (trained, optimizer) = (phases[index].parameters, phases[index].optimizer)
            var gradients = phases[index].gradients
            phases[index].gradients = []
            let scale = Double(gathered.unit) / Double(gathered.losses.count)
            if scale != 1 {
                let places = gradients.indices.filter { gradients[$0] != nil }
                var present = places.compactMap { gradients[$0]?.detach() }
                for place in places { gradients[place] = nil }
                FusedGradients.scale(&present, by: scale)
                for (place, gradient) in zip(places, present) { gradients[place] = gradient }
            }
            for ((_, parameter), gradient) in zip(trained, gradients) { parameter.grad = gradient }
            gradients = []
            if settings.clipValue > 0 {
                GradientClipping.byValue(trained.map(\.parameter), limit: settings.clipValue)
            }
            if settings.clipNorm > 0 {
                let norm = GradientClipping.byNorm(
                    trained.map(\.parameter), maxNorm: settings.clipNorm)
                if index == 0 { gradientNorm = norm }
            }
            let (learningRate, momentum) = rate(state.taken)
            if let momentum { optimizer.momentum = momentum }
            optimizer.step(learningRate: learningRate)
            clearGradients()
        }
        let values = phases[index].parameters.map(\.parameter.value) + buffers.map(\.value)
        guard !FusedGradients.powerSum(values, p: 2).isFinite,
            let name = NonFinite.first(in: task.network)
        else { return }
        let (learningRate, _) = rate(state.taken)
        throw NonFiniteTraining(
            phase: phases[index].phase.name, epoch: epoch + 1, batch: number + 1,
            step: state.taken + 1,
            what: "\(name) of the network is not finite after the step "
                + "(learning rate \(learningRate))",
            samples: samples())
    }

    private func finishStep(epoch: Int) {
        let record = StepRecord(
            step: state.taken + 1, epoch: epoch + 1, loss: state.phases[0].losses.mean,
            learningRate: rate(state.taken).learningRate, gradientNorm: gradientNorm)
        state.taken += 1
        state.waiting = 0
        state.phases = phases.map { _ in StepState.Gathered() }
        profile.measure(.optimizer) { average?.update() }
        didStep(record)
    }

    private func clearGradients() {
        for parameter in parameters where !parameter.isFrozen { parameter.grad = nil }
    }
}
