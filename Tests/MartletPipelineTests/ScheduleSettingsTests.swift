import Foundation
import MartletMetrics
import MartletOptim
import Testing

@testable import MartletPipeline

/// Settings of a schedule, steps, and the factors there.
private let shapes: [([String], [Int], [Double])] = [
    (["name=constant"], [0, 39], [1, 1]),
    (["name=plateau"], [0, 39], [1, 1]),
    (
        ["name=step", "stepEpochs=2", "gamma=0.5"], [0, 19, 20, 39, 40], [1, 1, 0.5, 0.5, 0.25]
    ),
    (["name=step", "stepEpochs=1"], [9, 10], [1, 0.1]),
    (["name=multistep", "milestones=1,3"], [9, 10, 29, 30], [1, 0.1, 0.1, 0.01]),
    (["name=exponential", "gamma=0.5"], [0, 9, 10, 25], [1, 1, 0.5, 0.25]),
    (["name=exponential"], [10], [0.95]),
    (["name=cosine"], [0, 20, 40], [1, 0.5, 0]),
    (["name=cosine", "minimum=0.5"], [0, 20, 40, 50], [1, 0.75, 0.5, 0.5]),
    (["name=restarts", "restartEpochs=1"], [0, 5, 10, 15], [1, 0.5, 1, 0.5]),
    (["name=restarts", "restartEpochs=1", "restartMultiple=2"], [10, 20, 30], [1, 0.5, 1]),
    (["name=polynomial"], [0, 10, 40], [1, 0.75, 0]),
    (["name=polynomial", "power=2"], [20], [0.25]),
    (["name=onecycle", "riseFraction=0.25"], [0, 9, 39], [0.04, 1, 0.04 / 1e4]),
    (["name=noam", "width=4", "warmupSteps=4"], [0, 3, 15], [0.0625, 0.25, 0.125]),
    // A warm-up: schedules that end still end with the training, epochs still count from its beginning.
    (["warmupSteps=4"], [0, 1, 4, 39], [0, 0.25, 1, 1]),
    (["warmupEpochs=0.4"], [0, 1, 4, 39], [0, 0.25, 1, 1]),
    (["name=cosine", "warmupEpochs=1"], [0, 5, 10, 25, 40], [0, 0.5, 1, 0.5, 0]),
    (["name=polynomial", "warmupEpochs=2"], [10, 20, 30, 40], [0.5, 1, 0.5, 0]),
    (["name=step", "stepEpochs=2", "warmupEpochs=1"], [5, 19, 20], [0.5, 1, 0.1]),
    (["name=noam", "width=4", "warmupEpochs=0.4"], [3], [0.25]),
]

@Suite struct ScheduleSettingsTests {
    /// Factors at some steps of a training of four epochs of ten steps.
    private func factors(_ words: [String], at steps: [Int]) throws -> [Double] {
        let settings = TaskSettings()
        try settings.apply(
            ConfigurationValue.parse(arguments: words.map { "schedule.\($0)" }))
        let schedule = settings.schedule.makeSchedule(
            stepsPerEpoch: 10, epochs: 4, hasMomentum: true)
        return steps.map { schedule.factor(at: $0) }
    }

    @Test(arguments: shapes)
    func shape(_ words: [String], _ steps: [Int], _ expected: [Double]) throws {
        let found = try factors(words, at: steps)
        for (found, expected) in zip(found, expected) {
            #expect(abs(found - expected) < 1e-12, "\(words) at \(steps): \(found)")
        }
    }

    @Test func aPlateauKnowsWhichMetricsAreBetter() throws {
        let settings = ScheduleSettings()
        #expect(settings.makePlateau(higherIsBetter: true) == nil)
        settings.name = .plateau
        settings.patience = 1
        for isHigher in [true, false] {
            var plateau = try #require(settings.makePlateau(higherIsBetter: isHigher))
            for value in isHigher ? [1.0, 2, 3] : [3, 2, 1] { plateau.update(value) }
            #expect(plateau.factor == 1)
            for _ in 0..<2 { plateau.update(2) }
            #expect(plateau.factor == 0.1)
        }
    }
}
