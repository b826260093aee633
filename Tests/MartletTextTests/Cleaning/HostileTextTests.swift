import Foundation
import MartletData
import MartletTesting
import MartletText
import Testing

/// Texts that are made to cost time, or to end a program. A quadratic step would not come to an end here.
@Suite struct HostileTextTests {
    /// Everything on.
    static var cleaner: TextCleaner {
        var cleaner = TextCleaner.sentiment
        cleaner.makesOrdinaryWidth = true
        cleaner.expandsContractions = true
        cleaner.removesAccents = true
        cleaner.hashtags = .replace("<topic>")
        cleaner.bracketedEmoji = .replace("<sign>")
        cleaner.emoticons = .replace("<face>")
        cleaner.emoji = .replace("<emoji>")
        cleaner.signs = [":)": "<smile>"]
        return cleaner
    }

    static func tokenizers() throws -> [any Tokenizer] {
        [
            WhitespaceTokenizer(), CharacterTokenizer(), WordTokenizer(), EnglishTokenizer(),
            try RegexTokenizer(pattern: #"\w+"#),
            CleaningTokenizer(
                WordTokenizer(), cleaner: cleaner, stopWords: .english,
                stemmer: Stemmer(.english)),
        ]
    }

    /// What is wrong with the tokens of a text; nil when nothing is.
    static func problem(_ text: String, _ tokenizer: any Tokenizer) -> String? {
        let bytes = Array(text.utf8)
        var end = 0
        for token in tokenizer.tokens(text) {
            let range = token.range
            guard range.lowerBound >= end, range.upperBound <= bytes.count,
                [range.lowerBound, range.upperBound].allSatisfy({
                    $0 == bytes.count || bytes[$0] & 0xC0 != 0x80
                })
            else { return "\(type(of: tokenizer)): \(token)" }
            end = range.upperBound
        }
        return nil
    }

    static let pieces = [
        "a", "<", "<a ", "<!--", "&", "&#", "&amp;", "@", "@a", "a@", "//@", "#", "#a", "# ", "[",
        "[a",
        ":", ":)", "'", "n't", "www.", "http://", "a.", "-", "\0", "\u{301}", "\u{301}\u{323}",
        "\u{200D}",
        "😀\u{200D}", "🇨", "1\u{FE0F}\u{20E3}", "好", "\u{5D0}", "\u{202E}", "Ａ", "ｶﾞ", "Σ", "İ",
        "\u{1161}",
        "한", "ก", "\n", " ", "\u{F73}", "\u{FB2C}", "ﷺ", "\u{1D165}\u{1D16E}",
    ]

    @Test(arguments: HostileTextTests.pieces) func repeated(_ piece: String) throws {
        let count = 50_000 * Fuzzing.scale / piece.utf8.count
        for text in [
            String(repeating: piece, count: count),
            "é" + String(repeating: piece, count: count) + ">",
        ] {
            for tokenizer in try Self.tokenizers() {
                #expect(Self.problem(text, tokenizer) == nil)
            }
            #expect(UnicodeText.sentences(text).last?.upperBound == text.utf8.count)
        }
    }

    @Test func longLine() throws {
        let line = "It's sooooo good :) <b>好</b> &amp; @x http://t.cn/a 😀 #a# "
        let text = String(repeating: line, count: (1 << 19) * Fuzzing.scale / line.utf8.count)
        #expect(Self.problem(text, try #require(Self.tokenizers().last)) == nil)
    }

    @Test("mutants of texts") func mutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let text = HostileTextTests.pieces.joined(separator: "b ") + "I can't. 我喜欢北京！"
            let tokenizers = try HostileTextTests.tokenizers()
            try Fuzzing.run(
                "texts",
                seeds: [
                    Array(text.utf8),
                    [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] },
                ], words: HostileTextTests.pieces, count: 1000
            ) { path in
                let text: String
                do { text = try TextDecoder.read(path).text } catch let error {
                    guard "\(error)".hasPrefix(path + ": ") else { throw error }
                    return false
                }
                for tokenizer in tokenizers {
                    if let problem = HostileTextTests.problem(text, tokenizer) {
                        throw FuzzingError(description: problem)
                    }
                }
                return true
            }
        }
        let report = Fuzzing.report(result?.standardOutputContent ?? [])
        print(report)
        #expect(report.contains("mutants in"), "\(report)")
    }
}
