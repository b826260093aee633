internal import Martlet

/// How certain the difference of two means over the same samples is: a percentile bootstrap (Efron, "Bootstrap methods:
/// another look at the jackknife", 1979) of the samples' differences.
public struct PairedBootstrap: Sendable, Equatable {
    /// How many samples both have.
    public let samples: Int
    /// The mean difference, and the bounds that hold it with 95 % confidence.
    public let difference: Double
    public let low: Double
    public let high: Double

    /// How often samples are drawn anew.
    public static let resamples = 10_000

    /// Of the samples' differences, of which there must be some. The same seed gives the same bounds.
    public init(differences: [Double], seed: UInt64 = 0) {
        let count = differences.count
        precondition(count > 0, "PairedBootstrap: expected at least one difference")
        var generator = Generator(seed: seed).stream("bootstrap")
        let progress = ProgressLine(
            "bootstrap", total: PairedBootstrap.resamples, unit: "resamples")
        let means = (0..<PairedBootstrap.resamples).map { round in
            let drawn = Tensor.randint(0..<count, [count], generator: &generator)
                .array(as: Int.self)
            progress.update(round)
            return drawn.reduce(0) { $0 + differences[$1] } / Double(count)
        }.sorted()
        progress.finish()
        samples = count
        difference = differences.reduce(0, +) / Double(count)
        low = PairedBootstrap.quantile(0.025, of: means)
        high = PairedBootstrap.quantile(0.975, of: means)
    }

    /// Between the two nearest of sorted numbers, linearly.
    private static func quantile(_ part: Double, of sorted: [Double]) -> Double {
        let place = part * Double(sorted.count - 1)
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
    }
}
