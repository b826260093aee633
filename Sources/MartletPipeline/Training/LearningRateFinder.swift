internal import Foundation
internal import Martlet
internal import MartletNN
public import MartletVision

/// The learning-rate range test (Smith, "Cyclical learning rates for training neural networks", 2017): a short training
/// whose rate grows from step to step, which shows where the loss falls fastest and where it diverges.
public struct LearningRateCurve: Sendable {
    /// The rate of each step, and the loss, smoothed over the steps before.
    public let rates: [Double]
    public let losses: [Double]

    /// Where the loss falls fastest over the logarithm of the rate, on its way to the least; nil where it never falls.
    public var suggestion: Double? {
        guard let least = losses.indices.min(by: { losses[$0] < losses[$1] }), least > 1 else {
            return nil
        }
        func rise(_ step: Int) -> Double { losses[step + 1] - losses[step - 1] }
        return (1..<least).min { rise($0) < rise($1) }.map { rates[$0] }
    }

    /// The loss over the logarithm of the rate.
    public var picture: Image {
        var curves = [LineChart.Curve("loss", x: rates.map(log10), y: losses)]
        if let suggestion, let low = losses.min(), let high = losses.max() {
            curves.append(
                .init("suggestion", x: [log10(suggestion), log10(suggestion)], y: [low, high]))
        }
        return LineChart(
            title: "Learning-rate range test", xLabel: "log10 of the learning rate", yLabel: "loss",
            curves: curves
        ).image()
    }

    /// Trains a fresh network of the task for some steps; the task's network is spoilt afterwards.
    ///
    /// - Parameters:
    ///   - range: the first and the last rate.
    ///   - steps: how many steps, fewer where the loss becomes four times the least so far or no number.
    public static func measure<T: Task>(
        _ task: T, range: ClosedRange<Double> = 1e-6...1, steps count: Int = 100
    ) throws -> LearningRateCurve {
        precondition(
            range.lowerBound > 0 && range.upperBound > range.lowerBound && count > 1,
            "LearningRateCurve: expected a range above 0 and 2 or more steps, got \(range), \(count)"
        )
        let options: TaskSettings = task.options
        options.prepareMachine()
        let generator = Generator(seed: UInt64(options.seed))
        task.network.initialize(generator.stream("parameters"))
        let ratio = range.upperBound / range.lowerBound
        let step = TrainingStep(
            task, optimizers: try Trainer.optimizers(of: task), generator: generator,
            profile: Profile()
        ) { number in
            (range.lowerBound * pow(ratio, Double(number) / Double(count - 1)), nil)
        }
        var rates: [Double] = []
        var losses: [Double] = []
        var mean = 0.0
        let progress = ProgressLine("range test", total: count, unit: "steps")
        defer { progress.finish() }
        step.didStep = { record in
            // The exponential mean without its bias towards 0.
            mean = 0.9 * mean + 0.1 * record.loss
            rates.append(record.learningRate)
            losses.append(mean / (1 - pow(0.9, Double(rates.count))))
        }
        var epoch = 0
        do {
            while rates.count < count {
                let batches = try task.trainingBatches(epoch: epoch, from: 0)
                defer { batches.cancel() }
                let before = rates.count
                while rates.count < count, let batch = try batches.next() {
                    _ = try step.train(on: batch, epoch: epoch, number: batches.position - 1)
                    progress.update(rates.count)
                    if let least = losses.min(), let last = losses.last, last > 4 * least {
                        return LearningRateCurve(rates: rates, losses: losses)
                    }
                }
                try step.flush(epoch: epoch, number: batches.position - 1)
                guard rates.count > before else { break }
                epoch += 1
            }
        } catch is NonFiniteTraining {
            // Diverging is what the test is for.
        }
        return LearningRateCurve(rates: rates, losses: losses)
    }
}
