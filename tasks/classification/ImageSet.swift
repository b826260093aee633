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
        let size = preprocessing.outputSize.map { $0.area * preprocessing.channels } ?? .max
        let decoded = try DecodedImages.read(
            Reader(source: source, preprocessing: preprocessing), bytes: size, skipped: skipped)
        self.decoded = decoded?.map(\.image)
        indices = decoded?.map(\.index) ?? Array(0..<source.count)
        if indices.isEmpty, let error = skipped?.list.first { throw error }
    }

    var count: Int { indices.count }

    func describe(_ index: Int) -> String { source.describe(indices[index]) }

    /// What stands for each image as the network sees it; nil where they do not all fit into memory.
    var contents: [(hash: ContentHash, name: String)]? {
        decoded?.enumerated().map { ($1.contentHash, describe($0)) }
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

    private struct Reader: Dataset {
        let source: LabelledImages
        let preprocessing: Preprocessing
        var count: Int { source.count }
        func describe(_ index: Int) -> String { source.describe(index) }
        func element(at index: Int, generator: inout Generator) throws -> Image {
            let image = try ImageSet.read(source, index, channels: preprocessing.channels)
            return preprocessing(image)
        }
    }
}
