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

        /// How many steps of ICU's a search may take for each byte, and how many at least.
        private static let stepsPerByte = 1000
        private static let leastSteps = 10_000_000

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
                do throws(PatternError) {
                    matcher = .expression(
                        try RegularExpression(RegularExpression.spelledOut(expression)))
                } catch {
                    // Its place is one in the expression as it was spelled out.
                    throw SubwordProblem(
                        "the regular expression \(quoted(expression))",
                        expected: "one that ICU takes")
                }
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
                let steps = Pattern.leastSteps + Pattern.stepsPerByte * part.count
                // Where a search costs more than any sensible expression does, the rest has no matches.
                return expression.matches(part, steps: steps).ranges.map {
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

extension RegularExpression {
    /// An expression whose classes are those of Oniguruma, which Hugging Face tokenizers has, also for ICU.
    fileprivate static func spelledOut(_ text: String) -> String {
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
}
