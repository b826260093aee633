internal import Martlet
internal import MartletData
public import MartletPipeline
internal import MartletText

extension SentimentTask {
    /// Reads every text of every part, and says what is wrong with rows, classes and the set as a whole.
    public static func checkData(_ options: SentimentOptions) throws -> DataReport {
        guard !options.data.isEmpty else {
            throw ConfigurationError(["data: expected data=FILE, a table of texts, or a folder"])
        }
        var report = DataReport(data: options.data)
        let data: TextData
        do throws(DataError) {
            data = try TextData(
                discovering: options.data, format: options.tableFormat,
                onBad: .skip(maxShare: 1))
        } catch {
            report.add(.init("unreadable", error))
            return report
        }
        report.summary = data.description
        var seen = SeenTexts()
        let parts = [("train", data.train), ("val", data.validation), ("test", data.test)]
        for (name, part) in parts {
            guard let part else { continue }
            for problem in part.problems { report.add(.init("unreadable", problem)) }
            for item in part.items {
                seen.add(item, part: name, classes: data.classes, to: &report)
            }
            report.addBalance(of: part, name, data.classes)
        }
        seen.summarise(in: &report)
        return report
    }
}

extension DataReport {
    /// How the texts of a part fall into classes.
    fileprivate mutating func addBalance(
        of part: LabelledTexts, _ name: String, _ classes: [String]
    ) {
        var counts = [Int](repeating: 0, count: classes.count)
        for label in part.labels { counts[label] += 1 }
        parts.append(
            Part(
                name: name, samples: part.count, groups: zip(classes, counts).map { Count($0, $1) })
        )
        if classes.count == 1 {
            add(.init(.warning, "balance", "\(name) has one class only: \(classes[0])"))
        }
        for (label, count) in zip(classes, counts) where count == 0 {
            add(.init(.warning, "empty-class", "\(name): the class \(label) has no texts"))
        }
        let present = zip(classes, counts).filter { $0.1 > 0 }
        if let most = present.max(by: { $0.1 < $1.1 }),
            let least = present.min(by: { $0.1 < $1.1 }), most.1 >= 10 * least.1
        {
            add(
                .init(
                    .warning, "balance",
                    "\(name): \(most.1) texts of \(most.0), but \(least.1) of \(least.0)"))
        }
    }
}

/// What is remembered of the texts, to find those that are there twice, and to describe all.
private struct SeenTexts {
    private struct Place {
        let part: String
        let label: Int
        let source: String
    }

    private var first: [ContentHash: Place] = [:]
    private var lengths: [Int] = []
    private var replaced = 0

    mutating func add(
        _ item: LabelledTexts.Item, part: String, classes: [String], to report: inout DataReport
    ) {
        var points = 0
        for scalar in item.text.unicodeScalars {
            points += 1
            if scalar == "\u{FFFD}" { replaced += 1 }
        }
        lengths.append(points)
        var hash = SHA256()
        // White space apart they are the same.
        hash.update(line: item.text.split(whereSeparator: \.isWhitespace).joined(separator: " "))
        let key = hash.digest()
        guard let other = first[key] else {
            first[key] = Place(part: part, label: item.label, source: item.source)
            return
        }
        let (kind, text) =
            other.label != item.label
            ? (
                "conflict",
                "the same text has the class \(classes[other.label]) in \(other.source), "
                    + "and here \(classes[item.label])"
            )
            : other.part != part
                ? ("leakage", "the same text is in \(other.part): \(other.source)")
                : ("duplicate", "the same text as \(other.source)")
        report.add(.init(.warning, kind, file: item.source, text))
    }

    /// How long the texts are, and whether characters were lost on their way here.
    func summarise(in report: inout DataReport) {
        let sorted = lengths.sorted()
        guard !sorted.isEmpty else { return }
        for (name, share) in [("median", 0.5), ("95 of 100 are at most", 0.95), ("longest", 1.0)] {
            let index = min(sorted.count - 1, Int(Double(sorted.count) * share))
            report.counts.append(.init("code points, \(name)", sorted[index]))
        }
        if replaced > 0 {
            report.add(
                .init(
                    .warning, "replaced",
                    "\(replaced) characters are U+FFFD: they were lost when the texts were converted "
                        + "from another encoding"))
        }
    }
}
