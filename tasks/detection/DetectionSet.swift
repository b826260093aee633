internal import Martlet
internal import MartletData
internal import MartletMetrics
internal import MartletPipeline
internal import MartletVision

/// The images of one part of a data set with their boxes, brought to the network's size, with random changes in training.
struct DetectionSet: Dataset {
    struct Sample: Sendable {
        let image: Image
        /// In pixels of the image as it is here.
        let boxes: [Box]
        let labels: [Int]
        let source: Source
    }

    /// The image as it was annotated.
    struct Source: Sendable {
        /// Its place in the set.
        let index: Int
        let path: String
        let size: ImageSize
        /// What there is to find in it, as metrics take it: in its own pixels.
        let truths: [DetectionTruth]
    }

    /// As they were annotated.
    let images: [AnnotatedImage]
    private let labels: [[Int]]
    private let preprocessing: Preprocessing
    private let augmentation: DetectionAugmentation?
    /// The images that cannot be read, where they may be skipped; nil where the first one is an error.
    let skipped: SkippedSamples?
    /// Decoded images, where they all fit into memory.
    private let decoded: [Image]?

    /// - Parameter classes: the names that labels count.
    init(
        _ images: [AnnotatedImage], classes: [String], _ preprocessing: Preprocessing,
        augmentation: DetectionAugmentation?, _ settings: SampleSettings
    ) throws {
        self.preprocessing = preprocessing
        self.augmentation = augmentation
        skipped =
            settings.onBad == .skip
            ? SkippedSamples(atMost: settings.maxBad, of: images.count) : nil
        let size = preprocessing.outputSize.map { $0.area * preprocessing.channels } ?? .max
        let decoded = try DecodedImages.read(
            Reader(images: images, preprocessing: preprocessing), bytes: size, skipped: skipped)
        self.decoded = decoded?.map(\.image)
        self.images = decoded?.map { images[$0.index] } ?? images
        if self.images.isEmpty, let error = skipped?.list.first { throw error }
        let numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
        labels = try self.images.map { image in
            try image.objects.map { object in
                guard let label = numbers[object.name] else {
                    throw DataError(
                        path: image.path, problem: "an object of the class \(object.name)",
                        expected: "one of the classes \(classes.joined(separator: ", "))")
                }
                return label
            }
        }
    }

    var count: Int { images.count }

    func describe(_ index: Int) -> String { images[index].path }

    /// What stands for each image as the network sees it; nil where they do not all fit into memory.
    var contents: [(hash: ContentHash, name: String)]? {
        decoded?.enumerated().map { ($1.contentHash, describe($0)) }
    }

    private func source(_ index: Int) -> Source {
        let image = images[index]
        let truths = zip(image.objects, labels[index]).map { object, label in
            DetectionTruth(
                box: object.box, label: label, area: object.area, isCrowd: object.isCrowd,
                isDifficult: object.isDifficult)
        }
        return Source(index: index, path: image.path, size: image.size, truths: truths)
    }

    func element(at index: Int, generator: inout Generator) throws -> Sample {
        var (image, boxes, numbers) = try annotated(index, &generator)
        if let augmentation {
            if let (mosaic, p) = augmentation.mosaic, generator.bernoulli(p) {
                let others = (0..<3).map { _ in generator.integer(in: 0..<count) }
                let parts =
                    try [(image, boxes, numbers)] + others.map { try annotated($0, &generator) }
                let (whole, kept) = mosaic(
                    parts.map { ($0.0, $0.1) }, generator: &generator)
                image = whole
                boxes = kept.map(\.box)
                numbers = kept.map { parts[$0.sample].2[$0.index] }
            }
            let (changed, kept) = augmentation.each(image, boxes: boxes, generator: &generator)
            image = changed
            boxes = kept.map(\.box)
            numbers = kept.map { numbers[$0.index] }
        }
        return Sample(image: image, boxes: boxes, labels: numbers, source: source(index))
    }

    /// An image at the network's size, the boxes to be learnt, and their labels.
    private func annotated(_ index: Int, _ generator: inout Generator) throws -> (
        image: Image, boxes: [Box], labels: [Int]
    ) {
        let annotated = images[index]
        let image =
            try decoded?[index]
            ?? Reader(images: images, preprocessing: preprocessing)
            .element(at: index, generator: &generator)
        let placement = preprocessing.placement(of: annotated.size)
        // Many in one box are nothing that a box could be learnt from.
        let learnt = annotated.objects.indices.filter { !annotated.objects[$0].isCrowd }
        return (
            image, learnt.map { placement(annotated.objects[$0].box) },
            learnt.map { labels[index][$0] }
        )
    }

    private struct Reader: Dataset {
        let images: [AnnotatedImage]
        let preprocessing: Preprocessing
        var count: Int { images.count }
        func describe(_ index: Int) -> String { images[index].path }
        func element(at index: Int, generator: inout Generator) throws -> Image {
            preprocessing(
                try Image(path: images[index].path, channels: preprocessing.channels))
        }
    }
}
