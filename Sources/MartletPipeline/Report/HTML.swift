/// A piece of HTML. Text interpolated into one is escaped, other pieces stay as they are: `"<td>\(name)</td>"`.
package struct HTML: ExpressibleByStringInterpolation {
    /// The markup.
    package private(set) var source: String

    package init(stringLiteral value: String) { source = value }

    package init(stringInterpolation: Interpolation) { source = stringInterpolation.source }

    private init(source: String) { self.source = source }

    /// Text as it is shown: what has a meaning in HTML is escaped, what XML does not allow is replaced.
    package init(text: String) {
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

    package static func += (a: inout HTML, b: HTML) { a.source += b.source }

    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var source = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            source.reserveCapacity(literalCapacity)
        }

        package mutating func appendLiteral(_ literal: String) { source += literal }
        package mutating func appendInterpolation(_ html: HTML) { source += html.source }
        package mutating func appendInterpolation(_ pieces: [HTML]) {
            for piece in pieces { source += piece.source }
        }
        package mutating func appendInterpolation(_ text: String) {
            source += HTML(text: text).source
        }
        package mutating func appendInterpolation(_ number: Int) { source += "\(number)" }
    }
}
