import Martlet
import Testing

@testable import SentimentTask

/// What sentences say, judged by rules of our own instead of those that made them.
@Suite struct ReviewLabelTests {
    /// Where `SUBJECT` is what is spoken of, `OTHER` another clause, and `WORD` the adjective that decides.
    private static let patterns: [(ReviewLanguage, isAsTheWord: Bool, [String])] = [
        (
            .english, true,
            [
                "The SUBJECT (?:was|were) (?:very |really )?WORD",
                "OTHER, but the SUBJECT (?:was|were) (?:very |really )?WORD",
                "(?:Although|Even though) OTHER, the SUBJECT (?:was|were) WORD",
                "The SUBJECT (?:was|were) WORD, (?:although|even though) OTHER",
                "(?:Was|Were) the SUBJECT WORD\\? (?:Yes, OTHER|Absolutely)",
                "(?:I|We) expected the SUBJECT to be WORD, and (?:it was|they were)",
                "Everyone told (?:me|us) that the SUBJECT (?:was|were) WORD, and they were right",
                "Nobody could say that the SUBJECT (?:was|were) not WORD",
            ]
        ),
        (
            .english, false,
            [
                "The SUBJECT (?:was|were)(?:n't| not) WORD(?: at all)?",
                "The SUBJECT (?:was|were) (?:anything but|far from|by no means) WORD",
                "The SUBJECT (?:was|were) neither [a-z]+ nor WORD",
                "The SUBJECT (?:was|were) not nearly as WORD as (?:I|we) had [a-z]+",
                "OTHER, but the SUBJECT (?:was|were)(?:n't| not) WORD",
                "(?:Although|Even though) OTHER, the SUBJECT (?:was|were)(?:n't| not) WORD",
                "(?:Was|Were) the SUBJECT WORD\\? (?:Not at all|No, OTHER|Absolutely not)",
                "(?:I|We) expected the SUBJECT to be WORD, but (?:it|they) OTHER",
                "Everyone told (?:me|us) that the SUBJECT (?:was|were) WORD, but they were wrong",
                "If only the SUBJECT had been WORD",
                "If the SUBJECT had been WORD, (?:I|we) would have complained, but OTHER",
                "Nobody could call the SUBJECT WORD",
            ]
        ),
        (
            .chinese, true,
            [
                "SUBJECT(?:很|非常|十分)WORD",
                "(?:虽然|尽管|虽说)OTHER，(?:但|但是|不过|可是|然而)SUBJECT(?:很|非常)WORD",
                "没有人会说SUBJECT不WORD",
                "SUBJECT比想象中WORD多了",
                "都说SUBJECTWORD，果然是这样",
            ]
        ),
        (
            .chinese, false,
            [
                "SUBJECT(?:并不|一点也不|根本不)WORD",
                "(?:虽然|尽管|虽说)OTHER，(?:但|但是|不过|可是|然而)SUBJECT(?:并不|一点也不)WORD",
                "OTHER，(?:但|但是|不过|可是|然而)SUBJECT(?:并不|一点也不)WORD",
                "SUBJECT没有想象中那么WORD",
                "SUBJECT既不OTHER也不WORD",
                "要是SUBJECTWORD一点就好了",
                "都说SUBJECTWORD，其实不是这样",
                "SUBJECTWORD吗？一点也不",
            ]
        ),
    ]

    @Test(arguments: ReviewLanguage.allCases) func labels(language: ReviewLanguage) throws {
        let grammar = language == .english ? English.grammar : Chinese.grammar
        let lexicon = language == .english ? English.lexicon : Chinese.lexicon
        let sentences = (0..<4000).map { index in
            var derivation = Derivation(
                grammar, lexicon, Generator(seed: 1).stream("sentence", index))
            let isPositive = index.isMultiple(of: 2)
            return (
                lexicon.finish(derivation.expand("sentence", isPositive: isPositive)), isPositive
            )
        }
        let words = polarities(language)
        let alternatives = words.keys.sorted { $0.utf8.count > $1.utf8.count }
            .joined(separator: "|")
        let gaps =
            language == .english
            ? ("[a-z ]+?", "[^.!?]+") : ("[^，。！？不没]+?", "[^。！？]+")
        for case (language, let isAsTheWord, let patterns) in Self.patterns {
            for pattern in patterns {
                let expression =
                    pattern
                    .replacing("SUBJECT", with: gaps.0).replacing("OTHER", with: gaps.1)
                    .replacing("WORD", with: "(\(alternatives))") + "[.!。！]"
                let regex = try Regex(expression, as: (Substring, Substring).self)
                var found = 0
                for (text, isPositive) in sentences {
                    guard let word = try regex.wholeMatch(in: text)?.output.1,
                        let polarity = words[String(word)]
                    else { continue }
                    found += 1
                    #expect(isPositive == (polarity == isAsTheWord), "\(text)")
                }
                #expect(found > 0, "\(pattern) is not found")
            }
        }
    }
}
