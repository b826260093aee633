import Foundation
import MartletData
import MartletTesting
import Testing

@testable import MartletText

/// Mutants of good files: read or refused; what is read cuts and joins hostile texts.
@Suite struct SubwordFuzzTests {
    private struct Model: Decodable { let model: Data }
    private struct Tokenizer: Decodable { let tokenizer: String }

    private static let words = [
        "{", "}", "[", "]", "\"", ",", "null", "true", "-1", "0", "99999999", "1e300", "\"type\":",
        "BPE", "Unigram", "WordPiece", "Sequence", "Regex", "String", "Split", "ByteLevel",
        "merges",
        "vocab", "(a*)*b", "[a", "\\ud800", "<0x00>", "▁", "##",
    ]

    /// A few bytes of a large vocabulary, so that mutants are read soon.
    private static func json(_ name: String) throws -> [UInt8] {
        let reference: Tokenizer = try fixture("subwords-\(name)")
        return Array(reference.tokenizer.utf8)
    }

    private static func use(_ tokenizer: SubwordTokenizer) {
        for text in ["", "Hello wörld 123  <mask> 好的\u{0}\u{301}", "\u{1F468}\u{200D}▁ \r\n\n x"] {
            let encoding = tokenizer.encode(text)
            precondition(encoding.ranges.allSatisfy { $0.upperBound <= text.utf8.count })
            _ = tokenizer.tokens(text)
            _ = tokenizer.decode(encoding.ids)
        }
    }

    private static func reads(_ path: String, _ read: () throws -> SubwordTokenizer) throws -> Bool
    {
        do {
            use(try read())
            return true
        } catch let error as DataError {
            guard "\(error)".hasPrefix(path + ": ") else { throw error }
            return false
        }
    }

    private func report(_ result: ExitTest.Result?) {
        let text = Fuzzing.report(result?.standardOutputContent ?? [])
        print(text)
        #expect(text.contains("mutants in"), "\(text)")
    }

    @Test("mutants of tokenizer.json")
    func jsonMutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let seeds = try ["gpt2", "bert-cased", "unigram-rules", "split-inverted", "llama2"].map(
                Self.json)
            try Fuzzing.run("tokenizer-json", seeds: seeds, words: Self.words, count: 500) { path in
                try Self.reads(path) { try SubwordTokenizer(json: path) }
            }
        }
        report(result)
    }

    @Test("mutants of SentencePiece's models")
    func modelMutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let seeds = try ["unigram", "bpe-bytes", "word", "char", "unigram-plain"].map { name in
                let reference: Model = try fixture("sentencepiece-\(name)")
                return Array(reference.model)
            }
            try Fuzzing.run("sentencepiece", seeds: seeds, words: Self.words, count: 1000) { path in
                try Self.reads(path) { try SubwordTokenizer(sentencePiece: path) }
            }
        }
        report(result)
    }

    @Test("long texts without a break take time in proportion", .timeLimit(.minutes(1)))
    func longTexts() throws {
        let length = 300_000 * Fuzzing.scale
        let texts = [
            String(repeating: "a", count: length), String(repeating: "low", count: length / 3),
            String(repeating: "好", count: length / 3),
            String(repeating: "\u{301}", count: length / 2), String(repeating: " ", count: length),
            String(repeating: "<", count: length), String(repeating: "👍🏽", count: length / 8),
        ]
        for name in [
            "gpt2", "bert", "unigram", "unigram-rules", "llama2", "added", "character-bpe",
        ] {
            let reference: Tokenizer = try fixture("subwords-\(name)")
            let tokenizer = try TokenizerJSONTests.tokenizer(reference.tokenizer)
            for text in texts { _ = tokenizer.encode(text) }
        }
    }
}
