/// Characters written as `&name;`, `&#123;` or `&#x7B;`.
enum HTMLEntities {
    /// Where entities lie in a text, and what they stand for. What is no entity with its semicolon, and numbers of no
    /// character or of NUL, are left as they are.
    static func find(_ bytes: UTF8Bytes) -> [(range: Range<Int>, text: String)] {
        var found: [(range: Range<Int>, text: String)] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "&") else {
                place += 1
                continue
            }
            let start = place + 1
            var end = start
            // The longest name has 8 letters; numbers of more digits are none.
            while end < bytes.count && end - start <= 10
                && (bytes[end].isASCIIAlphanumeric || bytes[end] == UInt8(ascii: "#"))
            {
                end += 1
            }
            guard end < bytes.count, bytes[end] == UInt8(ascii: ";"),
                let scalar = scalar(bytes.text(start..<end))
            else {
                place += 1
                continue
            }
            found.append((place..<(end + 1), String(scalar)))
            place = end + 1
        }
        return found
    }

    private static func scalar(_ name: String) -> Unicode.Scalar? {
        if let value = named[name] { return Unicode.Scalar(value) }
        let digits = name.dropFirst(2)
        guard name.hasPrefix("#") else { return nil }
        let isHexadecimal = name.hasPrefix("#x") || name.hasPrefix("#X")
        let number = isHexadecimal ? UInt32(digits, radix: 16) : UInt32(name.dropFirst())
        guard let number, number > 0 else { return nil }
        if number >= 0x80 && number < 0xA0 { return Unicode.Scalar(windows[Int(number) - 0x80]) }
        return Unicode.Scalar(number)
    }

    /// What numbers from 128 to 159 mean in texts that were windows-1252 (HTML Standard, 13.2.5.80).
    private static let windows: [UInt32] = [
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
        0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
    ]

    /// The entities of HTML 4 and `apos`.
    private static let named: [String: UInt32] = {
        var named: [String: UInt32] = [:]
        for (first, names) in inARow {
            for (index, name) in names.split(separator: " ").enumerated() {
                named[String(name)] = first + UInt32(index)
            }
        }
        return named
    }()

    /// Names of characters that follow one another, by the first.
    private static let inARow: [(UInt32, String)] = [
        (0x22, "quot"),
        (0x26, "amp apos"),
        (0x3C, "lt"),
        (0x3E, "gt"),
        (
            0xA0,
            "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg "
                + "macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 "
                + "frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave "
                + "Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc "
                + "Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave "
                + "aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave "
                + "iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash "
                + "ugrave uacute ucirc uuml yacute thorn yuml"
        ),
        (0x152, "OElig oelig"),
        (0x160, "Scaron scaron"),
        (0x178, "Yuml"),
        (0x192, "fnof"),
        (0x2C6, "circ"),
        (0x2DC, "tilde"),
        (
            0x391,
            "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi "
                + "Omicron Pi Rho"
        ),
        (0x3A3, "Sigma Tau Upsilon Phi Chi Psi Omega"),
        (
            0x3B1,
            "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi "
                + "omicron pi rho sigmaf sigma tau upsilon phi chi psi omega"
        ),
        (0x3D1, "thetasym upsih"),
        (0x3D6, "piv"),
        (0x2002, "ensp emsp"),
        (0x2009, "thinsp"),
        (0x200C, "zwnj zwj lrm rlm"),
        (0x2013, "ndash mdash"),
        (0x2018, "lsquo rsquo sbquo"),
        (0x201C, "ldquo rdquo bdquo"),
        (0x2020, "dagger Dagger bull"),
        (0x2026, "hellip"),
        (0x2030, "permil"),
        (0x2032, "prime Prime"),
        (0x2039, "lsaquo rsaquo"),
        (0x203E, "oline"),
        (0x2044, "frasl"),
        (0x20AC, "euro"),
        (0x2111, "image"),
        (0x2118, "weierp"),
        (0x211C, "real"),
        (0x2122, "trade"),
        (0x2135, "alefsym"),
        (0x2190, "larr uarr rarr darr harr"),
        (0x21B5, "crarr"),
        (0x21D0, "lArr uArr rArr dArr hArr"),
        (0x2200, "forall"),
        (0x2202, "part exist"),
        (0x2205, "empty"),
        (0x2207, "nabla isin notin"),
        (0x220B, "ni"),
        (0x220F, "prod"),
        (0x2211, "sum minus"),
        (0x2217, "lowast"),
        (0x221A, "radic"),
        (0x221D, "prop infin"),
        (0x2220, "ang"),
        (0x2227, "and or cap cup int"),
        (0x2234, "there4"),
        (0x223C, "sim"),
        (0x2245, "cong"),
        (0x2248, "asymp"),
        (0x2260, "ne equiv"),
        (0x2264, "le ge"),
        (0x2282, "sub sup nsub"),
        (0x2286, "sube supe"),
        (0x2295, "oplus"),
        (0x2297, "otimes"),
        (0x22A5, "perp"),
        (0x22C5, "sdot"),
        (0x2308, "lceil rceil lfloor rfloor"),
        (0x25CA, "loz"),
        (0x2660, "spades"),
        (0x2663, "clubs"),
        (0x2665, "hearts diams"),
        (0x27E8, "lang rang"),
    ]
}
