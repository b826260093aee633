/// Precision and recall of telling one kind from all others, at evenly spaced thresholds of the score. Adds up over batches.
public struct PrecisionRecallCurve: Sendable, Equatable {
    /// Samples of the kind, and others, by the last threshold that their score reaches.
    private var positives: [Int]
    private var negatives: [Int]
    /// Those of the kind that nothing was said of.
    private var missed = 0

    /// - Parameter thresholds: how many, from 0 to 1.
    public init(thresholds count: Int = 127) {
        precondition(count > 1, "PrecisionRecallCurve: expected 2 thresholds or more, got \(count)")
        positives = Array(repeating: 0, count: count)
        negatives = positives
    }

    /// Adds a sample: its score from 0 to 1 (a score that is no number counts as 0), and whether it is of the kind.
    public mutating func update(score: Float, isPositive: Bool) {
        let last = positives.count - 1
        let score = score.isNaN ? 0 : min(max(score, 0), 1)
        let threshold = Int(score * Float(last))
        if isPositive { positives[threshold] += 1 } else { negatives[threshold] += 1 }
    }

    /// Adds samples of the kind that have no score, as things that a detector passed over.
    public mutating func update(missed count: Int) { missed += count }

    /// The thresholds: a score at or above one is a claim to be of the kind.
    public var thresholds: [Double] {
        positives.indices.map { Double($0) / Double(positives.count - 1) }
    }

    /// At each threshold, claims that are right, and claims that are wrong.
    public var truePositives: [Int] { PrecisionRecallCurve.fromAbove(positives) }
    public var falsePositives: [Int] { PrecisionRecallCurve.fromAbove(negatives) }
    /// At each threshold, denials that are right.
    public var trueNegatives: [Int] {
        let all = negatives.reduce(0, +)
        return falsePositives.map { all - $0 }
    }
    /// At each threshold, denials that are wrong.
    public var falseNegatives: [Int] {
        let all = positives.reduce(missed, +)
        return truePositives.map { all - $0 }
    }

    /// At each threshold, the part of the claims that is right: 0 without claims.
    public var precision: [Double] {
        zip(truePositives, falsePositives).map { Double($0) / Double(max($0 + $1, 1)) }
    }

    /// At each threshold, the part of the kind that is found: 0 without samples.
    public var recall: [Double] {
        zip(truePositives, falseNegatives).map { Double($0) / Double(max($0 + $1, 1)) }
    }

    private static func fromAbove(_ counts: [Int]) -> [Int] {
        var sum = 0
        return Array(
            counts.reversed().map {
                sum += $0
                return sum
            }.reversed())
    }
}
