internal import Foundation

/// A classifier's figures, ready to be written as JSON; the properties' names are the keys.
public struct ClassificationReport: Sendable, Equatable, Codable {
    /// The figures of one class.
    public struct Row: Sendable, Equatable, Codable {
        /// The class.
        public let name: String
        /// The part of its predictions that is right.
        public let precision: Double
        /// The part of its samples that was found.
        public let recall: Double
        /// The harmonic mean of the two.
        public let f1: Double
        /// The number of its samples.
        public let support: Int
    }

    /// The part of the samples classified right.
    public let accuracy: Double
    /// The part whose true class was among the five most probable.
    public let top5: Double
    /// The mean of the classes' F1.
    public let macroF1: Double
    /// The mean of the classes' precision.
    public let macroPrecision: Double
    /// The mean of the classes' recall.
    public let macroRecall: Double
    /// The classes' F1 weighted by their numbers of samples.
    public let weightedF1: Double
    /// The mean loss; nil without samples, or when it is no finite number, which JSON does not have.
    public let loss: Double?
    /// The number of samples.
    public let n: Int
    /// Class by class.
    public let classes: [Row]
    /// `confusion[truth][prediction]`.
    public let confusion: [[Int]]

    init(_ metrics: ClassificationMetrics) {
        let matrix = metrics.matrix
        accuracy = metrics.accuracy
        top5 = metrics.top5
        macroF1 = metrics.macroF1
        macroPrecision = metrics.macroPrecision
        macroRecall = metrics.macroRecall
        weightedF1 = matrix.f1(.weighted)
        loss = metrics.loss.isFinite ? metrics.loss : nil
        n = metrics.count
        classes = metrics.classes.enumerated().map { label, name in
            Row(
                name: name, precision: matrix.precision(label), recall: matrix.recall(label),
                f1: matrix.f1(label), support: matrix.support(label))
        }
        confusion = matrix.rows
    }
}

extension ClassificationMetrics: CustomStringConvertible {
    /// A table for people.
    public var description: String {
        let report = report
        let width = max(10, classes.map(\.count).max() ?? 0)
        func line(_ name: String, _ values: [String]) -> String {
            name + String(repeating: " ", count: max(1, width + 2 - name.count))
                + values.map { String(repeating: " ", count: max(1, 11 - $0.count)) + $0 }.joined()
        }
        func short(_ value: Double) -> String {
            value.isNaN ? "undefined" : String(format: "%.4f", value)
        }
        func line(_ name: String, _ values: [Double], _ count: Int) -> String {
            line(name, values.map(short) + ["\(count)"])
        }
        var lines = [line("class", ["precision", "recall", "F1", "samples"])]
        for row in report.classes {
            lines.append(line(row.name, [row.precision, row.recall, row.f1], row.support))
        }
        lines.append(line("mean", [macroPrecision, macroRecall, macroF1], count))
        lines.append("accuracy \(short(accuracy)), top-5 \(short(top5)), loss \(short(loss))")
        return lines.joined(separator: "\n")
    }
}
