public import MartletData

extension ChineseDictionary {
    /// Reads a file in UTF-8 of words, a line each: the word, how often it occurs, and if need be a tag that is passed over,
    /// with one space between.
    ///
    /// It is read as jieba reads its `dict.txt`: of lines with the same word the last one holds, and all count in the sum.
    /// White space around lines and a byte order mark are passed over. A file has at most 256 MiB and some word.
    ///
    /// - Throws: `DataError` with the line: for one that is empty or has no frequency, for frequencies that are no whole numbers
    ///   of 0 or more or are more than 2^53 together, and for words of more than 255 UTF-16 code units.
    public init(path: String) throws(DataError) {
        try self.init(contents: DictionaryLines.contents(path), path: path)
    }

    /// Reads what such a file holds.
    ///
    /// - Parameter path: what errors call it.
    public init(contents: [UInt8], path: String) throws(DataError) {
        self.init(counting: [:])
        let lines = DictionaryLines(contents, path: path)
        // jieba's file has 10 bytes for each prefix.
        words.reserve(lines.byteCount / 10)
        var isEmpty = true
        try lines.forEach { line throws(WordTrie.Refusal) in
            let parts = try DictionaryLines.entry(line)
            try setFrequency(parts.frequency, of: parts.word, mayForbid: false)
            isEmpty = false
        }
        if isEmpty { throw DataError(path: path, problem: "no words", expected: "some") }
    }

    /// Adds the words of a file of the user's own, in order; as jieba's `load_userdict`.
    ///
    /// A line has a word, if need be followed by how often it occurs, and by a tag of small letters that is passed over. For
    /// words without a number it is what `frequency(joining:)` says; a word with 0 is added as by `add`. A word may hold
    /// spaces. Empty lines are passed over.
    ///
    /// - Throws: `DataError` with the line, after which the dictionary is what it was.
    public mutating func addWords(path: String) throws(DataError) {
        var grown = self
        try DictionaryLines(DictionaryLines.contents(path), path: path).forEach {
            line throws(WordTrie.Refusal) in
            guard !line.isEmpty else { return }
            let parts = try DictionaryLines.userEntry(line)
            let frequency =
                parts.frequency
                ?? grown.frequency(joining: String(decoding: parts.word, as: UTF8.self))
            try grown.setFrequency(frequency, of: parts.word, mayForbid: true)
        }
        self = grown
    }
}

/// The lines of a dictionary's file.
private struct DictionaryLines {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    private let path: String
    private let bytes: [UInt8]

    var byteCount: Int { bytes.count }

    init(_ bytes: [UInt8], path: String) {
        self.path = path
        self.bytes = bytes
    }

    /// What a dictionary's file holds.
    static func contents(_ path: String) throws(DataError) -> [UInt8] {
        try InputFile.contents(path, longest: 256 << 20)
    }

    /// Calls the closure with each line, without white space around it; what it throws becomes an error with the line.
    func forEach(_ body: (Bytes) throws(WordTrie.Refusal) -> Void) throws(DataError) {
        let isText = String(validating: bytes, as: UTF8.self) != nil
        try bytes.withUnsafeBufferPointer { bytes throws(DataError) in
            var (start, number) = (bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0, 1)
            while start < bytes.count {
                var end = start
                while end < bytes.count && bytes[end] != UInt8(ascii: "\n") { end += 1 }
                let line = DictionaryLines.trimmed(bytes, start..<end)
                do throws(WordTrie.Refusal) {
                    if !isText && String(validating: line, as: UTF8.self) == nil {
                        throw WordTrie.Refusal(
                            problem: "bytes that are no UTF-8", expected: "text in UTF-8")
                    }
                    try body(line)
                } catch {
                    throw DataError(
                        path: path, place: "line \(number)", problem: error.problem,
                        expected: error.expected)
                }
                start = end + 1
                number += 1
            }
        }
    }

    /// The word and the frequency of a line of jieba's file.
    static func entry(
        _ line: Bytes
    ) throws(WordTrie.Refusal) -> (word: Bytes, frequency: Int) {
        guard let space = line.firstIndex(of: UInt8(ascii: " ")) else {
            throw WordTrie.Refusal(
                problem: line.isEmpty ? "the line is empty" : "\(shown(line)) without a frequency",
                expected: "WORD FREQUENCY [TAG] with a space between")
        }
        let rest = line[(space + 1)...]
        let end = rest.firstIndex(of: UInt8(ascii: " ")) ?? line.count
        return (
            Bytes(rebasing: line[..<space]), try number(Bytes(rebasing: line[(space + 1)..<end]))
        )
    }

    /// The word and the frequency of a line of a user's file that is not empty. The tag, and before it the frequency, are as
    /// long as they can be, but that the word has a letter.
    static func userEntry(
        _ line: Bytes
    ) throws(WordTrie.Refusal) -> (word: Bytes, frequency: Int?) {
        var end = line.count
        if let space = lastPart(line, end, { $0 >= 0x61 && $0 <= 0x7A }) { end = space }
        guard let space = lastPart(line, end, { $0 >= 0x30 && $0 <= 0x39 }) else {
            return (Bytes(rebasing: line[..<end]), nil)
        }
        return (
            Bytes(rebasing: line[..<space]), try number(Bytes(rebasing: line[(space + 1)..<end]))
        )
    }

    /// Where the space is before the last letters up to `end`, which all are of a kind; nil where there are none.
    private static func lastPart(
        _ line: Bytes, _ end: Int, _ isOfKind: (UInt8) -> Bool
    ) -> Int? {
        var start = end
        while start > 0 && isOfKind(line[start - 1]) { start -= 1 }
        guard start < end, start >= 2, line[start - 1] == UInt8(ascii: " ") else { return nil }
        return start - 1
    }

    private static func number(_ digits: Bytes) throws(WordTrie.Refusal) -> Int {
        var value = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39, value <= ChineseDictionary.totalLimit else {
                value = .max
                break
            }
            value = 10 * value + Int(digit - 0x30)
        }
        guard !digits.isEmpty, value <= ChineseDictionary.totalLimit else {
            throw WordTrie.Refusal(
                problem: "the frequency \(shown(digits))",
                expected: "a whole number from 0 to \(ChineseDictionary.totalLimit)")
        }
        return value
    }

    /// Without white space of ASCII at both ends.
    private static func trimmed(_ bytes: Bytes, _ range: Range<Int>) -> Bytes {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end && isSpace(bytes[start]) { start += 1 }
        while end > start && isSpace(bytes[end - 1]) { end -= 1 }
        return Bytes(rebasing: bytes[start..<end])
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte >= 0x09 && byte <= 0x0D
    }

    private static func shown(_ bytes: Bytes) -> String {
        quoted(String(decoding: bytes.prefix(200), as: UTF8.self))
    }
}
