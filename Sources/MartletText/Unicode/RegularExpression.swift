internal import CUnicode

/// A regular expression of ICU's, compiled.
///
/// `@unchecked Sendable`: what ICU compiles never changes and may be used by several threads at once; each search makes a
/// matcher of its own.
final class RegularExpression: @unchecked Sendable {
    private let compiled: OpaquePointer

    /// - Throws: `PatternError` when it is no regular expression.
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

    /// The matches that are not empty, and where the text begins that was left when there were no more steps; nil where all
    /// was searched.
    ///
    /// - Parameters:
    ///   - bytes: a text, of fewer than 2 GiB.
    ///   - steps: how many of ICU's steps the search may take.
    func matches(
        _ bytes: UTF8Bytes, steps: Int
    ) -> (ranges: [Range<Int>], rest: Int?) {
        var spans = cu_spans()
        let status = cu_matches(compiled, bytes.baseAddress, bytes.count, Int64(steps), &spans)
        defer { cu_free(spans.spans) }
        precondition(
            status == CU_OK || status == CU_STOPPED,
            "RegularExpression: ICU cannot search a text of \(bytes.count) bytes (status \(status))"
        )
        let ranges = UnsafeBufferPointer(start: spans.spans, count: spans.count).map {
            Int($0.start)..<Int($0.end)
        }
        return (ranges, status == CU_STOPPED ? ranges.last?.upperBound ?? 0 : nil)
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
