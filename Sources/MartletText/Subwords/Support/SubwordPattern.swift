internal import CUnicode
public import MartletData

extension SubwordTokenizer {
    /// What is looked for in a text: a string as it stands, or a regular expression.
    ///
    /// The expressions of GPT-2, GPT-4, Llama 3 and Qwen 2 are scans written for them; others are ICU's, whose syntax has
    /// what tokenisers use.
    public struct Pattern: Sendable, Equatable {
        /// The string or expression.
        public let text: String
        /// Whether it is an expression.
        public let isRegex: Bool
        private let matcher: Matcher

        private enum Matcher: Sendable {
            case literal([UInt8])
            case words(WordPattern)
            case expression(RegularExpression)
        }

        /// A string as it stands.
        public init(_ text: String) {
            self.text = text
            isRegex = false
            matcher = .literal(Array(text.utf8))
        }

        /// A regular expression.
        ///
        /// - Throws: `DataError` where it is none; its path is the expression.
        public init(regex: String) throws(DataError) {
            do throws(SubwordProblem) {
                try self.init(expression: regex)
            } catch {
                throw DataError(path: regex, problem: error.problem, expected: error.expected)
            }
        }

        init(expression: String) throws(SubwordProblem) {
            text = expression
            isRegex = true
            if let words = WordPattern(expression) {
                matcher = .words(words)
            } else {
                matcher = .expression(try RegularExpression(expression))
            }
        }

        /// Whether both look for the same.
        public static func == (one: Pattern, other: Pattern) -> Bool {
            one.isRegex == other.isRegex && one.text.utf8.elementsEqual(other.text.utf8)
        }

        /// The matches in a part of a text, from the left; none is empty. An expression sees no more than the part.
        func matches(_ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>) -> [Range<Int>] {
            switch matcher {
            case .literal(let wanted): return literals(wanted, bytes, range)
            case .words(let words):
                var result: [Range<Int>] = []
                var start = range.lowerBound
                while start < range.upperBound {
                    let end = words.end(bytes, from: start, limit: range.upperBound)
                    result.append(start..<end)
                    start = end
                }
                return result
            case .expression(let expression):
                let part = UnsafeBufferPointer(rebasing: bytes[range])
                return expression.matches(part).map {
                    ($0.lowerBound + range.lowerBound)..<($0.upperBound + range.lowerBound)
                }
            }
        }

        private func literals(
            _ wanted: [UInt8], _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
        ) -> [Range<Int>] {
            guard let first = wanted.first else { return [] }
            var result: [Range<Int>] = []
            var start = range.lowerBound
            while start + wanted.count <= range.upperBound {
                if bytes[start] == first,
                    bytes[start..<(start + wanted.count)].elementsEqual(wanted)
                {
                    result.append(start..<(start + wanted.count))
                    start += wanted.count
                } else {
                    start += 1
                }
            }
            return result
        }
    }
}

/// A regular expression of ICU.
final class RegularExpression: @unchecked Sendable {
    // Never changed; ICU's patterns may be used by several threads.
    private let pattern: OpaquePointer

    /// How many steps of ICU's a search may take for each byte, and how many at least.
    private static let stepsPerByte = 1000
    private static let leastSteps = 10_000_000

    /// - Throws: `SubwordProblem` where ICU does not take it.
    init(_ text: String) throws(SubwordProblem) {
        var pattern = RegularExpression.spelledOut(text)
        var status = CU_OK
        var place: Int32 = 0
        let opened = pattern.withUTF8 {
            cu_pattern_open($0.baseAddress, $0.count, &status, &place)
        }
        guard let opened else {
            throw SubwordProblem(
                "the regular expression \(quoted(text)), wrong at its character \(place)",
                expected: "one that ICU takes")
        }
        self.pattern = opened
    }

    /// An expression whose classes are those of Oniguruma, which Hugging Face tokenizers has, also for ICU.
    private static func spelledOut(_ text: String) -> String {
        var result: [UInt8] = []
        var isEscaped = false
        for byte in text.utf8 {
            guard isEscaped else {
                if byte == UInt8(ascii: "\\") { isEscaped = true } else { result.append(byte) }
                continue
            }
            isEscaped = false
            switch byte {
            case UInt8(ascii: "w"): result += #"[\p{L}\p{M}\p{N}\p{Pc}]"#.utf8
            case UInt8(ascii: "W"): result += #"[^\p{L}\p{M}\p{N}\p{Pc}]"#.utf8
            case UInt8(ascii: "s"): result += #"\p{White_Space}"#.utf8
            case UInt8(ascii: "S"): result += #"\P{White_Space}"#.utf8
            default: result += [UInt8(ascii: "\\"), byte]
            }
        }
        if isEscaped { result.append(UInt8(ascii: "\\")) }
        return String(decoding: result, as: UTF8.self)
    }

    deinit { cu_pattern_close(pattern) }

    /// The matches, from the left. Where a search costs more than any sensible expression does, it ends, and there are no
    /// more.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var result = cu_spans(spans: nil, count: 0)
        let steps = RegularExpression.leastSteps + RegularExpression.stepsPerByte * text.count
        _ = cu_matches(pattern, text.baseAddress, text.count, Int64(steps), &result)
        defer { cu_free(result.spans) }
        return UnsafeBufferPointer(start: result.spans, count: result.count).map {
            Int($0.start)..<Int($0.end)
        }
    }
}
