/// The average precision of Pascal VOC (Everingham et al. 2010, section 4.2, and its development kit).
///
/// - Detections of a class, surest first over all images, are each held against the truth of their image that they overlap
///   most. One of at least `threshold` is right if that truth was not found before, else wrong.
/// - A detection of a `difficult` truth is neither right nor wrong, and such truths need not be found.
/// - Of boxes with inclusive corners, as VOC's files have them, the overlap counts whole pixels: read (xmin, xmax) as the box
///   from xmin - 1 to xmax.
///
/// Equal scores stand in the order in which images were added.
public struct VOCEvaluation: Metric {
    /// How a curve of precision over recall becomes a number.
    public enum Rule: String, Sendable, Codable, CaseIterable {
        /// The mean of the best precision at recalls of 0, 0.1 ... 1 and above: until 2009.
        case elevenPoints = "2007"
        /// The area under the best precision at each recall and above: from 2010 on.
        case allPoints = "2012"
    }

    private struct Entry: Sendable, Equatable, Codable {
        var score: Double
        /// nil: not to be counted.
        var isRight: Bool?
    }

    private struct Record: Sendable, Equatable, Codable {
        var entries: [Entry] = []
        var truths = 0
    }

    /// The intersection over the union from which on a truth counts as found.
    public let threshold: Double
    private var classes: [Int: Record] = [:]

    /// - Parameter threshold: of the intersection over the union.
    public init(threshold: Double = 0.5) {
        precondition(
            threshold > 0 && threshold <= 1,
            "VOCEvaluation: expected a threshold above 0 and up to 1, got \(threshold)")
        self.threshold = threshold
    }

    /// The metric's name and direction.
    public var info: MetricInfo { MetricInfo(name: "VOC_2012", higherIsBetter: true) }

    /// Adds an image: what was found in it and what there was.
    public mutating func add(detections: [Detection], truths: [DetectionTruth]) {
        let found = Dictionary(grouping: detections, by: \.label)
        let there = Dictionary(grouping: truths, by: \.label)
        for label in Set(found.keys).union(there.keys) {
            let truths = there[label] ?? []
            var record = classes[label] ?? Record()
            record.truths += truths.count { !$0.isDifficult }
            var taken = [Bool](repeating: false, count: truths.count)
            let here = found[label] ?? []
            for detection in here.surestFirst(\.score).map({ here[$0] }) {
                let overlaps = truths.map { detection.box.iou($0.box) }
                var entry = Entry(score: detection.score, isRight: false)
                if let most = overlaps.max(), most >= threshold,
                    let match = overlaps.firstIndex(of: most)
                {
                    if truths[match].isDifficult {
                        entry.isRight = nil
                    } else if !taken[match] {
                        taken[match] = true
                        entry.isRight = true
                    }
                }
                record.entries.append(entry)
            }
            classes[label] = record
        }
    }

    /// The classes there was something of, or something was found of, in order.
    public var labels: [Int] { classes.keys.sorted() }

    /// Precision and recall after each detection of a class that counts, surest first; empty where nothing was found.
    public func curve(of label: Int) -> [(score: Double, recall: Double, precision: Double)] {
        guard let record = classes[label], record.truths > 0 else { return [] }
        var right = 0.0
        var counted = 0.0
        return record.entries.surestFirst(\.score).compactMap {
            guard let isRight = record.entries[$0].isRight else { return nil }
            counted += 1
            if isRight { right += 1 }
            return (record.entries[$0].score, right / Double(record.truths), right / counted)
        }
    }

    /// The average precision of a class; nil where there was nothing to be found.
    public func averagePrecision(of label: Int, _ rule: Rule = .allPoints) -> Double? {
        guard let record = classes[label], record.truths > 0 else { return nil }
        let curve = curve(of: label)
        var best = curve.map(\.precision)
        for i in best.indices.dropLast().reversed() { best[i] = max(best[i], best[i + 1]) }
        switch rule {
        case .elevenPoints:
            return (0...10).reduce(0) { sum, tenth in
                let place = curve.firstIndex { $0.recall >= Double(tenth) * 0.1 }
                return sum + (place.map { best[$0] } ?? 0) / 11
            }
        case .allPoints:
            var before = 0.0
            return zip(curve, best).reduce(0) { sum, point in
                defer { before = point.0.recall }
                return sum + (point.0.recall - before) * point.1
            }
        }
    }

    /// The mean over the classes that there was something of; nil where there are none.
    public func meanAveragePrecision(_ rule: Rule = .allPoints) -> Double? {
        let values = labels.compactMap { averagePrecision(of: $0, rule) }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The mean average precision by the area under the curve; nil where there was nothing to be found.
    public func compute() -> Double? { meanAveragePrecision() }

    /// Adds what another part of the images gave, found with the same threshold.
    public mutating func merge(_ other: VOCEvaluation) {
        precondition(
            threshold == other.threshold,
            "VOCEvaluation: expected parts with one threshold, got \(threshold) and \(other.threshold)"
        )
        for (label, record) in other.classes {
            classes[label, default: Record()].entries += record.entries
            classes[label, default: Record()].truths += record.truths
        }
    }

    /// Forgets everything seen.
    public mutating func reset() { self = VOCEvaluation(threshold: threshold) }
}
