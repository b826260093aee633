import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

/// One broken file for each rule of the format.
@Suite struct SafetensorsRuleTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A file of this header and so many bytes of data.
    static func file(_ header: String, data: Int, length: UInt64? = nil) -> [UInt8] {
        let length = length ?? UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
            + [UInt8](repeating: 1, count: data)
    }

    struct Rule: Sendable, CustomTestStringConvertible {
        let name: String
        let file: [UInt8]
        let words: [String]
        /// Whether Python's safetensors, which is laxer in some respects, accepts the file.
        var isStricter = false

        init(
            _ name: String, _ header: String, data: Int = 0, length: UInt64? = nil,
            _ words: [String], isStricter: Bool = false
        ) {
            self.name = name
            file = SafetensorsRuleTests.file(header, data: data, length: length)
            self.words = words
            self.isStricter = isStricter
        }

        var testDescription: String { name }
    }

    /// The description of a tensor `name` of bytes.
    static func bytes(_ name: String, _ start: Int, _ end: Int) -> String {
        #""\#(name)":{"dtype":"U8","shape":[\#(end - start)],"data_offsets":[\#(start),\#(end)]}"#
    }

    static let rules: [Rule] = [
        Rule("header longer than the file", "{}", length: 9, ["header of 9 bytes", "at least 17"]),
        Rule("header of no bytes", "", ["byte 8", "start with '{'"]),
        Rule("header length 2^63", "{}", length: 1 << 63, ["header of 9223372036854775808 bytes"]),
        Rule("header length 2^64 - 1", "{}", length: .max, ["18446744073709551615"]),
        Rule("header above the limit", "{}", length: 100_000_001, ["100000000"]),
        Rule("leading space", " {}", ["byte 8", "'{'"], isStricter: true),
        Rule("an array", "[]", ["byte 8", "'{'"]),
        Rule("text after the header", "{}x", ["byte 10", "nothing but spaces"]),
        Rule("unclosed header", "{", ["byte 9", "the text ends"]),
        Rule("trailing comma", "{\(bytes("a", 0, 1)),}", data: 1, ["'}'", #"'"'"#]),
        Rule("bytes after the tensors", "{\(bytes("a", 0, 1))}", data: 2, ["bytes follow"]),
        Rule("bytes without tensors", "{}", data: 1, ["bytes follow"]),
        Rule("data beyond the file", "{\(bytes("a", 0, 2))}", data: 1, ["'a'", "file ends after"]),
        Rule("hole", "{\(bytes("a", 0, 1)),\(bytes("b", 2, 3))}", data: 3, ["'b'", "no tensor"]),
        Rule("hole at the start", "{\(bytes("a", 1, 2))}", data: 2, ["'a'", "1 bytes belong"]),
        Rule("overlap", "{\(bytes("a", 0, 2)),\(bytes("b", 1, 3))}", data: 3, ["overlaps"]),
        Rule("shared", "{\(bytes("a", 0, 2)),\(bytes("b", 0, 2))}", data: 2, ["overlaps"]),
        Rule(
            "empty within another", "{\(bytes("a", 0, 2)),\(bytes("b", 1, 1))}", data: 2,
            ["overlaps"]),
        Rule(
            "reversed", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[2,1]}}"#, data: 2,
            ["'a'", "start that is not after"]),
        Rule(
            "size against shape", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
            data: 4, ["'a'", "8 bytes for float32 of shape [2]"]),
        Rule(
            "product beyond 64 bits",
            #"{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#,
            ["size fits 64 bits"]),
        Rule(
            "product beyond 64 bits hidden by 0",
            #"{"a":{"dtype":"U8","shape":[0,4294967296,4294967296,4294967296],"data_offsets":[0,0]}}"#,
            ["size fits 64 bits"], isStricter: true),
        Rule(
            "size beyond 64 bits",
            #"{"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,0]}}"#,
            ["beyond 64 bits"]),
        Rule(
            "offsets near the end of Int",
            #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[9223372036854775806,9223372036854775807]}}"#,
            ["'a'", "not after the end"]),
        Rule(
            "unknown type", #"{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#, data: 4,
            ["'a'", "'F33'", "F32, F64"]),
        Rule(
            "type we lack", #"{"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#, data: 1,
            ["'a'", "I8", "Martlet does not have"], isStricter: true),
        Rule(
            "negative size", #"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}"#,
            ["'a'", "0 or more"]),
        Rule(
            "fraction", #"{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, data: 1,
            ["whole number"]),
        Rule(
            "exponent", #"{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}"#, data: 1,
            ["whole number"]),
        Rule(
            "leading zero", #"{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}"#, data: 1,
            ["leading zeros"]),
        Rule(
            "three offsets", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}"#, data: 1,
            ["at most 2"]),
        Rule(
            "one offset", #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0]}}"#,
            ["two data_offsets"]),
        Rule("no type", #"{"a":{"shape":[0],"data_offsets":[0,0]}}"#, ["incomplete"]),
        Rule(
            "type twice", #"{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#,
            ["'dtype'", "each once"]),
        Rule(
            "unknown key", #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}"#,
            ["'x'"], isStricter: true),
        Rule(
            "17 dimensions",
            #"{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}"#,
            data: 1, ["at most 16"], isStricter: true),
        Rule(
            "name twice", "{\(bytes("a", 0, 1)),\(bytes("a", 1, 2))}", data: 2, ["a second 'a'"]),
        Rule(
            "name twice, once escaped", "{\(bytes("a", 0, 1)),\(bytes("\\u0061", 1, 2))}", data: 2,
            ["a second 'a'"]),
        Rule(
            "name twice by Unicode", "{\(bytes("\u{e9}", 0, 1)),\(bytes("e\u{301}", 1, 2))}",
            data: 2, ["a second"], isStricter: true),
        Rule("number as metadata", #"{"__metadata__":{"a":1}}"#, ["byte 29", "a string"]),
        Rule("nested metadata", #"{"__metadata__":{"a":{}}}"#, ["a string"]),
        Rule("metadata no object", #"{"__metadata__":"x"}"#, ["'{'"]),
        Rule(
            "metadata key twice", #"{"__metadata__":{"a":"1","\u0061":"2"}}"#, ["a second 'a'"],
            isStricter: true),
        Rule(
            "metadata twice", #"{"__metadata__":{},"__metadata__":{}}"#,
            ["a second '__metadata__'"]),
        Rule("half a surrogate pair", #"{"__metadata__":{"\ud800":"1"}}"#, ["surrogate"]),
        Rule("bad escape", #"{"__metadata__":{"\x":"1"}}"#, ["escape"]),
        Rule("bad hexadecimal", #"{"__metadata__":{"\u00g0":"1"}}"#, ["escape"]),
        Rule("control character", "{\"__metadata__\":{\"a\n\":\"1\"}}", ["control"]),
        Rule(
            "deep nesting", #"{"a":"# + String(repeating: "[", count: 100_000), ["'a'", "'{'"]),
        Rule("word", #"{"a":null}"#, ["'a'", "'n'"]),
    ]

    @Test("A1: a file that breaks a rule is refused by the rule's name", arguments: rules)
    func isRefused(_ rule: Rule) throws {
        let path = try folder.write(rule.file, "f")
        expectError(WeightsError.self, mentioning: ["/f: "] + rule.words) {
            try Safetensors.read(path)
        }
    }

    @Test("A1: text that is no UTF-8 is refused") func textThatIsNotUTF8IsRefused() throws {
        var bytes = Self.file(#"{"__metadata__":{"a":"?"}}"#, data: 0)
        let place = try #require(bytes.firstIndex(of: UInt8(ascii: "?")))
        bytes[place] = 0xff
        let path = try folder.write(bytes, "f")
        expectError(WeightsError.self, mentioning: ["byte \(place)", "not UTF-8"]) {
            try Safetensors.read(path)
        }
    }

    @Test("A1: bools are 0 or 1") func boolsAreChecked() throws {
        let header = #"{"flags":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"#
        var bytes = Self.file(header, data: 2)
        #expect(
            try Safetensors.read(folder.write(bytes, "f")).tensors[0].tensor.array(as: Int.self)
                == [1, 1])
        bytes[bytes.count - 1] = 2
        let path = try folder.write(bytes, "f")
        expectError(
            WeightsError.self, mentioning: ["'flags'", "byte \(bytes.count - 1)", "0 or 1"]
        ) { try Safetensors.read(path) }
    }

    @Test("A1: what the format allows is read") func whatTheFormatAllowsIsRead() throws {
        let empty = #""e":{"dtype":"F32","shape":[0],"data_offsets":[2,2]}"#
        for (header, data) in [
            ("{}   ", 0), ("{ } \n", 0),
            ("{\(Self.bytes("b", 1, 2)), \(Self.bytes("a", 0, 1))}", 2),
            ("{\(Self.bytes("a", 0, 2)),\(empty)}", 2),
            (#"{"a":{"data_offsets":[0,4],"shape":[],"dtype":"F32"}}"#, 4),
            (#"{"__metadata__":{"\ud83d\ude00\/":"\b\f\n\r\t\"\\"}}"#, 0),
        ] {
            #expect(throws: Never.self) {
                try Safetensors.read(folder.write(Self.file(header, data: data), "f"))
            }
        }
    }

    @Test("A1: a file of fewer than 8 bytes is refused", arguments: 0..<8)
    func isShorterThanALength(_ count: Int) throws {
        let path = try folder.write([UInt8](repeating: 0, count: count), "f")
        expectError(WeightsError.self, mentioning: ["/f: ", "byte \(count)", "8 bytes"]) {
            try Safetensors.read(path)
        }
    }

    /// Of this thread's own time, as others work beside it. It grows with the header's length, not with the square of it.
    @Test("A1: 100,000 entries are read in less than a second")
    func manyEntriesAreRead() throws {
        let entries = (0..<100_000).map { Self.bytes("t\($0)", $0, $0 + 1) }
        let path = try folder.write(
            Self.file("{\(entries.joined(separator: ","))}", data: 100_000), "f")
        let start = ownTime()
        #expect(try SafetensorsFile(path).entries.count == 100_000)
        let seconds = ownTime() - start
        #expect(seconds < 1, "\(seconds) s")
    }

    /// The processor time of this thread, in seconds.
    private func ownTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    @Test(
        "A1: Python's safetensors refuses the same, or is known to be laxer",
        .enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func pythonRefusesTheSame() throws {
        let script = """
            import sys
            from safetensors import safe_open
            for path in sys.argv[1:]:
                try:
                    with safe_open(path, "np"):
                        print("read")
                except Exception:
                    print("refused")
            """
        var paths: [String] = []
        for (index, rule) in Self.rules.enumerated() {
            paths.append(try folder.write(rule.file, "rule\(index)"))
        }
        let outcome = try Program.run(#require(python), ["-c", script] + paths)
        try #require(outcome.code == 0, "\(outcome.errors)")
        let verdicts = outcome.output.split(separator: "\n")
        try #require(verdicts.count == Self.rules.count)
        for (rule, verdict) in zip(Self.rules, verdicts) {
            #expect((verdict == "read") == rule.isStricter, "\(rule.name): Python: \(verdict)")
        }
    }
}
