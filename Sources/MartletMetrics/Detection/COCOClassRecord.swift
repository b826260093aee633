/// What became of the detections of one class: whether each was right, wrong or not to be counted, for every range of areas
/// and threshold. Forty of those make a word of bits, so that nothing about the images themselves need be kept.
struct ClassRecord: Sendable, Equatable, Codable {
    private struct Entry: Sendable, Equatable, Codable {
        var score: Double
        /// How many of the same image and class were surer.
        var rank: Int
        /// Bit `area * 10 + threshold`: matched with something.
        var matched: UInt64
        /// The same: not to be counted.
        var ignored: UInt64
    }

    private var entries: [Entry] = []
    /// For every range of areas, how many there were to be found.
    private var truths = [Int](repeating: 0, count: COCOEvaluation.Area.allCases.count)

    private static func bit(_ area: COCOEvaluation.Area, _ threshold: Int) -> UInt64 {
        1 << UInt64(area.rawValue * COCOEvaluation.thresholds.count + threshold)
    }

    /// Adds what was found in an image, surest first, and what there was.
    mutating func add(_ found: [Detection], _ there: [DetectionTruth]) {
        let first = entries.count
        for (rank, detection) in found.enumerated() {
            entries.append(Entry(score: detection.score, rank: rank, matched: 0, ignored: 0))
        }
        // (detection, truth)
        let overlaps = found.map { detection in
            there.map { truth in Self.overlap(detection.box, truth) }
        }
        for area in COCOEvaluation.Area.allCases {
            let range = area.range
            let optional = there.map {
                $0.isCrowd || $0.isDifficult || !range.contains($0.area)
            }
            truths[area.rawValue] += optional.count { !$0 }
            let order =
                there.indices.filter { !optional[$0] } + there.indices.filter { optional[$0] }
            let outside = found.map { !range.contains($0.box.area) }
            for (place, threshold) in COCOEvaluation.thresholds.enumerated() {
                let bit = Self.bit(area, place)
                var taken = [Bool](repeating: false, count: there.count)
                for d in found.indices {
                    let match = Self.match(
                        overlaps[d], threshold, order, taken, optional, there)
                    if let match {
                        taken[match] = true
                        entries[first + d].matched |= bit
                    }
                    if match.map({ optional[$0] }) ?? outside[d] {
                        entries[first + d].ignored |= bit
                    }
                }
            }
        }
    }

    /// With a crowd the intersection is taken over the detection alone.
    private static func overlap(_ box: Box, _ truth: DetectionTruth) -> Double {
        let shared = box.intersection(truth.box)
        guard shared > 0 else { return 0 }
        return shared / (truth.isCrowd ? box.area : box.area + truth.box.area - shared)
    }

    /// The truth that a detection overlaps most, of those left; those that need not be found only where no other does.
    private static func match(
        _ overlaps: [Double], _ threshold: Double, _ order: [Int], _ taken: [Bool],
        _ optional: [Bool], _ there: [DetectionTruth]
    ) -> Int? {
        var best: Int?
        var most = Swift.min(threshold, 1 - 1e-10)
        for g in order {
            if taken[g] && !there[g].isCrowd { continue }
            if let best, !optional[best] && optional[g] { break }
            if overlaps[g] < most { continue }
            (best, most) = (g, overlaps[g])
        }
        return best
    }

    /// The entries, surest first; equal scores in the order they came in.
    func order() -> [Int] { entries.surestFirst(\.score) }

    /// The mean of the precision at 101 levels of recall; nil where there was nothing to be found.
    func precision(area: COCOEvaluation.Area, threshold: Int, order: [Int]) -> Double? {
        let count = truths[area.rawValue]
        guard count > 0 else { return nil }
        let bit = Self.bit(area, threshold)
        var right = 0.0
        var wrong = 0.0
        var recalls: [Double] = []
        var precisions: [Double] = []
        recalls.reserveCapacity(order.count)
        precisions.reserveCapacity(order.count)
        for i in order {
            let entry = entries[i]
            if entry.ignored & bit == 0 {
                if entry.matched & bit != 0 { right += 1 } else { wrong += 1 }
            }
            recalls.append(right / Double(count))
            precisions.append(right / (wrong + right + Double.ulpOfOne))
        }
        // At a level of recall counts the best precision at that level or above.
        for i in precisions.indices.dropLast().reversed() {
            precisions[i] = Swift.max(precisions[i], precisions[i + 1])
        }
        var sum = 0.0
        var at = 0
        for level in COCOEvaluation.recalls {
            while at < recalls.count && recalls[at] < level { at += 1 }
            if at == recalls.count { break }
            sum += precisions[at]
        }
        return sum / Double(COCOEvaluation.recalls.count)
    }

    /// The part that was found by the `most` surest of each image; nil where there was nothing to be found.
    func recall(area: COCOEvaluation.Area, threshold: Int, most: Int) -> Double? {
        let count = truths[area.rawValue]
        guard count > 0 else { return nil }
        let bit = Self.bit(area, threshold)
        let right = entries.count {
            $0.rank < most && $0.ignored & bit == 0 && $0.matched & bit != 0
        }
        return Double(right) / Double(count)
    }

    /// Adds what another part of the images gave.
    mutating func merge(_ other: ClassRecord) {
        entries += other.entries
        for area in truths.indices { truths[area] += other.truths[area] }
    }
}
