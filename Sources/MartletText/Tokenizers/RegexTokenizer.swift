internal import CUnicode

/// Cuts by a regular expression of ICU's (its syntax is that of Java and, but for details, of Python).
///
/// Some expressions, `(a+)+b` among them, need time that grows exponentially with the text. A text gets a million steps
/// and 20 for each of its bytes; where they, or 8 MB for going back, do not do, the tokens found so far are followed by one
/// token of all the rest, on every machine alike.
public struct RegexTokenizer: Tokenizer {
    /// Whether the expression tells what is between the tokens, not the tokens.
    public let gaps: Bool
    private let pattern: Pattern

    /// Cuts by a regular expression.
    ///
    /// - Parameter gaps: false where the tokens are what the expression matches, without empty matches; true where they are
    ///   what is left between.
    /// - Throws: `PatternError` when it is no regular expression.
    public init(pattern: String, gaps: Bool = false) throws(PatternError) {
        self.pattern = try Pattern(pattern)
        self.gaps = gaps
    }

    /// What the expression matches, or what is between the matches.
    public func tokens(_ text: String) -> [Token] {
        let (matches, rest) = pattern.matches(text)
        return text.withBytes { bytes in
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

/// A text that should be a regular expression and is none.
public struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text.
    public let pattern: String
    /// Which of its characters, from 0, is wrong; nil when it is none of them.
    public let place: Int?

    /// The text and the place.
    public var description: String {
        let place = place.map { ": character \($0)" } ?? ""
        return "'\(pattern)'\(place): no regular expression"
    }
}

/// A compiled expression, which never changes: several threads may match it at once.
private final class Pattern: @unchecked Sendable {
    private let compiled: OpaquePointer

    init(_ pattern: String) throws(PatternError) {
        var status = CU_OK
        var place: Int32 = -1
        let compiled = pattern.withBytes {
            cu_pattern_open($0.baseAddress, $0.count, &status, &place)
        }
        guard let compiled else {
            throw PatternError(pattern: pattern, place: place < 0 ? nil : Int(place))
        }
        self.compiled = compiled
    }

    deinit { cu_pattern_close(compiled) }

    /// The matches, and where the text begins that was left when there were no more steps.
    func matches(_ text: String) -> (ranges: [Range<Int>], rest: Int?) {
        text.withBytes { bytes in
            var spans = cu_spans()
            let steps = 1_000_000 + 20 * Int64(bytes.count)
            let status = cu_matches(compiled, bytes.baseAddress, bytes.count, steps, &spans)
            defer { cu_free(spans.spans) }
            precondition(
                status == CU_OK || status == CU_STOPPED,
                "RegexTokenizer: ICU cannot match a text of \(bytes.count) bytes")
            let ranges = UnsafeBufferPointer(start: spans.spans, count: spans.count).map {
                Int($0.start)..<Int($0.end)
            }
            return (ranges, status == CU_STOPPED ? ranges.last?.upperBound ?? 0 : nil)
        }
    }
}
