/// What tokenisers ask of a code point.
enum Scalars {
    /// Whether Unicode has the property White_Space for it.
    @inline(__always)
    static func isWhitespace(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 { return scalar == 0x20 || (scalar >= 9 && scalar <= 13) }
        if scalar < 0x1680 { return scalar == 0x85 || scalar == 0xA0 }
        switch scalar {
        case 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: return true
        default: return false
        }
    }

    /// Whether it is one of the ideographs that fill the blocks written most, which are letters.
    @inline(__always)
    private static func isCommonIdeograph(_ scalar: UInt32) -> Bool {
        scalar >= 0x4E00 && scalar <= 0x9FEF
    }

    @inline(__always)
    private static func isLatinLetter(_ scalar: UInt32) -> Bool {
        scalar | 0x20 >= 0x61 && scalar | 0x20 <= 0x7A
    }

    @inline(__always)
    private static func isLatinDigit(_ scalar: UInt32) -> Bool { scalar >= 0x30 && scalar <= 0x39 }

    private static func category(_ scalar: UInt32) -> Unicode.GeneralCategory {
        Unicode.Scalar(scalar)?.properties.generalCategory ?? .unassigned
    }

    /// Whether its general category is one of the letters' (L).
    @inline(__always)
    static func isLetter(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 { return isLatinLetter(scalar) }
        if isCommonIdeograph(scalar) { return true }
        switch category(scalar) {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return true
        default: return false
        }
    }

    /// Whether its general category is one of the numbers' (N).
    @inline(__always)
    static func isNumber(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 { return isLatinDigit(scalar) }
        if isCommonIdeograph(scalar) { return false }
        switch category(scalar) {
        case .decimalNumber, .letterNumber, .otherNumber: return true
        default: return false
        }
    }

    /// Whether `\w` of regular expressions matches it (Unicode Technical Standard 18, annex C).
    @inline(__always)
    static func isWord(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 { return isLatinLetter(scalar) || isLatinDigit(scalar) || scalar == 0x5F }
        if isCommonIdeograph(scalar) { return true }
        guard let properties = Unicode.Scalar(scalar)?.properties else { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
            return true
        default: return properties.isAlphabetic || properties.isJoinControl
        }
    }

    /// Whether it is a sign of ASCII that is no letter, digit, space or control, or its general category is one of the
    /// punctuation's (P).
    @inline(__always)
    static func isPunctuation(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 {
            return scalar > 0x20 && scalar < 0x7F && !isLatinLetter(scalar)
                && !isLatinDigit(scalar)
        }
        if isCommonIdeograph(scalar) { return false }
        switch category(scalar) {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            return true
        default: return false
        }
    }

    /// Whether it is a mark that takes no room of its own (general category Mn).
    @inline(__always)
    static func isNonspacingMark(_ scalar: UInt32) -> Bool {
        if scalar < 0x300 || isCommonIdeograph(scalar) { return false }
        return category(scalar) == .nonspacingMark
    }

    /// Whether it is a control, a format sign or of private use (general categories Cc, Cf and Co).
    @inline(__always)
    static func isControl(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 { return scalar < 0x20 || scalar == 0x7F }
        if isCommonIdeograph(scalar) { return false }
        switch category(scalar) {
        case .control, .format, .privateUse: return true
        default: return false
        }
    }
}
