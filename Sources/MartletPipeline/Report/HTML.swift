/// A piece of HTML. Text interpolated into one is escaped, other pieces stay as they are: `"<td>\(name)</td>"`.
struct HTML: ExpressibleByStringInterpolation {
    private(set) var source: String

    init(stringLiteral value: String) { source = value }

    init(stringInterpolation: Interpolation) { source = stringInterpolation.source }

    private init(source: String) { self.source = source }

    /// Text as it is shown: what has a meaning in HTML is escaped, what XML does not allow is replaced.
    init(text: String) {
        source = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": source += "&amp;"
            case "<": source += "&lt;"
            case ">": source += "&gt;"
            case "\"": source += "&quot;"
            case "'": source += "&#39;"
            case "\t", "\n", "\r", " "..."\u{7E}", "\u{A0}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}",
                "\u{10000}"..."\u{10FFFF}":
                source.unicodeScalars.append(scalar)
            default: source.unicodeScalars.append("\u{FFFD}")
            }
        }
    }

    static func += (a: inout HTML, b: HTML) { a.source += b.source }

    struct Interpolation: StringInterpolationProtocol {
        var source = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            source.reserveCapacity(literalCapacity)
        }

        mutating func appendLiteral(_ literal: String) { source += literal }
        mutating func appendInterpolation(_ html: HTML) { source += html.source }
        mutating func appendInterpolation(_ pieces: [HTML]) {
            for piece in pieces { source += piece.source }
        }
        mutating func appendInterpolation(_ text: String) { source += HTML(text: text).source }
        mutating func appendInterpolation(_ number: Int) { source += "\(number)" }
    }
}
