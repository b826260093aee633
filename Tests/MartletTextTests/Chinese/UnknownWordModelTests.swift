import MartletData
import Testing

@testable import MartletText

@Suite struct UnknownWordModelTests {
    private static let good =
        #"{"start": {"B": -1}, "transition": {"B": {"E": -1}}, "emission": {"B": {"中": -2, "a": -3}}}"#

    @Test func whatIsRead() throws {
        let model = try ChineseSupport.withFile(Array("\u{FEFF}\(Self.good) ".utf8)) {
            try UnknownWordModel(path: $0)
        }
        #expect(model.starts == [-1, -3.14e100, -3.14e100, -3.14e100])
        #expect(model.transitions[2] == -1)
        #expect(model.emissions[4 * 0x2D] == -2)
        #expect(model.emissions.count { $0 > -3.14e100 } == 1)
    }

    /// What is put in the place of what, and what the error names.
    static let refused: [(part: String, other: String, problem: String)] = [
        (good, "", "the text ends"),
        (good, "[]", "'['"),
        (good, "{}", "the file has no more than []"),
        (#""start""#, #""stop""#, "start, transition and emission"),
        (#""start": {"B": -1}"#, #""start": {"B": -1}, "start": {}"#, "'start' again"),
        (#"{"start": {"B": -1}"#, #"{"start": {"B": -1, "B": -1}"#, "'B' again"),
        (#"{"start": {"B": -1}"#, #"{"start": {"X": -1}"#, "the state 'X'"),
        (#"{"start": {"B": -1}"#, #"{"start": {"B": 0.5}"#, "the number 0.5"),
        (#"{"start": {"B": -1}"#, #"{"start": {"B": -1e999}"#, "'-1e999'"),
        (#"{"start": {"B": -1}"#, #"{"start": {"B": NaN}"#, "'N'"),
        (#"{"start": {"B": -1}"#, #"{"start": {"B": "-1"}"#, "'\"'"),
        (#""中": -2"#, #""中国": -2"#, "'中国'; expected one character"),
        (#""中": -2"#, #""": -2"#, "''; expected one character"),
        (#""中": -2"#, #""中": -2, "\u4e2d": -2"#, "'中' again"),
        (#"}}}"#, #"}}} x"#, "'x'; expected the end"),
        (#"}}}"#, #"}}"#, "the text ends"),
    ]

    @Test("a bad file is an error that names the byte", arguments: refused.indices)
    func badFiles(_ index: Int) throws {
        let (part, other, problem) = Self.refused[index]
        let text = Self.good.replacing(part, with: other)
        try ChineseSupport.withFile(Array(text.utf8)) { path in
            let error = #expect(throws: DataError.self) { try UnknownWordModel(path: path) }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("\(path): byte "), "\(text)")
            #expect(text.contains(problem), "\(text)")
        }
    }
}
