/// Cuts by a regular expression of ICU's (its syntax is that of Java and, but for details, of Python).
///
/// Some expressions, `(a+)+b` among them, need time that grows exponentially with the text. A text gets a million steps
/// and 20 for each of its bytes; where they, or 8 MB for going back, do not do, the tokens found so far are followed by one
/// token of all the rest, on every machine alike.
public struct RegexTokenizer: Tokenizer {
    /// Whether the expression tells what is between the tokens, not the tokens.
    public let gaps: Bool
    private let pattern: RegularExpression

    /// Cuts by a regular expression.
    ///
    /// - Parameter gaps: false where the tokens are what the expression matches, without empty matches; true where they are
    ///   what is left between.
    /// - Throws: `PatternError` when it is no regular expression.
    public init(pattern: String, gaps: Bool = false) throws(PatternError) {
        self.pattern = try RegularExpression(pattern)
        self.gaps = gaps
    }

    /// What the expression matches, or what is between the matches.
    public func tokens(_ text: String) -> [Token] {
        text.withBytes { bytes in
            let (matches, rest) = pattern.matches(bytes, steps: 1_000_000 + 20 * bytes.count)
            var ranges = matches
            if gaps {
                let starts = [0] + matches.map(\.upperBound)
                let ends = matches.map(\.lowerBound) + [rest ?? bytes.count]
                ranges = zip(starts, ends).filter { $0 < $1 }.map { $0..<$1 }
            }
            if let rest, rest < bytes.count { ranges.append(rest..<bytes.count) }
            return ranges.map { Token(bytes.text($0), range: $0) }
        }
    }
}
