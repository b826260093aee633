/// The bytes of a text, as hot loops read them.
typealias UTF8Bytes = UnsafeBufferPointer<UInt8>

extension UTF8Bytes {
    /// Whether all characters are ASCII's.
    var areASCII: Bool {
        var all: UInt8 = 0
        for byte in self { all |= byte }
        return all < 0x80
    }

    /// The code point that begins at a place of a well-formed text, and how many bytes it has.
    @inline(__always)
    func scalar(at place: Int) -> (value: UInt32, length: Int) {
        let first = UInt32(self[place])
        if first < 0x80 { return (first, 1) }
        let second = UInt32(self[place + 1]) & 0x3F
        if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
        let third = UInt32(self[place + 2]) & 0x3F
        if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
        let fourth = UInt32(self[place + 3]) & 0x3F
        return ((first & 0x07) << 18 | second << 12 | third << 6 | fourth, 4)
    }

    /// How many bytes a code point has that begins with a byte.
    @inline(__always)
    static func width(_ first: UInt8) -> Int {
        first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    }

    /// Where the code point begins whose last byte is before a place.
    func scalarStart(before place: Int) -> Int {
        var start = place - 1
        while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }

    /// Calls the closure with each code point of a part, and where it begins.
    @inline(__always)
    func forEachScalar(in range: Range<Int>, _ body: (UInt32, Int) -> Void) {
        var place = range.lowerBound
        while place < range.upperBound {
            let (value, length) = scalar(at: place)
            body(value, place)
            place += length
        }
    }

    /// Whether the closure says so of a code point.
    @inline(__always)
    func containsScalar(where body: (UInt32) -> Bool) -> Bool {
        var place = 0
        while place < count {
            let (value, length) = scalar(at: place)
            if body(value) { return true }
            place += length
        }
        return false
    }

    /// All code points.
    var scalars: [UInt32] {
        var scalars: [UInt32] = []
        forEachScalar(in: 0..<count) { value, _ in scalars.append(value) }
        return scalars
    }

    /// Whether a place is the end or a code point begins there.
    func isBoundary(_ place: Int) -> Bool { place == count || self[place] & 0xC0 != 0x80 }

    /// The text of a range that begins and ends between code points.
    func text(_ range: Range<Int>) -> String {
        String(decoding: UTF8Bytes(rebasing: self[range]), as: UTF8.self)
    }
}

extension String {
    /// Runs a body with the text's bytes.
    func withBytes<R>(_ body: (UTF8Bytes) -> R) -> R {
        var text = self
        return text.withUTF8(body)
    }

    /// Whether all characters are ASCII's.
    var isASCII: Bool { withBytes(\.areASCII) }
}

extension UInt32 {
    /// Whether a code point is a letter, a digit or a number, or a mark on one.
    var isWordCharacter: Bool {
        if self < 0x80 { return UInt8(self).isASCIIAlphanumeric }
        // Most of the Chinese ideographs.
        if self >= 0x4E00 && self <= 0x9FFF { return true }
        guard let properties = Unicode.Scalar(self)?.properties else { return false }
        return properties.isAlphabetic || properties.numericType != nil
            || properties.generalCategory == .nonspacingMark
    }
}

extension UInt8 {
    /// Whether it is a letter of ASCII.
    var isASCIILetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
    /// Whether it is a digit of ASCII.
    var isASCIIDigit: Bool { self >= 0x30 && self <= 0x39 }
    /// Whether it is a letter or digit of ASCII.
    var isASCIIAlphanumeric: Bool { isASCIILetter || isASCIIDigit }
}
