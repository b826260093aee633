import Foundation
import Testing

@testable import MartletText

@Suite struct VocabularyTests {
    private func counts(_ texts: String...) -> TokenCounts {
        var counts = TokenCounts()
        for text in texts { counts.add(text.split(separator: " ").map(String.init)) }
        return counts
    }

    @Test func frequentTokensComeFirstAndEqualOnesByTheirCodePoints() {
        let vocabulary = Vocabulary(counts("b a c b", "c ä b z", "z 好 a"))
        #expect(vocabulary.tokens == ["<pad>", "<unk>", "b", "a", "c", "z", "ä", "好"])
        #expect(vocabulary.paddingID == 0 && vocabulary.unknownID == 1)
        #expect(vocabulary.ids(of: ["好", "b", "nothing", "<unk>"]) == [7, 2, 1, 1])
    }

    @Test func rareTokensAndThoseBeyondTheSizeAreUnknown() {
        let counts = counts("a a a b b c c d")
        #expect(Vocabulary(counts, minimumCount: 2).tokens == ["<pad>", "<unk>", "a", "b", "c"])
        let small = Vocabulary(counts, special: ["<url>"], maximumSize: 5)
        #expect(small.tokens == ["<pad>", "<unk>", "<url>", "a", "b"])
        let coverage = small.coverage(of: counts)
        #expect(coverage.tokens == 8 && coverage.knownTokens == 5)
        #expect(coverage.kinds == 4 && coverage.knownKinds == 2)
        #expect(coverage.unknownRate == 3.0 / 8)
        #expect(coverage.description == "62.5 % of 8 tokens, 2 of 4 different ones")
    }

    @Test func specialTokensAreNotCountedTwice() {
        let vocabulary = Vocabulary(counts("<url> <url> <pad> x"), special: ["<url>"])
        #expect(vocabulary.tokens == ["<pad>", "<unk>", "<url>", "x"])
    }

    @Test func composedAndDecomposedLettersAreTwoTokens() {
        let vocabulary = Vocabulary(counts("\u{E9} \u{E9} e\u{301}"))
        #expect(vocabulary.count == 4)
        #expect(vocabulary.id(of: "\u{E9}") == 2 && vocabulary.id(of: "e\u{301}") == 3)
    }

    @Test func isTheSameAfterBeingWritten() throws {
        let vocabulary = Vocabulary(counts("a \" \\ \u{0} 好 \u{1F600}"))
        let data = try JSONEncoder().encode(vocabulary)
        #expect(try JSONDecoder().decode(Vocabulary.self, from: data) == vocabulary)
    }

    @Test(arguments: [#"["<pad>", "<unk>", "a", "a"]"#, #"["<pad>", "a"]"#, "[]", "[1]"])
    func whatIsNoVocabularyIsRefused(_ json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Vocabulary.self, from: Data(json.utf8))
        }
    }
}
