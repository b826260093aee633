internal import Martlet
public import MartletData
public import MartletVision

/// Images read once and kept as bytes, of a data set that fits into memory.
public enum DecodedImages {
    /// The most memory that a data set's images may take, in bytes.
    public static let limit = 2 << 30

    /// Every image, read by two threads, with its place in the data set; nil where they would not fit. A damaged file is an
    /// error that names it, unless it may be skipped.
    ///
    /// - Parameters:
    ///   - images: gives each image in the form that is kept.
    ///   - bytes: how much memory each takes.
    ///   - skipped: takes those that cannot be read; nil where the first one is an error.
    public static func read(
        _ images: some Dataset<Image>, bytes: Int, skipped: SkippedSamples?
    ) throws -> [(index: Int, image: Image)]? {
        guard bytes <= limit / max(1, images.count) else { return nil }
        let loader = DataLoader(
            Numbered(base: images), batchSize: 256, workers: 2, generator: Generator(seed: 0),
            skipped: skipped
        ) { $0 }
        let progress = ProgressLine("reading images", total: images.count, unit: "images")
        var decoded: [(index: Int, image: Image)] = []
        decoded.reserveCapacity(images.count)
        let batches = loader.epoch(0)
        while let batch = try batches.next() {
            decoded += batch
            progress.update(decoded.count)
        }
        progress.finish()
        return decoded
    }
}

/// Elements with their places.
private struct Numbered<Base: Dataset>: Dataset {
    let base: Base
    var count: Int { base.count }

    func describe(_ index: Int) -> String { base.describe(index) }

    func element(at index: Int, generator: inout Generator) throws
        -> (index: Int, image: Base.Element)
    {
        (index, try base.element(at: index, generator: &generator))
    }
}
