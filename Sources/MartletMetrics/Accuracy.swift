public import Martlet

/// The part of the samples that was classified right.
public struct Accuracy: Metric {
    private var correct = 0
    /// Samples seen.
    public private(set) var count = 0

    public init() {}

    /// The metric's name and direction.
    public var info: MetricInfo { MetricInfo(name: "accuracy", higherIsBetter: true) }

    /// Adds predicted and true classes.
    public mutating func update(predictions: [Int], labels: [Int]) {
        precondition(
            predictions.count == labels.count,
            "Accuracy: \(predictions.count) predictions for \(labels.count) labels")
        correct += zip(predictions, labels).count { $0 == $1 }
        count += labels.count
    }

    /// Adds scores `(N, C)`, the highest of which is the prediction, and true classes `(N)`.
    public mutating func update(logits: Tensor, labels: Tensor) {
        let scores = Scores(logits, labels, metric: "Accuracy")
        scores.forEach { label, best, _ in correct += label == best ? 1 : 0 }
        count += scores.labels.count
    }

    /// The value so far; nil before the first sample.
    public func compute() -> Double? { count > 0 ? Double(correct) / Double(count) : nil }

    /// Adds what another part of the data gave.
    public mutating func merge(_ other: Accuracy) {
        correct += other.correct
        count += other.count
    }

    /// Forgets everything seen.
    public mutating func reset() { self = Accuracy() }
}

/// The part of the samples whose true class is among the k of the highest scores.
///
/// Of equal scores the class of lower index comes first. With k classes or fewer every sample counts.
public struct TopKAccuracy: Metric {
    /// How many classes may be guessed.
    public let k: Int
    private var correct = 0
    /// Samples seen.
    public private(set) var count = 0

    public init(k: Int = 5) {
        precondition(k >= 1, "TopKAccuracy: expected k of 1 or more, got \(k)")
        self.k = k
    }

    /// The metric's name and direction.
    public var info: MetricInfo { MetricInfo(name: "top\(k)", higherIsBetter: true) }

    /// Adds scores `(N, C)` and true classes `(N)`.
    public mutating func update(logits: Tensor, labels: Tensor) {
        Scores(logits, labels, metric: "TopKAccuracy").forEach { _, _, rank in add(rank: rank) }
    }

    /// Adds a sample with so many classes before the true one.
    mutating func add(rank: Int) {
        correct += rank < k ? 1 : 0
        count += 1
    }

    /// The value so far; nil before the first sample.
    public func compute() -> Double? { count > 0 ? Double(correct) / Double(count) : nil }

    /// Adds what another part of the data gave.
    public mutating func merge(_ other: TopKAccuracy) {
        precondition(k == other.k, "TopKAccuracy: cannot merge top \(k) and top \(other.k)")
        correct += other.correct
        count += other.count
    }

    /// Forgets everything seen.
    public mutating func reset() { self = TopKAccuracy(k: k) }
}
