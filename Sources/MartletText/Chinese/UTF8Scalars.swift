/// UTF-8 that is known to be valid, scalar by scalar.
enum UTF8Scalars {
    /// The scalar that begins at a place, which goes on behind it.
    @inline(__always)
    static func scalar(
        _ bytes: UnsafeBufferPointer<UInt8>, at place: inout Int
    ) -> Unicode.Scalar {
        let lead = UInt32(bytes[place])
        let width = width(bytes[place])
        var value = width == 1 ? lead : lead & (0x7F >> UInt32(width))
        for byte in bytes[(place + 1)..<(place + width)] {
            value = value << 6 | UInt32(byte & 0x3F)
        }
        place += width
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    /// How many bytes a scalar has that begins with this one.
    @inline(__always)
    static func width(_ lead: UInt8) -> Int {
        lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    }
}
