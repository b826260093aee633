import MartletData
import MartletTesting
import Testing

@testable import MartletText

/// Mutants of good files: read or refused, never a crash, a wait or much memory; with what is read a text is cut.
/// `MARTLET_TEST_SCALE` tries more.
@Suite struct ChineseFuzzTests {
    private static let text = String(repeating: "的一是了大地a9.5% 这个上们来到\r\n", count: 4)

    /// Whether a reader reads a file and what it read cuts a text; another error than one that names the file is thrown on.
    private static func accepts(
        _ path: String, _ read: () throws -> ChineseSegmenter
    ) throws -> Bool {
        do {
            let ranges = try read().ranges(text)
            guard ranges.reduce(0, { $0 + $1.count }) == text.utf8.count else {
                throw FuzzingError(description: "\(path): the tokens are not the text")
            }
            return true
        } catch let error as DataError {
            guard error.path == path, error.place != nil || error.problem == "no words" else {
                throw error
            }
            return false
        }
    }

    private func report(_ result: ExitTest.Result?) {
        let text = Fuzzing.report(result?.standardOutputContent ?? [])
        print(text)
        #expect(text.contains("mutants in"), "\(text)")
    }

    @Test("mutants of dictionaries") func dictionaries() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            try Fuzzing.run(
                "chinese-dictionary",
                seeds: [
                    ChineseSupport.bytes("chinese-dictionary.txt"),
                    Array("大 1\n的一 9007199254740980\n😀中 3 n\n".utf8),
                ], words: [" ", "\n", "\r\n", " 0", " -1", " 9007199254740992", "\u{FEFF}", "的一是"],
                count: 1000
            ) { path in
                try ChineseFuzzTests.accepts(path) {
                    ChineseSegmenter(dictionary: try ChineseDictionary(path: path))
                }
            }
        }
        report(result)
    }

    @Test("mutants of users' dictionaries") func userDictionaries() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let dictionary = try ChineseSupport.dictionary()
            let model = try ChineseSupport.model()
            try Fuzzing.run(
                "chinese-user", seeds: [ChineseSupport.bytes("chinese-user.txt")],
                words: [" ", "\n", " 0", " n", " 9007199254740992", "\u{FEFF}", "的一是"], count: 500
            ) { path in
                try ChineseFuzzTests.accepts(path) {
                    var grown = dictionary
                    try grown.addWords(path: path)
                    return ChineseSegmenter(dictionary: grown, model: model)
                }
            }
        }
        report(result)
    }

    @Test("mutants of models") func models() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let dictionary = ChineseDictionary(counting: ["大地": 1])
            try Fuzzing.run(
                "chinese-model",
                seeds: [
                    ChineseSupport.bytes("chinese-model.json"),
                    Array(#"{"start":{"B":-1},"transition":{},"emission":{"E":{"大":-0.5}}}"#.utf8),
                ],
                words: ["{", "}", ":", ",", "\"B\"", "-1e308", "-1e400", "null", "\\u4e00", "0"],
                count: 500
            ) { path in
                try ChineseFuzzTests.accepts(path) {
                    ChineseSegmenter(
                        dictionary: dictionary, model: try UnknownWordModel(path: path))
                }
            }
        }
        report(result)
    }
}
