/// Cuts at white space, as Python's `str.split()`.
public struct WhitespaceTokenizer: Tokenizer {
    /// Cuts at white space.
    public init() {}

    /// What lies between white space.
    public func tokens(_ text: String) -> [Token] {
        text.withBytes { bytes in
            var tokens: [Token] = []
            bytes.forEachRun(where: \.isWhiteSpace) { range, isSpace in
                if !isSpace { tokens.append(Token(bytes.text(range), range: range)) }
            }
            return tokens
        }
    }
}
