import Foundation
import MartletData
import MartletText
import Testing

@Suite struct CleaningTokenizerTests {
    @Test func stepsAndRanges() {
        let tokenizer = CleaningTokenizer(
            EnglishTokenizer(), stopWords: .english, stemmer: Stemmer(.english))
        let text = "<i>The</i> ACTORS aren't acting @Bob http://t.cn/a"
        let tokens = tokenizer.tokens(text)
        #expect(tokens.map(\.text) == ["actor", "n't", "act", "<user>", "<url>"])
        #expect(
            tokens.map { text[bytes: $0.range] } == [
                "ACTORS", "n't", "acting", "@Bob", "http://t.cn/a",
            ])
    }

    @Test func oneCharacterOfSeveralTokens() {
        var cleaner = TextCleaner()
        cleaner.form = .nfkc
        let tokens = CleaningTokenizer(CharacterTokenizer(), cleaner: cleaner).tokens("㎏ﬁ")
        #expect(tokens.map(\.text) == ["k", "g", "f", "i"])
        #expect(tokens.map(\.range) == [0..<3, 3..<3, 3..<6, 6..<6])
    }

    @Test func specialTokensStayWhole() {
        var cleaner = TextCleaner()
        cleaner.urls = .replace("<url>")
        cleaner.emoji = .replace("<url>s")
        let tokenizer = CleaningTokenizer(CharacterTokenizer(), cleaner: cleaner)
        #expect(
            tokenizer.tokens("看www.a.cn好😀<url>").map(\.text) == [
                "看", "<url>", "好", "<url>s", "<url>",
            ])
    }

    @Test func stopWords() throws {
        for word in ["not", "no", "never", "n't", "very", "too", "nothing"] {
            #expect(!StopWords.english.contains(word))
        }
        for word in ["不", "没", "没有", "别", "无", "很", "太", "非常", "不是"] {
            #expect(!StopWords.chinese.contains(word))
        }
        #expect(StopWords.english.contains("the") && StopWords.chinese.contains("我们"))
        let path = NSTemporaryDirectory() + "martlet-stop-words-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("\u{FEFF}的\r\n\n  two words \t\n是".utf8).write(to: URL(filePath: path))
        #expect(try StopWords(path: path) == StopWords(["的", "two words", "是"]))
        try Data([0x61, 0x0A, 0xFF, 0x00, 0x81]).write(to: URL(filePath: path))
        #expect(throws: DataError.self) { try StopWords(path: path) }
        #expect(throws: DataError.self) { try StopWords(path: path + ".none") }
    }
}
