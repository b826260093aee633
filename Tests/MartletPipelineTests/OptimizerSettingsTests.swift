import Martlet
import MartletNN
import MartletOptim
import Testing

@testable import MartletPipeline

private final class Net: Module {
    let conv = Conv2d(1, 2, kernelSize: 3)
    let norm = BatchNorm2d(2)
}

@Suite struct OptimizerSettingsTests {
    private func optimizer(_ words: String...) throws -> any Optimizer {
        let settings = TaskSettings()
        try settings.apply(ConfigurationValue.parse(arguments: words))
        return settings.optimizer.makeOptimizer(for: Phase("train"), of: Net())
    }

    @Test(arguments: OptimizerSettings.Name.allCases)
    func everyOptimizerIsItself(_ name: OptimizerSettings.Name) throws {
        let made = try optimizer("optimizer.name=\(name.rawValue)", "optimizer.weightDecay=0.25")
        #expect("\(type(of: made))".lowercased() == name.rawValue)
        #expect(made.groups.map(\.weightDecay) == [0.25])
        #expect(made.namedParameters.count == 4)
        // It takes a step.
        for (_, parameter) in made.namedParameters {
            parameter.grad = Tensor.ones(parameter.shape)
        }
        let before = made.namedParameters.map { $0.parameter.value.sum().item(as: Float.self) }
        made.step(learningRate: 0.1)
        let after = made.namedParameters.map { $0.parameter.value.sum().item(as: Float.self) }
        #expect(zip(before, after).allSatisfy { $0 > $1 }, "\(before) \(after)")
    }

    @Test func constantsReachTheOptimizer() throws {
        let sgd = try #require(try optimizer("optimizer.name=sgd") as? SGD)
        #expect(sgd.momentum == 0.9 && sgd.nesterov)
        let plain = try #require(
            try optimizer("optimizer.name=sgd", "optimizer.momentum=0") as? SGD)
        #expect(plain.momentum == 0 && !plain.nesterov)
        let rms = try #require(
            try optimizer(
                "optimizer.name=rmsprop", "optimizer.alpha=0.5", "optimizer.centered=true",
                "optimizer.epsilon=0.25", "optimizer.momentum=0.5") as? RMSprop)
        #expect(rms.alpha == 0.5 && rms.centered && rms.epsilon == 0.25 && rms.momentum == 0.5)
        let delta = try #require(
            try optimizer("optimizer.name=adadelta", "optimizer.rho=0.5") as? Adadelta)
        #expect(delta.rho == 0.5 && delta.epsilon == 1e-6)
        let lion = try #require(try optimizer("optimizer.name=lion") as? Lion)
        #expect(lion.beta2 == 0.99)
        let adam = try #require(
            try optimizer("optimizer.beta1=0.5", "optimizer.beta2=0.75") as? Adam)
        #expect(adam.beta1 == 0.5 && adam.beta2 == 0.75 && adam.epsilon == 1e-8)
    }

    @Test func normsAndBiasesCanBeSpared() throws {
        let made = try optimizer(
            "optimizer.weightDecay=0.25", "optimizer.noDecayOnNormsAndBiases=true")
        #expect(made.groups.map(\.weightDecay) == [0.25, 0])
        #expect(made.groups[0].parameters.map(\.name) == ["conv.weight"])
        #expect(made.groups[1].parameters.map(\.name) == ["conv.bias", "norm.weight", "norm.bias"])
    }

    /// What the settings accept, the optimisers and schedules accept.
    @Test(arguments: OptimizerSettings.Name.allCases)
    func anyScheduleGoesWithAnyOptimizer(_ name: OptimizerSettings.Name) throws {
        for momentum in [0, 0.5] {
            for shape in ScheduleSettings.Name.allCases {
                let settings = TaskSettings()
                try settings.apply(
                    ConfigurationValue.parse(arguments: [
                        "optimizer.name=\(name.rawValue)", "optimizer.momentum=\(momentum)",
                        "schedule.name=\(shape.rawValue)", "schedule.width=8",
                        "schedule.warmupSteps=2", "schedule.milestones=1,2",
                    ]))
                let made = settings.optimizer.makeOptimizer(for: Phase("train"), of: Net())
                let schedule = settings.schedule.makeSchedule(
                    stepsPerEpoch: 2, epochs: 2, hasMomentum: settings.optimizer.hasMomentum)
                for step in 0..<6 {
                    if let momentum = schedule.momentum(at: step) { made.momentum = momentum }
                    #expect((0...1).contains(schedule.factor(at: step)))
                }
            }
        }
    }
}
