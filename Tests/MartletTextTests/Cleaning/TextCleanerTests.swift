import Foundation
import MartletText
import Testing

@Suite struct TextCleanerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let clean: String
        let cleaner: TextCleaner
        var testDescription: String { text }

        init(_ text: String, _ clean: String, _ set: (inout TextCleaner) -> Void) {
            self.text = text
            self.clean = clean
            var cleaner = TextCleaner()
            set(&cleaner)
            self.cleaner = cleaner
        }
    }

    private static func urls(_ cleaner: inout TextCleaner) { cleaner.urls = .replace("<url>") }
    private static func emails(_ cleaner: inout TextCleaner) { cleaner.emails = .replace("<m>") }
    private static func people(_ cleaner: inout TextCleaner) { cleaner.mentions = .replace("<u>") }
    private static func topics(_ cleaner: inout TextCleaner) { cleaner.hashtags = .replace("<t>") }
    private static func faces(_ cleaner: inout TextCleaner) { cleaner.emoticons = .replace("<f>") }
    private static func emoji(_ cleaner: inout TextCleaner) { cleaner.emoji = .replace("<e>") }
    private static func tags(_ cleaner: inout TextCleaner) { cleaner.tags = .remove }
    private static func full(_ cleaner: inout TextCleaner) { cleaner.expandsContractions = true }
    private static func entities(_ cleaner: inout TextCleaner) { cleaner.decodesEntities = true }
    private static func bracketed(_ cleaner: inout TextCleaner) { cleaner.bracketedEmoji = .remove }
    private static func short(_ cleaner: inout TextCleaner) { cleaner.longestRepeat = 2 }

    static let cases: [Case] = [
        Case(
            "é Ａ <b>&amp; @x http://a.b\0\u{200B} :) soooo",
            "é Ａ <b>&amp; @x http://a.b\0\u{200B} :) soooo"
        ) { _ in },
        Case(
            "看http://t.cn/zOa1好 HTTPS://a.b/c?d=(e). (www.x.org/)", "看<url>好 <url>. (<url>)", urls),
        Case("http:// www. awww.com xhttp://a.b", "http:// www. awww.com xhttp://a.b", urls),
        Case("ftp://f.org/x,y; http://例.cn", "<url>; http://例.cn", urls),
        Case("a.b+c@mail.example.com. 邮箱x@y.cn，谢", "<m>. 邮箱<m>，谢", emails),
        Case("@x a@b a@b.c @@ a@.com x@-y", "@x a@b a@b.c @@ a@.com x@-y", emails),
        Case("@张三 hi //@李四-JC:好 回复@a_b：@c", "<u> hi <u>好 回复<u><u>", people),
        Case("a@b @ @! x@", "a@b @ @! x@", people),
        Case("#北京 奥运#好 C# 1 ab #wow #2", "<t>好 C# 1 ab <t> #2", topics),
        Case("#a b #c ##", "<t> b <t> ##", topics),
        Case(
            "good:-) :))) ;'( =D XD xD <3 ^_^ T_T", "good<f> <f> <f> <f> <f> <f> <f> <f> <f>", faces
        ),
        Case(
            "http://a 8:00 a:D note:(see) EXD ratio:3", "http://a 8:00 a:D note:(see) EXD ratio:3",
            faces),
        Case("好😀👍🏽👩‍👩‍👧🇨🇳❤️☺1️⃣™→3#", "好<e><e><e><e><e><e><e>™→3#", emoji),
        Case("👨\u{200D} 🇨 \u{FE0F}", "<e>\u{200D} <e> \u{FE0F}", emoji),
        Case("好[哈哈][good] [1] [九个字九个字九个字] [a b] [ [爱你", "好 [1] [九个字九个字九个字] [a b] [ [爱你", bracketed),
        Case(
            "a<br />b<!-- x <b> -->c<P class='x'>d</p> <3 <书名> x<y <!-- <i>z",
            "abcd <3 <书名> x<y <!-- z", tags),
        Case("<<<<b>>>> <b <i> <a@b.cn> <br/>", "<<<>>> <b  <a@b.cn> ", tags),
        Case(
            "&lt;b&gt; &nosuch; &#0; &#x110000; &#xD800; &amp;lt; &#; &#x; & &amp",
            "<b> &nosuch; &#0; &#x110000; &#xD800; &lt; &#; &#x; & &amp", entities),
        Case(
            "Don't can't WON'T I'm he's John's it’s you'd they've let's ain't 'tis rock'n'roll ca'nt",
            "Do not can not Will not I am he is John's it is you would they have let us is not 'tis rock'n'roll ca'nt",
            full),
        Case(
            "soooo 哈哈哈哈 1000 ...... !!! http://aaaa.com/xxxx aa   b",
            "soo 哈哈 1000 .. !! http://aaaa.com/xxxx aa   b", short),
        Case("\u{200E}a\0b\u{FEFF}c\td\u{200D}e\u{202E}\u{AD}", "abc\td\u{200D}e") {
            $0.removesControls = true
        },
        Case(" \u{3000}a \t\n b c\u{A0}", "a b c") { $0.collapsesWhiteSpace = true },
        Case("Ｈéllo ｱ ﬁ", "hello ア ﬁ") {
            $0.makesOrdinaryWidth = true
            $0.letterCase = .lower
            $0.removesAccents = true
        },
        Case("Straße ﬁ", "strasse fi") {
            $0.letterCase = .fold
            $0.form = .nfkc
        },
        Case(":-))) XD [哈哈][泪] 😀😢", "<smile> <laugh> 哈哈 <joy>") {
            $0.signs = [":)": "<smile>", "XD": "<laugh>", "[哈哈]": "哈哈", "😀": "<joy>"]
            $0.bracketedEmoji = .remove
            $0.emoji = .remove
        },
        Case("@李四 a@b.cn http://x.cn/@y #@z#", "<u> a@b.cn http://x.cn/@y #<u>#", people),
    ]

    @Test(arguments: cases) func table(_ test: Case) {
        let clean = test.cleaner.clean(test.text)
        #expect(Array(clean.text.utf8) == Array(test.clean.utf8), "\(clean.text)")
        #expect(clean.original == test.text)
    }

    @Test func sentiment() {
        let text = "<b>Sooooo</b>&nbsp;GOOD!!!!!  @Bob: see http://t.cn/a1 ①\u{200B}"
        let clean = TextCleaner.sentiment.clean(text)
        #expect(clean.text == "sooo good!!! <user> see <url> 1")
        let place = Array("sooo good!!! ".utf8).count
        #expect(text[bytes: clean.originalRange(place..<(place + 6))] == "@Bob:")
        #expect(text[bytes: clean.originalRange(0..<4)] == "Sooo")
        #expect(text[bytes: clean.originalRange(5..<9)] == "GOOD")
    }

    private struct Reference: Decodable {
        let entities: [String: String]
        let stems: [String: [String: String]]
    }

    @Test func entitiesOfHTML() throws {
        var cleaner = TextCleaner()
        cleaner.decodesEntities = true
        let entities = try fixture("cleaning", as: Reference.self).entities
        #expect(entities.count == 253 + 15)
        for (text, decoded) in entities {
            #expect(Array(cleaner.clean(text).text.utf8) == Array(decoded.utf8), "\(text)")
        }
    }

    /// libstemmer 2.2 and NLTK, which agree on these words.
    @Test func stems() throws {
        for (name, stems) in try fixture("cleaning", as: Reference.self).stems {
            let stemmer = Stemmer(try #require(Stemmer.Language(rawValue: name)))
            for (word, stem) in stems {
                #expect(stemmer.stem(of: word) == stem, "\(name): \(word)")
            }
        }
        for language in Stemmer.Language.allCases {
            #expect(Stemmer(language).stem(of: "") == "")
        }
        #expect(Stemmer(.english).stem(of: "running") == "run")
        let long = String(repeating: "ing", count: 1000)
        #expect(Stemmer(.english).stem(of: long) == long)
    }

    @Test func configuration() throws {
        let data = Data(
            #"{"urls": "<url>", "emoji": "remove", "form": "NFKC", "longestRepeat": 2}"#.utf8)
        let cleaner = try JSONDecoder().decode(TextCleaner.self, from: data)
        #expect(cleaner.urls == .replace("<url>") && cleaner.emoji == .remove)
        #expect(cleaner.form == .nfkc && cleaner.longestRepeat == 2 && cleaner.tags == .keep)
        for cleaner in [cleaner, .sentiment] {
            let copy = try JSONDecoder().decode(
                TextCleaner.self, from: JSONEncoder().encode(cleaner))
            #expect(copy == cleaner)
        }
        for wrong in [#"{"url": "keep"}"#, #"{"longestRepeat": 0}"#, #"{"form": "NFX"}"#] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(TextCleaner.self, from: Data(wrong.utf8))
            }
        }
    }
}
