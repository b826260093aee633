/// The words of a language, by what is spoken of.
struct Lexicon: Sendable {
    let domains: [Domain]
    /// Adjectives that suit anything.
    let general: Adjectives
    /// Adjectives that suit anything and bear no degree and no plain negation: "not perfect" may still be good.
    let extreme: Adjectives
    /// A word that depends on what is spoken of, such as a verb that agrees with it; nil where there is no such word.
    let word: @Sendable (String, inout Derivation) -> String?
    /// What makes a text of the pieces: spaces, articles, capitals.
    let finish: @Sendable (String) -> String
}

/// Something that is reviewed.
struct Domain: Sendable {
    /// Its noun, intros and the like.
    let grammar: Grammar
    /// Adjectives of the whole, to stand before its noun.
    let whole: Adjectives
    let aspects: [Aspect]
}

/// A part of what is reviewed, or something about it.
struct Aspect: Sendable {
    let noun: String
    /// What stands between the noun and its adjective, such as the verb and 得 in 房间打扫得很干净.
    var manner = ""
    var isPlural = false
    let adjectives: Adjectives

    /// - Parameters:
    ///   - positive: words of praise, with commas between; see `Adjectives`.
    ///   - negative: words of blame.
    init(
        _ noun: String, _ positive: String, _ negative: String, manner: String = "",
        isPlural: Bool = false
    ) {
        self.noun = noun
        self.manner = manner
        self.isPlural = isPlural
        adjectives = Adjectives(positive, negative)
    }
}

/// Words of praise and of blame.
struct Adjectives: Sendable {
    let positive: [Adjective]
    let negative: [Adjective]

    /// Lists with commas between, where a comparative that is one word follows a slash: "clean/cleaner, comfortable".
    init(_ positive: String, _ negative: String) {
        self.positive = Adjectives.list(positive)
        self.negative = Adjectives.list(negative)
    }

    private static func list(_ words: String) -> [Adjective] {
        words.split(separator: ",").map { word in
            let forms = word.trimmingPrefix { $0 == " " }.split(separator: "/").map(String.init)
            return Adjective(
                text: forms[0], comparative: forms.count > 1 ? forms[1] : "more \(forms[0])")
        }
    }

    subscript(isPositive: Bool) -> [Adjective] { isPositive ? positive : negative }
}

/// A word of praise or blame.
struct Adjective: Hashable, Sendable {
    let text: String
    let comparative: String
}
