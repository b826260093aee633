extension SubwordTokenizer {
    /// Changes texts before they are cut: each case is one of Hugging Face tokenizers' normalizers.
    public indirect enum Normalizer: Sendable, Equatable {
        /// Unicode normalisation form C.
        case nfc
        /// Unicode normalisation form D.
        case nfd
        /// Unicode normalisation form KC.
        case nfkc
        /// Unicode normalisation form KD.
        case nfkd
        /// Each code point's lower case.
        case lowercase
        /// Without marks; what has marks in itself is to be decomposed before.
        case stripAccents
        /// Without white space at the ends.
        case strip(left: Bool = true, right: Bool = true)
        /// Another text in the place of each match.
        case replace(Pattern, with: String)
        /// A text before every text that is not empty.
        case prepend(String)
        /// BERT's: controls removed and all white space a space; spaces around Chinese characters; without accents, which
        /// nil leaves to `lowercases`; in lower case.
        case bert(
            cleansText: Bool = true, padsChinese: Bool = true, stripsAccents: Bool? = nil,
            lowercases: Bool = true)
        /// That of SentencePiece's `nmt` rules: without controls, other white space as spaces.
        case nmt
        /// SentencePiece's compiled rules, applied as Hugging Face tokenizers does.
        case precompiled(CharacterMap)
        /// Each byte as a code point that can be seen, as GPT-2 has it.
        case byteLevel
        /// SentencePiece's normaliser: its compiled rules as itself applies them, white space and dummy prefix.
        case sentencePiece(SentencePieceNormalizer)
        /// One after another.
        case sequence([Normalizer])

        /// Changes each piece that is no token yet.
        func apply(_ text: inout SubwordText) {
            switch self {
            case .nfc: NormalizationForm.nfc.apply(&text)
            case .nfd: NormalizationForm.nfd.apply(&text)
            case .nfkc: NormalizationForm.nfkc.apply(&text)
            case .nfkd: NormalizationForm.nfkd.apply(&text)
            case .lowercase: text.lowercase()
            case .stripAccents: text.filter { !Scalars.isMark($0) }
            case .strip(let left, let right): text.strip(left: left, right: right)
            case .replace(let pattern, let content): text.replace(pattern, with: content)
            case .prepend(let prefix): text.prepend(prefix)
            case .bert(let cleans, let pads, let strips, let lowercases):
                if cleans || pads { text.cleanForBERT(cleans: cleans, pads: pads) }
                if strips ?? lowercases {
                    NormalizationForm.nfd.apply(&text)
                    text.filter { !Scalars.isNonspacingMark($0) }
                }
                if lowercases { text.lowercase() }
            case .nmt: text.normalizeForNMT()
            case .precompiled(let map): map.apply(&text)
            case .byteLevel: text.mapBytes()
            case .sentencePiece(let normalizer): normalizer.apply(&text)
            case .sequence(let normalizers):
                for normalizer in normalizers { normalizer.apply(&text) }
            }
        }
    }
}

extension SubwordText {
    /// Leaves out the code points of which the closure says no.
    mutating func filter(_ isKept: (UInt32) -> Bool) {
        guard contains({ $0.containsScalar { !isKept($0) } }) else { return }
        rewrite { bytes, range, writer in
            bytes.forEachScalar(in: range) { scalar, index in
                if isKept(scalar) { writer.put(scalar, at: index, of: bytes) }
            }
        }
    }

    /// Every code point's lower case, whatever stands around it.
    mutating func lowercase() {
        guard contains({ $0.containsScalar(where: Scalars.changesInLowerCase) }) else { return }
        rewrite { bytes, range, writer in
            bytes.forEachScalar(in: range) { scalar, index in
                if scalar < 0x80 {
                    let isUpper = scalar >= 0x41 && scalar <= 0x5A
                    writer.put(isUpper ? scalar | 0x20 : scalar, at: index, of: bytes)
                } else if Scalars.changesInLowerCase(scalar),
                    let lower = Unicode.Scalar(scalar)?.properties.lowercaseMapping
                {
                    writer.put(lower, at: index, of: bytes)
                } else {
                    writer.put(scalar, at: index, of: bytes)
                }
            }
        }
    }

    /// Leaves out white space at the ends of pieces.
    mutating func strip(left: Bool, right: Bool) {
        rewrite { bytes, range, writer in
            var (start, end) = (range.lowerBound, range.upperBound)
            while left, start < end {
                let (scalar, length) = bytes.scalar(at: start)
                guard Scalars.isWhitespace(scalar) else { break }
                start += length
            }
            while right, start < end {
                let last = bytes.scalarStart(before: end)
                guard Scalars.isWhitespace(bytes.scalar(at: last).value) else { break }
                end = last
            }
            writer.keep(start..<end, of: bytes)
        }
    }

    /// Puts another text in the place of each match; it comes from where the match ended.
    mutating func replace(_ pattern: SubwordTokenizer.Pattern, with content: String) {
        rewrite { bytes, range, writer in
            var start = range.lowerBound
            for match in pattern.matches(bytes, in: range) {
                writer.keep(start..<match.lowerBound, of: bytes)
                writer.put(content, at: match.upperBound - 1, of: bytes)
                start = match.upperBound
            }
            writer.keep(start..<range.upperBound, of: bytes)
        }
    }

    /// Puts a text before each piece; it comes from where the piece's first code point does.
    mutating func prepend(_ prefix: String) {
        rewrite { bytes, range, writer in
            writer.put(prefix, at: range.lowerBound, of: bytes)
            writer.keep(range, of: bytes)
        }
    }

    /// What SentencePiece's rules for translation do beside normalisation form KC.
    fileprivate mutating func normalizeForNMT() {
        filter { scalar in
            switch scalar {
            case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: false
            default: true
            }
        }
        rewrite { bytes, range, writer in
            bytes.forEachScalar(in: range) { scalar, index in
                switch scalar {
                case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581,
                    0xFEFF, 0xFFFD:
                    writer.put(0x20, at: index, of: bytes)
                default: writer.put(scalar, at: index, of: bytes)
                }
            }
        }
    }

    /// BERT's first two steps.
    fileprivate mutating func cleanForBERT(cleans: Bool, pads: Bool) {
        rewrite { bytes, range, writer in
            bytes.forEachScalar(in: range) { scalar, index in
                if pads, Scalars.isChinese(scalar) {
                    writer.put(0x20, at: index, of: bytes)
                    writer.put(scalar, at: index, of: bytes)
                    writer.put(0x20, at: index, of: bytes)
                } else if cleans, Scalars.isBERTWhitespace(scalar) {
                    writer.put(0x20, at: index, of: bytes)
                } else if !cleans || !Scalars.isBERTControl(scalar) {
                    writer.put(scalar, at: index, of: bytes)
                }
            }
        }
    }

    /// Every byte as the code point that GPT-2 gives it.
    mutating func mapBytes() {
        rewrite { bytes, range, writer in
            for index in range {
                writer.put(ByteLevel.scalars[Int(bytes[index])], at: index, of: bytes)
            }
        }
    }
}

extension Scalars {
    /// Whether it has another lower case.
    @inline(__always)
    static func changesInLowerCase(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 { return scalar >= 0x41 && scalar <= 0x5A }
        if scalar >= 0x2E80 && scalar <= 0xA63F { return false }
        return Unicode.Scalar(scalar)?.properties.changesWhenLowercased ?? false
    }

    /// Whether its general category is one of the marks' (M).
    static func isMark(_ scalar: UInt32) -> Bool {
        guard scalar >= 0x300, let value = Unicode.Scalar(scalar) else { return false }
        switch value.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: return false
        }
    }

    /// What BERT calls a Chinese character: the blocks as Hugging Face tokenizers has them.
    @inline(__always)
    fileprivate static func isChinese(_ scalar: UInt32) -> Bool {
        if scalar < 0x3400 { return false }
        switch scalar {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
            0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            return true
        default: return false
        }
    }

    /// What becomes a space for BERT.
    @inline(__always)
    fileprivate static func isBERTWhitespace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x09, 0x0A, 0x0D: true
        case 0x0B, 0x0C, 0x85: false
        default: isWhitespace(scalar)
        }
    }

    /// What is left out for BERT.
    @inline(__always)
    fileprivate static func isBERTControl(_ scalar: UInt32) -> Bool {
        scalar == 0 || scalar == 0xFFFD || isControl(scalar)
    }
}

/// GPT-2's way to write bytes as text: those that are signs of Latin 1 as these, the others as code points from 256 on.
enum ByteLevel {
    /// The code point of each byte.
    static let scalars: [UInt32] = {
        var next: UInt32 = 256
        return (0..<256).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return UInt32(byte)
            default:
                next += 1
                return next - 1
            }
        }
    }()

    /// The byte of each code point below 324; nil for those that stand for none.
    static let bytes: [UInt8?] = {
        var result = [UInt8?](repeating: nil, count: 324)
        for (byte, scalar) in scalars.enumerated() { result[Int(scalar)] = UInt8(byte) }
        return result
    }()

    /// What a space becomes, Ġ.
    static let space: UInt32 = 0x120
}
