import MartletData
import MartletTesting
import Testing

@testable import MartletText

@Suite struct ChineseDictionaryTests {
    @Test("a user's dictionary changes what jieba's does") func userFile() throws {
        let user = try ChineseSupport.fixture().user
        var dictionary = try ChineseSupport.dictionary()
        try dictionary.addWords(path: ChineseSupport.path("chinese-user.txt"))
        #expect(dictionary.total == user.total)
        #expect(dictionary.frequency(of: "云中大地") == 7)
        #expect(dictionary.frequency(of: "两个 词") == 12)
        user.cuts.check(dictionary, try ChineseSupport.model())
    }

    @Test("words added, and frequencies suggested, are jieba's") func operations() throws {
        let operations = try ChineseSupport.fixture().operations
        var dictionary = try ChineseSupport.dictionary()
        for step in operations.steps {
            let word = step.parts.joined()
            #expect(dictionary.frequency(joining: word) == step.joining, "\(word)")
            #expect(
                dictionary.frequency(separating: step.parts) == step.separating, "\(step.parts)")
            dictionary.add(word, frequency: step.add)
            #expect(dictionary.frequency(of: word) == step.add ?? step.joining)
        }
        #expect(dictionary.total == operations.total)
        operations.cuts.check(dictionary, try ChineseSupport.model())
    }

    @Test func aCopyKeepsItsWords() {
        let dictionary = ChineseDictionary(counting: ["中国": 2])
        var other = dictionary
        other.add("中国人", frequency: 3)
        #expect(dictionary.frequency(of: "中国人") == 0)
        #expect(other.frequency(of: "中国人") == 3)
        #expect(other.frequency(of: "中") == 0)
        #expect(other.frequency(of: "人") == 0)
    }

    @Test func manyWords() throws {
        var counts: [String: Int] = [:]
        for number in 0..<20000 { counts["词\(String(number, radix: 36))"] = number + 1 }
        let dictionary = ChineseDictionary(counting: counts)
        #expect(counts.allSatisfy { dictionary.frequency(of: $0.key) == $0.value })
    }

    @Test func whatIsRead() throws {
        let text = "\u{FEFF}中国 3 n\r\n  大家 2\n大 5\n大 7 x y z\n\u{20000}😀 1\n中 0"
        try ChineseSupport.withFile(Array(text.utf8)) { path in
            let dictionary = try ChineseDictionary(path: path)
            #expect(dictionary.frequency(of: "中国") == 3)
            #expect(dictionary.frequency(of: "大家") == 2)
            #expect(dictionary.frequency(of: "大") == 7)
            #expect(dictionary.frequency(of: "\u{20000}😀") == 1)
            #expect(dictionary.frequency(of: "中") == 0)
        }
    }

    /// Lines, and what the error names beside the line.
    static let refused: [(line: [UInt8], problem: String)] = [
        (Array("".utf8), "the line is empty"),
        (Array(" \t".utf8), "the line is empty"),
        (Array("中国".utf8), "'中国' without a frequency"),
        (Array("中国\t5".utf8), "without a frequency"),
        (Array("中国  5".utf8), "the frequency ''"),
        (Array("中国 n 5".utf8), "the frequency 'n'"),
        (Array("中国 -5".utf8), "the frequency '-5'"),
        (Array("中国 nan".utf8), "the frequency 'nan'"),
        (Array("中国 5.0".utf8), "the frequency '5.0'"),
        (Array("中国 1e9".utf8), "the frequency '1e9'"),
        (Array("中国 ５".utf8), "the frequency '５'"),
        (Array("中国 9007199254740993".utf8), "the frequency '9007199254740993'"),
        (Array("中国 9007199254740991".utf8), "the frequencies are more than 9007199254740992"),
        (Array("中国 \(String(repeating: "9", count: 100000))".utf8), "the frequency '999"),
        (Array("\(String(repeating: "中", count: 256)) 5".utf8), "more than 255 letters"),
        (Array("\(String(repeating: "😀", count: 128)) 5".utf8), "more than 255 letters"),
        (Array(repeating: 0x61, count: 10 << 20), "without a frequency"),
        (Array(repeating: 0x61, count: 10 << 20) + [0x20, 0x35], "more than 255 letters"),
        ([0xE4, 0xB8, 0x20, 0x35], "no UTF-8"),
        ([0xED, 0xA0, 0x80, 0x20, 0x35], "no UTF-8"),
        ([0xFF], "no UTF-8"),
    ]

    @Test("a bad line is an error that names it", arguments: refused.indices)
    func badLines(_ index: Int) throws {
        let (line, problem) = Self.refused[index]
        let bytes = Array("大家 3 n\n我们 4\n".utf8) + line + Array("\n你们 5\n".utf8)
        try ChineseSupport.withFile(bytes) { path in
            let error = #expect(throws: DataError.self) { try ChineseDictionary(path: path) }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("\(path): line 3: "), "\(text)")
            #expect(text.contains(problem), "\(text)")
            #expect(text.utf8.count < 2000)
        }
    }

    @Test func filesWithoutWords() throws {
        for text in ["", "\u{FEFF}"] {
            try ChineseSupport.withFile(Array(text.utf8)) { path in
                let error = #expect(throws: DataError.self) { try ChineseDictionary(path: path) }
                #expect(error?.problem == "no words")
            }
        }
        #expect(throws: DataError.self) { try ChineseDictionary(path: "/nowhere/dict.txt") }
    }

    @Test func aBadUserFileChangesNothing() throws {
        let lines = ["中国人 5\n\u{FF}", "中国人 5\n大 9007199254740993", "中国人\n大 9007199254740992"]
        var files = lines.map { Array($0.utf8) }
        files[0][files[0].count - 2] = 0xFF
        for bytes in files {
            try ChineseSupport.withFile(bytes) { path in
                var dictionary = ChineseDictionary(counting: ["中国": 2])
                let error = #expect(throws: DataError.self) {
                    try dictionary.addWords(path: path)
                }
                #expect(error?.place == "line 2")
                #expect(dictionary.frequency(of: "中国人") == 0 && dictionary.total == 2)
            }
        }
    }

    @Test func misuse() async {
        expect(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var dictionary = ChineseDictionary(counting: [:])
                dictionary.add("", frequency: 1)
            }, "add: the word is empty")
        expect(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = ChineseDictionary(counting: ["中": -1])
            }, "init(counting:): the frequency -1 of '中'")
        expect(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                var dictionary = ChineseDictionary(counting: ["国": 1])
                dictionary.add("中", frequency: 1 << 53)
            }, "add: '中', 9007199254740992: the frequencies are more")
    }

    private func expect(_ result: ExitTest.Result?, _ words: String) {
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains(words), "\(output)")
    }
}
