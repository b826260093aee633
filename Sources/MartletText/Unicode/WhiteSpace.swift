extension UInt32 {
    /// Whether a code point is white space: Unicode's property White_Space and, as in Python, the separators U+001C to U+001F.
    var isWhiteSpace: Bool {
        switch self {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
            0x205F, 0x3000:
            true
        default: false
        }
    }
}

extension UTF8Bytes {
    /// The longest runs of code points for which a rule holds or does not, one after the other.
    func forEachRun(
        where rule: (UInt32) -> Bool, _ body: (_ range: Range<Int>, _ holds: Bool) -> Void
    ) {
        var (start, place, holds) = (0, 0, false)
        while place < count {
            let (value, length) = scalar(at: place)
            if rule(value) != holds {
                if start < place { body(start..<place, holds) }
                (start, holds) = (place, !holds)
            }
            place += length
        }
        if start < place { body(start..<place, holds) }
    }
}
