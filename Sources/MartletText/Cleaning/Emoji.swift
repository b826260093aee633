/// Unicode's emoji, and the names in brackets that Weibo has for its own.
enum Emoji {
    /// Where emoji lie, each with its modifiers, selectors and what is joined to it (Unicode Technical Standard 51).
    static func find(_ bytes: UTF8Bytes) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = 0
        while place < bytes.count {
            // None begins below, but for keycaps, which begin with a digit.
            guard bytes[place] >= 0xE2 || isKeycap(bytes, at: place) else {
                place += 1
                continue
            }
            let end = end(bytes, from: place)
            if let end { found.append(place..<end) }
            place = end ?? place + bytes.scalar(at: place).length
        }
        return found
    }

    /// Where names of emoji in brackets lie, such as `[哈哈]`: up to 8 letters.
    static func inBrackets(_ bytes: UTF8Bytes) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "[") else {
                place += 1
                continue
            }
            var (end, count) = (place + 1, 0)
            while end < bytes.count && count < 8 {
                let (value, length) = bytes.scalar(at: end)
                guard value.isWordCharacter, length > 1 || bytes[end].isASCIILetter else { break }
                (end, count) = (end + length, count + 1)
            }
            if count > 0, end < bytes.count, bytes[end] == UInt8(ascii: "]") {
                found.append(place..<(end + 1))
                end += 1
            }
            place = end
        }
        return found
    }

    private static func end(_ bytes: UTF8Bytes, from start: Int) -> Int? {
        var place = start
        guard takeOne(bytes, &place) else { return nil }
        while bytes.has("\u{200D}", at: place) {
            var next = place + 3
            guard takeOne(bytes, &next) else { break }
            place = next
        }
        return place
    }

    /// Moves on over one emoji, or two letters that are a flag, with what modifies it.
    private static func takeOne(_ bytes: UTF8Bytes, _ place: inout Int) -> Bool {
        guard place < bytes.count else { return false }
        if isKeycap(bytes, at: place) {
            place += bytes.has("\u{FE0F}", at: place + 1) ? 7 : 4
            return true
        }
        let (value, length) = bytes.scalar(at: place)
        guard isEmoji(value, before: place + length, bytes) else { return false }
        place += length
        if isFlagLetter(value), place < bytes.count {
            let next = bytes.scalar(at: place)
            if isFlagLetter(next.value) { place += next.length }
        }
        while place < bytes.count {
            let (value, length) = bytes.scalar(at: place)
            // Selectors, the tones of skins, and the tags of regions' flags.
            guard
                value == 0xFE0F || value == 0xFE0E || value >= 0x1F3FB && value <= 0x1F3FF
                    || value >= 0xE0020 && value <= 0xE007F
            else { break }
            place += length
        }
        return true
    }

    private static func isEmoji(_ value: UInt32, before next: Int, _ bytes: UTF8Bytes) -> Bool {
        // Nothing between is an emoji but the wavy dash and a few ideographs in circles.
        guard value >= 0x2000 && value < 0x3300 || value >= 0x1F000,
            let properties = Unicode.Scalar(value)?.properties, properties.isEmoji
        else { return false }
        // Signs such as ™ and arrows are text unless they say otherwise; faces and hearts are not.
        return properties.isEmojiPresentation || value >= 0x2600
            || bytes.has("\u{FE0F}", at: next)
    }

    private static func isFlagLetter(_ value: UInt32) -> Bool {
        value >= 0x1F1E6 && value <= 0x1F1FF
    }

    private static func isKeycap(_ bytes: UTF8Bytes, at place: Int) -> Bool {
        guard
            bytes[place].isASCIIDigit || bytes[place] == UInt8(ascii: "#")
                || bytes[place] == UInt8(ascii: "*")
        else { return false }
        return bytes.has("\u{20E3}", at: place + 1)
            || bytes.has("\u{FE0F}\u{20E3}", at: place + 1)
    }
}
