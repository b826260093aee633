/// Something that a detector found: a box of a class.
public struct Detection: Sendable, Equatable, Codable {
    /// Where it is.
    public var box: Box
    /// The class's number.
    public var label: Int
    /// The higher the surer; only the order matters. One that is no number is the least.
    public var score: Double

    /// A detection of a class, with how sure it is.
    public init(box: Box, label: Int, score: Double) {
        self.box = box
        self.label = label
        self.score = score
    }
}

/// Something that there is to be found.
public struct DetectionTruth: Sendable, Equatable, Codable {
    /// Where it is.
    public var box: Box
    /// The class's number.
    public var label: Int
    /// In square pixels; of the box, or of the shape within it where that is known. Decides what is small, medium and large.
    public var area: Double
    /// Whether the box holds many that are not told apart: COCO's `iscrowd`. Detections within it are not counted.
    public var isCrowd: Bool
    /// Whether it need not be found: Pascal VOC's `difficult`. A detection of it is not counted.
    public var isDifficult: Bool

    /// - Parameter area: that of the box by default.
    public init(
        box: Box, label: Int, area: Double? = nil, isCrowd: Bool = false, isDifficult: Bool = false
    ) {
        self.box = box
        self.label = label
        self.area = area ?? box.area
        self.isCrowd = isCrowd
        self.isDifficult = isDifficult
    }

    /// Whether nobody minds that it is not found.
    var isOptional: Bool { isCrowd || isDifficult }

    /// The part that a box shares with it: of their union, with a crowd of the box alone.
    func overlap(_ box: Box) -> Double {
        let shared = box.intersection(self.box)
        guard shared > 0 else { return 0 }
        return shared / (isCrowd ? box.area : box.area + self.box.area - shared)
    }
}

extension [Double] {
    /// The places of scores, the highest first; equal ones in their order, and what is no number last.
    func surestFirst() -> [Int] {
        enumerated().map { RankedPlace($1, at: $0) }.sorted().map(\.place)
    }
}

private struct RankedPlace: Comparable {
    /// Of a higher score it is lower.
    let key: UInt64
    let place: Int

    init(_ score: Double, at place: Int) {
        self.place = place
        // Bit patterns of numbers are in order but for those of negative ones; 0 and -0 become one.
        let bits = (score + 0).bitPattern
        key = score.isNaN ? .max : bits >> 63 == 0 ? ~(bits | 1 << 63) : bits
    }

    static func < (one: RankedPlace, other: RankedPlace) -> Bool {
        one.key == other.key ? one.place < other.place : one.key < other.key
    }
}
