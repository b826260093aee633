import Foundation
import MartletData
import Testing

@testable import MartletText

/// What trainers learn, and what is refused.
@Suite struct SubwordTrainerTests {
    private let texts = Array(
        repeating: "low lower lowest new newer newest wide wider widest 好的 好吃 不好", count: 20)

    @Test(
        "every kind learns, and cuts what it learnt from without unknown tokens",
        arguments: [
            SubwordTrainer.Kind.bpe(), .bpe(continuingPrefix: "##"), .bpe(endOfWordSuffix: "</w>"),
            .wordPiece(), .wordLevel, .unigram(),
        ])
    func learns(_ kind: SubwordTrainer.Kind) {
        var trainer = SubwordTrainer(kind)
        trainer.vocabularySize = 60
        trainer.specialTokens = ["[UNK]", "[PAD]"]
        trainer.unknownToken = "[UNK]"
        trainer.preTokenizer = .whitespace
        let tokenizer = trainer.train(texts)
        #expect(tokenizer.vocabularySize <= 60 && tokenizer.vocabularySize > 12)
        #expect(tokenizer.id(of: "[UNK]") == 0 && tokenizer.id(of: "[PAD]") == 1)
        let encoding = tokenizer.encode("newer 好的 widest")
        #expect(!encoding.ids.contains(0) && encoding.count < 12)
        #expect(trainer.train(texts).model.json == tokenizer.model.json)
        #expect(tokenizer.encode("newer ж").ids.last == 0)
    }

    @Test(
        "what is wrong with files is named, with its place",
        arguments: [
            ("{", "byte 1: the text ends"),
            ("{\"model\":{\"type\":\"Nothing\"}}", "the model 'Nothing'"),
            (
                "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{},\"unk_token\":\"x\"}}",
                "the unknown token 'x'"
            ),
            (
                "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"x\":0,\"y\":0},\"unk_token\":\"x\"}}",
                "the id 0 of two"
            ),
            (
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}",
                "the merge of 'a' and 'b'"
            ),
            (
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[],\"dropout\":0.1}}",
                "the dropout 0.1"
            ),
            (
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]},\"extra\":1}",
                "the key 'extra'"
            ),
            (
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]},\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"}}",
                "the pre-tokenizer 'UnicodeScripts'"
            ),
            (
                "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":4000000000},\"merges\":[]}}",
                "the number 4000000000"
            ),
        ])
    func refused(_ text: String, _ problem: String) {
        let error = #expect(throws: DataError.self) { try TokenizerJSONTests.tokenizer(text) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(problem))
    }
}
