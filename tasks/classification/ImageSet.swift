internal import Foundation
internal import Martlet
internal import MartletData
internal import MartletPipeline
internal import MartletVision

/// The images of one part of a data set, brought to one form, with random changes in training.
struct ImageSet: Dataset {
    struct Sample: Sendable {
        let image: Image
        let label: Int
        /// Its place in the set.
        let index: Int
    }

    private let source: LabelledImages
    private let labels: [Int]
    private let preprocessing: Preprocessing
    private let augmentation: Compose?
    /// Which images of the source these are: all, or those that could be read.
    private let indices: [Int]
    /// The images that cannot be read, where they may be skipped; nil where the first one is an error.
    let skipped: SkippedSamples?
    /// Decoded images, where they all fit into memory.
    private let decoded: [Image]?

    /// The most memory that decoded images may take.
    private static let cacheLimit = 2 << 30

    init(
        _ source: LabelledImages, _ preprocessing: Preprocessing, augmentation: Compose?,
        _ settings: SampleSettings
    ) throws {
        self.source = source
        labels = source.labels
        self.preprocessing = preprocessing
        self.augmentation = augmentation
        skipped =
            settings.onBad == .skip
            ? SkippedSamples(atMost: settings.maxBad, of: source.count) : nil
        let decoded = try ImageSet.decodeAll(source, preprocessing, skipped)
        self.decoded = decoded?.map(\.image)
        indices = decoded?.map(\.index) ?? Array(0..<source.count)
        if indices.isEmpty, let error = skipped?.list.first { throw error }
    }

    var count: Int { indices.count }

    func describe(_ index: Int) -> String { source.describe(indices[index]) }

    /// What stands for each image as the network sees it; nil where they do not all fit into memory.
    var contents: [(hash: ContentHash, name: String)]? {
        decoded?.enumerated().map { index, image in
            var hash = SHA256()
            image.withUnsafeSamples { hash.update(UnsafeRawBufferPointer($0)) }
            return (hash.digest(), describe(index))
        }
    }

    func element(at index: Int, generator: inout Generator) throws -> Sample {
        var image =
            try decoded?[index]
            ?? preprocessing(
                ImageSet.read(source, indices[index], channels: preprocessing.channels))
        if let augmentation { image = augmentation(image, generator: &generator) }
        return Sample(image: image, label: labels[indices[index]], index: index)
    }

    static func read(_ source: LabelledImages, _ index: Int, channels: Int) throws -> Image {
        switch source {
        case .files(let files):
            return try Image(path: files.items[index].path, channels: channels)
        case .pixels(let pixels):
            return Image(
                height: pixels.height, width: pixels.width, channels: pixels.channels,
                samples: pixels.image(index))
        }
    }

    /// Every image, read once by two threads; nil where they would not fit. A damaged file is an error that names it,
    /// unless it may be skipped.
    private static func decodeAll(
        _ source: LabelledImages, _ preprocessing: Preprocessing, _ skipped: SkippedSamples?
    ) throws -> [Decoded]? {
        let size = preprocessing.outputSize.map { $0.area * preprocessing.channels } ?? .max
        guard size <= cacheLimit / max(1, source.count) else { return nil }
        let reader = Reader(source: source, preprocessing: preprocessing)
        let loader = DataLoader(
            reader, batchSize: 256, workers: 2, generator: Generator(seed: 0), skipped: skipped
        ) { $0 }
        let progress = ProgressLine("reading images", total: source.count, unit: "images")
        var images: [Decoded] = []
        images.reserveCapacity(source.count)
        let batches = loader.epoch(0)
        while let batch = try batches.next() {
            images += batch
            progress.update(images.count)
        }
        progress.finish()
        return images
    }

    private struct Decoded: Sendable {
        let index: Int
        let image: Image
    }

    private struct Reader: Dataset {
        let source: LabelledImages
        let preprocessing: Preprocessing
        var count: Int { source.count }
        func describe(_ index: Int) -> String { source.describe(index) }
        func element(at index: Int, generator: inout Generator) throws -> Decoded {
            let image = try ImageSet.read(source, index, channels: preprocessing.channels)
            return Decoded(index: index, image: preprocessing(image))
        }
    }
}
