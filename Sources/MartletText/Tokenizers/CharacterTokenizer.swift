/// Cuts into code points, as Python's `list(str)`.
public struct CharacterTokenizer: Tokenizer {
    /// Whether white space makes no tokens.
    public let skipsWhiteSpace: Bool

    /// Cuts into code points.
    public init(skipsWhiteSpace: Bool = false) { self.skipsWhiteSpace = skipsWhiteSpace }

    /// The code points of a text.
    public func tokens(_ text: String) -> [Token] {
        text.withBytes { bytes in
            var tokens: [Token] = []
            tokens.reserveCapacity(bytes.count / 2)
            var place = 0
            while place < bytes.count {
                let (value, length) = bytes.scalar(at: place)
                let range = place..<(place + length)
                if !skipsWhiteSpace || !value.isWhiteSpace {
                    tokens.append(Token(bytes.text(range), range: range))
                }
                place += length
            }
            return tokens
        }
    }
}
