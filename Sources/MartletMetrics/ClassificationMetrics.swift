public import Martlet

/// The usual metrics of a classifier, read from one confusion matrix.
///
/// Counts and sums add up, so any division into batches gives the same values.
public struct ClassificationMetrics: Sendable, Equatable, Codable {
    /// The classes' names; labels are indices into them.
    public let classes: [String]
    /// Who was taken for whom.
    public private(set) var matrix: ConfusionMatrix
    private var topK = TopKAccuracy(k: 5)
    private var meanLoss = MeanLoss()

    public init(classes: [String]) {
        self.classes = classes
        matrix = ConfusionMatrix(classCount: classes.count)
    }

    /// The metrics by name, unit and direction.
    public static let infos = [
        MetricInfo(name: "loss", higherIsBetter: false),
        MetricInfo(name: "accuracy", higherIsBetter: true),
        MetricInfo(name: "top5", higherIsBetter: true),
        MetricInfo(name: "macroPrecision", higherIsBetter: true),
        MetricInfo(name: "macroRecall", higherIsBetter: true),
        MetricInfo(name: "macroF1", higherIsBetter: true),
    ]

    // MARK: Gathering

    /// Adds logits `(N, classes)` with their true classes `(N)`; the loss is their cross-entropy.
    public mutating func update(logits: Tensor, labels: Tensor) {
        let scores = scores(logits, labels)
        let losses = noGrad { logits.crossEntropyRows(labels).loss.array(as: Double.self) }
        add(scores)
        guard !losses.isEmpty else { return }
        meanLoss.update(mean: losses.reduce(0, +) / Double(losses.count), count: losses.count)
    }

    /// Adds logits `(N, classes)` with their true classes `(N)`, and the mean of some loss of theirs.
    public mutating func update(logits: Tensor, labels: Tensor, meanLoss loss: Double) {
        let scores = scores(logits, labels)
        add(scores)
        meanLoss.update(mean: loss, count: scores.labels.count)
    }

    private func scores(_ logits: Tensor, _ labels: Tensor) -> Scores {
        let scores = Scores(logits, labels, metric: "ClassificationMetrics")
        precondition(
            scores.classCount == classes.count,
            "ClassificationMetrics: expected logits (N, \(classes.count)), got \(logits.shape)")
        return scores
    }

    private mutating func add(_ scores: Scores) {
        scores.forEach { label, best, rank in
            matrix.add(prediction: best, label: label)
            topK.add(rank: rank)
        }
    }

    /// Adds what another part of the data gave.
    public mutating func merge(_ other: ClassificationMetrics) {
        precondition(
            classes == other.classes,
            "ClassificationMetrics: cannot merge classes \(classes) and \(other.classes)")
        matrix.merge(other.matrix)
        topK.merge(other.topK)
        meanLoss.merge(other.meanLoss)
    }

    /// Forgets everything seen.
    public mutating func reset() { self = ClassificationMetrics(classes: classes) }

    // MARK: Reading

    /// `confusion[truth][prediction]`.
    public var confusion: [[Int]] { matrix.rows }
    /// Samples seen.
    public var count: Int { matrix.count }
    /// The part that was classified right; 0 without samples.
    public var accuracy: Double { matrix.accuracy }
    /// The part whose true class was among the five most probable; 0 without samples.
    public var top5: Double { topK.compute() ?? 0 }
    /// The mean loss; NaN without samples.
    public var loss: Double { meanLoss.compute() ?? .nan }
    /// The mean of the classes' F1.
    public var macroF1: Double { matrix.f1(.macro) }
    /// The mean of the classes' precision.
    public var macroPrecision: Double { matrix.precision(.macro) }
    /// The mean of the classes' recall.
    public var macroRecall: Double { matrix.recall(.macro) }

    /// Everything, under the names that `--json` uses.
    public var report: ClassificationReport { ClassificationReport(self) }
}
