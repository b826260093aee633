/// English contractions written out.
enum Contractions {
    /// Where contractions are shortened, and what stands there in full: in `don't`, ` not` for `n't`. Of `'d`, which can be
    /// `had`, it is ` would`; `'s` is ` is` after pronouns and question words only, and else left, as it can be a genitive.
    static func find(_ bytes: UTF8Bytes) -> [(range: Range<Int>, text: String)] {
        var found: [(range: Range<Int>, text: String)] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place].isASCIILetter, place == 0 || !isOfWord(bytes[place - 1]) else {
                place += 1
                continue
            }
            var end = place
            while end < bytes.count && bytes[end].isASCIILetter { end += 1 }
            let stem = place..<end
            place = end
            let isTypographic = bytes.has("’", at: end)
            guard end < bytes.count, isTypographic || bytes[end] == UInt8(ascii: "'") else {
                continue
            }
            var last = end + (isTypographic ? 3 : 1)
            let letters = last
            while last < bytes.count && bytes[last].isASCIILetter { last += 1 }
            guard last - letters <= 2, stem.count <= 8 else { continue }
            place = last
            let ending = bytes.text(letters..<last).lowercased()
            if let full = full(bytes.text(stem).lowercased(), ending) {
                found.append(((stem.lowerBound + full.kept)..<last, full.text))
            }
        }
        return found
    }

    /// How many letters of the word before the apostrophe stay, and what follows them.
    private static func full(_ stem: String, _ ending: String) -> (kept: Int, text: String)? {
        let count = stem.utf8.count
        switch ending {
        case "t":
            if let whole = irregular[stem] { return (whole.kept, whole.text) }
            return count > 1 && stem.hasSuffix("n") ? (count - 1, " not") : nil
        case "ll": return (count, " will")
        case "re": return (count, " are")
        case "ve": return (count, " have")
        case "m": return stem == "i" ? (count, " am") : nil
        case "d": return subjects.contains(stem) ? (count, " would") : nil
        case "s":
            if stem == "let" { return (count, " us") }
            return subjects.contains(stem) ? (count, " is") : nil
        default: return nil
        }
    }

    private static let irregular: [String: (kept: Int, text: String)] = [
        "won": (1, "ill not"), "can": (3, " not"), "shan": (3, "ll not"), "ain": (0, "is not"),
    ]

    private static let subjects: Set<String> = [
        "i", "you", "he", "she", "it", "we", "they", "that", "this", "there", "here", "what", "who",
        "where", "when", "how", "why",
    ]

    private static func isOfWord(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || byte >= 0x80 || byte == UInt8(ascii: "'")
    }
}
