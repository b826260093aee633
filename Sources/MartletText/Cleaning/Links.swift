/// Addresses of pages and of mail.
enum Links {
    /// Where addresses of pages lie: what begins with `http://`, `https://`, `ftp://` or `www.`, up to a character that an
    /// address has not, such as a Chinese one, and without punctuation at the end.
    static func urls(_ bytes: UTF8Bytes) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = 0
        while place < bytes.count {
            guard let prefix = prefix(bytes, at: place) else {
                place += 1
                continue
            }
            var end = place + prefix
            while end < bytes.count && isOfURL[Int(bytes[end])] { end += 1 }
            let next = end
            end = trimmed(bytes, (place + prefix)..<end)
            if end > place + prefix { found.append(place..<end) }
            place = next
        }
        return found
    }

    /// Where addresses of mail lie: `name@domain`, the domain with a period and letters after it.
    static func emails(_ bytes: UTF8Bytes) -> [Range<Int>] {
        var found: [Range<Int>] = []
        for at in bytes.indices where bytes[at] == UInt8(ascii: "@") {
            var start = at
            let least = found.last?.upperBound ?? 0
            while start > least && isOfName(bytes[start - 1]) { start -= 1 }
            while start < at && bytes[start] == UInt8(ascii: ".") { start += 1 }
            var end = at + 1
            while end < bytes.count && isOfDomain(bytes[end]) { end += 1 }
            while end > at + 1 && !bytes[end - 1].isASCIIAlphanumeric { end -= 1 }
            let domain = bytes[(at + 1)..<end]
            guard start < at, let period = domain.lastIndex(of: UInt8(ascii: ".")),
                period > at + 1, end - period > 2,
                bytes[(period + 1)..<end].allSatisfy(\.isASCIILetter)
            else { continue }
            found.append(start..<end)
        }
        return found
    }

    private static func prefix(_ bytes: UTF8Bytes, at place: Int) -> Int? {
        let first = bytes[place] | 0x20
        guard first == 0x68 || first == 0x77 || first == 0x66,
            place == 0 || !bytes[place - 1].isASCIIAlphanumeric
        else { return nil }
        for prefix in ["http://", "https://", "ftp://", "www."] {
            let length = prefix.utf8.count
            guard place + length <= bytes.count else { continue }
            if zip(prefix.utf8, bytes[place...]).allSatisfy({
                $0 == ($1.isASCIILetter ? $1 | 0x20 : $1)
            }) {
                return length
            }
        }
        return nil
    }

    /// The end of an address without the punctuation of the sentence it is in.
    private static func trimmed(_ bytes: UTF8Bytes, _ range: Range<Int>) -> Int {
        var opened = bytes[range].count { $0 == UInt8(ascii: "(") }
        opened -= bytes[range].count { $0 == UInt8(ascii: ")") }
        var end = range.upperBound
        while end > range.lowerBound {
            let last = bytes[end - 1]
            if last == UInt8(ascii: ")") && opened < 0 {
                opened += 1
            } else if !".,;:!?'*_~[]".utf8.contains(last) {
                break
            }
            end -= 1
        }
        return end
    }

    private static let isOfURL: [Bool] = (0..<256).map { byte in
        byte > 0x20 && byte < 0x7F && !"<>\"{}|\\^`".utf8.contains(UInt8(byte))
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || "._%+-".utf8.contains(byte)
    }

    private static func isOfDomain(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }
}
