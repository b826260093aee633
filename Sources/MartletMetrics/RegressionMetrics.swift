public import Martlet

/// The usual metrics of predicted numbers: mean squared and absolute error, their root, and R2.
///
/// Sums add up, so any division into batches gives the same values.
public struct RegressionMetrics: Sendable, Equatable, Codable {
    /// Values seen.
    public private(set) var count = 0
    private var squares = 0.0
    private var distances = 0.0
    // Of the true values, by Welford's method as Chan et al. 1983 merge it.
    private var mean = 0.0
    private var deviations = 0.0

    public init() {}

    /// The metrics by name, unit and direction.
    public static let infos = [
        MetricInfo(name: "mse", higherIsBetter: false),
        MetricInfo(name: "rmse", higherIsBetter: false),
        MetricInfo(name: "mae", higherIsBetter: false),
        MetricInfo(name: "r2", higherIsBetter: true),
    ]

    /// Adds predicted and true values of the same shape.
    public mutating func update(predictions: Tensor, targets: Tensor) {
        precondition(
            predictions.shape == targets.shape,
            "RegressionMetrics: expected predictions and targets of one shape, got "
                + "\(predictions.shape) and \(targets.shape)")
        update(
            predictions: predictions.array(as: Double.self),
            targets: targets.array(as: Double.self))
    }

    /// Adds predicted and true values.
    public mutating func update(predictions: [Double], targets: [Double]) {
        precondition(
            predictions.count == targets.count,
            "RegressionMetrics: \(predictions.count) predictions for \(targets.count) targets")
        for (prediction, target) in zip(predictions, targets) {
            let error = prediction - target
            squares += error * error
            distances += abs(error)
            count += 1
            let step = target - mean
            mean += step / Double(count)
            deviations += step * (target - mean)
        }
    }

    /// The mean squared error; nil before the first value.
    public var mse: Double? { count > 0 ? squares / Double(count) : nil }
    /// The root of the mean squared error; nil before the first value.
    public var rmse: Double? { mse?.squareRoot() }
    /// The mean absolute error; nil before the first value.
    public var mae: Double? { count > 0 ? distances / Double(count) : nil }
    /// The coefficient of determination: the part of the true values' variance that the predictions explain. Of equal true
    /// values it is 1 where all are met and 0 else, as scikit-learn has it; nil before the second value.
    public var r2: Double? {
        guard count > 1 else { return nil }
        if deviations == 0 { return squares == 0 ? 1 : 0 }
        return 1 - squares / deviations
    }

    /// The metrics by name; NaN where there is no value.
    public var values: [(name: String, value: Double)] {
        [("mse", mse), ("rmse", rmse), ("mae", mae), ("r2", r2)].map { ($0.0, $0.1 ?? .nan) }
    }

    /// Adds what another part of the data gave.
    public mutating func merge(_ other: RegressionMetrics) {
        guard other.count > 0 else { return }
        let total = Double(count + other.count)
        let step = other.mean - mean
        deviations += other.deviations + step * step * Double(count) * Double(other.count) / total
        mean += step * Double(other.count) / total
        squares += other.squares
        distances += other.distances
        count += other.count
    }

    /// Forgets everything seen.
    public mutating func reset() { self = RegressionMetrics() }
}
