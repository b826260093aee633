internal import Foundation
internal import Martlet
internal import MartletNN
public import MartletVision

/// The learning-rate range test (Smith, "Cyclical learning rates for training neural networks", 2017): a short training
/// whose rate grows from step to step, which shows where the loss falls fastest and where it diverges.
public struct LearningRateCurve: Sendable {
    /// The rate and the loss of each step. The rates grow by the same factor from step to step.
    public let rates: [Double]
    public let losses: [Double]
    /// The rate at which the loss became four times the least before it, or no number; nil where it did neither.
    public let divergence: Double?

    /// Straight lines through the losses around each step, half a decade of the rate to either side: what they say of the
    /// step, and how they rise over a decade.
    ///
    /// A mean of the steps before, as is common, lags behind the losses, and the more so the fewer steps there are.
    private let lines: [(value: Double, rise: Double)]
    /// Steps to either side of a line's.
    private let reach: Int

    init(rates: [Double], losses: [Double], divergence: Double?) {
        self.rates = rates
        self.losses = losses
        self.divergence = divergence
        let decades = rates.map(log10)
        let step = rates.count > 1 ? decades[1] - decades[0] : 1
        // Fewer than five losses would follow the noise.
        let reach = max(2, Int((0.5 / step).rounded()))
        self.reach = reach
        lines = rates.indices.map { center in
            let range = max(0, center - reach)...min(rates.count - 1, center + reach)
            let count = Double(range.count)
            let x = range.reduce(0) { $0 + decades[$1] } / count
            let y = range.reduce(0) { $0 + losses[$1] } / count
            let spread = range.reduce(0) { $0 + (decades[$1] - x) * (decades[$1] - x) }
            let rise = range.reduce(0) { $0 + (decades[$1] - x) * (losses[$1] - y) }
            let slope = spread > 0 ? rise / spread : 0
            return (y + slope * (decades[center] - x), slope)
        }
    }

    /// The losses without their noise.
    public var smoothed: [Double] { lines.map(\.value) }

    /// Where the loss falls fastest over the logarithm of the rate, on its way to the least; nil where it never falls by
    /// more than its noise explains.
    ///
    /// The first and the last steps, with few others to one side, are passed over.
    public var suggestion: Double? {
        guard let least = lines.indices.min(by: { lines[$0].value < lines[$1].value }) else {
            return nil
        }
        let steps = lines.indices.dropFirst(reach).dropLast(reach).prefix { $0 <= least }
        guard let steepest = steps.min(by: { lines[$0].rise < lines[$1].rise }),
            lines[steepest].rise < -4 * noise
        else { return nil }
        return rates[steepest]
    }

    /// The standard deviation of a line's rise that the losses' differences from step to step would explain.
    private var noise: Double {
        guard rates.count > 1 else { return 0 }
        let differences = zip(losses, losses.dropFirst()).map { abs($0 - $1) }.sorted()
        // The median of a normal distribution's sizes is 0.6745; a difference has the noise of two losses.
        let deviation = differences[differences.count / 2] / 0.6745 / 2.0.squareRoot()
        let step = log10(rates[1] / rates[0])
        let squares = (1...reach).reduce(0.0) { $0 + 2 * Double($1 * $1) }
        return deviation / (step * squares.squareRoot())
    }

    /// The losses over the logarithm of the rate.
    public var picture: Image {
        let x = rates.map(log10)
        var curves = [
            LineChart.Curve("each step", x: x, y: losses, color: Color(grey: 200)),
            LineChart.Curve("smoothed", x: x, y: smoothed),
        ]
        // A loss that diverges would press the rest of the curve flat.
        let low = min(losses.min() ?? 0, smoothed.min() ?? 0)
        let before = losses.first ?? 1
        let high = max(min(losses.max() ?? 1, before + 0.5 * abs(before - low)), low + 1e-9)
        if let suggestion {
            let at = log10(suggestion)
            curves.append(.init("suggestion", x: [at, at], y: [low, high]))
        }
        return LineChart(
            title: "Learning-rate range test", xLabel: "log10 of the learning rate", yLabel: "loss",
            curves: curves, yRange: low...high
        ).image()
    }

    /// Trains a fresh network of the task for some steps; the task's network is spoilt afterwards.
    ///
    /// - Parameters:
    ///   - range: the first and the last rate.
    ///   - steps: how many steps, fewer where the loss diverges.
    /// - Throws: what data and the task throw.
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
        try task.initialize(generator.stream("parameters"))
        func rate(_ step: Int) -> Double {
            range.lowerBound
                * pow(range.upperBound / range.lowerBound, Double(step) / Double(count - 1))
        }
        let step = TrainingStep(
            task, optimizers: try Trainer.optimizers(of: task), generator: generator,
            profile: Profile()
        ) { (rate($0), nil) }
        var rates: [Double] = []
        var losses: [Double] = []
        var divergence: Double?
        let progress = ProgressLine("range test", total: count, unit: "steps")
        defer { progress.finish() }
        step.didStep = { record in
            // Three in a row tell divergence from a batch that is hard.
            if losses.count >= 2, let least = losses.min(),
                min(record.loss, losses.suffix(2).min() ?? 0) > 4 * least
            {
                divergence = record.learningRate
            }
            rates.append(record.learningRate)
            losses.append(record.loss)
        }
        var epoch = 0
        do {
            training: while rates.count < count {
                let batches = try task.trainingBatches(epoch: epoch, from: 0)
                defer { batches.cancel() }
                let before = rates.count
                while let batch = try batches.next() {
                    _ = try step.train(on: batch, epoch: epoch, number: batches.position - 1)
                    progress.update(rates.count)
                    if rates.count >= count || divergence != nil { break training }
                }
                try step.flush(epoch: epoch, number: batches.position - 1)
                guard rates.count > before else { break }
                epoch += 1
            }
        } catch is NonFiniteTraining {
            // Diverging is what the test is for.
            divergence = rate(step.state.taken)
        }
        return LearningRateCurve(rates: rates, losses: losses, divergence: divergence)
    }
}
