/// Tags and comments of HTML.
enum HTMLTags {
    /// Where tags and comments lie in a text. Only elements that HTML has make tags: `<b>` does, `<3` and `<书名>` do not.
    static func find(_ bytes: UTF8Bytes) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = 0
        var hasCommentEnd = true
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "<") else {
                place += 1
                continue
            }
            var end: Int?
            if hasCommentEnd, bytes.has("<!--", at: place) {
                end = commentEnd(bytes, from: place + 4)
                // Without one to come, the next comments need not look for it.
                hasCommentEnd = end != nil
            }
            end = end ?? tagEnd(bytes, from: place + 1)
            if let end { found.append(place..<end) }
            place = end ?? place + 1
        }
        return found
    }

    private static func commentEnd(_ bytes: UTF8Bytes, from start: Int) -> Int? {
        var place = start
        while place + 3 <= bytes.count {
            if bytes.has("-->", at: place) { return place + 3 }
            place += 1
        }
        return nil
    }

    /// The end of a tag whose name begins at a place, or after a slash there. Another tag cannot begin within.
    private static func tagEnd(_ bytes: UTF8Bytes, from start: Int) -> Int? {
        let isEnd = start < bytes.count && bytes[start] == UInt8(ascii: "/")
        let name = isEnd ? start + 1 : start
        var place = name
        while place < bytes.count && bytes[place].isASCIIAlphanumeric { place += 1 }
        guard place - name <= 10, place < bytes.count, !bytes[place].isNameOfOther,
            elements.contains(bytes.text(name..<place).lowercased())
        else { return nil }
        while place < bytes.count && bytes[place] != UInt8(ascii: "<") {
            if bytes[place] == UInt8(ascii: ">") { return place + 1 }
            place += 1
        }
        return nil
    }

    private static let elements = Set(
        """
        a abbr acronym address applet area article aside audio b base big blockquote body br button \
        canvas caption center cite code col colgroup data dd del details dfn dialog dir div dl dt em \
        embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header \
        hr html i iframe img input ins kbd label legend li link main map mark menu meta meter nav \
        noframes noscript object ol optgroup option output p param picture pre progress q rp rt ruby s \
        samp script section select small source span strike strong style sub summary sup svg table \
        tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr
        """.split(separator: " ").map(String.init))
}

extension UTF8Bytes {
    /// Whether these characters of ASCII stand at a place.
    func has(_ text: StaticString, at place: Int) -> Bool {
        guard place + text.utf8CodeUnitCount <= count else { return false }
        for index in 0..<text.utf8CodeUnitCount
        where self[place + index] != text.utf8Start[index] {
            return false
        }
        return true
    }
}

extension UInt8 {
    /// Whether after a tag's name it shows that this is none: `<a@b>`, `<em文>`.
    fileprivate var isNameOfOther: Bool {
        !(self <= 0x20 || self == UInt8(ascii: ">") || self == UInt8(ascii: "/"))
    }
}
