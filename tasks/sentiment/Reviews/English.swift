/// Reviews in English: how words agree, and how pieces become a text.
enum English {
    /// Forms that agree with the writer or the aspect.
    @Sendable static func word(_ name: String, _ derivation: inout Derivation) -> String? {
        let isPlural = derivation.aspect.isPlural
        switch name {
        case "subject": return derivation.aspect.noun
        case "I": return derivation.isGroup ? "we" : "I"
        case "me": return derivation.isGroup ? "us" : "me"
        case "my": return derivation.isGroup ? "our" : "my"
        case "I-was": return derivation.isGroup ? "we were" : "I was"
        case "it": return isPlural ? "they" : "it"
        case "was": return isPlural ? "were" : "was"
        case "was-not":
            let isShort = derivation.generator.bernoulli(0.4)
            return (isPlural ? "were" : "was") + (isShort ? "n't" : " not")
        default: return nil
        }
    }

    /// Single spaces, "an" before vowels, capitals where sentences begin.
    @Sendable static func finish(_ pieces: String) -> String {
        var words = pieces.split(separator: " ").map(String.init)
        var beginsSentence = true
        for i in words.indices {
            if words[i] == "a", i + 1 < words.count, beginsWithVowel(words[i + 1]) {
                words[i] = "an"
            }
            if beginsSentence { words[i] = words[i].prefix(1).uppercased() + words[i].dropFirst() }
            beginsSentence = words[i].last.map { ".!?".contains($0) } ?? false
        }
        return words.joined(separator: " ")
    }

    /// Whether a word is spoken with a vowel first.
    private static func beginsWithVowel(_ word: String) -> Bool {
        let consonants = ["use", "uni", "one"]
        if consonants.contains(where: { word.hasPrefix($0) }) {
            // "unimpressive" and the like have a negating "un".
            return word.hasPrefix("unim") || word.hasPrefix("unin")
        }
        return word.first.map { "aeiou".contains($0) } ?? false
    }
}
