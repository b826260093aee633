/// Something that a detector found: a box of a class.
public struct Detection: Sendable, Equatable, Codable {
    /// Where it is.
    public var box: Box
    /// The class's number.
    public var label: Int
    /// The higher the surer; only the order matters.
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
}

extension Array {
    /// The places of the elements by decreasing score; equal scores stay in their order.
    func surestFirst(_ score: (Element) -> Double) -> [Int] {
        // Swift's sort is stable, but does not promise to be.
        indices.sorted {
            let (one, other) = (score(self[$0]), score(self[$1]))
            return one == other ? $0 < $1 : one > other
        }
    }
}
