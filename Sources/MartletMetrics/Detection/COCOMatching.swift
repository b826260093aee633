/// What became of the detections of one class: whether each was right, wrong or not to be counted, for every range of areas
/// and threshold. Forty of those make a word of bits.
struct COCOClassRecord: Sendable {
    typealias Area = COCOEvaluation.Area

    struct Entry: Sendable {
        let score: Double
        /// How many of the same image and class were surer.
        let rank: Int
        /// Bit `area * 10 + threshold`: matched with something.
        var matched: UInt64 = 0
        /// The same: not to be counted.
        var ignored: UInt64 = 0
    }

    /// Surest first.
    private var entries: [Entry] = []
    /// Those matched with something at some threshold, surest first.
    private var found: [Entry] = []
    /// For every range of areas, how many there were to be found.
    private var truths = [Int](repeating: 0, count: Area.allCases.count)

    private static func bit(_ area: Area, _ threshold: Int) -> UInt64 {
        1 << UInt64(area.rawValue * COCOEvaluation.thresholds.count + threshold)
    }

    /// Matches detections, surest first. Images do not concern each other, so that all are gone through at once.
    init(_ objects: ClassObjects) {
        let ranges = Area.allCases.map(\.range)
        let thresholds = COCOEvaluation.thresholds
        // Not so for an area that is no number.
        func isOutside(_ area: Double, _ range: ClosedRange<Double>) -> Bool {
            area < range.lowerBound || area > range.upperBound
        }
        let allThresholds: UInt64 = (1 << UInt64(thresholds.count)) - 1
        // For every range of areas and truth, whether it need not be found there.
        let optional = ranges.map { range in
            objects.truths.map { $0.isOptional || isOutside($0.area, range) }
        }
        truths = optional.map { $0.count { !$0 } }
        // The same bits as an entry's.
        var taken = [UInt64](repeating: 0, count: objects.truths.count)
        var ranks = [Int](repeating: 0, count: objects.images)
        var overlaps: [Double] = []
        entries.reserveCapacity(objects.detections.count)
        for detection in objects.detections {
            let rank = ranks[detection.image]
            ranks[detection.image] += 1
            guard rank < COCOEvaluation.maxDetections else { continue }
            var entry = Entry(score: detection.score, rank: rank)
            let there = objects.truths(of: detection.image)
            overlaps.removeAll(keepingCapacity: true)
            var most = 0.0
            for truth in there {
                overlaps.append(objects.truths[truth].overlap(detection.box))
                most = max(most, overlaps[overlaps.count - 1])
            }
            let area = detection.box.area
            for (number, range) in ranges.enumerated() {
                let shift = UInt64(number * thresholds.count)
                for (place, threshold) in thresholds.enumerated() where most >= threshold {
                    let bit: UInt64 = 1 << (shift + UInt64(place))
                    let match = bestMatch(
                        overlaps, threshold,
                        isFree: {
                            let truth = there.lowerBound + $0
                            return taken[truth] & bit == 0 || objects.truths[truth].isCrowd
                        }, isOptional: { optional[number][there.lowerBound + $0] })
                    guard let match else { continue }
                    taken[there.lowerBound + match] |= bit
                    entry.matched |= bit
                    if optional[number][there.lowerBound + match] { entry.ignored |= bit }
                }
                if isOutside(area, range) {
                    entry.ignored |= allThresholds << shift & ~entry.matched
                }
            }
            entries.append(entry)
        }
        found = entries.filter { $0.matched != 0 }
    }

    /// How many detections count, at most 100 of an image.
    var count: Int { entries.count }

    /// How many there were to be found.
    func truths(_ area: Area) -> Int { truths[area.rawValue] }

    /// The precision at 101 levels of recall; nil where there was nothing to be found.
    func precisions(_ area: Area, _ threshold: Int) -> [Double]? {
        guard truths(area) > 0 else { return nil }
        let bit = Self.bit(area, threshold)
        var result = InterpolatedPrecision()
        for entry in entries where entry.ignored & bit == 0 {
            result.add(isRight: entry.matched & bit != 0)
        }
        return result.levels(of: truths(area))
    }

    /// The part that was found by the `most` surest of each image; nil where there was nothing to be found.
    func recall(_ area: Area, _ threshold: Int, most: Int) -> Double? {
        guard truths(area) > 0 else { return nil }
        let bit = Self.bit(area, threshold)
        let right = found.count {
            $0.rank < most && $0.ignored & bit == 0 && $0.matched & bit != 0
        }
        return Double(right) / Double(truths(area))
    }

    /// The detections that count, surest first, and whether they are right.
    func outcomes(_ threshold: Int) -> [(score: Double, isRight: Bool)] {
        let bit = Self.bit(.all, threshold)
        return entries.lazy.filter { $0.ignored & bit == 0 }
            .map { ($0.score, $0.matched & bit != 0) }
    }
}

/// The truth that a detection overlaps most, of those that are free; those that need not be found only where no other does.
/// Of equal ones the last.
///
/// - Parameters:
///   - overlaps: the detection's with each truth.
///   - threshold: the least that matches.
@inline(__always)
func bestMatch(
    _ overlaps: [Double], _ threshold: Double, isFree: (Int) -> Bool, isOptional: (Int) -> Bool
) -> Int? {
    for wantsOptional in [false, true] {
        var best: Int?
        var most = min(threshold, 1 - 1e-10)
        for (place, overlap) in overlaps.enumerated()
        where overlap >= most && isOptional(place) == wantsOptional && isFree(place) {
            (best, most) = (place, overlap)
        }
        if let best { return best }
    }
    return nil
}

/// The precision at COCO's 101 levels of recall of detections that come surest first.
struct InterpolatedPrecision {
    private var right = 0.0
    private var wrong = 0.0
    /// After each right one: between them it only falls.
    private var precisions: [Double] = []

    mutating func add(isRight: Bool) {
        guard isRight else {
            wrong += 1
            return
        }
        right += 1
        precisions.append(right / (wrong + right + Double.ulpOfOne))
    }

    /// For each level the best precision at that recall or above, 0 where it is not reached.
    ///
    /// - Parameter truths: how many there were to be found, at least 1.
    func levels(of truths: Int) -> [Double] {
        var best = precisions
        for i in best.indices.dropLast().reversed() { best[i] = max(best[i], best[i + 1]) }
        var at = 0
        return COCOEvaluation.recalls.map { level in
            while at < best.count && Double(at + 1) / Double(truths) < level { at += 1 }
            return at < best.count ? best[at] : 0
        }
    }
}
