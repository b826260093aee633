/// The average precision of Pascal VOC (Everingham et al. 2010, section 4.2, and its development kit).
///
/// - Detections of a class, surest first over all images, are each held against the truth of their image that they overlap
///   most. One of at least `threshold` is right if that truth was not found before, else wrong.
/// - A detection of a `difficult` truth (or of a crowd) is neither right nor wrong, and such truths need not be found.
/// - Classes of which there was nothing to be found have no figures, and no part in means.
public struct VOCEvaluation: Sendable {
    /// How a curve of precision over recall becomes a number.
    public enum Rule: String, Sendable, Codable, CaseIterable {
        /// The mean of the best precision at recalls of 0, 0.1 ... 1 and above: until 2009.
        case elevenPoints = "2007"
        /// The area under the best precision at each recall and above: from 2010 on.
        case allPoints = "2012"
    }

    /// What a box's right and lower edges are.
    public enum Edges: Sendable, Codable {
        /// Where it ends: a box of one pixel has a width of 1.
        case exclusive
        /// Its last pixels, as in VOC's files and its development kit: a box of one pixel has a width of 0. For boxes that
        /// were taken over as they stand there.
        case inclusive
    }

    private struct ClassRecord: Sendable {
        /// Detections that count, surest first.
        var outcomes: [(score: Double, isRight: Bool)] = []
        var truths = 0
    }

    /// The intersection over the union from which on a truth counts as found.
    public let threshold: Double
    /// How widths and heights are counted.
    public let edges: Edges
    private let records: [ClassRecord]

    /// Judges what is in a record.
    ///
    /// - Parameters:
    ///   - threshold: of the intersection over the union, above 0 and up to 1.
    ///   - edges: how widths and heights are counted.
    public init(_ record: DetectionRecord, threshold: Double = 0.5, edges: Edges = .exclusive) {
        self.init(record.byClass, threshold: threshold, edges: edges)
    }

    init(_ classes: [ClassObjects], threshold: Double = 0.5, edges: Edges = .exclusive) {
        precondition(
            threshold > 0 && threshold <= 1,
            "VOCEvaluation: expected a threshold above 0 and up to 1, got \(threshold)")
        self.threshold = threshold
        self.edges = edges
        records = classes.map { Self.judge($0, threshold, edges) }
    }

    private static func judge(_ objects: ClassObjects, _ threshold: Double, _ edges: Edges)
        -> ClassRecord
    {
        func whole(_ box: Box) -> Box {
            guard edges == .inclusive else { return box }
            return Box(x: box.x, y: box.y, width: box.width + 1, height: box.height + 1)
        }
        let truths = objects.truths.map { whole($0.box) }
        var result = ClassRecord(truths: objects.truths.count { !$0.isOptional })
        var taken = [Bool](repeating: false, count: truths.count)
        for detection in objects.detections {
            let box = whole(detection.box)
            var match: Int?
            var most = 0.0
            for place in objects.truths(of: detection.image) {
                let overlap = box.iou(truths[place])
                if overlap > most { (match, most) = (place, overlap) }
            }
            var isRight = false
            if let match, most >= threshold {
                if objects.truths[match].isOptional { continue }
                isRight = !taken[match]
                taken[match] = true
            }
            result.outcomes.append((detection.score, isRight))
        }
        return result
    }

    /// The rules of a number in words, to be printed with it.
    public func protocolDescription(_ rule: Rule = .allPoints) -> String {
        let points = rule == .elevenPoints ? "11 points" : "all points"
        return "VOC \(rule.rawValue), \(points), IoU >= \(threshold), difficult ignored"
            + (edges == .inclusive ? ", inclusive pixels" : "")
    }

    /// Precision, recall and F1 over the score; nil where there was nothing to be found.
    public func curve(of label: Int) -> DetectionCurve? {
        let record = record(label)
        return record.truths > 0 ? DetectionCurve([(record.outcomes, record.truths)]) : nil
    }

    /// The average precision of a class; nil where there was nothing to be found.
    public func averagePrecision(of label: Int, _ rule: Rule = .allPoints) -> Double? {
        let record = record(label)
        guard record.truths > 0 else { return nil }
        var right = 0.0
        var best: [Double] = []
        var recalls: [Double] = []
        for (place, outcome) in record.outcomes.enumerated() where outcome.isRight {
            right += 1
            recalls.append(right / Double(record.truths))
            best.append(right / Double(place + 1))
        }
        for i in best.indices.dropLast().reversed() { best[i] = max(best[i], best[i + 1]) }
        switch rule {
        case .elevenPoints:
            return (0...10).reduce(0) { sum, tenth in
                let place = recalls.firstIndex { $0 >= Double(tenth) * 0.1 }
                return sum + (place.map { best[$0] } ?? 0) / 11
            }
        case .allPoints:
            var before = 0.0
            return zip(recalls, best).reduce(0) { sum, point in
                defer { before = point.0 }
                return sum + (point.0 - before) * point.1
            }
        }
    }

    /// The mean over the classes that there was something of; nil where there are none.
    public func meanAveragePrecision(_ rule: Rule = .allPoints) -> Double? {
        mean(records.indices.compactMap { averagePrecision(of: $0, rule) })
    }

    private func record(_ label: Int) -> ClassRecord {
        precondition(
            records.indices.contains(label),
            "VOCEvaluation: no class \(label) among \(records.count)")
        return records[label]
    }
}

extension DetectionRecord {
    /// Pascal VOC's figures, at an intersection over the union of 0.5.
    public var voc: VOCEvaluation { VOCEvaluation(self) }
}
