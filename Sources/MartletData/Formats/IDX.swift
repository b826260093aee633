public import Martlet

/// IDX files, the format of MNIST and the sets that follow it; plain or compressed with gzip.
///
/// A file is the bytes 0, 0, TYPE, RANK, then RANK sizes of 4 bytes, most significant first, then
/// the elements in row-major order, likewise.
///
/// Format: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
public enum IDX {
    /// What a file's elements are.
    private enum Element: UInt8 {
        case uint8 = 0x08
        case int8 = 0x09
        case int16 = 0x0b
        case int32 = 0x0c
        case float32 = 0x0d
        case float64 = 0x0e

        var size: Int {
            switch self {
            case .uint8, .int8: 1
            case .int16: 2
            case .int32, .float32: 4
            case .float64: 8
            }
        }

        var dtype: DType {
            switch self {
            case .uint8: .uint8
            case .int8, .int16, .int32: .int32
            case .float32: .float32
            case .float64: .float64
            }
        }
    }

    /// Reads a file as a tensor of its shape. Signed integers of 8 and 16 bits become `int32`.
    ///
    /// - Throws: `DataError` naming the byte when the file is not exactly an IDX file.
    public static func read(_ path: String) throws(DataError) -> Tensor {
        let source = try IDXSource(path)
        let (element, shape) = try header(source)
        let raw = try source.body(byteCount: bytes(element, shape, source))
        guard element != .uint8 else { return Tensor(raw, shape: shape) }
        return Tensor(shape, dtype: element.dtype) { output in
            let count = raw.count / element.size
            for index in 0..<count {
                let at = index * element.size
                switch element {
                case .int8: store(Int32(Int8(bitPattern: raw[at])), index, output)
                case .int16: store(Int32(Int16(truncatingIfNeeded: big(raw, at, 2))), index, output)
                case .int32, .float32:
                    store(UInt32(truncatingIfNeeded: big(raw, at, 4)), index, output)
                case .uint8, .float64: store(big(raw, at, 8), index, output)
                }
            }
        }
    }

    /// Reads a file of bytes with a known number of dimensions: 3 for images, 1 for labels.
    ///
    /// - Throws: `DataError`.
    static func readBytes(
        _ path: String, ranks: ClosedRange<Int>, what: String
    ) throws(DataError) -> (shape: [Int], bytes: [UInt8]) {
        let source = try IDXSource(path)
        let (element, shape) = try header(source)
        guard element == .uint8, ranks.contains(shape.count) else {
            throw DataError(
                path: path, place: "byte 2",
                problem: "elements of type \(element) in \(shape.count) dimensions",
                expected: "\(what): bytes (type 8) in \(ranks.lowerBound)"
                    + (ranks.count > 1 ? " to \(ranks.upperBound)" : "") + " dimensions")
        }
        return (shape, try source.body(byteCount: bytes(element, shape, source)))
    }

    private static func header(
        _ source: IDXSource
    ) throws(DataError) -> (Element, [Int]) {
        let magic = source.start
        guard magic.count >= 4, magic[0] == 0, magic[1] == 0, magic[3] >= 1, magic[3] <= 8,
            let element = Element(rawValue: magic[2])
        else {
            let found = magic.prefix(4).map(String.init).joined(separator: " ")
            throw DataError(
                path: source.path, place: "byte 0",
                problem: magic.isEmpty
                    ? "the file is empty" : "the file starts with the bytes \(found)",
                expected: "an IDX file: 0 0, a type (8, 9, 11, 12, 13 or 14), 1 to 8 dimensions")
        }
        let rank = Int(magic[3])
        guard magic.count >= 4 + 4 * rank else {
            throw DataError(
                path: source.path, place: "byte \(magic.count)",
                problem: "the file ends within its header", expected: "\(rank) sizes")
        }
        source.headerLength = 4 + 4 * rank
        return (element, (0..<rank).map { Int(big(magic, 4 + 4 * $0, 4)) })
    }

    /// The length of the elements, which the file must be able to hold.
    private static func bytes(
        _ element: Element, _ shape: [Int], _ source: IDXSource
    ) throws(DataError) -> Int {
        let count = byteCount(shape, itemSize: element.size) ?? .max
        guard count <= source.longestBody else {
            throw DataError(
                path: source.path, place: "byte 4",
                problem: "the header announces \(count == .max ? "too many" : "\(count)") bytes of "
                    + "elements (\(shape))",
                expected: source.isCompressed
                    ? "no more than a compressed file of \(source.fileLength) bytes can hold"
                    : "\(source.longestBody), the length of the file less its header")
        }
        return count
    }

    private static func big(_ bytes: [UInt8], _ at: Int, _ count: Int) -> UInt64 {
        bytes[at..<(at + count)].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func store(
        _ value: some FixedWidthInteger, _ index: Int, _ output: UnsafeMutableRawBufferPointer
    ) {
        let size = value.bitWidth / 8
        output.storeBytes(of: value, toByteOffset: index * size, as: type(of: value))
    }
}

/// The bytes of an IDX file, decompressed where they need to be.
private final class IDXSource {
    let path: String
    let fileLength: Int
    let isCompressed: Bool
    /// The longest header there is, or less when the file is shorter.
    let start: [UInt8]
    var headerLength = 0
    private let file: InputFile
    private static let longestHeader = 4 + 4 * 8

    init(_ path: String) throws(DataError) {
        self.path = path
        let file = try asData { () throws(DiskError) in try InputFile(path) }
        self.file = file
        fileLength = file.byteCount
        isCompressed = try asData { () throws(DiskError) in try GzipReader.isGzip(file) }
        if isCompressed {
            var reader = GzipReader(file)
            start = try IDXSource.read(&reader, count: IDXSource.longestHeader)
        } else {
            start = try asData { () throws(DiskError) in
                try file.read(at: 0, count: min(IDXSource.longestHeader, file.byteCount))
            }
        }
    }

    /// What the elements can be at most, whatever the header says.
    var longestBody: Int {
        let ratio = isCompressed ? GzipReader.maximumRatio : 1
        let (length, overflow) = fileLength.multipliedReportingOverflow(by: ratio)
        return min(overflow ? Int.max : length, physicalMemory()) - headerLength
    }

    /// The elements: exactly so many bytes up to the end of the file.
    func body(byteCount: Int) throws(DataError) -> [UInt8] {
        let bytes: [UInt8]
        if isCompressed {
            var reader = GzipReader(file)
            _ = try IDXSource.read(&reader, count: headerLength)
            bytes = try IDXSource.read(&reader, count: byteCount)
            let rest = try IDXSource.read(&reader, count: 1)
            if !rest.isEmpty { throw trailing(byteCount) }
        } else {
            let (file, offset) = (self.file, headerLength)
            bytes = try asData { () throws(DiskError) in
                try file.read(at: offset, count: byteCount)
            }
            if fileLength > headerLength + byteCount { throw trailing(byteCount) }
        }
        guard bytes.count == byteCount else {
            throw DataError(
                path: path, place: "byte \(headerLength + bytes.count)\(unit)",
                problem: "the file is cut short",
                expected: "\(headerLength + byteCount) bytes, as its header says")
        }
        return bytes
    }

    private var unit: String { isCompressed ? " of the decompressed data" : "" }

    private func trailing(_ byteCount: Int) -> DataError {
        DataError(
            path: path, place: "byte \(headerLength + byteCount)\(unit)",
            problem: "more data follow", expected: "the end of the file, as its header says")
    }

    private static func read(
        _ reader: inout GzipReader, count: Int
    ) throws(DataError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: DataError?
        var made = 0
        bytes.withUnsafeMutableBytes { buffer in
            do throws(DataError) { made = try reader.read(into: buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        bytes.removeLast(count - made)
        return bytes
    }
}
