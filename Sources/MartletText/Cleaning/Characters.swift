/// Characters that say nothing, or too often the same.
enum Characters {
    /// Where control and format characters lie; not white space, nor what joins emoji and letters or tags flags.
    static func controls(_ text: AlignedText) -> [Range<Int>] {
        text.text.withBytes { bytes in
            var found: [Range<Int>] = []
            bytes.forEachRun(where: isControl) { range, isControl in
                if isControl { found.append(range) }
            }
            return found
        }
    }

    /// Where a character comes more often in a row than allowed; digits and white space may.
    static func repeats(_ bytes: UTF8Bytes, beyond longest: Int) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var (last, count, place): (UInt32?, Int, Int) = (nil, 0, 0)
        var kept = 0
        while place < bytes.count {
            let (value, length) = bytes.scalar(at: place)
            if value == last {
                count += 1
            } else {
                if count > longest { found.append(kept..<place) }
                (last, count) = (value, 1)
                if value.isWhiteSpace || value >= 0x30 && value <= 0x39 { (last, count) = (nil, 0) }
            }
            place += length
            if count == longest { kept = place }
        }
        if count > longest { found.append(kept..<place) }
        return found
    }

    /// What white space becomes: one space for a run within the text, nothing at its ends.
    static func spaces(_ bytes: UTF8Bytes) -> [AlignedText.Replacement] {
        var found: [AlignedText.Replacement] = []
        bytes.forEachRun(where: \.isWhiteSpace) { range, isSpace in
            guard isSpace else { return }
            let isInside = range.lowerBound > 0 && range.upperBound < bytes.count
            if isInside && range.count == 1 && bytes[range.lowerBound] == 0x20 { return }
            found.append(.init(range, with: isInside ? " " : ""))
        }
        return found
    }

    private static func isControl(_ value: UInt32) -> Bool {
        if value < 0x80 { return value == 0x7F || value < 0x20 && !value.isWhiteSpace }
        // The joiners, and the tags in flags.
        if value == 0x200C || value == 0x200D || value >= 0xE0020 && value <= 0xE007F {
            return false
        }
        if value == 0x85 || value >= 0x3000 && value <= 0xD7FF { return false }
        switch Unicode.Scalar(value)?.properties.generalCategory {
        case .control, .format: return true
        default: return false
        }
    }
}
