internal import MartletPipeline

/// A text in pieces, some of which speak for something or against it, to be shown in colours.
struct TextSpans {
    /// A piece; its weight is -1 to 1, nil where it is no token.
    private let pieces: [(text: String, weight: Float?, value: Float)]

    /// - Parameters:
    ///   - text: the whole text.
    ///   - values: places in it, in bytes, ascending, with what they speak for; the greatest gets the full colour.
    init(_ text: String, _ values: [(range: Range<Int>, value: Float)]) {
        let bytes = Array(text.utf8)
        let greatest = values.reduce(Float(0)) { $1.value.isFinite ? max($0, abs($1.value)) : $0 }
        func piece(_ range: Range<Int>) -> String {
            TextSpans.plain(String(decoding: bytes[range], as: UTF8.self))
        }
        var pieces: [(text: String, weight: Float?, value: Float)] = []
        var end = 0
        for (range, value) in values where range.lowerBound >= end {
            if range.lowerBound > end { pieces.append((piece(end..<range.lowerBound), nil, 0)) }
            let weight = value.isFinite && greatest > 0 ? value / greatest : 0
            pieces.append((piece(range), weight, value))
            end = range.upperBound
        }
        if end < bytes.count { pieces.append((piece(end..<bytes.count), nil, 0)) }
        self.pieces = pieces
    }

    /// A text on one line, without what a terminal would take for a command.
    static func plain(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control where scalar == "\n" || scalar == "\r" || scalar == "\t":
                result.append(" ")
            case .control, .lineSeparator, .paragraphSeparator: result.append("\u{FFFD}")
            // Marks that turn the direction of writing would reorder what follows on the line.
            case .format
            where ("\u{202A}"..."\u{202E}").contains(scalar)
                || ("\u{2066}"..."\u{2069}").contains(scalar):
                result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// With the escape codes of a terminal of 24-bit colours: green speaks for, red against.
    var coloured: String {
        pieces.map { piece in
            guard let weight = piece.weight, abs(weight) >= 0.05 else { return piece.text }
            let (red, green, blue) = TextSpans.colour(weight)
            return "\u{1B}[30;48;2;\(red);\(green);\(blue)m\(piece.text)\u{1B}[0m"
        }.joined()
    }

    /// As HTML: each token with its value as a tooltip.
    var html: HTML {
        let parts: [HTML] = pieces.map { piece in
            guard let weight = piece.weight else { return "\(piece.text)" }
            let (red, green, blue) = TextSpans.colour(weight)
            let value = "\((piece.value * 1000).rounded() / 1000)"
            return
                "<span style=\"background:rgb(\(red),\(green),\(blue))\" title=\"\(value)\">\(piece.text)</span>"
        }
        return "\(parts)"
    }

    /// White for nothing, green towards 1, red towards -1.
    private static func colour(_ weight: Float) -> (Int, Int, Int) {
        let full: (Float, Float, Float) = weight > 0 ? (84, 196, 120) : (240, 110, 96)
        let share = min(1, abs(weight))
        func mix(_ value: Float) -> Int { Int((255 + (value - 255) * share).rounded()) }
        return (mix(full.0), mix(full.1), mix(full.2))
    }
}
