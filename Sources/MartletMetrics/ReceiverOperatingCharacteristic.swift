public import Martlet

/// The area under the receiver operating characteristic: the chance that a positive sample has a higher score than a negative
/// one, equal scores counting half (Hanley and McNeil 1982).
public struct ROCAUC: Metric {
    private var scores: [Double] = []
    private var labels: [Bool] = []

    public init() {}

    /// The metric's name and direction.
    public var info: MetricInfo { MetricInfo(name: "rocAUC", higherIsBetter: true) }
    /// Samples seen.
    public var count: Int { scores.count }

    /// Adds scores `(N)`, higher for positive samples, and whether the samples are positive `(N)`.
    public mutating func update(scores: Tensor, labels: Tensor) {
        precondition(
            scores.ndim == 1 && scores.shape == labels.shape,
            "ROCAUC: expected scores and labels (N), got \(scores.shape) and \(labels.shape)")
        update(
            scores: scores.array(as: Double.self),
            labels: labels.array(as: Int.self).map { $0 != 0 })
    }

    /// Adds scores, higher for positive samples, and whether the samples are positive.
    public mutating func update(scores: [Double], labels: [Bool]) {
        precondition(
            scores.count == labels.count,
            "ROCAUC: \(scores.count) scores for \(labels.count) labels")
        self.scores += scores
        self.labels += labels
    }

    /// The curve: for each threshold, from above the highest score down, the parts of the negative and of the positive samples
    /// at or above it. Empty unless there are both.
    public var curve: [(falsePositiveRate: Double, truePositiveRate: Double, threshold: Double)] {
        let positives = labels.count { $0 }
        let negatives = labels.count - positives
        guard positives > 0 && negatives > 0 else { return [] }
        var result = [(falsePositiveRate: 0.0, truePositiveRate: 0.0, threshold: Double.infinity)]
        var (hits, alarms) = (0, 0)
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        for (place, index) in order.enumerated() {
            if labels[index] { hits += 1 } else { alarms += 1 }
            let isLast = place + 1 == order.count || scores[order[place + 1]] != scores[index]
            if isLast {
                result.append(
                    (
                        Double(alarms) / Double(negatives), Double(hits) / Double(positives),
                        scores[index]
                    ))
            }
        }
        return result
    }

    /// The area; nil unless there are positive and negative samples, and where a score is NaN.
    public func compute() -> Double? {
        guard !scores.contains(where: \.isNaN) else { return nil }
        let curve = curve
        guard !curve.isEmpty else { return nil }
        return zip(curve, curve.dropFirst()).reduce(0) { area, step in
            let (from, to) = step
            return area + (to.falsePositiveRate - from.falsePositiveRate)
                * (to.truePositiveRate + from.truePositiveRate) / 2
        }
    }

    /// Adds what another part of the data gave.
    public mutating func merge(_ other: ROCAUC) {
        scores += other.scores
        labels += other.labels
    }

    /// Forgets everything seen.
    public mutating func reset() { self = ROCAUC() }
}
