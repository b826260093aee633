import MartletText
import Testing

@Suite struct EnglishTokenizerTests {
    private struct Sentence: Decodable {
        let text: String
        let tokens: [String]

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            text = try values.decode(String.self)
            tokens = try values.decode([String].self)
        }
    }
    private struct Reference: Decodable { let sentences: [Sentence] }

    @Test func sentencesOfNLTK() throws {
        for sentence in try fixture("treebank", as: Reference.self).sentences {
            let tokens = EnglishTokenizer().tokens(sentence.text)
            #expect(tokens.map(\.text) == sentence.tokens, "\(sentence.text)")
            for token in tokens where token.text != "``" && token.text != "''" {
                #expect(sentence.text[bytes: token.range] == token.text)
            }
        }
    }

    private func texts(_ text: String) -> [String] {
        EnglishTokenizer().tokens(text).map(\.text)
    }

    @Test func severalSentences() {
        #expect(
            texts("Mr. Smith left. He didn't say why.\nIt was 5 p.m. (late).  J. R. stayed.") == [
                "Mr.", "Smith", "left", ".", "He", "did", "n't", "say", "why", ".", "It", "was",
                "5", "p.m.", "(", "late", ")", ".", "J.", "R.", "stayed", ".",
            ])
    }

    @Test func typographicQuotes() {
        let text = "“I can’t,” he said. ’Twas d’ye"
        let tokens = EnglishTokenizer().tokens(text)
        #expect(
            tokens.map(\.text) == [
                "``", "I", "ca", "n't", ",", "''", "he", "said", ".", "'T", "was", "d", "'ye",
            ])
        #expect(text[bytes: tokens[3].range] == "n’t")
        #expect(text[bytes: tokens[9].range] == "’T" && text[bytes: tokens[12].range] == "’ye")
    }

    @Test func odd() {
        #expect(texts("") == [] && texts(" \n") == [])
        #expect(texts("'") == ["'"] && texts("’") == ["'"] && texts("'s") == ["'s"])
        #expect(texts("\0.") == ["\0", "."])
        let long = String(repeating: "'", count: 1_000_000)
        #expect(texts(long).count == 500_000)
        #expect(texts(String(repeating: ".", count: 1_000_000)).count == 333_334)
        #expect(texts(String(repeating: "n't", count: 300_000)).count == 2)
    }
}
