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
            let first = writer.bytes.count
            let space = escapesWhitespace ? Array("▁".utf8) : [0x20]
            let part = UTF8Bytes(rebasing: bytes[..<range.upperBound])
            var start = range.lowerBound
            if removesExtraWhitespace {
                while start < range.upperBound {
                    let (end, result) = prefix(part, start)
                    guard result.map({ $0 == [0x20] }) ?? bytes[start..<end].elementsEqual([0x20])
                    else { break }
                    start = end
                }
            }
            guard start < range.upperBound else { return }
            if addsDummyPrefix, !treatsWhitespaceAsSuffix {
                let origin = writer.origin(start, bytes)
                for byte in space { writer.append(byte, from: origin) }
            }
            var isAfterSpace = removesExtraWhitespace
            while start < range.upperBound {
                let (end, result) = prefix(part, start)
                let origin = writer.origin(start, bytes)
                func put(_ content: UTF8Bytes) {
                    var isLeading = isAfterSpace
                    for byte in content where byte != 0x20 || !isLeading {
                        isLeading = false
                        if byte == 0x20 {
                            for byte in space { writer.append(byte, from: origin) }
                        } else {
                            writer.append(byte, from: origin)
                        }
                        isAfterSpace = byte == 0x20 && removesExtraWhitespace
                    }
                }
                if let result {
                    result.withUnsafeBufferPointer(put)
                } else {
                    put(UTF8Bytes(rebasing: bytes[start..<end]))
                }
                start = end
            }
            if removesExtraWhitespace { writer.removeLast(space, downTo: first) }
            if addsDummyPrefix, treatsWhitespaceAsSuffix {
                let origin = writer.origin(range.upperBound - 1, bytes)
                for byte in space { writer.append(byte, from: origin) }
            }
        }
    }

    /// What the text goes on with at a place that is changed as a whole: where it ends, and what it becomes; nil for itself.
    @inline(__always)
    private func prefix(
        _ bytes: UTF8Bytes, _ start: Int
    ) -> (end: Int, result: ArraySlice<UInt8>?) {
        if symbols.begins(bytes[start]), let found = symbols.longest(in: bytes, from: start) {
            return (found.end, nil)
        }
        if let found = rules?.match(bytes, start..<bytes.count, takesLongest: true) {
            return found
        }
        return (start + UTF8Bytes.width(bytes[start]), nil)
    }
}
