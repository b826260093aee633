internal import MartletOptim

/// How the learning rate moves.
public final class ScheduleSettings: Settings {
    public enum Name: String, CaseIterable, SettingValue { case constant, step, cosine, onecycle }

    @Setting("constant, step, cosine or onecycle") public var name: Name? = nil
    @Setting("steps of linear warm-up", in: 0...10_000_000) public var warmupSteps = 0
    @Setting("epochs between drops of the step schedule", in: 1...100_000) public var stepEpochs =
        30
    @Setting("what the step schedule multiplies by", in: 0...1) public var gamma = 0.1
    @Setting("the part of one cycle that rises", in: 0.01...0.99) public var riseFraction = 0.3

    public init() {}
}

extension ScheduleSettings {
    /// The schedule of a training of some epochs of some steps.
    func makeSchedule(stepsPerEpoch: Int, epochs: Int) -> Schedule {
        let total = max(1, stepsPerEpoch * epochs)
        let base: Schedule =
            switch name ?? .constant {
            case .constant: .constant
            case .step: .step(every: max(1, stepEpochs * stepsPerEpoch), gamma: gamma)
            case .cosine: .cosine(steps: total)
            case .onecycle: .oneCycle(totalSteps: total, rise: riseFraction)
            }
        return warmupSteps > 0 ? base.warmedUp(steps: warmupSteps) : base
    }
}
