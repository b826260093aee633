import Foundation
import Martlet
import MartletTesting
import Testing

@testable import MartletText

@Suite struct ChineseSegmenterTests {
    @Test("texts are cut as by jieba with an invented dictionary and model")
    func fixture() throws {
        let cuts = try ChineseSupport.fixture().cuts
        #expect(cuts.texts.count > 400)
        cuts.check(try ChineseSupport.dictionary(), try ChineseSupport.model())
    }

    @Test func tokensHaveTheTextOfTheirRanges() throws {
        let segmenter = ChineseSegmenter(
            dictionary: ChineseDictionary(counting: ["自然": 3, "语言": 3, "自然语言": 2, "我": 5]))
        let text = "我 爱自然语言\r\nabc!é中"
        let tokens = segmenter.tokens(text)
        #expect(
            tokens.map(\.text) == ["我", " ", "爱", "自然语言", "\r\n", "abc", "!", "é", "中"])
        #expect(tokens.map(\.range) == segmenter.ranges(text))
        #expect(tokens.allSatisfy { Array(text.utf8)[$0.range].elementsEqual($0.text.utf8) })
        #expect(segmenter.tokens("").isEmpty)
    }

    @Test func emptyDictionary() {
        let segmenter = ChineseSegmenter(dictionary: ChineseDictionary(counting: [:]))
        #expect(segmenter.tokens("中国a1.").map(\.text) == ["中", "国", "a1", "."])
    }

    @Test("random scalars are cut into tokens that are the text") func randomTexts() throws {
        let (dictionary, model) = (try ChineseSupport.dictionary(), try ChineseSupport.model())
        var generator = Generator(seed: 1).stream("texts")
        for model in [model, nil] {
            let segmenter = ChineseSegmenter(dictionary: dictionary, model: model)
            for _ in 0..<(2000 * Fuzzing.scale) {
                var text = ""
                for _ in 0..<generator.integer(in: 0..<40) {
                    let limits = [0x80, 0x3000, 0x5000, 0xA000, 0x110000]
                    let limit = limits[generator.integer(in: 0..<limits.count)]
                    let value = generator.integer(in: (limit >> 2)..<limit)
                    text.unicodeScalars.append(Unicode.Scalar(UInt32(value)) ?? "中")
                }
                let ranges = segmenter.ranges(text)
                #expect(ranges.first?.lowerBound ?? 0 == 0)
                #expect(ranges.last?.upperBound ?? 0 == text.utf8.count)
                #expect(
                    zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
                #expect(ranges.allSatisfy { !$0.isEmpty })
            }
        }
    }

    @Test(
        "10 MB without a space", arguments: ["中", "的", "a", "9.", "%", "😀", "\u{0}", "的a"])
    func longTexts(_ piece: String) throws {
        let text = String(repeating: piece, count: (10 << 20) / piece.utf8.count)
        let segmenter = ChineseSegmenter(
            dictionary: try ChineseSupport.dictionary(), model: try ChineseSupport.model())
        #expect(segmenter.ranges(text).last?.upperBound == text.utf8.count)
        let plain = ChineseSegmenter(dictionary: try ChineseSupport.dictionary())
        #expect(plain.ranges(text).last?.upperBound == text.utf8.count)
    }

    @Test("a text of which every part begins the longest word") func longestWords() {
        let word = String(repeating: "中", count: 255)
        let segmenter = ChineseSegmenter(
            dictionary: ChineseDictionary(counting: [word: 1, "中": 1]))
        let ranges = segmenter.ranges(String(repeating: "中", count: 100_000))
        #expect(ranges.count == 100_000 / 255 + 100_000 % 255)
    }
}
