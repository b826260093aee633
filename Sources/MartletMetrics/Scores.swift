internal import Martlet

/// The scores `(N, C)` a classifier gave and the true classes `(N)`, on the way into a metric.
struct Scores {
    let rows: [Double]
    let labels: [Int]
    let classCount: Int

    init(_ scores: Tensor, _ labels: Tensor, metric: String) {
        precondition(
            scores.ndim == 2 && scores.shape[1] >= 1 && labels.shape == [scores.shape[0]]
                && !labels.dtype.isFloatingPoint,
            "\(metric): expected scores (N, C) and whole labels (N), got \(scores.shape) and "
                + "\(labels.shape) of \(labels.dtype)")
        classCount = scores.shape[1]
        rows = scores.array(as: Double.self)
        self.labels = labels.array(as: Int.self)
        for label in self.labels where !(0..<classCount).contains(label) {
            preconditionFailure("\(metric): the label \(label) of \(classCount) classes")
        }
    }

    /// Calls the closure with each sample's true class, the class of its highest score, and how many
    /// classes come before the true one when ordered by score.
    ///
    /// Among equal scores the class of lower index comes first; NaN counts as the highest score, as
    /// PyTorch's `argmax` has it.
    func forEach(_ body: (_ label: Int, _ best: Int, _ rank: Int) -> Void) {
        rows.withUnsafeBufferPointer { rows in
            for (sample, label) in labels.enumerated() {
                let start = sample * classCount
                let own = rows[start + label]
                var best = 0
                var rank = 0
                for index in 0..<classCount {
                    let score = rows[start + index]
                    if Scores.isAbove(score, rows[start + best]) { best = index }
                    if Scores.isAbove(score, own)
                        || index < label && !Scores.isAbove(own, score)
                    {
                        rank += 1
                    }
                }
                body(label, best, rank)
            }
        }
    }

    private static func isAbove(_ a: Double, _ b: Double) -> Bool {
        a > b || a.isNaN && !b.isNaN
    }
}
