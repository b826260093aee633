internal import Martlet

/// A review being written: what has been drawn so far.
struct Derivation {
    let grammar: Grammar
    let lexicon: Lexicon
    let domain: Domain
    /// Whether the writer speaks for several people.
    let isGroup: Bool
    var generator: Generator
    /// What the present clause is about.
    private(set) var aspect: Aspect
    private var unusedAspects: [Aspect]
    private var usedAdjectives: Set<String> = []
    /// The last adjective, to be repeated.
    private(set) var lastAdjective = ""

    init(_ grammar: Grammar, _ lexicon: Lexicon, _ generator: Generator) {
        self.grammar = grammar
        self.lexicon = lexicon
        self.generator = generator
        domain = lexicon.domains[self.generator.integer(in: 0..<lexicon.domains.count)]
        isGroup = self.generator.bernoulli(0.25)
        aspect = domain.aspects[0]
        unusedAspects = domain.aspects
    }

    /// A text for a symbol of the domain's own grammar or the language's, or for a word.
    mutating func expand(_ symbol: String, isPositive: Bool) -> String {
        guard let templates = domain.grammar[symbol] ?? grammar[symbol] else {
            guard let word = adjective(symbol, isPositive) ?? lexicon.word(symbol, &self) else {
                preconditionFailure("Derivation.expand: there is no symbol and no word \(symbol)")
            }
            return word
        }
        var text = ""
        for piece in choose(templates, isPositive).pieces {
            switch piece {
            case .text(let fixed): text += fixed
            case .slot(let slot): text += fill(slot, isPositive != slot.isFlipped)
            }
        }
        return text
    }

    private mutating func fill(_ slot: Template.Slot, _ isPositive: Bool) -> String {
        guard slot.isElsewhere else { return expand(slot.symbol, isPositive: isPositive) }
        let before = aspect
        defer { aspect = before }
        if unusedAspects.isEmpty { unusedAspects = domain.aspects }
        aspect = unusedAspects.remove(at: generator.integer(in: 0..<unusedAspects.count))
        return expand(slot.symbol, isPositive: isPositive)
    }

    private mutating func choose(_ templates: [Template], _ isPositive: Bool) -> Template {
        let fitting = templates.filter { ($0.onlyPositive ?? isPositive) == isPositive }
        var left = generator.integer(in: 0..<fitting.reduce(0) { $0 + $1.weight })
        for template in fitting {
            left -= template.weight
            if left < 0 { return template }
        }
        return fitting[fitting.count - 1]
    }

    /// The adjectives that every language has.
    private mutating func adjective(_ name: String, _ isPositive: Bool) -> String? {
        switch name {
        case "adj": pick(suitable()[isPositive]).text
        case "more": pick(suitable()[isPositive]).comparative
        case "extreme": pick(lexicon.extreme[isPositive]).text
        case "whole": pick(domain.whole[isPositive]).text
        case "same": lastAdjective
        default: nil
        }
    }

    /// The aspect's own adjectives, or now and then those of anything.
    private mutating func suitable() -> Adjectives {
        generator.bernoulli(0.2) ? lexicon.general : aspect.adjectives
    }

    /// One of the words, if possible none that was used.
    private mutating func pick(_ words: [Adjective]) -> Adjective {
        let fresh = words.filter { !usedAdjectives.contains($0.text) }
        let from = fresh.isEmpty ? words : fresh
        let word = from[generator.integer(in: 0..<from.count)]
        usedAdjectives.insert(word.text)
        lastAdjective = word.text
        return word
    }
}
