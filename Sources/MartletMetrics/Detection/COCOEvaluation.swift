/// The mean average precision of boxes as COCO defines it (Lin et al. 2014; the evaluation of its API): over ten thresholds
/// of the intersection over the union from 0.5 to 0.95, the precision at 101 levels of recall, averaged over classes.
///
/// - Detections of an image and a class are matched with what there is, surest first, each with the box it overlaps most
///   of those left. At most 100 of them count.
/// - What need not be found (crowds, `isDifficult`, and whatever has an area outside of the range asked for) is matched
///   last; a detection of it, and an unmatched one outside of the range, is neither right nor wrong.
/// - With crowds the intersection is taken over the detection's own area, and many may match the same.
///
/// Equal scores stand in the order in which images were added: to get what COCO's own program says, add images by
/// increasing number.
public struct COCOEvaluation: Metric {
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
    static let recalls: [Double] = (0..<100).map { Double($0) * 0.01 } + [1]
    /// How many detections of an image and a class count at most.
    public static let maxDetections = 100

    private var classes: [Int: ClassRecord] = [:]

    /// Nothing seen yet.
    public init() {}

    /// The metric's name and direction.
    public var info: MetricInfo { MetricInfo(name: "mAP", higherIsBetter: true) }

    /// Adds an image: what was found in it and what there was.
    public mutating func add(detections: [Detection], truths: [DetectionTruth]) {
        let found = Dictionary(grouping: detections, by: \.label)
        let there = Dictionary(grouping: truths, by: \.label)
        for label in Set(found.keys).union(there.keys) {
            let here = found[label] ?? []
            let surest = here.surestFirst(\.score).prefix(Self.maxDetections).map { here[$0] }
            classes[label, default: ClassRecord()].add(surest, there[label] ?? [])
        }
    }

    /// The classes there was something of, or something was found of, in order.
    public var labels: [Int] { classes.keys.sorted() }

    /// The average precision of a class; nil where there was nothing to be found.
    ///
    /// - Parameters:
    ///   - label: the class.
    ///   - threshold: the place of one of `thresholds`; their mean by default.
    public func averagePrecision(of label: Int, threshold: Int? = nil, area: Area = .all) -> Double?
    {
        guard let record = classes[label] else { return nil }
        let sorted = record.order()
        let chosen = threshold.map { [$0] } ?? Array(Self.thresholds.indices)
        let values = chosen.compactMap {
            record.precision(area: area, threshold: $0, order: sorted)
        }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The part of a class that was found, averaged over the thresholds; nil where there was nothing to be found.
    public func averageRecall(of label: Int, detections most: Int = 100, area: Area = .all)
        -> Double?
    {
        guard let record = classes[label] else { return nil }
        let values = Self.thresholds.indices.compactMap {
            record.recall(area: area, threshold: $0, most: most)
        }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
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
    public var summary: Summary {
        var result = Summary()
        let records = classes.keys.sorted().map { classes[$0]! }
        let orders = records.map { $0.order() }
        func precision(_ area: Area, _ thresholds: [Int]) -> Double? {
            mean(
                zip(records, orders).flatMap { record, order in
                    thresholds.compactMap {
                        record.precision(area: area, threshold: $0, order: order)
                    }
                })
        }
        func recall(_ area: Area, _ most: Int) -> Double? {
            mean(
                records.flatMap { record in
                    Self.thresholds.indices.compactMap {
                        record.recall(area: area, threshold: $0, most: most)
                    }
                })
        }
        let all = Array(Self.thresholds.indices)
        result.mAP = precision(.all, all)
        result.mAP50 = precision(.all, [0])
        result.mAP75 = precision(.all, [5])
        result.mAPSmall = precision(.small, all)
        result.mAPMedium = precision(.medium, all)
        result.mAPLarge = precision(.large, all)
        result.recall1 = recall(.all, 1)
        result.recall10 = recall(.all, 10)
        result.recall100 = recall(.all, 100)
        result.recallSmall = recall(.small, 100)
        result.recallMedium = recall(.medium, 100)
        result.recallLarge = recall(.large, 100)
        return result
    }

    private func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The mean average precision; nil where there was nothing to be found.
    public func compute() -> Double? { summary.mAP }

    /// Adds what another part of the images gave.
    public mutating func merge(_ other: COCOEvaluation) {
        for (label, record) in other.classes {
            classes[label, default: ClassRecord()].merge(record)
        }
    }

    /// Forgets everything seen.
    public mutating func reset() { self = COCOEvaluation() }
}
