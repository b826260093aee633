import Foundation
import Martlet
import MartletData
import MartletNN
import MartletTesting
import MartletText
import Testing

/// Vectors of words from the text files of word2vec, fastText and GloVe.
@Suite struct WordVectorTests {
    private static let withHeader = "3 2\nthe 0.5 -1\ncat 2 3e-1 \nsat -.25 7\n"
    private static let withoutHeader = "the 0.5 -1\ncat 2 3e-1\r\n. . . 4 5\nsat -.25 7"

    private static func read(
        _ text: String, for vocabulary: [String] = ["sat", "dog", "the"]
    ) throws -> WordVectors {
        let path = NSTemporaryDirectory() + "martlet-vectors-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return try WordVectors(path, for: vocabulary)
    }

    @Test(arguments: [withHeader, withoutHeader, "\u{FEFF}" + withoutHeader])
    func wordsOfAVocabularyAreFound(_ text: String) throws {
        let found = try Self.read(text)
        #expect(found.rows == [0, 2] && found.size == 2 && found.total == 3)
        #expect(found.vectors.array(as: Float.self) == [-0.25, 7, 0.5, -1])
        #expect(found.coverage == 2.0 / 3)
    }

    @Test func wordsAreComparedByteByByte() throws {
        let (composed, apart) = ("caf\u{E9}", "cafe\u{301}")
        let found = try Self.read("\(composed) 1\n\(apart) 2\n", for: [apart, composed, "cafe"])
        #expect(found.rows == [0, 1] && found.vectors.array(as: Float.self) == [2, 1])
        #expect(try Self.read("\u{A0} 1\n\u{A0}a 2\n", for: ["\u{A0}"]).rows == [0])
    }

    @Test func aWordMayContainSpacesWithoutAHeader() throws {
        let found = try Self.read(Self.withoutHeader, for: [". . .", "cat"])
        #expect(found.rows == [0, 1] && found.vectors.array(as: Float.self) == [4, 5, 2, 0.3])
    }

    @Test func theFirstOfSeveralCounts() throws {
        let found = try Self.read("a 1\na 2\nb 3\n", for: ["b", "a", "a"])
        #expect(found.rows == [0, 1] && found.vectors.array(as: Float.self) == [3, 1])
        let none = try Self.read("a 1\n", for: [])
        #expect(none.rows.isEmpty && none.coverage == 0 && none.vectors.shape == [0, 1])
    }

    @Test func anEmbeddingTakesThem() throws {
        let embedding = Embedding(3, 2)
        embedding.initialize(Generator(seed: 1))
        let before = embedding.weight.value.array(as: Float.self)
        try Self.read(Self.withHeader).fill(embedding)
        let after = embedding.weight.value.array(as: Float.self)
        #expect(after == [-0.25, 7, before[2], before[3], 0.5, -1])
    }

    @Test(arguments: [
        ("", "there are no vectors in it"), ("the\n", "line 1: the line has no numbers"),
        ("the 1 2\ncat 1\n", "line 2: the line has 1 fields; expected a word and 2 numbers"),
        ("the 1 2\ncat 1 2 3\n", "line 2: the line has 4 fields; expected a word and 2 numbers"),
        ("2 2\nthe 1 2\nbig cat 1 2\n", "line 3: the line has 4 fields"),
        ("the 1 2\n\nsat 1 2\n", "line 2: the line has 0 fields"),
        ("the 1 2\n 1 2\n", "line 2: the line begins with a space"),
        ("the 1 x\n", "line 1: there is \"x\"; expected a finite number"),
        ("the 1 nan\n", "line 1: there is \"nan\""), ("the 1 1e99\n", "line 1: there is \"1e99\""),
        ("the 1  2\n", "line 1: there is \"\""),
        ("3 2\nthe 1 2\n", "it has 1 words; expected the 3 that line 1 promises"),
        ("1 0\nthe\n", "line 1: 1 words of 0 numbers"),
        ("1 99999\nthe 1\n", "line 2: vectors have 99999 numbers; expected at most 16384"),
        (
            "the 1\ncat " + String(repeating: "1", count: 1 << 20),
            "line 2: the line has more than 1048576 bytes"
        ),
    ])
    func badLinesAreNamed(_ text: String, _ expected: String) throws {
        let error = #expect(throws: DataError.self) { try Self.read(text) }
        let message = "\(try #require(error))"
        #expect(message.contains(expected), "\(message)")
    }

    @Test func longFilesAreReadInPieces() throws {
        let lines = (0..<40_000).map { "w\($0) \($0) \(-$0) 0.5" }
        let text = "40000 3\n" + lines.joined(separator: "\n")
        let found = try Self.read(text, for: ["w39999", "w0", "w20001"])
        #expect(
            found.vectors.array(as: Float.self)
                == [39999, -39999, 0.5, 0, 0, 0.5, 20001, -20001, 0.5])
    }

    @Test func mutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let seeds = [WordVectorTests.withHeader, WordVectorTests.withoutHeader]
            try Fuzzing.run(
                "vectors", seeds: seeds.map { Array($0.utf8) },
                words: [" ", "\n", "\r\n", "\t", "99999999999999999999", "-1", "nan", "1e400"],
                count: 1500
            ) { path in
                do {
                    _ = try WordVectors(path, for: ["the", "cat", ". . ."])
                    return true
                } catch let error as DataError {
                    guard "\(error)".hasPrefix(path + ": ") else { throw error }
                    return false
                }
            }
        }
        let report = Fuzzing.report(result?.standardOutputContent ?? [])
        print(report)
        #expect(report.contains("mutants in"), "\(report)")
    }
}
