import Foundation
import MartletText
import Testing

/// Against ICU itself, called by PyICU on UTF-16.
@Suite struct TextSegmentsTests {
    private struct Reference: Decodable {
        struct Text: Decodable {
            let text: String
            let words: [String]
            let sentences: [String]
        }
        struct Hashes: Decodable {
            let words: String
            let sentences: String
        }
        let texts: [Text]
        let files: [String: Hashes]
    }

    private func pieces(_ text: String, _ ranges: [Range<Int>]) -> [String] {
        let bytes = Array(text.utf8)
        return ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test func texts() throws {
        for text in try fixture("breaks", as: Reference.self).texts {
            #expect(pieces(text.text, UnicodeText.words(text.text).map(\.range)) == text.words)
            #expect(pieces(text.text, UnicodeText.sentences(text.text)) == text.sentences)
        }
    }

    @Test(.enabled(if: dataFolder != nil)) func files() throws {
        for (file, hashes) in try fixture("breaks", as: Reference.self).files {
            let path = "\(dataFolder ?? "")/sentiment/\(file)"
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            let words = pieces(text, UnicodeText.words(text).map(\.range))
            #expect(hash(words.joined(separator: "\u{241E}")) == hashes.words, "\(file)")
            let sentences = pieces(text, UnicodeText.sentences(text))
            #expect(hash(sentences.joined(separator: "\u{241E}")) == hashes.sentences, "\(file)")
        }
    }
}
