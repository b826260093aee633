/// Whether larger or smaller values of a metric are better, and what they are measured in.
public struct MetricInfo: Sendable, Equatable, Codable {
    /// The standard name in files and `--json`: `accuracy`, `macroF1`, ...
    public let name: String
    /// What values are measured in; empty for ratios and other plain numbers.
    public let unit: String
    /// Whether larger values are better.
    public let higherIsBetter: Bool

    public init(name: String, unit: String = "", higherIsBetter: Bool) {
        self.name = name
        self.unit = unit
        self.higherIsBetter = higherIsBetter
    }

    /// Whether a value beats another one; NaN beats nothing, and everything beats NaN.
    public func isBetter(_ value: Double, than other: Double) -> Bool {
        if value.isNaN || other.isNaN { return other.isNaN && !value.isNaN }
        return higherIsBetter ? value > other : value < other
    }
}

/// A figure over a data set, gathered batch by batch.
///
/// Metrics add up counts and sums, never ratios: however the data are divided into batches, and
/// batches among threads or processes whose parts are merged, the value is that of one pass.
public protocol Metric: Sendable, Equatable, Codable {
    /// The metric's name, unit and direction.
    var info: MetricInfo { get }
    /// The value so far; nil before there is anything to measure.
    func compute() -> Double?
    /// Adds what another part of the data gave.
    mutating func merge(_ other: Self)
    /// Forgets everything seen.
    mutating func reset()
}
