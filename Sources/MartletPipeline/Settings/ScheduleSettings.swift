internal import MartletOptim

/// How the learning rate moves.
public final class ScheduleSettings: Settings {
    public enum Name: String, CaseIterable, SettingValue {
        case constant, step, multistep, exponential, cosine, restarts, onecycle, polynomial, noam,
            plateau
    }

    public static let summary = "how the learning rate moves"

    @Setting("the shape") public var name: Name? = nil
    @Setting("steps of linear warm-up", in: 0...10_000_000) public var warmupSteps = 0
    @Setting("epochs of linear warm-up, in place of warmupSteps", in: 0...100_000)
    public var warmupEpochs = 0.0
    @Setting("epochs between drops of step", in: 1...100_000) public var stepEpochs = 30
    @Setting("epochs after which multistep drops", in: 1...100_000)
    public var milestones: [Int] = []
    @Setting("factor of a drop (auto: 0.1), of exponential's epoch (0.95)", in: 0.001...0.999999)
    public var gamma: Double? = nil
    @Setting("the part of lr that cosine, restarts and plateau end at", in: 0...1)
    public var minimum = 0.0
    @Setting("epochs until restarts begins anew", in: 1...100_000) public var restartEpochs = 10
    @Setting("how many times longer each turn of restarts is", in: 1...100)
    public var restartMultiple = 1
    @Setting("the part of onecycle that rises", in: 0.01...0.99) public var riseFraction = 0.3
    @Setting("the power of polynomial", in: 0...100) public var power = 1.0
    @Setting("the width of the model, for noam, which is made for lr=1", in: 1...1_000_000)
    public var width: Int? = nil
    @Setting("epochs without a better metric that plateau waits through", in: 0...100_000)
    public var patience = 10

    public init() {}

    public func problems() -> [String] {
        var problems: [String] = []
        if warmupSteps > 0 && warmupEpochs > 0 {
            problems.append("warmupEpochs: it stands in place of warmupSteps, got both")
        }
        if name == .multistep && milestones.isEmpty {
            problems.append("milestones: multistep needs them, got none")
        }
        if zip(milestones, milestones.dropFirst()).contains(where: >=) {
            problems.append("milestones: expected epochs that rise, got \(milestones)")
        }
        if name == .noam {
            if width == nil { problems.append("width: noam needs it, got auto") }
            if warmupSteps == 0 && warmupEpochs == 0 {
                problems.append("warmupSteps: noam needs them (the paper's: 4000), got 0")
            }
        }
        return problems
    }
}

extension ScheduleSettings {
    /// The schedule of a training of some epochs of some steps.
    ///
    /// Those with a length of their own (cosine, onecycle, polynomial) begin after the warm-up and end with the training,
    /// restarts begins after the warm-up, and the epochs of the others count from the beginning.
    ///
    /// - Parameter hasMomentum: whether a schedule may move the optimiser's momentum.
    func makeSchedule(stepsPerEpoch: Int, epochs: Int, hasMomentum: Bool) -> Schedule {
        let perEpoch = max(1, stepsPerEpoch)
        let warmup =
            warmupSteps > 0 ? warmupSteps : Int((warmupEpochs * Double(perEpoch)).rounded())
        let rest = max(1, perEpoch * epochs - warmup)
        func warmedUp(_ schedule: Schedule) -> Schedule { schedule.warmedUp(steps: warmup) }
        func throughout(_ schedule: Schedule) -> Schedule {
            warmup > 0 ? .product([.linear(from: 0, steps: warmup), schedule]) : schedule
        }
        switch name ?? .constant {
        case .constant, .plateau: return throughout(.constant)
        case .step: return throughout(.step(every: stepEpochs * perEpoch, gamma: gamma ?? 0.1))
        case .multistep:
            return throughout(
                .multiStep(milestones: milestones.map { $0 * perEpoch }, gamma: gamma ?? 0.1))
        case .exponential: return throughout(.step(every: perEpoch, gamma: gamma ?? 0.95))
        case .cosine: return warmedUp(.cosine(steps: rest, minimum: minimum))
        case .restarts:
            return warmedUp(
                .cosineWithRestarts(
                    first: restartEpochs * perEpoch, multiple: restartMultiple, minimum: minimum))
        case .onecycle:
            return warmedUp(
                .oneCycle(
                    totalSteps: rest, rise: riseFraction,
                    momentum: hasMomentum ? 0.85...0.95 : nil))
        case .polynomial: return warmedUp(.polynomial(steps: rest, power: power))
        case .noam: return .noam(modelSize: width ?? 1, warmUp: max(1, warmup))
        }
    }

    /// What lowers the learning rate when the metric that chooses the best checkpoint stops improving; nil for other
    /// schedules.
    func makePlateau(higherIsBetter: Bool) -> ReduceOnPlateau? {
        guard name == .plateau else { return nil }
        return ReduceOnPlateau(
            higherIsBetter ? .higher : .lower, reduction: gamma ?? 0.1, patience: patience,
            minimum: minimum)
    }
}
