internal import CImage
public import Foundation
internal import Martlet

extension Image {
    /// The most pixels an image file may announce unless told otherwise: 64 megapixels. A header of a
    /// few bytes could otherwise ask for gigabytes.
    public static let defaultPixelLimit = 64 << 20
    /// The most bytes that an image file's pixels may take once decoded unless told otherwise: 100
    /// million, which are 33 megapixels in colour.
    public static let defaultByteLimit = 100_000_000

    /// Reads a JPEG, PNG, WebP or BMP file, told apart by its contents.
    ///
    /// The image is upright (EXIF orientation applied); palettes, CMYK, 16 and 1 bit become 8-bit grey
    /// or colour; alpha is dropped, as Pillow's `convert("RGB")` does.
    /// - Parameters:
    ///   - path: The file.
    ///   - channels: 1 for grey, 3 for colour, nil for what the file holds.
    ///   - pixelLimit: The most pixels the header may announce.
    ///   - byteLimit: The most bytes that its pixels may take, a byte for each channel of a pixel.
    /// - Throws: `ImageError`, also for truncated and damaged files.
    public init(
        path: String, channels: Int? = nil, pixelLimit: Int = Image.defaultPixelLimit,
        byteLimit: Int = Image.defaultByteLimit
    ) throws(ImageError) {
        try self.init(
            decoding: try readImageFile(path), channels: channels, pixelLimit: pixelLimit,
            byteLimit: byteLimit, source: path)
    }

    /// Reads an image file; see `init(path:channels:pixelLimit:byteLimit:)`.
    public init(
        contentsOf url: URL, channels: Int? = nil, pixelLimit: Int = Image.defaultPixelLimit,
        byteLimit: Int = Image.defaultByteLimit
    ) throws(ImageError) {
        try self.init(
            path: url.path, channels: channels, pixelLimit: pixelLimit, byteLimit: byteLimit)
    }

    /// Decodes the bytes of an image file; see `init(path:channels:pixelLimit:byteLimit:)`.
    ///
    /// `source` names where they came from in errors.
    public init(
        decoding bytes: some ContiguousBytes, channels: Int? = nil,
        pixelLimit: Int = Image.defaultPixelLimit, byteLimit: Int = Image.defaultByteLimit,
        source: String = "image"
    ) throws(ImageError) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(ImageError) in
                try Image.decode(
                    buffer, channels: channels, pixelLimit: pixelLimit, byteLimit: byteLimit,
                    source: source)
            }
        }
        self = try result.get()
    }

    private static func decode(
        _ bytes: UnsafeRawBufferPointer, channels: Int?, pixelLimit: Int, byteLimit: Int,
        source: String
    ) throws(ImageError) -> Image {
        precondition(
            channels == nil || channels == 1 || channels == 3,
            "Image: expected 1 or 3 channels, got \(channels ?? 0)")
        var image = ci_image()
        var message = ci_message()
        let status = ci_decode(
            bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count,
            Int32(channels ?? 0), Int64(pixelLimit), Int64(byteLimit), 1, &image, &message)
        guard status == CI_OK, let pixels = image.pixels else {
            throw ImageError(kind: kind(of: status), source: source, reason: text(of: message))
        }
        let height = Int(image.height)
        let width = Int(image.width)
        let count = Int(image.channels)
        return Image(
            storage: ImageStorage(owning: pixels, count: height * width * count), height: height,
            width: width, channels: count)
    }

    /// The image as a PNG file; `level` is zlib's effort, 0 ... 9.
    public func pngData(level: Int = 6) throws(ImageError) -> Data {
        try encoded { bytes, count, message in
            ci_encode_png(
                storage.pointer, Int32(height), Int32(width), Int32(channels), Int32(level), &bytes,
                &count, &message)
        }
    }

    /// The image as a JPEG file; `quality` is 1 ... 100.
    public func jpegData(quality: Int = 90) throws(ImageError) -> Data {
        try encoded { bytes, count, message in
            ci_encode_jpeg(
                storage.pointer, Int32(height), Int32(width), Int32(channels), Int32(quality),
                &bytes, &count, &message)
        }
    }

    private func encoded(
        _ encode: (
            inout UnsafeMutablePointer<UInt8>?, inout Int, inout ci_message
        ) -> ci_status
    ) throws(ImageError) -> Data {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        var message = ci_message()
        let status = encode(&bytes, &count, &message)
        guard status == CI_OK, let bytes else {
            throw ImageError(
                kind: Image.kind(of: status), source: description, reason: Image.text(of: message))
        }
        return Data(
            bytesNoCopy: bytes, count: count, deallocator: .custom { memory, _ in ci_free(memory) })
    }

    static func kind(of status: ci_status) -> ImageError.Kind {
        switch status {
        case CI_EMPTY: .empty
        case CI_NOT_AN_IMAGE: .notAnImage
        case CI_UNSUPPORTED: .unsupported
        case CI_TOO_LARGE: .tooLarge
        case CI_DAMAGED: .damaged
        case CI_NO_MEMORY: .outOfMemory
        default: .internalFailure
        }
    }

    static func text(of message: ci_message) -> String {
        withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

/// What the header of an image file says.
public struct ImageHeader: Sendable, Equatable {
    /// "JPEG", "PNG", "WebP" or "BMP".
    public let format: String
    /// The size of the image once upright. The EXIF orientation of a PNG stands after its pixels and is
    /// not known here.
    public let size: ImageSize
    /// 1 (grey) or 3 (colour).
    public let channels: Int

    /// Reads the header of a file, without decoding its pixels, nor reading them where 64 KiB are enough.
    public init(path: String) throws(ImageError) {
        let enough = 1 << 16
        var info = ci_info()
        var message = ci_message()
        func probe(_ bytes: [UInt8]) -> ci_status {
            bytes.withUnsafeBytes {
                ci_probe(
                    $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count, &info, &message)
            }
        }
        let start = try readImageFile(path, atMost: enough)
        var status = probe(start)
        if status != CI_OK && start.count == enough { status = probe(try readImageFile(path)) }
        guard status == CI_OK, let format = info.format else {
            throw ImageError(
                kind: Image.kind(of: status), source: path, reason: Image.text(of: message))
        }
        self.format = String(cString: format)
        let turned = info.orientation > 4
        size = ImageSize(
            height: Int(turned ? info.width : info.height),
            width: Int(turned ? info.height : info.width))
        channels = Int(info.channels)
    }
}

/// The contents of a regular file, or their beginning. Plain system calls: for files of a kilobyte, Foundation's reading
/// costs more than decoding.
private func readImageFile(_ path: String, atMost most: Int = .max) throws(ImageError) -> [UInt8] {
    func failure(_ what: String) -> ImageError {
        ImageError(
            kind: .unreadable, source: path, reason: "\(what): \(String(cString: strerror(errno)))")
    }
    // Not blocking, so that a pipe without a writer is refused below instead of waited for.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw failure("cannot open the file") }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("cannot examine the file") }
    guard status.st_mode & S_IFMT == S_IFREG else {
        throw ImageError(kind: .unreadable, source: path, reason: "it is not a regular file")
    }
    // No image of the allowed number of pixels needs more.
    let limit = 1 << 30
    guard status.st_size <= limit else {
        throw ImageError(
            kind: .tooLarge, source: path, reason: "the file has \(status.st_size) bytes")
    }
    let count = min(Int(status.st_size), most)
    var position = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        while position < count, let base = buffer.baseAddress {
            let step = read(file, base + position, count - position)
            if step < 0 && errno == EINTR { continue }
            if step <= 0 { break }
            position += step
        }
        filled = position
    }
    guard position == count else { throw failure("cannot read the whole file") }
    return bytes
}
