/// Faces made of punctuation and letters.
enum Emoticons {
    /// Where emoticons lie in a text.
    static func find(_ bytes: UTF8Bytes) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = 0
        while place < bytes.count {
            let end = isFirst[Int(bytes[place])] ? end(bytes, from: place) : nil
            if let end { found.append(place..<end) }
            place = end ?? place + 1
        }
        return found
    }

    /// The plain form of an emoticon: `:-)))` is `:)`. Of others, itself.
    static func plain(_ sign: String) -> String {
        let bytes = Array(sign.utf8)
        return bytes.withUnsafeBufferPointer { bytes in
            guard let face = face(bytes, from: 0), face.end == bytes.count else { return sign }
            let eyes = bytes[..<face.nose]
            return String(decoding: Array(eyes) + [bytes[face.mouth]], as: UTF8.self)
        }
    }

    private static func end(_ bytes: UTF8Bytes, from start: Int) -> Int? {
        var longest = face(bytes, from: start)?.end ?? start
        for sign in signs[bytes[start]] ?? []
        where start + sign.count > longest && bytes[start...].starts(with: sign) {
            longest = start + sign.count
        }
        guard longest > start else { return nil }
        // Letters must not be a part of a word, nor `:(` before one an opening bracket, nor `:/` an address.
        let isLetter = bytes[start..<longest].contains(where: \.isASCIIAlphanumeric)
        let isAfterWord = start > 0 && bytes[start - 1].isASCIIAlphanumeric
        let isBeforeWord = longest < bytes.count && bytes[longest].isASCIIAlphanumeric
        if isLetter && (isAfterWord || isBeforeWord) { return nil }
        let last = bytes[longest - 1]
        if isBeforeWord && "([{@$*\\/|".utf8.contains(last) { return nil }
        if last == UInt8(ascii: "/") && bytes.has("/", at: longest) { return nil }
        return longest
    }

    /// Eyes, perhaps a tear and a nose, and a mouth, which brackets repeat: `:)`, `:'-(`, `;-)))`.
    private static func face(
        _ bytes: UTF8Bytes, from start: Int
    ) -> (nose: Int, mouth: Int, end: Int)? {
        var place = start
        func take(_ characters: StaticString) -> Bool {
            guard place < bytes.count else { return false }
            let isOne = UTF8Bytes(
                start: characters.utf8Start, count: characters.utf8CodeUnitCount
            ).contains(bytes[place])
            if isOne { place += 1 }
            return isOne
        }
        guard take(":;=") else { return nil }
        _ = take("'")
        let nose = place
        _ = take("-^o")
        let mouth = place
        guard take(")(DdPpOo|/\\3*$@][}{") else { return nil }
        let bracket = bytes[mouth]
        if bracket == UInt8(ascii: ")") || bracket == UInt8(ascii: "(") {
            while place < bytes.count && bytes[place] == bracket { place += 1 }
        }
        return (nose, mouth, place)
    }

    private static let signs: [UInt8: [[UInt8]]] = Dictionary(
        grouping: #"""
            (: (-: (= (; <3 </3 XD xD xd ^_^ ^^ ^.^ ^-^ -_- -_-! -_-|| T_T T.T t_t t.t TAT tat QAQ qaq
            Q_Q q_q o_o O_O o.o O.O o_O O_o >_< >.< >< =_= @_@ orz Orz ORZ OTZ otz \o/ (^_^) (^^)
            (-_-) (T_T) (>_<) (o_o) (=_=) *_* $_$ +_+ u_u U_U >:( >:) D: ;_; ._. :-D :-P
            """#.split(whereSeparator: { $0 == " " || $0 == "\n" }).map { Array($0.utf8) }
    ) { $0[0] }

    private static let isFirst: [Bool] = (0..<256).map {
        signs[UInt8($0)] != nil || ":;=".utf8.contains(UInt8($0))
    }
}
