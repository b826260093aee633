/// How the byte-level models of GPT-2 and its followers cut texts into words: their regular expressions, as a scan.
///
/// Every byte of a text is in a match, so that each match begins where the one before ends.
enum WordPattern: Sendable, Equatable {
    /// GPT-2 (Radford et al., "Language models are unsupervised multitask learners", 2019).
    case gpt2
    /// GPT-4, Llama 3 and Qwen 2, which differ in how many digits are a word.
    case gpt4(digits: Int)

    /// GPT-2's regular expression.
    static let gpt2Text =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    /// The pattern of a regular expression; nil where it is another.
    init?(_ text: String) {
        switch text {
        case WordPattern.gpt2Text: self = .gpt2
        case WordPattern.gpt4Text(digits: #"\p{N}{1,3}"#): self = .gpt4(digits: 3)
        case WordPattern.gpt4Text(digits: #"\p{N}"#): self = .gpt4(digits: 1)
        default: return nil
        }
    }

    private static func gpt4Text(digits: String) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    /// Where the match ends that begins at a place of a text.
    func end(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, limit: Int) -> Int {
        if bytes[start] == UInt8(ascii: "'"),
            let end = contractionEnd(bytes, start, limit: limit)
        {
            return end
        }
        let scan = Scan(bytes: bytes, limit: limit)
        let first = scan.kind(start)
        switch self {
        case .gpt2:
            let isSpace = bytes[start] == UInt8(ascii: " ")
            let inner = isSpace ? start + 1 : start
            guard inner < limit else { break }
            let kind = isSpace ? scan.kind(inner).kind : first.kind
            if kind != .space { return scan.end(of: kind, from: inner) }
        case .gpt4(let digits):
            if first.kind == .letter { return scan.end(of: .letter, from: start) }
            if first.kind == .number {
                return scan.end(of: .number, from: start, atMost: digits)
            }
            let second = start + first.length
            let isNewline = Scan.isNewline(bytes[start])
            if !isNewline, second < limit, scan.kind(second).kind == .letter {
                return scan.end(of: .letter, from: second)
            }
            let inner = bytes[start] == UInt8(ascii: " ") ? second : start
            if inner < limit, scan.kind(inner).kind == .other {
                return scan.newlines(from: scan.end(of: .other, from: inner))
            }
        }
        return spaceEnd(scan, from: start)
    }

    /// White space: all of it before the end of the text, else all but the last, which goes with the word behind it.
    private func spaceEnd(_ scan: Scan, from start: Int) -> Int {
        var (end, last, newline) = (start, start, start)
        while end < scan.limit {
            let (kind, length) = scan.kind(end)
            guard kind == .space else { break }
            last = end
            if Scan.isNewline(scan.bytes[end]) { newline = end + 1 }
            end += length
        }
        if case .gpt4 = self, newline > start { return newline }
        return end == scan.limit || last == start ? end : last
    }

    private func contractionEnd(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, limit: Int
    ) -> Int? {
        guard start + 1 < limit else { return nil }
        let fold: UInt8 = self == .gpt2 ? 0 : 0x20
        let first = bytes[start + 1] | fold
        let second = start + 2 < limit ? bytes[start + 2] | fold : 0
        switch (first, second) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _),
            (UInt8(ascii: "d"), _):
            return start + 2
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return start + 3
        default:
            // The long s, ſ, is an s where case does not count.
            guard self != .gpt2, start + 2 < limit, bytes[start + 1] == 0xC5,
                bytes[start + 2] == 0xBF
            else { return nil }
            return start + 3
        }
    }

    /// Runs of code points of one kind.
    private struct Scan {
        enum Kind { case letter, number, space, other }

        let bytes: UnsafeBufferPointer<UInt8>
        let limit: Int

        @inline(__always)
        func kind(_ index: Int) -> (kind: Kind, length: Int) {
            let (scalar, length) = bytes.scalar(at: index)
            if Scalars.isLetter(scalar) { return (.letter, length) }
            if Scalars.isWhitespace(scalar) { return (.space, length) }
            return (Scalars.isNumber(scalar) ? .number : .other, length)
        }

        func end(of wanted: Kind, from start: Int, atMost count: Int = .max) -> Int {
            var end = start
            var left = count
            while end < limit, left > 0 {
                let (kind, length) = kind(end)
                guard kind == wanted else { break }
                end += length
                left -= 1
            }
            return end
        }

        func newlines(from start: Int) -> Int {
            var end = start
            while end < limit, Scan.isNewline(bytes[end]) { end += 1 }
            return end
        }

        static func isNewline(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
    }
}
