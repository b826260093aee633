import Foundation
import Martlet
import MartletData
import MartletNN
import Testing

@testable import MartletPipeline

/// The sum of a weight and a bias goes to 3: its distance s falls by a factor that the rate alone decides, and with it the
/// loss 1 + s².
private final class BowlTask: MartletPipeline.Task {
    static let name = "bowl"
    static let summary = ""
    static let inputExtensions: Set<String> = []

    let options: TaskSettings
    let layer = Linear(1, 1)
    var network: any Module { layer }
    var metadata: [String: String] { [:] }
    var dataDescription: String? { nil }
    /// The standard deviation of what is added to each loss.
    var noise = 0.0
    private var random = Generator(seed: 5)

    init(training options: TaskSettings) { self.options = options }
    init(options: TaskSettings, metadata: [String: String]) { self.options = options }

    func trainingBatches(epoch: Int, from first: Int) -> Batches<Tensor> {
        DataLoader(
            ArrayDataset([Float](repeating: 1, count: 7)), batchSize: 1, workers: 0,
            generator: Generator(seed: 1)
        ) { Tensor($0).reshape([1, 1]) }.epoch(epoch, from: first)
    }
    func evaluationBatches() -> Batches<Tensor> { trainingBatches(epoch: 0, from: 0) }
    func loss(_ batch: Tensor, phase: Phase, _ context: Context) -> Loss {
        let value = (layer(batch, context) - 3).square().mean() + 1 + random.normal(std: 1) * noise
        return Loss(value, count: 1)
    }
    func makeEvaluation() -> TinyScore { TinyScore() }
    func evaluate(_ batch: Tensor, into score: inout TinyScore, _ context: Context) {}
    func predict(_ inputs: [String], _ context: Context) -> [any Prediction] { [] }
    func pictures(of predictions: [any Prediction]) -> [Picture] { [] }
    var exportForm: ExportForm { ExportForm(layer, inputShape: [1, 1], outputName: "y") }
}

@Suite struct LearningRateFinderTests {
    /// With the rate r growing by a factor e^d, s goes with exp(-4 r / d), and its square falls fastest over the logarithm
    /// of r where 8 r = d.
    @Test(
        "the suggested rate is where a bowl's loss falls fastest, with noise and few steps, too",
        arguments: [(40, 0), (40, 0.1), (100, 0), (100, 0.1), (300, 0.1)] as [(Int, Double)])
    func bowl(_ steps: Int, _ noise: Double) throws {
        let task = BowlTask(
            training: try settings("optimizer.name=sgd", "optimizer.momentum=0", "lr=0.1"))
        task.noise = noise
        let range = 1e-6...100.0
        let curve = try LearningRateCurve.measure(task, range: range, steps: steps)
        #expect(curve.rates[0] == 1e-6)
        #expect(zip(curve.rates, curve.rates.dropFirst()).allSatisfy { $0 < $1 })
        let truth = log(range.upperBound / range.lowerBound) / Double(steps - 1) / 8
        let found = try #require(curve.suggestion)
        #expect(abs(log(found / truth)) < log(1.6), "\(found), expected \(truth)")
        #expect(curve.smoothed.count == curve.losses.count)
        if steps < 300 {
            // Beyond 2 / 4 it swings ever wider, unless so many steps have brought it to 0 before.
            let divergence = try #require(curve.divergence)
            #expect(divergence > 0.5 && divergence < 50, "\(divergence)")
            #expect(curve.losses.count < steps)
        }
        #expect(curve.picture.width > 100)
    }

    @Test(
        "noise before the loss falls, and the fall of the last steps, are not taken for the slope")
    func drawnCurves() {
        let rates = (0..<61).map { pow(10, -6 + Double($0) / 10) }
        // Flat, then down from 1e-3 to 1e-1 by a half, then up; a jump down at the beginning.
        let losses = rates.indices.map { step in
            step < 2
                ? 2.4 - 0.2 * Double(step)
                : step < 30
                    ? 2 + 0.02 * Double(step % 2)
                    : step < 50 ? 2 - Double(step - 30) / 20 : 1 + Double(step - 50) / 5
        }
        let curve = LearningRateCurve(rates: rates, losses: losses, divergence: nil)
        #expect((1e-3...1e-1).contains(curve.suggestion ?? 0), "\(curve.suggestion ?? 0)")
        let rising = LearningRateCurve(
            rates: rates, losses: rates.indices.map { Double($0) }, divergence: nil)
        #expect(rising.suggestion == nil)
        for seed in 1...20 {
            var random = Generator(seed: UInt64(seed))
            let noise = LearningRateCurve(
                rates: rates, losses: rates.map { _ in 1.8 + random.normal(std: 0.005) },
                divergence: nil)
            #expect(noise.suggestion == nil, "seed \(seed)")
        }
        let short = LearningRateCurve(rates: [1, 2], losses: [2, 1], divergence: nil)
        #expect(short.suggestion == nil)
        let none = LearningRateCurve(rates: [], losses: [], divergence: 1)
        #expect(none.suggestion == nil && none.picture.width > 100)
    }
}
