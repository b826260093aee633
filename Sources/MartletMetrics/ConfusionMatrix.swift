public import Martlet

/// Who was taken for whom: the table that accuracy, precision, recall and F1 are read from.
///
/// A precision, recall or F1 whose divisor is 0 (a class that is never predicted, never true, or
/// neither) is 0, as with scikit-learn's `zero_division=0`. Averages over classes leave out those
/// that are neither true nor predicted anywhere, as scikit-learn does by default.
public struct ConfusionMatrix: Sendable, Equatable, Codable {
    /// How classes' figures are averaged.
    public enum Average: Sendable {
        /// Every class counts the same.
        case macro
        /// Every sample counts the same; for one label a sample this is the accuracy.
        case micro
        /// Every class counts by its number of true samples.
        case weighted
    }

    /// The number of classes.
    public let classCount: Int
    /// Row by row: `counts[truth * classCount + prediction]`.
    public private(set) var counts: [Int]

    public init(classCount: Int) {
        precondition(
            classCount >= 1, "ConfusionMatrix: expected at least 1 class, got \(classCount)")
        self.classCount = classCount
        counts = [Int](repeating: 0, count: classCount * classCount)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        classCount = try container.decode(Int.self, forKey: .classCount)
        counts = try container.decode([Int].self, forKey: .counts)
        let (size, overflow) = classCount.multipliedReportingOverflow(by: classCount)
        let limit = Int.max / max(1, counts.count)
        guard classCount >= 1, !overflow, counts.count == size,
            counts.allSatisfy({ (0...limit).contains($0) })
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .counts, in: container,
                debugDescription: "\(counts.count) counts do not make a table of \(classCount) "
                    + "classes, or one is out of range")
        }
    }

    /// How many samples of class `truth` were taken for class `prediction`.
    public subscript(truth: Int, prediction: Int) -> Int {
        requireClass(truth)
        requireClass(prediction)
        return counts[truth * classCount + prediction]
    }

    /// The table as rows of predictions, one for each true class.
    public var rows: [[Int]] {
        (0..<classCount).map { Array(counts[($0 * classCount)..<(($0 + 1) * classCount)]) }
    }

    // MARK: Gathering

    /// Adds one sample.
    public mutating func add(prediction: Int, label: Int) {
        requireClass(prediction)
        requireClass(label)
        counts[label * classCount + prediction] += 1
    }

    /// Adds predicted and true classes.
    public mutating func update(predictions: [Int], labels: [Int]) {
        precondition(
            predictions.count == labels.count,
            "ConfusionMatrix: \(predictions.count) predictions for \(labels.count) labels")
        for (prediction, label) in zip(predictions, labels) {
            add(prediction: prediction, label: label)
        }
    }

    /// Adds scores `(N, C)`, the highest of which is the prediction, and true classes `(N)`.
    public mutating func update(logits: Tensor, labels: Tensor) {
        let scores = Scores(logits, labels, metric: "ConfusionMatrix")
        scores.forEach { label, best, _ in add(prediction: best, label: label) }
    }

    /// Adds what another part of the data gave.
    public mutating func merge(_ other: ConfusionMatrix) {
        precondition(
            classCount == other.classCount,
            "ConfusionMatrix: cannot merge \(classCount) and \(other.classCount) classes")
        for index in counts.indices { counts[index] += other.counts[index] }
    }

    /// Forgets everything seen.
    public mutating func reset() { self = ConfusionMatrix(classCount: classCount) }

    // MARK: Reading

    /// Samples seen.
    public var count: Int { counts.reduce(0, +) }
    /// Samples classified right.
    public var correct: Int { (0..<classCount).reduce(0) { $0 + self[$1, $1] } }
    /// The part of the samples classified right; 0 without samples.
    public var accuracy: Double { ratio(correct, count) }

    /// Samples that are of a class.
    public func support(_ label: Int) -> Int {
        (0..<classCount).reduce(0) { $0 + self[label, $1] }
    }

    /// Samples that were taken for a class.
    public func predicted(_ label: Int) -> Int {
        (0..<classCount).reduce(0) { $0 + self[$1, label] }
    }

    /// The part of the predictions of a class that is right.
    public func precision(_ label: Int) -> Double { ratio(self[label, label], predicted(label)) }

    /// The part of a class's samples that was found.
    public func recall(_ label: Int) -> Double { ratio(self[label, label], support(label)) }

    /// The harmonic mean of a class's precision and recall.
    public func f1(_ label: Int) -> Double {
        ratio(2 * self[label, label], predicted(label) + support(label))
    }

    /// Precision over all classes.
    public func precision(_ average: Average) -> Double {
        self.average(average) { precision($0) }
    }

    /// Recall over all classes.
    public func recall(_ average: Average) -> Double { self.average(average) { recall($0) } }

    /// F1 over all classes: the average of the classes' F1, not F1 of averages.
    public func f1(_ average: Average) -> Double { self.average(average) { f1($0) } }

    /// The correlation of truth and prediction (Matthews 1975; for several classes Gorodkin 2004): 1 when all are right, 0 for
    /// guessing and where only one class is true or predicted, as scikit-learn has it.
    public var matthewsCorrelation: Double {
        let total = Double(count)
        let truths = (0..<classCount).map { Double(support($0)) }
        let predictions = (0..<classCount).map { Double(predicted($0)) }
        let together =
            Double(correct) * total - zip(truths, predictions).reduce(0) { $0 + $1.0 * $1.1 }
        let spread =
            (total * total - predictions.reduce(0) { $0 + $1 * $1 })
            * (total * total - truths.reduce(0) { $0 + $1 * $1 })
        return spread > 0 ? together / spread.squareRoot() : 0
    }

    private func average(_ average: Average, _ value: (Int) -> Double) -> Double {
        let classes = 0..<classCount
        switch average {
        case .micro: return accuracy
        case .macro:
            let seen = classes.filter { support($0) > 0 || predicted($0) > 0 }
            return seen.isEmpty ? 0 : seen.reduce(0) { $0 + value($1) } / Double(seen.count)
        case .weighted:
            let sum = classes.reduce(0.0) { $0 + Double(support($1)) * value($1) }
            return count == 0 ? 0 : sum / Double(count)
        }
    }

    private func ratio(_ part: Int, _ whole: Int) -> Double {
        whole == 0 ? 0 : Double(part) / Double(whole)
    }

    private func requireClass(_ index: Int) {
        precondition(
            index >= 0 && index < classCount,
            "ConfusionMatrix: no class \(index) among \(classCount)")
    }
}
