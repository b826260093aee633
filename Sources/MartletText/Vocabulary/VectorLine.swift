internal import MartletData

/// Takes the lines of a file of word vectors apart.
struct VectorLine {
    let path: String
    /// How many numbers a line has; that of the first line where nothing else is known.
    private(set) var size: Int?
    private let hasHeader: Bool
    private let limit: Int

    private static let space = UInt8(ascii: " ")
    private static let tab = UInt8(ascii: "\t")

    init(path: String, size: Int?, limit: Int) {
        self.path = path
        self.size = size
        self.limit = limit
        hasHeader = size != nil
    }

    /// How many words there are and how many numbers each has, where a line says nothing but that.
    static func header(
        _ bytes: ArraySlice<UInt8>, path: String
    ) throws(DataError) -> (words: Int, size: Int)? {
        let fields = bytes.split(whereSeparator: isSeparator)
        let numbers = fields.map { Int(String(decoding: $0, as: UTF8.self)) }
        guard fields.count == 2, let words = numbers[0], let size = numbers[1] else { return nil }
        guard words >= 0, size >= 1 else {
            throw DataError(
                path: path, place: "line 1", problem: "\(words) words of \(size) numbers",
                expected: "positive sizes")
        }
        return (words, size)
    }

    /// A line's word, and its numbers as text.
    mutating func parts(
        _ bytes: ArraySlice<UInt8>, line: Int
    ) throws(DataError) -> (word: ArraySlice<UInt8>, numbers: ArraySlice<UInt8>) {
        var bytes = bytes
        while let last = bytes.last, Self.isSeparator(last) { bytes.removeLast() }
        if size == nil { size = try firstSize(bytes, line) }
        let size = size ?? 0
        guard size <= limit else {
            throw problem("vectors have \(size) numbers", line, "at most \(limit)")
        }
        let (start, fields) = Self.tail(of: bytes, fields: size)
        guard fields == size, start > bytes.startIndex else {
            throw problem("the line has \(fields) fields", line, "a word and \(size) numbers")
        }
        let word = bytes[..<(start - 1)]
        guard !word.isEmpty else {
            throw problem("the line begins with a space", line, "a word and \(size) numbers")
        }
        if let last = word.lastIndex(where: Self.isSeparator),
            hasHeader || Self.number(word[(last + 1)...]) != nil
        {
            let more = word.split(whereSeparator: Self.isSeparator).count
            throw problem("the line has \(size + more) fields", line, "a word and \(size) numbers")
        }
        return (word, bytes[start...])
    }

    /// Reads a line's numbers.
    func append(
        _ numbers: ArraySlice<UInt8>, line: Int, to values: inout [Float]
    ) throws(DataError) {
        for field in numbers.split(
            omittingEmptySubsequences: false, whereSeparator: Self.isSeparator)
        {
            guard let value = Self.number(field) else {
                let text = String(decoding: field.prefix(40), as: UTF8.self)
                throw problem("there is \"\(text)\"", line, "a finite number")
            }
            values.append(value)
        }
    }

    private func firstSize(_ bytes: ArraySlice<UInt8>, _ line: Int) throws(DataError) -> Int {
        let separators = bytes.reduce(0) { $0 + (Self.isSeparator($1) ? 1 : 0) }
        guard separators > 0 else {
            throw problem("the line has no numbers", line, "a word and its numbers")
        }
        return separators
    }

    /// Where the last so many fields begin, and how many there are.
    private static func tail(of bytes: ArraySlice<UInt8>, fields: Int) -> (start: Int, fields: Int)
    {
        bytes.withUnsafeBufferPointer { buffer in
            var (place, count) = (buffer.count, 0)
            while place > 0 {
                place -= 1
                guard isSeparator(buffer[place]) else { continue }
                count += 1
                if count == fields { return (bytes.startIndex + place + 1, count) }
            }
            return (bytes.startIndex, count)
        }
    }

    /// A decimal number that a float can hold.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Float? {
        let isPlain = bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }
        guard isPlain, let value = Float(String(decoding: bytes, as: UTF8.self)), value.isFinite
        else { return nil }
        return value
    }

    private static func isSeparator(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    private func problem(_ problem: String, _ line: Int, _ expected: String) -> DataError {
        DataError(path: path, place: "line \(line)", problem: problem, expected: expected)
    }
}
