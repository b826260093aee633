/// Cuts what is between white space into words and punctuation.
struct EnglishReader {
    private let bytes: UTF8Bytes
    /// Where the text's last character that is no white space ends.
    private let textEnd: Int
    private(set) var tokens: [Token] = []

    init(_ bytes: UTF8Bytes) {
        self.bytes = bytes
        var end = 0
        bytes.forEachRun(where: \.isWhiteSpace) { range, isSpace in
            if !isSpace { end = range.upperBound }
        }
        textEnd = end
    }

    /// Appends the tokens of a range without white space.
    mutating func read(_ range: Range<Int>) {
        let period = lastPeriod(range)
        var (word, place) = (range.lowerBound, range.lowerBound)
        while place < range.upperBound {
            guard let symbol = symbol(at: place, in: range, period: period) else {
                place += bytes.scalar(at: place).length
                continue
            }
            if word < place { appendWord(word..<place) }
            let end = place + symbol.length
            tokens.append(Token(symbol.text ?? bytes.text(place..<end), range: place..<end))
            (word, place) = (end, end)
        }
        if word < place { appendWord(word..<place) }
    }

    /// Punctuation that is a token of its own: its length, and its text where that is not the bytes.
    private func symbol(
        at place: Int, in range: Range<Int>, period: Int?
    ) -> (length: Int, text: String?)? {
        func byte(_ place: Int) -> UInt8 { place < range.upperBound ? bytes[place] : 0 }
        let next = byte(place + 1)
        switch bytes[place] {
        case UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: "$"),
            UInt8(ascii: "%"), UInt8(ascii: "&"), UInt8(ascii: "?"), UInt8(ascii: "!"),
            UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "<"), UInt8(ascii: ">"):
            return (1, nil)
        case UInt8(ascii: ":"), UInt8(ascii: ","):
            return next >= 0x30 && next <= 0x39 ? nil : (1, nil)
        case UInt8(ascii: "\""):
            return (1, isOpening(place, range) ? "``" : "''")
        case UInt8(ascii: "'") where next == UInt8(ascii: "'"):
            return (2, isOpening(place, range) ? "``" : "''")
        case UInt8(ascii: "`") where next == UInt8(ascii: "`"),
            UInt8(ascii: "-") where next == UInt8(ascii: "-"):
            return (2, nil)
        case UInt8(ascii: "."):
            if next == UInt8(ascii: ".") && byte(place + 2) == UInt8(ascii: ".") { return (3, nil) }
            return place == period ? (1, nil) : nil
        case 0xE2 where next == 0x80 && (byte(place + 2) == 0x9C || byte(place + 2) == 0x9D):
            return (3, byte(place + 2) == 0x9C ? "``" : "''")
        default:
            return nil
        }
    }

    private func isOpening(_ place: Int, _ range: Range<Int>) -> Bool {
        place == range.lowerBound || "([{<".utf8.contains(bytes[place - 1])
    }

    /// A period at the end of a sentence, which only closing brackets and quotes may follow.
    private func lastPeriod(_ range: Range<Int>) -> Int? {
        var place = range.upperBound
        while place > range.lowerBound {
            if "])}>\"'".utf8.contains(bytes[place - 1]) {
                place -= 1
            } else if place - range.lowerBound > 3, bytes[place - 3] == 0xE2,
                bytes[place - 2] == 0x80, bytes[place - 1] == 0x9D || bytes[place - 1] == 0x99
            {
                place -= 3
            } else {
                break
            }
        }
        let period = UInt8(ascii: ".")
        guard place > range.lowerBound, bytes[place - 1] == period else { return nil }
        let before = range.lowerBound..<(place - 1)
        // Of four periods, three are an ellipsis and the last is apart.
        let dots = bytes[before].reversed().prefix { $0 == period }.count
        if dots > 0 { return dots % 3 == 0 ? place - 1 : nil }
        if range.upperBound == textEnd { return place - 1 }
        return isAbbreviation(before) ? nil : place - 1
    }

    private func isAbbreviation(_ range: Range<Int>) -> Bool {
        let word = UTF8Bytes(rebasing: bytes[range]).drop { !$0.isASCIILetter && $0 < 0x80 }
        if word.count == 1 || word.contains(UInt8(ascii: ".")) { return true }
        guard word.count <= 5 else { return false }
        let lower = String(decoding: word.map { $0.isASCIILetter ? $0 | 0x20 : $0 }, as: UTF8.self)
        return EnglishContractions.abbreviations.contains(lower)
    }

    /// Appends a word without punctuation, cut where it is a contraction.
    private mutating func appendWord(_ range: Range<Int>) {
        var end = range.upperBound
        var suffixes: [Range<Int>] = []
        func split(_ length: Int?) {
            guard let length, end - length > range.lowerBound else { return }
            suffixes.append((end - length)..<end)
            end -= length
        }
        split(apostrophe(endingAt: end, range))
        split(EnglishContractions.possessive(bytes, range.lowerBound..<end))
        split(EnglishContractions.verb(bytes, range.lowerBound..<end))
        let whole = range.lowerBound..<end
        if let first = EnglishContractions.firstPart(bytes, whole) {
            appendPiece(whole.lowerBound..<(whole.lowerBound + first))
            appendPiece((whole.lowerBound + first)..<end)
        } else {
            appendPiece(whole)
        }
        for suffix in suffixes.reversed() { appendPiece(suffix) }
    }

    /// The length of an apostrophe at the end of a word that does not end with two.
    private func apostrophe(endingAt end: Int, _ range: Range<Int>) -> Int? {
        let length = EnglishContractions.apostrophe(bytes, range.lowerBound..<end)
        guard length > 0,
            EnglishContractions.apostrophe(bytes, range.lowerBound..<(end - length)) == 0
        else { return nil }
        return length
    }

    private mutating func appendPiece(_ range: Range<Int>) {
        let piece = UTF8Bytes(rebasing: bytes[range])
        let text =
            piece.contains(0xE2)
            ? EnglishContractions.withPlainApostrophes(piece) : piece.text(0..<piece.count)
        tokens.append(Token(text, range: range))
    }
}
