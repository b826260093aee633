import MartletText
import Testing

@Suite struct TokenizerTests {
    private func texts(_ tokenizer: some Tokenizer, _ text: String) -> [String] {
        let tokens = tokenizer.tokens(text)
        var end = 0
        for token in tokens {
            #expect(token.range.lowerBound >= end && token.range.upperBound <= text.utf8.count)
            end = token.range.upperBound
        }
        return tokens.map(\.text)
    }

    @Test func whiteSpace() {
        let text = "\u{3000}a  b\u{A0}c\u{1C}d\u{200B}e\n"
        #expect(texts(WhitespaceTokenizer(), text) == ["a", "b", "c", "d\u{200B}e"])
        #expect(WhitespaceTokenizer().tokens(" é x").map(\.range) == [1..<3, 4..<5])
        #expect(WhitespaceTokenizer().tokens("").isEmpty)
    }

    @Test func characters() {
        #expect(texts(CharacterTokenizer(), "e\u{301} 好👍🏽") == ["e", "\u{301}", " ", "好", "👍", "🏽"])
        #expect(texts(CharacterTokenizer(skipsWhiteSpace: true), "a \u{3000}b\r\n") == ["a", "b"])
    }

    @Test func words() {
        let text = "I can't,  我喜欢北京！😀 3.5"
        #expect(
            texts(WordTokenizer(), text) == [
                "I", "can't", ",", "我", "喜欢", "北京", "！", "😀", "3.5",
            ])
        #expect(
            texts(WordTokenizer(keepsPunctuation: false), text) == [
                "I", "can't", "我", "喜欢", "北京", "3.5",
            ])
    }

    @Test func patterns() throws {
        let words = try RegexTokenizer(pattern: #"\w\w+"#)
        #expect(texts(words, "a bc, 很好 d\0ef") == ["bc", "很好", "ef"])
        let gaps = try RegexTokenizer(pattern: #"[,\s]+"#, gaps: true)
        #expect(texts(gaps, ", a,b  c") == ["a", "b", "c"])
        #expect(gaps.tokens("é, b").map(\.range) == [0..<2, 4..<5])
        #expect(texts(try RegexTokenizer(pattern: "x*"), "axxb") == ["xx"])
        #expect(texts(try RegexTokenizer(pattern: "x", gaps: true), "") == [])
    }

    @Test func patternsThatAreNone() {
        for pattern in ["(", "[a", "a{2,1}", "\\", "(?<=a*)b", "*"] {
            let error = #expect(throws: PatternError.self) { try RegexTokenizer(pattern: pattern) }
            #expect(error?.pattern == pattern)
        }
    }

    /// Matches that would not end are given up: the rest is one token.
    @Test func endlessPatterns() throws {
        let text = "ab " + String(repeating: "a", count: 40) + "!"
        #expect(
            texts(try RegexTokenizer(pattern: "(a+)+b"), text) == [
                "ab", " " + String(repeating: "a", count: 40) + "!",
            ])
        #expect(
            texts(try RegexTokenizer(pattern: "(a+)+b", gaps: true), text) == [
                " " + String(repeating: "a", count: 40) + "!"
            ])
        let long = String(repeating: "ab", count: 100_000)
        #expect(texts(try RegexTokenizer(pattern: "(a|b)*c"), long) == [long])
        #expect(texts(try RegexTokenizer(pattern: "[ab]*c"), long) == [long])
    }
}
