public import Martlet

/// One tensor of a safetensors file: what it is and where its bytes lie.
public struct SafetensorsEntry: Sendable, Equatable {
    /// The tensor's name.
    public let name: String
    /// The type of its elements.
    public let dtype: DType
    /// Its sizes.
    public let shape: [Int]
    /// Its bytes, counted from the start of the file.
    public let bytes: Range<Int>
}

/// The header of a safetensors file, checked against every rule of the format.
struct SafetensorsHeader {
    /// The format's limit on the header's length.
    static let maximumLength = 100_000_000
    /// The longest shape a `Tensor` may have.
    static let maximumRank = 16

    var entries: [SafetensorsEntry] = []
    var metadata: [(key: String, value: String)] = []

    /// The format's name of a type: `F32`, ...
    static func name(of dtype: DType) -> String {
        switch dtype {
        case .float32: "F32"
        case .float64: "F64"
        case .float16: "F16"
        case .bfloat16: "BF16"
        case .int64: "I64"
        case .int32: "I32"
        case .uint8: "U8"
        case .bool: "BOOL"
        }
    }

    /// Types that the format has and `DType` does not.
    private static let foreignTypes: Set<String> = [
        "I8", "I16", "U16", "U32", "U64", "C64", "F4", "F6_E2M3", "F6_E3M2", "F8_E5M2", "F8_E4M3",
        "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ",
    ]

    /// Reads a header.
    ///
    /// - Parameters:
    ///   - text: the JSON, which starts at byte 8 of the file.
    ///   - fileLength: the length of the whole file in bytes.
    init(_ text: UnsafeBufferPointer<UInt8>, fileLength: Int, path: String) throws(WeightsError) {
        guard text.first == UInt8(ascii: "{") else {
            throw WeightsError(
                path: path, byte: 8, problem: "the header does not start with '{'",
                expected: "a safetensors file: 8 bytes of length, then JSON")
        }
        var parser = SafetensorsParser(
            scanner: JSONScanner(text), dataStart: 8 + text.count, path: path)
        try parser.parse()
        entries = parser.entries
        metadata = parser.metadata
        try checkLayout(dataStart: 8 + text.count, fileLength: fileLength, path: path)
    }

    /// Tensors must follow one another from the end of the header to the end of the file.
    private func checkLayout(
        dataStart: Int, fileLength: Int, path: String
    ) throws(WeightsError) {
        var end = dataStart
        let ordered = entries.sorted {
            ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
        }
        for entry in ordered {
            guard entry.bytes.lowerBound == end else {
                let isHole = entry.bytes.lowerBound > end
                throw WeightsError(
                    path: path, tensor: entry.name, byte: entry.bytes.lowerBound,
                    problem: isHole
                        ? "\(entry.bytes.lowerBound - end) bytes belong to no tensor"
                        : "the tensor overlaps the one before it",
                    expected: "its data to start at byte \(end)")
            }
            end = entry.bytes.upperBound
        }
        guard end == fileLength else {
            throw WeightsError(
                path: path, tensor: end > fileLength ? ordered.last?.name : nil,
                byte: min(end, fileLength),
                problem: end > fileLength
                    ? "the file ends after \(fileLength) bytes" : "bytes follow the last tensor",
                expected: "\(end) bytes in all")
        }
    }

    static func dtype(named name: String) -> DType? {
        DType.allCases.first { self.name(of: $0) == name }
    }

    /// Why a type is not read.
    static func refusal(ofType name: String) -> String {
        foreignTypes.contains(name)
            ? "the type \(name), which Martlet does not have" : "an unknown type \(quoted(name))"
    }
}

/// Walks the header's JSON.
struct SafetensorsParser {
    var scanner: JSONScanner
    let dataStart: Int
    let path: String
    var entries: [SafetensorsEntry] = []
    var metadata: [(key: String, value: String)] = []
    private var tensor: String?

    init(scanner: JSONScanner, dataStart: Int, path: String) {
        self.scanner = scanner
        self.dataStart = dataStart
        self.path = path
    }

    mutating func parse() throws(WeightsError) {
        do throws(JSONScanner.Failure) {
            try parseHeader()
        } catch {
            throw WeightsError(
                path: path, tensor: tensor, byte: 8 + error.byte, problem: error.problem,
                expected: error.expected)
        }
    }

    private mutating func parseHeader() throws(JSONScanner.Failure) {
        try scanner.expect("{")
        var names: Set<String> = []
        var isFirst = true
        while try scanner.hasItem(isFirst: isFirst, closing: "}") {
            isFirst = false
            let start = nextByte()
            let name = try scanner.string()
            guard names.insert(name).inserted else {
                throw JSONScanner.Failure(
                    byte: start, problem: "a second \(quoted(name))", expected: "every name once")
            }
            try scanner.expect(":")
            if name == "__metadata__" {
                try parseMetadata()
            } else {
                tensor = name
                try parseTensor(name)
                tensor = nil
            }
        }
        if scanner.peek() != nil { throw scanner.failure(expected: "nothing but spaces after '}'") }
    }

    private mutating func parseMetadata() throws(JSONScanner.Failure) {
        try scanner.expect("{")
        var keys: Set<String> = []
        var isFirst = true
        while try scanner.hasItem(isFirst: isFirst, closing: "}") {
            isFirst = false
            let start = nextByte()
            let key = try scanner.string()
            guard keys.insert(key).inserted else {
                throw JSONScanner.Failure(
                    byte: start, problem: "a second \(quoted(key)) in __metadata__",
                    expected: "every key once")
            }
            try scanner.expect(":")
            guard scanner.peek() == UInt8(ascii: "\"") else {
                throw scanner.failure(expected: "a string as the value of \(quoted(key))")
            }
            metadata.append((key, try scanner.string()))
        }
    }

    private mutating func parseTensor(_ name: String) throws(JSONScanner.Failure) {
        let start = nextByte()
        var dtype: DType?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.expect("{")
        var isFirst = true
        while try scanner.hasItem(isFirst: isFirst, closing: "}") {
            isFirst = false
            let keyStart = nextByte()
            let key = try scanner.string()
            try scanner.expect(":")
            switch key {
            case "dtype" where dtype == nil: dtype = try parseType()
            case "shape" where shape == nil:
                shape = try parseNumbers(atMost: SafetensorsHeader.maximumRank, "sizes")
            case "data_offsets" where offsets == nil:
                offsets = try parseNumbers(atMost: 2, "data_offsets")
            default:
                throw JSONScanner.Failure(
                    byte: keyStart, problem: "the key \(quoted(key))",
                    expected: "dtype, shape and data_offsets, each once")
            }
        }
        guard let dtype, let shape, let offsets, offsets.count == 2 else {
            throw JSONScanner.Failure(
                byte: start, problem: "an incomplete description",
                expected: "dtype, shape and two data_offsets")
        }
        let (low, lowCarry) = offsets[0].addingReportingOverflow(dataStart)
        let (high, highCarry) = offsets[1].addingReportingOverflow(dataStart)
        guard !lowCarry && !highCarry && low <= high else {
            throw JSONScanner.Failure(
                byte: start, problem: "data_offsets \(offsets)",
                expected: "a start that is not after the end")
        }
        guard let size = byteCount(shape, itemSize: dtype.itemSize), size == high - low else {
            throw JSONScanner.Failure(
                byte: start, problem: "data_offsets \(offsets) of \(high - low) bytes",
                expected: byteCount(shape, itemSize: dtype.itemSize).map {
                    "\($0) bytes for \(dtype) of shape \(shape)"
                } ?? "a shape whose size fits 64 bits, not \(shape)")
        }
        entries.append(
            SafetensorsEntry(name: name, dtype: dtype, shape: shape, bytes: low..<high))
    }

    private mutating func parseType() throws(JSONScanner.Failure) -> DType {
        let start = nextByte()
        let name = try scanner.string()
        guard let dtype = SafetensorsHeader.dtype(named: name) else {
            throw JSONScanner.Failure(
                byte: start, problem: SafetensorsHeader.refusal(ofType: name),
                expected: "one of "
                    + DType.allCases.map(SafetensorsHeader.name).joined(separator: ", "))
        }
        return dtype
    }

    private mutating func parseNumbers(
        atMost limit: Int, _ what: String
    ) throws(JSONScanner.Failure) -> [Int] {
        try scanner.expect("[")
        var numbers: [Int] = []
        while try scanner.hasItem(isFirst: numbers.isEmpty, closing: "]") {
            guard numbers.count < limit else {
                throw scanner.failure(expected: "at most \(limit) \(what)")
            }
            numbers.append(try scanner.natural())
        }
        return numbers
    }

    private mutating func nextByte() -> Int {
        scanner.skipSpace()
        return scanner.position
    }
}
