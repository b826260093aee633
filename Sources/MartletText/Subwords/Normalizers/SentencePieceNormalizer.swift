/// The normaliser of SentencePiece (Kudo and Richardson, "SentencePiece", 2018): its compiled rules, the longest that fits
/// first, and white space, which becomes a part of the tokens as ▁.
public struct SentencePieceNormalizer: Sendable, Equatable {
    /// The compiled rules; nil for none.
    public var rules: SubwordTokenizer.CharacterMap?
    /// Whether a space is put before every text, so that words at its beginning are the same as within.
    public var addsDummyPrefix = true
    /// Whether spaces at the ends go, and of several in a row all but one.
    public var removesExtraWhitespace = true
    /// Whether spaces become ▁.
    public var escapesWhitespace = true
    /// Whether the space of `addsDummyPrefix` is put at the end.
    public var treatsWhitespaceAsSuffix = false
    /// Strings that stay as they are.
    public private(set) var userDefinedSymbols: [String] = []
    private var symbols = ByteTrie([])

    /// SentencePiece's ordinary choices, without rules.
    public init() {}

    mutating func keep(_ symbols: [String]) {
        userDefinedSymbols = symbols
        self.symbols = ByteTrie(symbols.enumerated().map { (Array($1.utf8), $0) })
    }

    /// Whether both do the same.
    public static func == (one: Self, other: Self) -> Bool {
        one.rules == other.rules && one.addsDummyPrefix == other.addsDummyPrefix
            && one.removesExtraWhitespace == other.removesExtraWhitespace
            && one.escapesWhitespace == other.escapesWhitespace
            && one.treatsWhitespaceAsSuffix == other.treatsWhitespaceAsSuffix
            && one.userDefinedSymbols.elementsEqual(other.userDefinedSymbols) {
                $0.utf8.elementsEqual($1.utf8)
            }
    }

    /// What a space is written as, ▁.
    static let space: UInt32 = 0x2581

    func apply(_ text: inout SubwordText) {
        text.rewrite { bytes, range, writer in
            // Code points of the result, with the index that each comes from.
            var result: [(scalar: UInt32, index: Int)] = []
            result.reserveCapacity(range.count + 1)
            var start = range.lowerBound
            if removesExtraWhitespace {
                while start < range.upperBound {
                    let (end, scalars) = prefix(bytes, start..<range.upperBound)
                    guard scalars == [0x20] else { break }
                    start = end
                }
            }
            guard start < range.upperBound else { return }
            let space = escapesWhitespace ? SentencePieceNormalizer.space : 0x20
            if addsDummyPrefix, !treatsWhitespaceAsSuffix { result.append((space, start)) }
            var isAfterSpace = removesExtraWhitespace
            while start < range.upperBound {
                let (end, scalars) = prefix(bytes, start..<range.upperBound)
                let kept = isAfterSpace ? scalars.drop { $0 == 0x20 } : scalars[...]
                for scalar in kept { result.append((scalar == 0x20 ? space : scalar, start)) }
                if let last = kept.last { isAfterSpace = last == 0x20 }
                if !removesExtraWhitespace { isAfterSpace = false }
                start = end
            }
            if removesExtraWhitespace {
                while let last = result.last, last.scalar == space { result.removeLast() }
            }
            if addsDummyPrefix, treatsWhitespaceAsSuffix {
                result.append((space, range.upperBound - 1))
            }
            for (scalar, index) in result { writer.put(scalar, at: index, of: bytes) }
        }
    }

    /// What the text begins with that is changed as a whole: where it ends and what it becomes.
    @inline(__always)
    private func prefix(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> (end: Int, scalars: [UInt32]) {
        let start = range.lowerBound
        let part = UnsafeBufferPointer(rebasing: bytes[..<range.upperBound])
        if symbols.begins(bytes[start]), let found = symbols.longest(in: part, from: start) {
            return (
                found.end, UnsafeBufferPointer(rebasing: bytes[start..<found.end]).scalars
            )
        }
        if let found = rules?.match(part, range, takesLongest: true) {
            return (found.end, found.result.withUnsafeBufferPointer(\.scalars))
        }
        let (scalar, length) = bytes.scalar(at: start)
        return (start + length, [scalar])
    }
}
