internal import MartletOptim

/// The learning rate of each step: the schedule's, times what is left of it where the metric stopped improving.
final class LearningRate {
    private let base: Double
    private let schedule: Schedule
    private var plateau: ReduceOnPlateau?

    init(_ options: TaskSettings, stepsPerEpoch: Int, monitor: Monitor) {
        base = options.lr ?? (options.optimizer.name ?? .adam).learningRate
        schedule = options.schedule.makeSchedule(
            stepsPerEpoch: stepsPerEpoch, epochs: options.epochs ?? 1,
            hasMomentum: options.optimizer.hasMomentum)
        plateau = options.schedule.makePlateau(higherIsBetter: monitor.higherIsBetter)
    }

    /// The learning rate and momentum of a step; a momentum of nil leaves the optimiser's.
    func at(_ step: Int) -> (learningRate: Double, momentum: Double?) {
        (base * schedule.factor(at: step) * (plateau?.factor ?? 1), schedule.momentum(at: step))
    }

    /// Takes note of an epoch's score.
    func update(_ score: Double) { plateau?.update(score) }

    /// What the schedule `plateau` has seen; nil for the others.
    var state: ReduceOnPlateau.State? {
        get { plateau?.state }
        set { if let newValue { plateau?.state = newValue } }
    }
}
