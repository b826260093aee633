/// Text files that are a list, line by line.
package enum TextLines {
    /// The lines of a file that are not empty, without spaces around them.
    static func read(_ path: String) throws(DataError) -> [String] {
        try numbered(path, longest: 1 << 20).map(\.text)
    }

    /// The lines of a file that are not empty, without spaces around them, each with its number, from 1.
    ///
    /// - Parameter longest: a file of more bytes is refused unread.
    /// - Throws: `DataError`, also for what is no UTF-8.
    package static func numbered(
        _ path: String, longest: Int
    ) throws(DataError) -> [(number: Int, text: String)] {
        let bytes = try InputFile.contents(path, longest: longest)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DataError(path: path, problem: "it is not UTF-8", expected: "text in UTF-8")
        }
        var lines: [(number: Int, text: String)] = []
        let all = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in all.enumerated() {
            let inner = trimmed(line)
            if !inner.isEmpty { lines.append((index + 1, inner)) }
        }
        return lines
    }

    /// A text without white space around it.
    package static func trimmed(_ text: some StringProtocol) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }
}
