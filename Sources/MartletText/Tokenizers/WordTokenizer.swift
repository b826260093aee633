/// Cuts into words by Unicode's rules and ICU's dictionaries, as `UnicodeText.words`, without white space.
public struct WordTokenizer: Tokenizer {
    /// Whether what is no word, punctuation and symbols such as emoji, makes tokens as well.
    public let keepsPunctuation: Bool

    /// Cuts into words.
    public init(keepsPunctuation: Bool = true) { self.keepsPunctuation = keepsPunctuation }

    /// The words of a text, and what is between them if it is kept.
    public func tokens(_ text: String) -> [Token] {
        let segments = UnicodeText.words(text)
        return text.withBytes { bytes in
            segments.compactMap { segment in
                if !segment.isWord && (!keepsPunctuation || isWhiteSpace(segment.range, bytes)) {
                    return nil
                }
                return Token(bytes.text(segment.range), range: segment.range)
            }
        }
    }

    private func isWhiteSpace(_ range: Range<Int>, _ bytes: UTF8Bytes) -> Bool {
        var place = range.lowerBound
        while place < range.upperBound {
            let (value, length) = bytes.scalar(at: place)
            if !value.isWhiteSpace { return false }
            place += length
        }
        return true
    }
}
