internal import Martlet

/// The mean of a loss over samples.
public struct MeanLoss: Metric {
    private var sum = 0.0
    /// The total weight of the samples seen: their number, where each counts the same.
    public private(set) var weight = 0.0

    public init() {}

    /// The metric's name and direction.
    public var info: MetricInfo { MetricInfo(name: "loss", higherIsBetter: false) }

    /// Adds a batch.
    ///
    /// - Parameters:
    ///   - mean: the batch's mean loss.
    ///   - weight: what the mean was taken over: the number of samples, or with class weights the
    ///     sum of the samples' weights.
    public mutating func update(mean: Double, weight: Double) {
        precondition(weight >= 0, "MeanLoss: expected a weight of 0 or more, got \(weight)")
        // A batch without weight has no mean: 0 / 0 must not spoil the others.
        guard weight > 0 else { return }
        sum += mean * weight
        self.weight += weight
    }

    /// Adds a batch's mean loss over so many samples.
    public mutating func update(mean: Double, count: Int) {
        update(mean: mean, weight: Double(count))
    }

    /// The value so far; nil before the first sample.
    public func compute() -> Double? { weight > 0 ? sum / weight : nil }

    /// Adds what another part of the data gave.
    public mutating func merge(_ other: MeanLoss) {
        sum += other.sum
        weight += other.weight
    }

    /// Forgets everything seen.
    public mutating func reset() { self = MeanLoss() }
}
