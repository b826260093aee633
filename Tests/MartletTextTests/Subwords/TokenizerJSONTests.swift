import Foundation
import Testing

@testable import MartletText

/// Texts of all kinds, and the tokenisers of the fixtures.
struct SubwordFixtures: Decodable {
    let texts: [String]
    let tokenizers: [String]
    let sentencepieces: [String]

    static let all: SubwordFixtures? = try? fixture("subwords")
}

/// Tokenisers of Hugging Face tokenizers, and what they make of texts.
@Suite struct TokenizerJSONTests {
    private struct Reference: Decodable {
        let tokenizer: String
        let cases: [Case]
        let pairs: [Case?]
        let decoded: [String]
    }

    private struct Case: Decodable {
        let ids: [Int]
        let offsets: [Int]
        let words: [Int]
        let tokens: [String]?
        let types: [Int]?
        let special: [Int]?
        let attention: [Int]?

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            ids = try list.decode([Int].self)
            offsets = try list.decode([Int].self)
            words = try list.decode([Int].self)
            tokens = try list.decode([String]?.self)
            types = try list.decode([Int]?.self)
            special = try list.decode([Int]?.self)
            attention = try list.decode([Int]?.self)
        }
    }

    static func tokenizer(_ text: String) throws -> SubwordTokenizer {
        let path = NSTemporaryDirectory() + "martlet-tokenizer-\(UUID()).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return try SubwordTokenizer(json: path)
    }

    @Test(
        "ids, tokens, ranges, words, types and masks equal Hugging Face tokenizers'",
        arguments: SubwordFixtures.all?.tokenizers ?? [])
    func equal(_ name: String) throws {
        let reference: Reference = try fixture("subwords-\(name)")
        let texts = try #require(SubwordFixtures.all).texts
        let tokenizer = try Self.tokenizer(reference.tokenizer)
        // Where unknown characters are dropped, Hugging Face counts the bytes behind them wrongly.
        #expect(reference.cases.count == texts.count && texts.count > 90)
        for (text, expected) in zip(texts, reference.cases) {
            let encoding = tokenizer.encode(text)
            check(encoding, expected, tokenizer, "\(name): \(text.debugDescription)")
            let ranges = encoding.scalarRanges(in: text).flatMap { [$0.lowerBound, $0.upperBound] }
            #expect(ranges == expected.offsets, "\(name): ranges of \(text.debugDescription)")
        }
        for (index, expected) in reference.pairs.enumerated() {
            guard let expected else { continue }
            let encoding = tokenizer.encode(texts[4 + index], texts[40 + index])
            check(encoding, expected, tokenizer, "\(name): pair \(index)")
        }
        for (index, expected) in reference.decoded.enumerated() {
            let text = tokenizer.decode(
                reference.cases[index].ids, skipsSpecialTokens: index % 2 == 0)
            #expect(
                text.unicodeScalars.elementsEqual(expected.unicodeScalars),
                "\(name): decoded \(text.debugDescription), not \(expected.debugDescription)")
        }
    }

    private func check(
        _ encoding: SubwordTokenizer.Encoding, _ expected: Case, _ tokenizer: SubwordTokenizer,
        _ what: String
    ) {
        #expect(encoding.ids == expected.ids, "\(what)")
        let tokens = expected.tokens ?? expected.ids.map { tokenizer.token($0) ?? "" }
        #expect(
            encoding.tokens.map { Array($0.utf8) } == tokens.map { Array($0.utf8) },
            "\(what): tokens \(encoding.tokens)")
        #expect(encoding.wordIDs.map { $0 ?? -1 } == expected.words, "\(what): words")
        let none = [Int](repeating: 0, count: expected.ids.count)
        #expect(encoding.typeIDs == expected.types ?? none, "\(what): types")
        #expect(
            encoding.specialTokensMask.map { $0 ? 1 : 0 } == expected.special ?? none,
            "\(what): special")
        #expect(
            encoding.attentionMask.map { $0 ? 1 : 0 } == expected.attention ?? none.map { _ in 1 },
            "\(what): attention")
    }

    @Test("what is written reads as the same", arguments: SubwordFixtures.all?.tokenizers ?? [])
    func written(_ name: String) throws {
        let reference: Reference = try fixture("subwords-\(name)")
        let tokenizer = try Self.tokenizer(reference.tokenizer)
        let path = NSTemporaryDirectory() + "martlet-written-\(UUID()).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try tokenizer.write(json: path)
        let again = try SubwordTokenizer(json: path)
        #expect(again.addedTokens == tokenizer.addedTokens)
        #expect(again.normalizer == tokenizer.normalizer)
        #expect(again.preTokenizer == tokenizer.preTokenizer)
        #expect(again.postProcessor == tokenizer.postProcessor)
        #expect(again.decoder == tokenizer.decoder)
        #expect(again.truncation == tokenizer.truncation && again.padding == tokenizer.padding)
        for text in try #require(SubwordFixtures.all).texts {
            #expect(again.encode(text) == tokenizer.encode(text))
        }
    }
}
