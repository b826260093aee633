/// What a detector's errors cost: how much higher its average precision at an intersection over the union of 0.5 would be if
/// errors of one kind alone were mended (TIDE: Bolya et al. 2020, sections 3.1 and 3.2).
///
/// Errors are mended each for itself, so that their gains do not add up to what is missing. What is difficult or a crowd
/// is neither missed nor the cause of an error.
public struct DetectionErrors: Sendable, Equatable {
    /// Why a detection is wrong, or a truth not found. Overlaps are intersections over the union.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Overlaps something of another class by 0.5 or more: it gets that class, or goes if that was found or found surer.
        case classification = "class"
        /// Overlaps something of its class, but by less than 0.5: it becomes right, or goes if that was found or found surer.
        case localisation
        /// Overlaps something of another class, but by less than 0.5: it goes.
        case both
        /// Overlaps by 0.5 or more what a surer one found: it goes.
        case duplicate
        /// Overlaps nothing by 0.1 or more: it goes.
        case background
        /// Not found, nor the cause of an error of class or place: it need not be found.
        case missed
    }

    /// As it is, a mean over the classes there was something of; nil where there are none.
    public let averagePrecision: Double?
    /// How many errors of each kind there are.
    public let counts: [Kind: Int]
    /// How much higher the average precision is without errors of each kind; empty where there is none.
    public let gains: [Kind: Double]
    /// How much higher it is with nothing found that is wrong; nil where there is none.
    public let withoutFalsePositives: Double?
    /// How much higher it is if nothing had to be found but what was; nil where there is none.
    public let withoutFalseNegatives: Double?

    /// Looks for errors in a record.
    public init(_ record: DetectionRecord) {
        var found = Findings(classes: record.classes.count)
        for image in record.ordered { found.add(image) }
        found.sort()
        counts = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map { kind in
                let wrong = found.entries.count { $0.error == kind }
                return (kind, kind == .missed ? found.missed.reduce(0, +) : wrong)
            })
        let value = found.averagePrecision(found.truths) {
            $0.error == nil ? .right($0.label) : .wrong
        }
        averagePrecision = value
        guard let value else {
            (gains, withoutFalsePositives, withoutFalseNegatives) = ([:], nil, nil)
            return
        }
        func gain(_ truths: [Int], _ fate: (Findings.Entry) -> Findings.Fate) -> Double {
            max(0, (found.averagePrecision(truths, fate) ?? value) - value)
        }
        gains = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map { kind in
                let truths =
                    kind == .missed ? zip(found.truths, found.missed).map { $0 - $1 } : found.truths
                return (
                    kind,
                    gain(truths) { entry in
                        guard let error = entry.error else { return .right(entry.label) }
                        guard error == kind else { return .wrong }
                        return entry.mended.map { .right($0) } ?? .gone
                    }
                )
            })
        withoutFalsePositives = gain(found.truths) { $0.error == nil ? .right($0.label) : .gone }
        withoutFalseNegatives = gain(found.found) { $0.error == nil ? .right($0.label) : .wrong }
    }
}

extension DetectionRecord {
    /// What the errors of each kind cost.
    public var errors: DetectionErrors { DetectionErrors(self) }
}

/// Every detection that counts with its error, if it has one.
private struct Findings {
    struct Entry {
        let score: Double
        let label: Int
        /// Nil where it is right.
        var error: DetectionErrors.Kind?
        /// The class as which it is right once its error is mended; nil where it goes.
        var mended: Int?
    }

    enum Fate {
        case right(Int)
        case wrong, gone
    }

    private static let (overlaps, touches) = (0.5, 0.1)

    private(set) var entries: [Entry] = []
    /// By class: what was to be found, what was, and what was missed.
    private(set) var truths, found, missed: [Int]

    init(classes: Int) {
        truths = [Int](repeating: 0, count: classes)
        (found, missed) = (truths, truths)
    }

    mutating func sort() { entries = entries.map(\.score).surestFirst().map { entries[$0] } }

    mutating func add(_ image: DetectionRecord.Image) {
        let there = image.truths
        var taken = [Bool](repeating: false, count: there.count)
        var claimed = taken
        var ranks: [Int: Int] = [:]
        var wrong: [(detection: Detection, overlaps: [Double], entry: Int)] = []
        for place in image.detections.map(\.score).surestFirst() {
            let detection = image.detections[place]
            ranks[detection.label, default: 0] += 1
            guard ranks[detection.label]! <= COCOEvaluation.maxDetections else { continue }
            let overlaps = there.map { $0.overlap(detection.box) }
            let match = bestMatch(
                overlaps, Self.overlaps,
                isFree: {
                    there[$0].label == detection.label && (!taken[$0] || there[$0].isCrowd)
                }, isOptional: { there[$0].isOptional })
            if let match {
                taken[match] = true
                if there[match].isOptional { continue }
                found[detection.label] += 1
            } else {
                wrong.append((detection, overlaps, entries.count))
            }
            entries.append(Entry(score: detection.score, label: detection.label))
        }
        for (detection, overlaps, entry) in wrong {
            let (error, cause) = Self.error(detection, overlaps, there)
            entries[entry].error = error
            guard let cause, !taken[cause] else { continue }
            if !claimed[cause] { entries[entry].mended = there[cause].label }
            claimed[cause] = true
        }
        for (place, truth) in there.enumerated() where !truth.isOptional {
            truths[truth.label] += 1
            if !taken[place] && !claimed[place] { missed[truth.label] += 1 }
        }
    }

    /// Why a detection is wrong, and the truth that it would be right for.
    private static func error(
        _ detection: Detection, _ overlaps: [Double], _ there: [DetectionTruth]
    ) -> (DetectionErrors.Kind, cause: Int?) {
        // The truth it overlaps most, of its class and of others.
        var own, other: Int?
        var (ownMost, otherMost) = (0.0, 0.0)
        for (place, truth) in there.enumerated() where !truth.isOptional {
            if truth.label == detection.label {
                if overlaps[place] > ownMost { (own, ownMost) = (place, overlaps[place]) }
            } else if overlaps[place] > otherMost {
                (other, otherMost) = (place, overlaps[place])
            }
        }
        if ownMost >= touches && ownMost < Self.overlaps { return (.localisation, own) }
        if otherMost >= Self.overlaps { return (.classification, other) }
        if ownMost >= Self.overlaps { return (.duplicate, nil) }
        return (otherMost < touches ? .background : .both, nil)
    }

    /// The mean over the classes there was something of, when detections fare as is said.
    func averagePrecision(_ truths: [Int], _ fate: (Entry) -> Fate) -> Double? {
        var precisions = truths.map { _ in InterpolatedPrecision() }
        var isEmpty = truths.map { $0 == 0 }
        for entry in entries {
            switch fate(entry) {
            case .right(let label): precisions[label].add(isRight: true)
            case .wrong:
                precisions[entry.label].add(isRight: false)
                isEmpty[entry.label] = false
            case .gone: break
            }
        }
        let labels = truths.indices.filter { self.truths[$0] > 0 && !isEmpty[$0] }
        return mean(
            labels.map { label in
                truths[label] > 0 ? mean(precisions[label].levels(of: truths[label])) ?? 0 : 0
            })
    }
}
