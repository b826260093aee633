/// How texts are put together: for each symbol, templates of which one is drawn.
///
/// It is written as text. A line `symbol:` begins a symbol; the indented lines below are its templates, as in
///
///     sentence:
///         3| {@!clause}, but {@clause}.
///         +| I would recommend {thing} to anyone.
///         _
///
/// Before `|` stand how often a template is drawn compared with the others, 1 if nothing does, and the only polarity that it
/// can express, if it cannot express both. `_` is the empty template. In braces is a symbol or a word of the lexicon: after
/// `!` of the opposite polarity, after `@` about an aspect that has not been spoken of.
struct Grammar: Sendable {
    private let rules: [String: [Template]]

    init(_ text: String) {
        var rules: [String: [Template]] = [:]
        var symbol = ""
        for line in text.split(separator: "\n") {
            let isIndented = line.first == " "
            let content = line.trimmingPrefix { $0 == " " }
            if isIndented {
                rules[symbol, default: []].append(Template(content))
            } else {
                precondition(
                    content.last == ":", "Grammar: expected a symbol and a colon, got \(line)")
                symbol = String(content.dropLast())
            }
        }
        self.rules = rules
    }

    /// A symbol's templates; nil for what is no symbol.
    subscript(symbol: String) -> [Template]? { rules[symbol] }

    /// The symbols, sorted.
    var symbols: [String] { rules.keys.sorted() }
}

/// A text with gaps.
struct Template: Sendable {
    enum Piece: Sendable {
        case text(String)
        case slot(Slot)
    }

    /// A gap, and how what it is filled with differs in polarity and in what it is about.
    struct Slot: Sendable {
        var symbol: String
        var isFlipped = false
        var isElsewhere = false
    }

    let weight: Int
    /// The only polarity that it can express.
    let onlyPositive: Bool?
    let pieces: [Piece]

    init(_ line: Substring) {
        var content = line
        var weight = ""
        var onlyPositive: Bool?
        if let bar = line.firstIndex(of: "|") {
            weight = line[..<bar].filter { $0.isNumber }
            onlyPositive =
                line[..<bar].contains("+") ? true : line[..<bar].contains("-") ? false : nil
            content = line[line.index(after: bar)...].trimmingPrefix { $0 == " " }
        }
        self.weight = Int(weight) ?? 1
        self.onlyPositive = onlyPositive
        pieces = content == "_" ? [] : Template.pieces(content)
    }

    private static func pieces(_ text: Substring) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { break }
            pieces.append(.text(String(rest[..<open])))
            var slot = Slot(symbol: "")
            for character in rest[rest.index(after: open)..<close] {
                switch character {
                case "!": slot.isFlipped = true
                case "@": slot.isElsewhere = true
                default: slot.symbol.append(character)
                }
            }
            pieces.append(.slot(slot))
            rest = rest[rest.index(after: close)...]
        }
        return pieces + [.text(String(rest))]
    }
}
