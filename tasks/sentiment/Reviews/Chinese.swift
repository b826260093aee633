/// Reviews in Chinese: what the present clause is about, and how pieces become a text.
enum Chinese {
    /// The writer, and the aspect, alone and with the verb that its adjectives complete.
    @Sendable static func word(_ name: String, _ derivation: inout Derivation) -> String? {
        let aspect = derivation.aspect
        switch name {
        case "I": return derivation.isGroup ? "我们" : "我"
        case "noun": return aspect.noun
        case "subject": return aspect.noun + aspect.manner
        default: return nil
        }
    }

    /// The pieces as they are.
    @Sendable static func finish(_ pieces: String) -> String { pieces }
}
