import Testing

@testable import SentimentTask

/// Words, or characters of Chinese.
func tokens(_ text: String, _ language: ReviewLanguage) -> [String] {
    switch language {
    case .english:
        text.lowercased().split { !$0.isLetter && $0 != "'" && $0 != "-" }.map(String.init)
    case .chinese: text.unicodeScalars.map { String($0) }
    }
}

/// All adjectives of a language, with whether they praise.
func polarities(_ language: ReviewLanguage) -> [String: Bool] {
    let lexicon = language == .english ? English.lexicon : Chinese.lexicon
    let sets =
        [lexicon.general, lexicon.extreme] + lexicon.domains.map(\.whole)
        + lexicon.domains.flatMap { $0.aspects.map(\.adjectives) }
    var polarities: [String: Bool] = [:]
    for set in sets {
        for isPositive in [true, false] {
            for word in set[isPositive].map(\.text) {
                #expect(
                    polarities[word, default: isPositive] == isPositive,
                    "\(word) both praises and blames")
                polarities[word] = isPositive
            }
        }
    }
    return polarities
}
