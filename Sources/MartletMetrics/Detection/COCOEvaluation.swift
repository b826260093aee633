/// The mean average precision of boxes as COCO defines it (Lin et al. 2014; the evaluation of its API): over ten thresholds
/// of the intersection over the union from 0.5 to 0.95, the precision at 101 levels of recall, averaged over classes.
///
/// - Detections of an image and a class are matched with what there is, surest first, each with the box it overlaps most
///   of those left. At most 100 of them count.
/// - What need not be found (crowds, `isDifficult`, and whatever has an area outside of the range asked for) is matched
///   last; a detection of it, and an unmatched one outside of the range, is neither right nor wrong.
/// - With crowds the intersection is taken over the detection's own area, and many may match the same.
/// - Classes of which there was nothing to be found have no figures, and no part in means.
public struct COCOEvaluation: Sendable {
    /// Ranges of areas in square pixels, both ends included.
    public enum Area: Int, Sendable, Codable, CaseIterable {
        case all, small, medium, large

        /// The smallest and the largest area: 32 and 96 pixels squared divide them.
        public var range: ClosedRange<Double> {
            switch self {
            case .all: return 0...1e10
            case .small: return 0...1024
            case .medium: return 1024...9216
            case .large: return 9216...1e10
            }
        }
    }

    /// The thresholds of the intersection over the union.
    public static let thresholds: [Double] = {
        let step = (0.95 - 0.5) / 9
        return (0..<9).map { Double($0) * step + 0.5 } + [0.95]
    }()
    /// The levels of recall at which precision is read.
    public static let recalls: [Double] = (0..<100).map { Double($0) * 0.01 } + [1]
    /// How many detections of an image and a class count at most.
    public static let maxDetections = 100

    /// The figures' rules in words.
    public var protocolDescription: String {
        "COCO, 101 points, IoU >= 0.50:0.95, at most \(Self.maxDetections) of an image and class, "
            + "crowds and difficult ignored"
    }

    private let records: [COCOClassRecord]

    /// Judges what is in a record.
    public init(_ record: DetectionRecord) { self.init(record.byClass) }

    init(_ classes: [ClassObjects]) { records = classes.map(COCOClassRecord.init) }

    // MARK: Of a class

    /// How many there were to be found of a class, with areas in a range.
    public func truths(of label: Int, area: Area = .all) -> Int { record(label).truths(area) }

    /// How many detections of a class count.
    public func detections(of label: Int) -> Int { record(label).count }

    /// The best precision at each of 101 levels of recall and above; nil where there was nothing to be found.
    ///
    /// - Parameters:
    ///   - label: the class.
    ///   - threshold: the place of one of `thresholds`.
    public func precisions(of label: Int, threshold: Int = 0, area: Area = .all) -> [Double]? {
        record(label).precisions(area, threshold)
    }

    /// The average precision of a class; nil where there was nothing to be found.
    ///
    /// - Parameters:
    ///   - label: the class.
    ///   - threshold: the place of one of `thresholds`; their mean by default.
    public func averagePrecision(of label: Int, threshold: Int? = nil, area: Area = .all)
        -> Double?
    {
        let chosen = threshold.map { $0...$0 } ?? 0...Self.thresholds.count - 1
        return mean(chosen.compactMap { precision(record(label), area, $0) })
    }

    /// The part of a class that was found, averaged over the thresholds; nil where there was nothing to be found.
    ///
    /// - Parameters:
    ///   - label: the class.
    ///   - most: how many detections of an image count.
    public func averageRecall(of label: Int, detections most: Int = 100, area: Area = .all)
        -> Double?
    {
        mean(Self.thresholds.indices.compactMap { record(label).recall(area, $0, most: most) })
    }

    /// Precision, recall and F1 over the score; nil where there was nothing to be found.
    ///
    /// - Parameters:
    ///   - label: the class.
    ///   - threshold: the place of one of `thresholds`.
    public func curve(of label: Int, threshold: Int = 0) -> DetectionCurve? {
        let truths = truths(of: label)
        guard truths > 0 else { return nil }
        return DetectionCurve([(record(label).outcomes(threshold), truths)])
    }

    /// The detections that count, the surest first, and whether they are right: what curves are made of.
    ///
    /// - Parameters:
    ///   - label: the class.
    ///   - threshold: the place of one of `thresholds`.
    public func outcomes(of label: Int, threshold: Int = 0) -> [(score: Double, isRight: Bool)] {
        record(label).outcomes(threshold)
    }

    // MARK: Of all

    /// Means of the classes' precision, recall and F1 over the score; nil where there was nothing to be found.
    ///
    /// - Parameter threshold: the place of one of `thresholds`.
    public func meanCurve(threshold: Int = 0) -> DetectionCurve? {
        let seen = records.filter { $0.truths(.all) > 0 }
        guard !seen.isEmpty else { return nil }
        return DetectionCurve(seen.map { ($0.outcomes(threshold), $0.truths(.all)) })
    }

    /// COCO's twelve numbers; nil where there was nothing to be found.
    public struct Summary: Sendable, Equatable {
        /// The mean average precision: over all thresholds, at 0.5 and at 0.75, and by size over all thresholds.
        public var mAP, mAP50, mAP75, mAPSmall, mAPMedium, mAPLarge: Double?
        /// The part found, averaged over thresholds and classes: by the 1, 10 and 100 surest of an image and class, and by size.
        public var recall1, recall10, recall100, recallSmall, recallMedium, recallLarge: Double?

        /// The numbers by the names they have in files, -1 for those that are not defined, in COCO's order.
        public var values: [(name: String, value: Double)] {
            [
                ("mAP", mAP), ("mAP_50", mAP50), ("mAP_75", mAP75), ("mAP_small", mAPSmall),
                ("mAP_medium", mAPMedium), ("mAP_large", mAPLarge), ("AR_1", recall1),
                ("AR_10", recall10), ("AR_100", recall100), ("AR_small", recallSmall),
                ("AR_medium", recallMedium), ("AR_large", recallLarge),
            ].map { ($0.0, $0.1 ?? -1) }
        }
    }

    /// COCO's twelve numbers, means over the classes that there was something of.
    public var summary: Summary { summary(records) }

    /// COCO's twelve numbers of one class.
    public func summary(of label: Int) -> Summary { summary([record(label)]) }

    private func summary(_ records: [COCOClassRecord]) -> Summary {
        var result = Summary()
        // By class and threshold.
        let all = records.map { record in
            Self.thresholds.indices.map { precision(record, .all, $0) }
        }
        func precisions(_ area: Area) -> Double? {
            mean(
                records.flatMap { record in
                    Self.thresholds.indices.compactMap { precision(record, area, $0) }
                })
        }
        func recall(_ area: Area, _ most: Int) -> Double? {
            mean(
                records.flatMap { record in
                    Self.thresholds.indices.compactMap { record.recall(area, $0, most: most) }
                })
        }
        result.mAP = mean(all.flatMap { $0.compactMap { $0 } })
        result.mAP50 = mean(all.compactMap { $0[0] })
        result.mAP75 = mean(all.compactMap { $0[5] })
        result.mAPSmall = precisions(.small)
        result.mAPMedium = precisions(.medium)
        result.mAPLarge = precisions(.large)
        result.recall1 = recall(.all, 1)
        result.recall10 = recall(.all, 10)
        result.recall100 = recall(.all, 100)
        result.recallSmall = recall(.small, 100)
        result.recallMedium = recall(.medium, 100)
        result.recallLarge = recall(.large, 100)
        return result
    }

    private func precision(_ record: COCOClassRecord, _ area: Area, _ threshold: Int) -> Double? {
        record.precisions(area, threshold).flatMap(mean)
    }

    private func record(_ label: Int) -> COCOClassRecord {
        precondition(
            records.indices.contains(label),
            "COCOEvaluation: no class \(label) among \(records.count)")
        return records[label]
    }
}

/// Nil without values.
func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
}

extension DetectionRecord {
    /// COCO's figures.
    public var coco: COCOEvaluation { COCOEvaluation(self) }
}
