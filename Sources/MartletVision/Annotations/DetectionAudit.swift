internal import Martlet
internal import MartletData
internal import MartletMetrics

/// Everything that can be said about a data set for object detection: what its annotations say, and what its images, each of
/// them decoded, show.
public struct DetectionAudit: Sendable {
    /// A part of the data.
    public struct Part: Sendable {
        /// `train`, `val` or `test`.
        public let name: String
        /// How many images can be used by their annotations.
        public let images: Int
        /// How many objects of each class there are, in the order of the classes.
        public let objects: [(name: String, count: Int)]
    }

    /// The folder or file.
    public let path: String
    /// What the data are, in words; empty where that cannot be told.
    public private(set) var summary = ""
    public private(set) var parts: [Part] = []
    /// What is wrong or odd, in the order of the files.
    public private(set) var problems: [AnnotationProblem] = []
    /// How many images there are of each size, the most frequent first.
    public private(set) var sizes: [(size: ImageSize, count: Int)] = []
    /// How many images have no objects.
    public private(set) var withoutObjects = 0
    /// How many objects are below 32 pixels squared, below 96, and larger: COCO's small, medium and large ones.
    public private(set) var scales = (small: 0, medium: 0, large: 0)

    /// Boxes of a side below this are told of, in pixels.
    public static let tinySide = 4.0

    /// Reads all annotations and decodes all images, whatever is wrong with some.
    ///
    /// - Parameters:
    ///   - path: what `DetectionData` takes.
    ///   - workers: threads that decode.
    ///   - progress: is told how many of how many images were looked at.
    /// - Throws: what is no error of the data.
    public init(
        _ path: String, workers: Int, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        self.path = path
        let survey: AnnotationSurvey
        do throws(DataError) {
            survey = try AnnotationSurvey(discovering: path)
        } catch {
            problems = [AnnotationProblem(.unreadable, error)]
            return
        }
        problems = survey.problems
        let data = DetectionData(survey)
        summary = "\(data)"
        if data.parts.allSatisfy(\.images.isEmpty) {
            problems.append(
                .init(.error, .missing, file: path, "there is no image that can be used"))
        }
        for (name, images) in data.parts { add(images, name, data.classes) }
        try decode(data, workers: workers, progress)
        compareClasses()
    }

    /// Counts what the annotations of a part say.
    private mutating func add(_ images: [AnnotatedImage], _ part: String, _ classes: [String]) {
        var counts: [String: Int] = [:]
        var tiny: [(file: String, object: AnnotatedObject)] = []
        for image in images {
            if image.objects.isEmpty { withoutObjects += 1 }
            for object in image.objects {
                counts[object.name, default: 0] += 1
                let area = object.area ?? object.box.area
                if area < 32 * 32 {
                    scales.small += 1
                } else if area < 96 * 96 {
                    scales.medium += 1
                } else {
                    scales.large += 1
                }
                if min(object.box.width, object.box.height) < Self.tinySide {
                    tiny.append((image.path, object))
                }
            }
        }
        parts.append(
            Part(
                name: part, images: images.count,
                objects: classes.map { (name: $0, count: counts[$0] ?? 0) }))
        if let first = tiny.first {
            let box = first.object.box
            problems.append(
                .init(
                    .warning, .tiny, file: first.file,
                    "\(tiny.count) boxes of \(part) have a side below "
                        + "\(written(Self.tinySide)) pixels; the first: \(first.object.name), "
                        + "\(written(box.width))x\(written(box.height))"))
        }
    }

    /// Decodes the images, and holds them against each other and what the annotations say of them.
    private mutating func decode(
        _ data: DetectionData, workers: Int, _ progress: (Int, Int) -> Void
    ) throws {
        let images = data.parts.flatMap { part in part.images.map { (part: part.name, image: $0) } }
        let batches = DataLoader(
            Examination(images: images.map(\.image)), batchSize: 16, workers: max(1, workers),
            generator: Generator(seed: 0)
        ) { $0 }.epoch(0)
        var first: [ContentHash: (part: String, path: String)] = [:]
        var counts: [ImageSize: Int] = [:]
        var index = 0
        while let batch = try batches.next() {
            for result in batch {
                let (part, image) = images[index]
                index += 1
                switch result {
                case .failure(let error):
                    problems.append(
                        .init(.error, .unreadable, file: error.source, error.reason))
                case .success(let found):
                    counts[found.size, default: 0] += 1
                    compare(image, found.size)
                    let other = first[found.hash]
                    if other == nil { first[found.hash] = (part, image.path) }
                    // One that is listed twice was told of already.
                    guard let other, other.path != image.path else { continue }
                    problems.append(
                        other.part != part
                            ? .init(
                                .warning, .leakage, file: image.path,
                                "the same image is in \(other.part): \(other.path)")
                            : .init(
                                .warning, .duplicate, file: image.path,
                                "the same image as \(other.path)"))
                }
            }
            progress(index, images.count)
        }
        sizes = counts.sorted { ($1.value, $0.key.area) < ($0.value, $1.key.area) }
            .map { ($0.key, $0.value) }
    }

    /// Boxes are parts of the size that the annotation tells, whatever size the image has.
    private mutating func compare(_ image: AnnotatedImage, _ size: ImageSize) {
        guard image.size != size else { return }
        let text =
            "the annotation says \(image.size.width)x\(image.size.height), but the image is "
            + "\(size.width)x\(size.height)"
        let (across, down) = (
            Double(size.width) / Double(image.size.width),
            Double(size.height) / Double(image.size.height)
        )
        let isScaled = abs(across / down - 1) < 0.02
        problems.append(
            .init(
                isScaled ? .warning : .error, .size, file: image.path,
                isScaled ? "\(text); boxes are scaled to it" : "\(text), of another shape"))
    }

    /// Warns of classes that cannot be learnt or judged, or are rare.
    private mutating func compareClasses() {
        guard let training = parts.first(where: { $0.name == "train" }) else { return }
        for part in parts where part.name != "train" {
            for (own, known) in zip(part.objects, training.objects)
            where own.count > 0 && known.count == 0 {
                problems.append(
                    .init(
                        .warning, .classes, file: path,
                        "\(part.name) has \(own.count) objects of \(quoted(own.name)), train has none"
                    ))
            }
        }
        for (index, known) in training.objects.enumerated()
        where known.count == 0 && parts.allSatisfy({ $0.objects[index].count == 0 }) {
            problems.append(
                .init(
                    .warning, .classes, file: path,
                    "there is no object of the class \(quoted(known.name))"))
        }
        let present = training.objects.filter { $0.count > 0 }
        if let most = present.max(by: { $0.count < $1.count }),
            let least = present.min(by: { $0.count < $1.count }), most.count >= 10 * least.count
        {
            problems.append(
                .init(
                    .warning, .balance, file: path,
                    "train has \(most.count) objects of \(quoted(most.name)), but \(least.count) of "
                        + quoted(least.name)))
        }
    }
}

/// Decodes images, with an error in place of one that cannot be.
private struct Examination: Dataset {
    struct Found {
        let hash: ContentHash
        let size: ImageSize
    }

    let images: [AnnotatedImage]
    var count: Int { images.count }

    func element(at index: Int, generator: inout Generator) -> Result<Found, ImageError> {
        Result { () throws(ImageError) in
            let image = try Image(path: images[index].path)
            return Found(hash: image.contentHash, size: image.size)
        }
    }
}
