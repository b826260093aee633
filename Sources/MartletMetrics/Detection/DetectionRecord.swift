/// What was found in images and what there was to be found: the one thing that all figures about detectors are read from.
///
/// ```swift
/// var record = DetectionRecord(classes: ["cat", "dog"])
/// record.add(image: 17, detections: found, truths: there)
/// record.coco.summary.mAP50
/// record.voc.meanAveragePrecision(.elevenPoints)
/// record.bestF1?.score
/// ```
///
/// Images have numbers, and figures are read in their order, so that they do not depend on the order in which images are
/// added nor on how records are merged: equal scores stand by increasing number of the image, as in COCO's own program,
/// then in the order in which an image's detections were added.
public struct DetectionRecord: Metric {
    struct Image: Sendable, Equatable, Codable {
        var detections: [Detection] = []
        var truths: [DetectionTruth] = []
    }

    /// The classes' names; a label is a place among them.
    public let classes: [String]
    private var images: [Int: Image] = [:]

    /// Nothing seen yet, of classes with these names.
    public init(classes: [String]) {
        self.classes = classes
    }

    /// Throws `DecodingError` where a label is none of the classes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        classes = try container.decode([String].self, forKey: .classes)
        images = try container.decode([Int: Image].self, forKey: .images)
        for image in images.values {
            for label in image.detections.map(\.label) + image.truths.map(\.label)
            where !classes.indices.contains(label) {
                throw DecodingError.dataCorruptedError(
                    forKey: .images, in: container,
                    debugDescription: "there is no class \(label) among \(classes.count)")
            }
        }
    }

    /// The metric's name and direction.
    public var info: MetricInfo { MetricInfo(name: "mAP", higherIsBetter: true) }

    /// Adds what was found in an image and what there was; to what the image has already, if it was added before.
    ///
    /// - Parameters:
    ///   - image: its number. Images without anything found or to be found are added as well: they count.
    ///   - detections: in any order; labels are places among `classes`.
    ///   - truths: the same.
    public mutating func add(image: Int, detections: [Detection], truths: [DetectionTruth]) {
        for label in [detections.map(\.label), truths.map(\.label)].joined() {
            precondition(
                classes.indices.contains(label),
                "DetectionRecord.add: no class \(label) among \(classes.count)")
        }
        images[image, default: Image()].detections += detections
        images[image, default: Image()].truths += truths
    }

    /// How many images were added.
    public var count: Int { images.count }

    /// COCO's mean average precision; nil where there was nothing to be found.
    public func compute() -> Double? { coco.summary.mAP }

    /// Adds the images of another record of the same classes.
    public mutating func merge(_ other: DetectionRecord) {
        precondition(
            classes == other.classes,
            "DetectionRecord.merge: expected the classes \(classes), got \(other.classes)")
        images.merge(other.images) { mine, others in
            Image(
                detections: mine.detections + others.detections,
                truths: mine.truths + others.truths)
        }
    }

    /// Forgets everything seen.
    public mutating func reset() { images = [:] }

    /// The images by increasing number.
    var ordered: [Image] { images.keys.sorted().map { images[$0]! } }

    /// What there is of each class.
    var byClass: [ClassObjects] {
        let images = ordered
        var result = classes.map { _ in ClassObjects(images: images.count) }
        for image in images {
            for thing in image.detections { result[thing.label].add(thing) }
            for thing in image.truths { result[thing.label].add(thing) }
            for label in result.indices { result[label].endImage() }
        }
        for label in result.indices { result[label].sort() }
        return result
    }
}

/// The detections and truths of one class.
struct ClassObjects {
    struct Found {
        let box: Box
        let score: Double
        /// The image's place among all.
        let image: Int
    }

    /// Surest first.
    private(set) var detections: [Found] = []
    /// Image by image.
    private(set) var truths: [DetectionTruth] = []
    /// How many truths come before those of an image; one more than there are images.
    private var before: [Int] = [0]

    init(images: Int) {
        before.reserveCapacity(images + 1)
    }

    /// How many images there are.
    var images: Int { before.count - 1 }

    /// The places of an image's truths.
    func truths(of image: Int) -> Range<Int> { before[image]..<before[image + 1] }

    mutating func add(_ thing: Detection) {
        detections.append(Found(box: thing.box, score: thing.score, image: before.count - 1))
    }

    mutating func add(_ thing: DetectionTruth) { truths.append(thing) }

    mutating func endImage() { before.append(truths.count) }

    mutating func sort() {
        detections = detections.map(\.score).surestFirst().map { detections[$0] }
    }
}
