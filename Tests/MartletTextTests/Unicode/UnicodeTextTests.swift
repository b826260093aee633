import Foundation
import MartletText
import Testing

/// Against Python's `str` and `unicodedata`, by hashes of the results.
@Suite struct UnicodeTextTests {
    private struct Reference: Decodable {
        let slices: [String: [String: String]]
        let characters: [UInt32]
        let strings: [String: String]
        let files: [String: [String: String]]
    }

    private static let operations:
        [String: (@Sendable (String) -> String, @Sendable (AlignedText) -> AlignedText)] = [
            "NFC": (
                { UnicodeText.normalized($0, to: .nfc) }, { $0.normalized(to: .nfc) }
            ),
            "NFD": (
                { UnicodeText.normalized($0, to: .nfd) }, { $0.normalized(to: .nfd) }
            ),
            "NFKC": (
                { UnicodeText.normalized($0, to: .nfkc) }, { $0.normalized(to: .nfkc) }
            ),
            "NFKD": (
                { UnicodeText.normalized($0, to: .nfkd) }, { $0.normalized(to: .nfkd) }
            ),
            "lowercased": ({ UnicodeText.lowercased($0) }, { $0.lowercased() }),
            "caseFolded": ({ UnicodeText.caseFolded($0) }, { $0.caseFolded() }),
            "withoutAccents": ({ UnicodeText.withoutAccents($0) }, { $0.withoutAccents() }),
        ]

    /// All characters of Unicode 14, which is what the Python knew that wrote the fixture; ICU knows more.
    @Test(arguments: UnicodeTextTests.operations.keys.sorted())
    func allCharacters(_ name: String) throws {
        let operation = try #require(Self.operations[name]).0
        for (first, expected) in try fixture("unicode", as: Reference.self).slices {
            let start = try #require(UInt32(first, radix: 16))
            var result = ""
            for scalar in (start..<(start + 4096)).compactMap(Unicode.Scalar.init) {
                guard let age = scalar.properties.age, age <= (14, 0),
                    scalar.properties.generalCategory != .unassigned
                else { continue }
                result += operation(String(scalar)) + "\n"
            }
            #expect(hash(result) == expected[name], "\(name) from U+\(first)")
        }
    }

    /// 20,000 short texts of characters that change or combine, drawn as the fixture's script draws them.
    @Test(arguments: UnicodeTextTests.operations.keys.sorted())
    func strings(_ name: String) throws {
        let operation = try #require(Self.operations[name])
        let reference = try fixture("unicode", as: Reference.self)
        let characters = try reference.characters.map { try #require(Unicode.Scalar($0)) }
        var state: UInt64 = 1
        func draw(below limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        var result = ""
        for _ in 0..<20000 {
            // Python draws the length first, as the range is made before its elements.
            let count = 1 + draw(below: 8)
            var scalars = String.UnicodeScalarView()
            for _ in 0..<count { scalars.append(characters[draw(below: characters.count)]) }
            let text = String(scalars)
            let changed = operation.0(text)
            result += changed + "\n"
            let aligned = operation.1(AlignedText(text))
            #expect(Array(aligned.text.utf8) == Array(changed.utf8))
            expectCovered(aligned)
        }
        #expect(hash(result) == reference.strings[name])
    }

    /// Ranges of a text's characters lie between characters of the original, and do not go back.
    private func expectCovered(_ aligned: AlignedText) {
        let original = Array(aligned.original.utf8)
        var (place, last) = (0, 0..<0)
        for scalar in aligned.text.unicodeScalars {
            let length = UTF8.width(scalar)
            let range = aligned.originalRange(place..<(place + length))
            #expect(range.lowerBound >= last.lowerBound && range.upperBound >= last.upperBound)
            for end in [range.lowerBound, range.upperBound] {
                #expect(end == original.count || original[end] & 0xC0 != 0x80)
            }
            (place, last) = (place + length, range)
        }
    }

    @Test(.enabled(if: dataFolder != nil), arguments: UnicodeTextTests.operations.keys.sorted())
    func files(_ name: String) throws {
        let operation = try #require(Self.operations[name])
        for (file, expected) in try fixture("unicode", as: Reference.self).files {
            let path = "\(dataFolder ?? "")/sentiment/\(file)"
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            #expect(hash(operation.0(text)) == expected[name], "\(name) of \(file)")
            #expect(operation.1(AlignedText(text)).text == operation.0(text))
        }
    }

    @Test func width() {
        #expect(
            UnicodeText.withOrdinaryWidth("ＡＢｃ１２３！～　ｶﾞｷﾞﾊﾟｱ、漢字①ﬁ￥")
                == "ABc123!~ ガギパア、漢字①ﬁ¥")
        let aligned = AlignedText("xＡｶﾞy").withOrdinaryWidth()
        #expect(Array(aligned.text.utf8) == Array("xAガy".utf8))
        #expect(aligned.originalRange(1..<2) == 1..<4)
        #expect(aligned.originalRange(2..<5) == 4..<10)
        #expect(aligned.originalRange(5..<6) == 10..<11)
    }

    /// Millions of marks on one letter would take ICU's sorting hours.
    @Test func longRunsOfMarks() {
        let pairs = 300_000
        let text = "a" + String(repeating: "\u{301}\u{323}", count: pairs) + "b"
        let sorted =
            String(repeating: "\u{323}", count: pairs) + String(repeating: "\u{301}", count: pairs)
        #expect(
            Array(UnicodeText.normalized(text, to: .nfd).utf8) == Array("a\(sorted)b".utf8))
        let composed = UnicodeText.normalized(text, to: .nfc)
        #expect(composed.unicodeScalars.count == 2 * pairs + 1)
        #expect(composed.unicodeScalars.first == "\u{1EA1}")
        #expect(composed.unicodeScalars.last == "b")
        let vowels = String(repeating: "\u{1161}", count: 1_000_000)
        #expect(UnicodeText.normalized(vowels, to: .nfc) == vowels)
        let aligned = AlignedText("xé" + text).normalized(to: .nfd)
        let end = aligned.text.utf8.count
        #expect(aligned.originalRange((end - 1)..<end) == (4 * pairs + 4)..<(4 * pairs + 5))
    }

    /// About the threshold where the sorting changes hands.
    @Test func runsOfMarksOfAnyLength() {
        for count in 100...200 {
            let pair = "\u{301}\u{323}"
            let text =
                String(repeating: "x", count: count % 7) + String(repeating: pair, count: count)
            let sorted =
                String(repeating: "\u{323}", count: count)
                + String(repeating: "\u{301}", count: count)
            let prefix = count % 7 == 0 ? "" : String(repeating: "x", count: count % 7)
            #expect(
                Array(UnicodeText.normalized(text, to: .nfd).utf8) == Array((prefix + sorted).utf8))
        }
    }

    @Test func words() {
        let text = "Can't we go, 3.5 km? 我喜欢北京。"
        let found = UnicodeText.words(text)
        #expect(
            found.map { text[bytes: $0.range] } == [
                "Can't", " ", "we", " ", "go", ",", " ", "3.5", " ", "km", "?", " ", "我", "喜欢",
                "北京", "。",
            ])
        #expect(found.filter(\.isWord).count == 8)
        #expect(UnicodeText.words("").isEmpty)
        #expect(UnicodeText.words("\0").map(\.range) == [0..<1])
    }

    @Test func sentences() {
        let text = "It works. Does it? 好的。走吧！"
        #expect(
            UnicodeText.sentences(text).map { text[bytes: $0] } == [
                "It works. ", "Does it? ", "好的。", "走吧！",
            ])
    }
}
