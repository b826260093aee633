internal import CImage
internal import Martlet

/// A picture of 8-bit samples: grey (1 channel) or colour (3: red, green, blue).
///
/// An image is a value; copies share memory until one is changed. Samples are interleaved, row after
/// row: `(H, W, C)`.
public struct Image: Sendable {
    var storage: ImageStorage
    /// In pixels.
    public let height: Int
    public let width: Int
    /// 1 (grey) or 3 (red, green, blue).
    public let channels: Int

    /// Takes over storage that holds at least the samples of this size.
    init(storage: ImageStorage, height: Int, width: Int, channels: Int) {
        self.storage = storage
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// An image of one colour.
    public init(height: Int, width: Int, channels: Int = 3, fill: Color = .black) {
        self.init(unfilledHeight: height, width: width, channels: channels)
        let samples = fill.samples(channels: channels)
        ci_fill(
            storage.pointer, Int32(height), Int32(width), Int32(channels), 0, 0, Int32(width),
            Int32(height), samples)
    }

    /// An image of given samples, interleaved `(H, W, C)`.
    public init(height: Int, width: Int, channels: Int, samples: [UInt8]) {
        precondition(
            samples.count == height * width * channels,
            "Image: \(samples.count) samples do not fill \(height)x\(width)x\(channels)")
        self.init(unfilledHeight: height, width: width, channels: channels)
        samples.withUnsafeBufferPointer {
            guard let base = $0.baseAddress else { return }
            storage.pointer.update(from: base, count: samples.count)
        }
    }

    /// An image whose samples are still to be written.
    init(unfilledHeight height: Int, width: Int, channels: Int) {
        precondition(
            height >= 0 && width >= 0 && (channels == 1 || channels == 3)
                && height <= Int32.max / 8 && width <= Int32.max / 8,
            "Image: expected sizes of 0 or more and 1 or 3 channels, got \(height)x\(width)x\(channels)"
        )
        self.init(
            storage: ImageStorage(count: height * width * channels), height: height, width: width,
            channels: channels)
    }

    /// Height and width.
    public var size: ImageSize { ImageSize(height: height, width: width) }
    /// The number of samples: height x width x channels.
    public var sampleCount: Int { height * width * channels }
    /// A copy of the samples, interleaved `(H, W, C)`.
    public var samples: [UInt8] { withUnsafeSamples { Array($0) } }

    /// One sample.
    public subscript(row: Int, column: Int, channel: Int = 0) -> UInt8 {
        get { withUnsafeSamples { $0[index(row, column, channel)] } }
        set {
            let index = index(row, column, channel)
            withUnsafeMutableSamples { $0[index] = newValue }
        }
    }

    private func index(_ row: Int, _ column: Int, _ channel: Int) -> Int {
        precondition(
            row >= 0 && row < height && column >= 0 && column < width && channel >= 0
                && channel < channels,
            "Image: no sample (\(row), \(column), \(channel)) in \(height)x\(width)x\(channels)")
        return (row * width + column) * channels + channel
    }

    /// Calls the closure with the samples, interleaved `(H, W, C)`.
    public func withUnsafeSamples<R>(_ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R
    {
        try withExtendedLifetime(storage) {
            try body(UnsafeBufferPointer(start: storage.pointer, count: sampleCount))
        }
    }

    /// Calls the closure with the samples, interleaved `(H, W, C)`, to change them in place.
    public mutating func withUnsafeMutableSamples<R>(
        _ body: (UnsafeMutableBufferPointer<UInt8>) throws -> R
    ) rethrows -> R {
        if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
        return try withExtendedLifetime(storage) {
            try body(UnsafeMutableBufferPointer(start: storage.pointer, count: sampleCount))
        }
    }
}

extension Image: Equatable {
    /// Whether both have the same size, channels and samples.
    public static func == (a: Image, b: Image) -> Bool {
        a.height == b.height && a.width == b.width && a.channels == b.channels
            && (a.storage === b.storage
                || a.withUnsafeSamples { x in b.withUnsafeSamples { x.elementsEqual($0) } })
    }
}

extension Image: CustomStringConvertible {
    public var description: String {
        "Image(\(height)x\(width), \(channels == 1 ? "grey" : "colour"))"
    }
}

/// The memory of images. Immutable once shared: `Image` copies it before writing when it is not the
/// only owner, which is what makes sending it between threads safe.
final class ImageStorage: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<UInt8>
    private let count: Int

    /// Uninitialised memory.
    init(count: Int) {
        guard let memory = ci_allocate(count) else {
            preconditionFailure("Image: no memory for \(count) bytes of samples")
        }
        pointer = memory
        self.count = count
    }

    /// Takes over memory that came from `ci_allocate`.
    init(owning pointer: UnsafeMutablePointer<UInt8>, count: Int) {
        self.pointer = pointer
        self.count = count
    }

    deinit { ci_free(pointer) }

    func copy() -> ImageStorage {
        let result = ImageStorage(count: count)
        result.pointer.update(from: pointer, count: count)
        return result
    }
}
