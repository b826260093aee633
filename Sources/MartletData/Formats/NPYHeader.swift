internal import Martlet

/// The header of an npy file: a dictionary in Python's notation, read by its small grammar and never evaluated.
///
/// Format: `numpy.lib.format`, versions 1.0, 2.0 and 3.0.
struct NPYHeader: Equatable {
    static let magic = [0x93] + Array("NUMPY".utf8)
    /// NumPy's own limit, in bytes.
    static let maximumLength = 10_000

    let element: NPYElement
    let isBigEndian: Bool
    /// Whether the first dimension is the innermost.
    let isFortranOrder: Bool
    let shape: [Int]

    /// Reads a header.
    init(_ text: UnsafeBufferPointer<UInt8>) throws(JSONScanner.Failure) {
        var parser = NPYHeaderParser(scanner: JSONScanner(text))
        self = try parser.parse()
    }

    init(element: NPYElement, isBigEndian: Bool, isFortranOrder: Bool, shape: [Int]) {
        self.element = element
        self.isBigEndian = isBigEndian
        self.isFortranOrder = isFortranOrder
        self.shape = shape
    }

    /// Everything before the elements, in NumPy's own bytes: version 1.0, filled with spaces to a multiple of 64.
    static func bytes(of tensor: Tensor) -> [UInt8] {
        let order = tensor.dtype.itemSize == 1 ? "|" : "<"
        let sizes = tensor.shape.map(String.init).joined(separator: ", ")
        var text = "{'descr': '\(order)\(NPYElement(tensor.dtype).rawValue)', "
        text += "'fortran_order': False, 'shape': (\(sizes)\(tensor.ndim == 1 ? "," : "")), }"
        // NumPy leaves room for the first size to grow to 21 digits.
        if let first = tensor.shape.first {
            text += String(repeating: " ", count: 21 - String(first).utf8.count)
        }
        let start = magic.count + 4
        text += String(repeating: " ", count: 64 - (start + text.utf8.count + 1) % 64) + "\n"
        let length = text.utf8.count
        return magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(text.utf8)
    }
}

/// The element types that are read, by NumPy's names without the byte order.
enum NPYElement: String, CaseIterable {
    case bool = "b1"
    case int8 = "i1"
    case uint8 = "u1"
    case int16 = "i2"
    case uint16 = "u2"
    case int32 = "i4"
    case uint32 = "u4"
    case int64 = "i8"
    case float16 = "f2"
    case float32 = "f4"
    case float64 = "f8"

    /// The element type that a tensor is written as.
    init(_ dtype: DType) {
        switch dtype {
        case .bool: self = .bool
        case .uint8: self = .uint8
        case .int32: self = .int32
        case .int64: self = .int64
        case .float16: self = .float16
        case .float32: self = .float32
        case .float64: self = .float64
        case .bfloat16:
            preconditionFailure("NPY: NumPy has no bfloat16; expected another type: to(.float32)")
        }
    }

    /// Bytes an element takes in the file.
    var size: Int {
        switch self {
        case .bool, .int8, .uint8: 1
        case .int16, .uint16, .float16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .float64: 8
        }
    }

    /// What it becomes: itself or the next wider type.
    var dtype: DType {
        switch self {
        case .bool: .bool
        case .uint8: .uint8
        case .int8, .int16, .uint16, .int32: .int32
        case .uint32, .int64: .int64
        case .float16: .float16
        case .float32: .float32
        case .float64: .float64
        }
    }

    /// What a type that is not read is.
    static func refusal(of name: String) -> String {
        let what: String? =
            switch name.dropFirst().first {
            case "O": "Python objects, which are pickled and never loaded"
            case "c": "complex numbers"
            case "S", "a", "U": "text"
            case "M", "m": "dates or durations"
            case "V": "raw or structured records"
            case "u" where name.dropFirst() == "u8": "unsigned integers of 64 bits"
            case "f": "floating-point numbers of an unusual size"
            default: nil
            }
        return "the type \(quoted(name))" + (what.map { ": \($0)" } ?? "")
    }
}

private struct NPYHeaderParser {
    var scanner: JSONScanner
    private var type: (element: NPYElement, isBigEndian: Bool)?
    private var isFortranOrder: Bool?
    private var shape: [Int]?

    init(scanner: JSONScanner) { self.scanner = scanner }

    mutating func parse() throws(JSONScanner.Failure) -> NPYHeader {
        try scanner.expect("{")
        while scanner.peek() != UInt8(ascii: "}") {
            try parseEntry()
            guard scanner.peek() == UInt8(ascii: ",") else { break }
            try scanner.expect(",")
        }
        let end = scanner.position
        try scanner.expect("}")
        guard let type, let isFortranOrder, let shape else {
            throw JSONScanner.Failure(
                byte: end, problem: "an incomplete header",
                expected: "'descr', 'fortran_order' and 'shape'")
        }
        if scanner.peek() != nil { throw scanner.failure(expected: "nothing but spaces after '}'") }
        return NPYHeader(
            element: type.element, isBigEndian: type.isBigEndian, isFortranOrder: isFortranOrder,
            shape: shape)
    }

    private mutating func parseEntry() throws(JSONScanner.Failure) {
        scanner.skipSpace()
        let start = scanner.position
        let key = try scanner.pythonString()
        try scanner.expect(":")
        switch key {
        case "descr" where type == nil: type = try parseType()
        case "fortran_order" where isFortranOrder == nil: isFortranOrder = try parseFlag()
        case "shape" where shape == nil: shape = try parseShape()
        default:
            throw JSONScanner.Failure(
                byte: start, problem: "the key \(quoted(key))",
                expected: "'descr', 'fortran_order' and 'shape', each once")
        }
    }

    private mutating func parseType() throws(JSONScanner.Failure) -> (NPYElement, Bool) {
        let expected = "one of " + NPYElement.allCases.map(\.rawValue).joined(separator: ", ")
        if let next = scanner.peek(), next == UInt8(ascii: "[") || next == UInt8(ascii: "(") {
            throw JSONScanner.Failure(
                byte: scanner.position, problem: "a structured type", expected: expected)
        }
        let start = scanner.position
        let name = try scanner.pythonString()
        let isOrdered = name.hasPrefix("<") || name.hasPrefix(">")
        guard let element = NPYElement(rawValue: String(name.dropFirst())),
            isOrdered || name.hasPrefix("|") && element.size == 1
        else {
            throw JSONScanner.Failure(
                byte: start, problem: NPYElement.refusal(of: name),
                expected: expected + " after '<' or '>'")
        }
        return (element, name.hasPrefix(">") && element.size > 1)
    }

    private mutating func parseFlag() throws(JSONScanner.Failure) -> Bool {
        if scanner.skip("True") { return true }
        if scanner.skip("False") { return false }
        throw scanner.failure(expected: "True or False")
    }

    private mutating func parseShape() throws(JSONScanner.Failure) -> [Int] {
        try scanner.expect("(")
        var sizes: [Int] = []
        while scanner.peek() != UInt8(ascii: ")") {
            guard sizes.count < SafetensorsHeader.maximumRank else {
                throw scanner.failure(expected: "at most \(SafetensorsHeader.maximumRank) sizes")
            }
            sizes.append(try scanner.natural())
            // One size needs a comma to be a tuple.
            guard sizes.count == 1 || scanner.peek() == UInt8(ascii: ",") else { break }
            try scanner.expect(",")
        }
        try scanner.expect(")")
        return sizes
    }
}

// What Python's notation has besides the brackets, spaces and numbers of JSON's.
extension JSONScanner {
    /// A string in either kind of quotes, without escapes.
    fileprivate mutating func pythonString() throws(Failure) -> String {
        guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw failure(expected: "a string in quotes")
        }
        let start = position + 1
        position = start
        while position < bytes.count, bytes[position] != quote {
            guard (0x20..<0x7f).contains(bytes[position]), bytes[position] != UInt8(ascii: "\\")
            else { throw failure(expected: "plain text in quotes") }
            position += 1
        }
        guard position < bytes.count else {
            throw failure(expected: "the closing quote of a string")
        }
        position += 1
        return String(decoding: bytes[start..<(position - 1)], as: UTF8.self)
    }

    /// Whether this word is next; it is then read.
    fileprivate mutating func skip(_ word: String) -> Bool {
        skipSpace()
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }
}
