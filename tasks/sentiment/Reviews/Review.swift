public import Martlet

/// The languages that reviews are written in.
public enum ReviewLanguage: String, CaseIterable, Codable, Sendable {
    /// British English.
    case english
    /// Chinese in simplified characters.
    case chinese
}

/// A text that says what its writer thinks of something.
public struct Review: Hashable, Sendable {
    /// One to four sentences.
    public let text: String
    /// Whether the writer is content.
    public let isPositive: Bool
}

/// Writes reviews of hotels, restaurants, films, books, telephones and deliveries, whose words alone do not say whether they
/// are content: each word of praise or blame is as frequent in content as in discontent reviews, as often plain as under a
/// negation ("not clean", "anything but boring"), a contrast, of which the clause after "but" counts, an expectation, a
/// question or a condition.
///
/// ```swift
/// let grammar = ReviewGrammar(.english)
/// let review = grammar.review(0, generator: Generator(seed: 1))
/// // "Even though the bed was not comfortable, I was never disappointed with the staff."
/// ```
public struct ReviewGrammar: Sendable {
    /// What the reviews are written in.
    public let language: ReviewLanguage
    /// How likely each kind of careless writing is in a review: capitals, exclamation marks, slips, emoticons.
    public let noise: Double
    private let grammar: Grammar
    private let lexicon: Lexicon

    /// - Parameter noise: how likely each kind of careless writing is in a review, from 0 to 1.
    public init(_ language: ReviewLanguage, noise: Double = 0.03) {
        precondition(
            (0...1).contains(noise), "ReviewGrammar: expected noise of 0 to 1, got \(noise)")
        self.language = language
        self.noise = noise
        switch language {
        case .english: (grammar, lexicon) = (English.grammar, English.lexicon)
        case .chinese: (grammar, lexicon) = (Chinese.grammar, Chinese.lexicon)
        }
    }

    /// The review of a number: even ones are content, odd ones are not. It depends on nothing but the number and the
    /// generator's seed and stream.
    public func review(_ index: Int, generator: Generator) -> Review {
        let isPositive = index.isMultiple(of: 2)
        var derivation = Derivation(
            grammar, lexicon, generator.stream("review.\(language.rawValue)", index))
        let plain = lexicon.finish(derivation.expand("review", isPositive: isPositive))
        let careless = Carelessness(language: language, rate: noise)
        return Review(
            text: careless.applied(to: plain, isPositive, &derivation.generator),
            isPositive: isPositive)
    }
}
