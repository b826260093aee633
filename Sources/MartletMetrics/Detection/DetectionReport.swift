internal import Foundation

/// A detector's figures, ready to be written as JSON, where -1 stands for what is not defined.
public struct DetectionReport: Sendable, Encodable {
    /// The figures of one class.
    public struct Row: Sendable, Encodable {
        /// The class.
        public let name: String
        /// How many there were to be found.
        public let truths: Int
        /// How many detections count.
        public let detections: Int
        /// `AP`, `AP_50` ... `AR_large`, `VOC_2007`, `VOC_2012`.
        public let values: [(name: String, value: Double)]
        /// Where F1 is highest.
        public let best: DetectionCurve.Point?

        /// `name`, `truths`, `detections`, `best` and each of the values.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(name, forKey: Key("name"))
            try container.encode(truths, forKey: Key("truths"))
            try container.encode(detections, forKey: Key("detections"))
            try container.encode(values)
            try container.encode(best, forKey: Key("best"))
        }
    }

    /// COCO's twelve numbers, `VOC_2007` and `VOC_2012`.
    public let values: [(name: String, value: Double)]
    /// Where the mean of the classes' F1 is highest.
    public let best: DetectionCurve.Point?
    /// What is lost by errors of each kind, in average precision at 0.5.
    public let errors: DetectionErrors
    /// `confusion[truth][found]`, the background last, at a score of 0.25 and an intersection over the union of 0.45.
    public let confusion: [[Int]]
    /// The number of images.
    public let n: Int
    /// Class by class.
    public let classes: [Row]
    /// The rules of the numbers, in words.
    public let protocols: [String]

    /// All figures of a record.
    public init(_ record: DetectionRecord) {
        let objects = record.byClass
        let coco = COCOEvaluation(objects)
        let voc = VOCEvaluation(objects)
        let rules = VOCEvaluation.Rule.allCases
        values =
            coco.summary.values
            + rules.map { ("VOC_\($0.rawValue)", voc.meanAveragePrecision($0) ?? -1) }
        best = coco.meanCurve()?.best
        errors = record.errors
        confusion = record.confusion().rows
        n = record.count
        classes = record.classes.enumerated().map { label, name in
            let values = coco.summary(of: label).values.map { name, value in
                (name.hasPrefix("m") ? String(name.dropFirst()) : name, value)
            }
            return Row(
                name: name, truths: coco.truths(of: label), detections: coco.detections(of: label),
                values: values
                    + rules.map {
                        ("VOC_\($0.rawValue)", voc.averagePrecision(of: label, $0) ?? -1)
                    },
                best: coco.curve(of: label)?.best)
        }
        protocols = [coco.protocolDescription] + rules.map { voc.protocolDescription($0) }
    }

    /// Each of the values by its name, and the properties by theirs.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(values)
        try container.encode(best, forKey: Key("best"))
        var gains = container.nestedContainer(keyedBy: Key.self, forKey: Key("errors"))
        try gains.encode(errorValues)
        try container.encode(confusion, forKey: Key("confusion"))
        try container.encode(n, forKey: Key("n"))
        try container.encode(classes, forKey: Key("classes"))
        try container.encode(protocols, forKey: Key("protocols"))
    }

    private var errorValues: [(name: String, value: Double)] {
        DetectionErrors.Kind.allCases.map { ($0.rawValue, errors.gains[$0] ?? -1) } + [
            ("false_positive", errors.withoutFalsePositives ?? -1),
            ("false_negative", errors.withoutFalseNegatives ?? -1),
        ]
    }
}

private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}

extension KeyedEncodingContainer where Key == MartletMetrics.Key {
    fileprivate mutating func encode(_ values: [(name: String, value: Double)]) throws {
        for (name, value) in values { try encode(value, forKey: Key(name)) }
    }

    /// A score may be infinite, for which JSON has no number.
    fileprivate mutating func encode(_ point: DetectionCurve.Point?, forKey key: Key) throws {
        guard let point else { return try encodeNil(forKey: key) }
        var container = nestedContainer(keyedBy: Key.self, forKey: key)
        if point.score.isFinite { try container.encode(point.score, forKey: Key("score")) }
        try container.encode([
            ("precision", point.precision), ("recall", point.recall), ("f1", point.f1),
        ])
    }
}

extension DetectionReport: CustomStringConvertible {
    /// Tables for people: the classes, the numbers, the errors, and by which rules.
    public var description: String {
        let width = max(10, classes.map(\.name.count).max() ?? 0)
        func line(_ name: String, _ values: [String]) -> String {
            name + String(repeating: " ", count: max(0, width - name.count))
                + values.map { String(repeating: " ", count: max(1, 11 - $0.count)) + $0 }.joined()
        }
        func short(_ value: Double?) -> String {
            guard let value, value >= 0 else { return "undefined" }
            return String(format: "%.4f", value)
        }
        func figures(
            _ values: [(name: String, value: Double)], _ best: DetectionCurve.Point?
        ) -> [String] {
            let chosen = [0, 1, 2, 3, 4, 5, 8, 12, 13]
            return chosen.map { short(values[$0].value) } + [
                short(best?.f1), best.map { String(format: "%.4f", $0.score) } ?? "undefined",
            ]
        }
        var lines = [
            line(
                "class",
                [
                    "objects", "AP", "AP_50", "AP_75", "AP_small", "AP_medium", "AP_large",
                    "AR_100", "VOC_2007", "VOC_2012", "best F1", "at score",
                ])
        ]
        for row in classes {
            lines.append(line(row.name, ["\(row.truths)"] + figures(row.values, row.best)))
        }
        let truths = classes.reduce(0) { $0 + $1.truths }
        lines.append(line("mean", ["\(truths)"] + figures(values, best)))
        lines.append("")
        lines += values.map { line($0.name, [short($0.value)]) }
        lines.append("")
        lines.append("AP_50 gained if errors of one kind were mended:")
        lines += errorValues.map { name, gain in
            let count = DetectionErrors.Kind(rawValue: name).map { "\(errors.counts[$0] ?? 0)" }
            return line(name.replacingOccurrences(of: "_", with: " "), [short(gain), count ?? ""])
        }
        lines.append("")
        lines += protocols
        return lines.joined(separator: "\n")
    }
}

extension DetectionRecord {
    /// All figures.
    public var report: DetectionReport { DetectionReport(self) }
}
