/// Names of people and of topics as Weibo and Twitter write them.
enum Mentions {
    /// A name has at most so many characters.
    private static let longestName = 30
    /// A topic between two `#` has at most so many bytes.
    private static let longestTopic = 200

    /// Where people are named: `@name`, with a colon after it, and `//` before it where a text was passed on.
    static func people(_ bytes: UTF8Bytes) -> [Range<Int>] {
        var found: [Range<Int>] = []
        for at in bytes.indices
        where bytes[at] == UInt8(ascii: "@") && !isAfterWord(at, bytes) {
            var end = nameEnd(bytes, from: at + 1)
            if end == at + 1 { continue }
            if end < bytes.count, bytes[end] == UInt8(ascii: ":") {
                end += 1
            } else if bytes.has("：", at: end) {
                end += 3
            }
            let isPassedOn = at >= 2 && bytes.has("//", at: at - 2)
            found.append((isPassedOn ? at - 2 : at)..<end)
        }
        return found
    }

    /// Where topics are named: `#topic#`, which may have spaces within, and `#topic`.
    static func topics(_ bytes: UTF8Bytes) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "#") else {
                place += 1
                continue
            }
            guard let end = closedTopicEnd(bytes, from: place) ?? openTopicEnd(bytes, from: place)
            else {
                place += 1
                continue
            }
            found.append(place..<end)
            place = end
        }
        return found
    }

    private static func closedTopicEnd(_ bytes: UTF8Bytes, from start: Int) -> Int? {
        var end = start + 1
        let limit = min(bytes.count, start + longestTopic)
        while end < limit && bytes[end] != UInt8(ascii: "#") && bytes[end] != UInt8(ascii: "\n") {
            end += 1
        }
        guard end < limit, bytes[end] == UInt8(ascii: "#"), end > start + 1,
            bytes[start + 1] != UInt8(ascii: " "), bytes[end - 1] != UInt8(ascii: " ")
        else { return nil }
        return end + 1
    }

    private static func openTopicEnd(_ bytes: UTF8Bytes, from start: Int) -> Int? {
        guard !isAfterWord(start, bytes) else { return nil }
        let end = nameEnd(bytes, from: start + 1)
        // `#1` is a number.
        return bytes[(start + 1)..<end].contains { !$0.isASCIIDigit } ? end : nil
    }

    private static func nameEnd(_ bytes: UTF8Bytes, from start: Int) -> Int {
        var (end, count) = (start, 0)
        while end < bytes.count && count < longestName {
            let (value, length) = bytes.scalar(at: end)
            guard value.isWordCharacter || value == 0x5F || value == 0x2D else { break }
            (end, count) = (end + length, count + 1)
        }
        return end
    }

    private static func isAfterWord(_ place: Int, _ bytes: UTF8Bytes) -> Bool {
        place > 0 && bytes[place - 1].isASCIIAlphanumeric
    }
}
