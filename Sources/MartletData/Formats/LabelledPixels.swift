internal import Martlet

/// Images of one size and their labels, held in memory.
public struct LabelledPixels: Sendable {
    public let height: Int
    public let width: Int
    /// 1 (grey) or 3 (red, green, blue).
    public let channels: Int
    /// The index of each image's class.
    public let labels: [Int]
    /// The samples, interleaved: `(N, H, W, C)`.
    public let samples: [UInt8]
    /// Which file each run of images came from, by its first image; for error messages.
    let sources: [(first: Int, path: String)]

    /// - Parameter samples: interleaved, `(N, H, W, C)`.
    public init(height: Int, width: Int, channels: Int, samples: [UInt8], labels: [Int]) {
        self.init(
            height: height, width: width, channels: channels, samples: samples, labels: labels,
            sources: [])
    }

    init(
        height: Int, width: Int, channels: Int, samples: [UInt8], labels: [Int],
        sources: [(first: Int, path: String)]
    ) {
        precondition(
            samples.count == labels.count * height * width * channels,
            "LabelledPixels: \(samples.count) samples do not fill \(labels.count) images of "
                + "\(height)x\(width)x\(channels)")
        self.height = height
        self.width = width
        self.channels = channels
        self.samples = samples
        self.labels = labels
        self.sources = sources
    }

    /// The number of images.
    public var count: Int { labels.count }
    /// Samples of one image.
    public var imageSize: Int { height * width * channels }

    /// Calls the closure with an image's samples, interleaved `(H, W, C)`.
    public func withImage<R>(
        _ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> R
    ) rethrows -> R {
        precondition((0..<count).contains(index), "LabelledPixels: no image \(index) of \(count)")
        return try samples.withUnsafeBufferPointer {
            let start = index * imageSize
            return try body(UnsafeBufferPointer(rebasing: $0[start..<(start + imageSize)]))
        }
    }

    /// A copy of an image's samples, interleaved `(H, W, C)`.
    public func image(_ index: Int) -> [UInt8] { withImage(index) { Array($0) } }

    /// The file and the number within it of an image.
    public func describe(_ index: Int) -> String {
        guard let source = sources.last(where: { $0.first <= index }) else {
            return "image \(index)"
        }
        return "\(source.path), image \(index - source.first)"
    }
}
