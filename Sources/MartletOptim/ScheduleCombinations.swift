internal import Martlet

extension Schedule {
    /// Several schedules one after another, each from its own beginning; PyTorch's `SequentialLR`.
    ///
    /// - Parameter milestones: the steps at which the second and later schedules begin, in order.
    public static func sequence(_ schedules: [Schedule], milestones: [Int]) -> Schedule {
        precondition(
            !schedules.isEmpty && milestones.count == schedules.count - 1,
            "Schedule.sequence: expected a milestone between each two of \(schedules.count) "
                + "schedules, got \(milestones.count)")
        precondition(
            zip(milestones, milestones.dropFirst()).allSatisfy(<) && (milestones.first ?? 1) > 0,
            "Schedule.sequence: milestones must rise from above 0, got \(milestones)")
        @Sendable func part(_ step: Int) -> (schedule: Schedule, step: Int) {
            let i = milestones.count { $0 <= step }
            return (schedules[i], step - (i > 0 ? milestones[i - 1] : 0))
        }
        return Schedule(
            factor: { step in part(step).schedule.factor(at: part(step).step) },
            momentum: { step in part(step).schedule.momentum(at: part(step).step) })
    }

    /// The product of several schedules' factors, with the momentum of the first that has one;
    /// PyTorch's `ChainedScheduler`.
    public static func product(_ schedules: [Schedule]) -> Schedule {
        Schedule(
            factor: { step in schedules.reduce(1) { $0 * $1.factor(at: step) } },
            momentum: { step in schedules.lazy.compactMap { $0.momentum(at: step) }.first })
    }

    /// This schedule until the step `start`, then from where it stands to `factor` over `steps` steps,
    /// and `factor` for ever: the constant learning rate under which weights are averaged (Izmailov
    /// et al., "Averaging weights leads to wider optima and better generalization", 2018); PyTorch's
    /// `SWALR`.
    public func settling(
        at factor: Double, from start: Int, steps: Int = 10, annealing: Annealing = .cosine
    ) -> Schedule {
        precondition(
            start >= 0 && steps >= 0,
            "Schedule.settling: steps must not be negative, got \(start) and \(steps)")
        let before = self
        return Schedule(
            factor: { step in
                guard step >= start else { return before.factor(at: step) }
                let progress =
                    steps == 0 ? 1 : min(Double(step - start) / Double(steps), 1)
                return annealing.value(from: before.factor(at: start), to: factor, progress)
            },
            momentum: { before.momentum(at: min($0, start)) })
    }
}
