/// Where English contractions are cut.
enum EnglishContractions {
    /// Abbreviations that a capital may follow within a sentence, without their period.
    static let abbreviations: Set<String> = [
        "adm", "ave", "bros", "capt", "co", "col", "corp", "dept", "dr", "etc", "fig", "gen",
        "gov", "hon", "inc", "jr", "lt", "ltd", "maj", "messrs", "mr", "mrs", "ms", "mt",
        "pres", "prof", "rep", "rev", "sen", "sgt", "sr", "st", "vol", "vs", "jan", "feb", "mar",
        "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
    ]

    /// Words that are two, and of how many characters the first is.
    private static let pairs: [String: Int] = [
        "cannot": 3, "d'ye": 1, "gimme": 3, "gonna": 3, "gotta": 3, "lemme": 3, "more'n": 4,
        "wanna": 3, "'tis": 2, "'twas": 2,
    ]

    /// The length of an apostrophe at the end of a word, plain or typographic (U+2019); 0 when there is none.
    static func apostrophe(_ bytes: UTF8Bytes, _ word: Range<Int>) -> Int {
        guard let last = bytes[word].last else { return 0 }
        if last == UInt8(ascii: "'") { return 1 }
        let isTypographic =
            last == 0x99 && word.count >= 3 && bytes[word.upperBound - 2] == 0x80
            && bytes[word.upperBound - 3] == 0xE2
        return isTypographic ? 3 : 0
    }

    /// The length of `'s`, `'m` or `'d` at the end of a word.
    static func possessive(_ bytes: UTF8Bytes, _ word: Range<Int>) -> Int? {
        guard let last = bytes[word].last, "sSmMdD".utf8.contains(last) else { return nil }
        return suffix(bytes, word, letters: 1)
    }

    /// The length of `'ll`, `'re`, `'ve` or `n't` at the end of a word, in small or capital letters.
    static func verb(_ bytes: UTF8Bytes, _ word: Range<Int>) -> Int? {
        guard word.count > 3 else { return nil }
        let end = word.upperBound
        switch (bytes[end - 2], bytes[end - 1]) {
        case (0x6C, 0x6C), (0x4C, 0x4C), (0x72, 0x65), (0x52, 0x45), (0x76, 0x65), (0x56, 0x45):
            return suffix(bytes, word, letters: 2)
        case (_, 0x74), (_, 0x54):
            let length = apostrophe(bytes, word.lowerBound..<(end - 1))
            let n = end - 2 - length
            // The n is as small or capital as the t.
            guard length > 0, n > word.lowerBound, bytes[n] == bytes[end - 1] - 6 else {
                return nil
            }
            let isDoubled = apostrophe(bytes, word.lowerBound..<n) > 0
            return isDoubled ? nil : length + 2
        default:
            return nil
        }
    }

    /// The bytes of the first of two words written as one; nil when it is only one.
    static func firstPart(_ bytes: UTF8Bytes, _ word: Range<Int>) -> Int? {
        // The longest has six characters, of which one can be an apostrophe of three bytes.
        guard word.count <= 8 else { return nil }
        let plain = withPlainApostrophes(UTF8Bytes(rebasing: bytes[word])).utf8
        let lower = plain.map { $0.isASCIILetter ? $0 | 0x20 : $0 }
        guard let first = pairs[String(decoding: lower, as: UTF8.self)] else { return nil }
        let isLong = lower.prefix(first).contains(UInt8(ascii: "'"))
        return isLong ? first + word.count - lower.count : first
    }

    /// A text with `'` for each `’`.
    static func withPlainApostrophes(_ bytes: UTF8Bytes) -> String {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            let (value, length) = bytes.scalar(at: place)
            if value == 0x2019 {
                plain.append(UInt8(ascii: "'"))
            } else {
                plain.append(contentsOf: bytes[place..<(place + length)])
            }
            place += length
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static func suffix(_ bytes: UTF8Bytes, _ word: Range<Int>, letters: Int) -> Int? {
        let end = word.upperBound - letters
        let length = apostrophe(bytes, word.lowerBound..<end)
        // Something other than an apostrophe comes before.
        guard length > 0, end - length > word.lowerBound,
            apostrophe(bytes, word.lowerBound..<(end - length)) == 0
        else { return nil }
        return letters + length
    }
}
