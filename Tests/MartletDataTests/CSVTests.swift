import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

@Suite("Separated values")
struct CSVTests {
    private func table(
        _ text: String, name: String = "table.csv", hasHeader: Bool = true,
        onBad: CSVTable.BadRows = .fail
    ) throws -> CSVTable {
        let folder = try TemporaryFolder()
        return try CSVTable(try folder.write(text, name), hasHeader: hasHeader, onBad: onBad)
    }

    @Test func quotesAndLineEnds() throws {
        let text =
            "\u{FEFF}name,note\r\nAda,\"a, \"\"b\"\"\"\rBo,\"two\r\nlines\"\n\n Cy ,mid\"dle\n,\"\""
        let table = try table(text)
        #expect(table.columns == ["name", "note"])
        #expect(
            table.rows.map(\.fields) == [
                ["Ada", "a, \"b\""], ["Bo", "two\r\nlines"], [" Cy ", "mid\"dle"], ["", ""],
            ])
        #expect(table.rows.map(\.line) == [2, 3, 6, 7])
        #expect(try table.texts("note").count == 4)
    }

    @Test func tabsAndFilesWithoutHeaders() throws {
        let tabbed = try table("a\tb,c\n1\t2\n", name: "t.TSV")
        #expect(tabbed.columns == ["a", "b,c"])
        let plain = try table("1,2\n3,4\n", hasHeader: false)
        #expect(plain.columns == ["1", "2"] && plain.rows.count == 2)
        #expect(try plain.numbers("2") == [2, 4])
    }

    @Test func columnsByNameAndNumber() throws {
        let table = try table("age,sex,age\n1,m,2\n3,f,\n")
        #expect(try table.index(of: "sex") == 1)
        #expect(try table.numbers("1") == [1, 3])
        let numbers = try table.numbers("3", missing: true)
        #expect(numbers[0] == 2 && numbers[1].isNaN)
        expectError(DataError.self, mentioning: ["line 1", "2 columns are named \"age\""]) {
            try table.index(of: "age")
        }
        expectError(DataError.self, mentioning: ["\"sexx\"", "did you mean \"sex\""]) {
            try table.index(of: "sexx")
        }
        expectError(DataError.self, mentioning: ["line 3", "column \"age\"", "a number"]) {
            try table.numbers("3")
        }
        expectError(DataError.self, mentioning: ["line 2", "\"m\"", "a number"]) {
            try table.numbers("sex")
        }
        let semicolons = try self.table("a;b\n1;2\n")
        expectError(DataError.self, mentioning: ["separated by semicolons"]) {
            try semicolons.index(of: "b")
        }
    }

    /// A bad table, and what the error says.
    static let bad: [(text: String, words: [String])] = [
        ("", ["the file is empty"]),
        ("a,b\n", ["but a header"]),
        ("a,b\n1,2\n1,2,3\n", ["line 3", "more than 2 fields", "expected 2"]),
        ("a,b\n1\n", ["line 2", "1 fields", "expected 2"]),
        ("a,b\n1,2\n3,\"4\n5,6\n7,8\n", ["line 3", "never closed"]),
        ("a,b\n1,\"2\" x\n", ["line 2", "after a closing quote"]),
        ("a,b\n\"1\n\n2\",\"3\"4\n", ["line 4", "after a closing quote"]),
        ("a,b\n1,\0\n", ["line 2", "NUL"]),
    ]

    @Test("B4: a bad row is named by its line", arguments: bad)
    func badRows(_ text: String, _ words: [String]) throws {
        expectError(DataError.self, mentioning: ["table.csv"] + words) { try table(text) }
    }

    @Test("B4: text that is no UTF-8 is refused")
    func encodings() throws {
        let folder = try TemporaryFolder()
        for (bytes, words) in [
            ([0x61, 0x0A, 0xFF, 0x0A], ["line 2", "no UTF-8"]),
            ([0x61, 0x0A, 0xED, 0xA0, 0x80, 0x0A], ["line 2", "no UTF-8"]),
            ([0xFF, 0xFE, 0x61, 0x00], ["UTF-16"]),
        ] as [([UInt8], [String])] {
            let path = try folder.write(bytes, "table.csv")
            expectError(DataError.self, mentioning: words) { try CSVTable(path) }
        }
        expectError(DataError.self, mentioning: ["nothing.csv"]) {
            try CSVTable(folder.file("nothing.csv"))
        }
        expectError(DataError.self, mentioning: [folder.path]) { try CSVTable(folder.path) }
    }

    @Test("B4: rows left out are listed, and no more than was allowed")
    func skipping() throws {
        let rows = (0..<200).map { "\($0),x" }.joined(separator: "\n")
        let text = "a,b\n" + rows + "\n1,\"never closed\n2,y\n"
        let table = try table(text, onBad: .skip())
        #expect(table.rows.count == 201)
        #expect(table.rows.last?.fields == ["2", "y"])
        #expect(table.problems.map(\.place) == ["line 202"])
        expectError(DataError.self, mentioning: ["line 3", "2 of 4 rows", "at most 1.0 %"]) {
            try self.table("a,b\n1,2\n1\n2\n3,4\n", onBad: .skip())
        }
    }

    @Test("B4: a field of 100 MB is refused")
    func hugeFields() throws {
        let folder = try TemporaryFolder()
        var bytes = Array("a,b\n1,".utf8)
        bytes += [UInt8](repeating: 0x78, count: 100_000_000)
        let path = try folder.write(bytes, "table.csv")
        expectError(DataError.self, mentioning: ["line 2", "100000000 bytes"]) {
            try CSVTable(path)
        }
        bytes[6] = 0x22
        try folder.write(bytes, "table.csv")
        expectError(DataError.self, mentioning: ["line 2", "quoted field"]) { try CSVTable(path) }
    }

    /// Each line closes the quote of the one before and opens another: read to its end for each, the file would take hours.
    @Test("B4: quotes that are never closed are no trouble, however many", .timeLimit(.minutes(1)))
    func chainsOfQuotes() throws {
        let text = "a,b\n" + String(repeating: "a\",\"b\n", count: 150_000)
        let clock = ContinuousClock()
        let time = clock.measure {
            expectError(DataError.self, mentioning: ["line 2", "more than 2 fields"]) {
                try table(text)
            }
            // Where no row is left, the first problem is told.
            expectError(DataError.self, mentioning: ["line 2", "more than 2 fields"]) {
                try table(text, onBad: .skip())
            }
        }
        #expect(time < .seconds(20), "\(time)")
    }

    @Test(
        "B4: Python's csv reads the same", .enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func equalsPython() throws {
        let folder = try TemporaryFolder()
        var generator = Generator(seed: 11)
        let pieces = ["a", "b c", ",", "\"", "\n", "\r\n", "ü", "🐦", "1.5", "", "\t", "'"]
        func pick(_ count: Int) -> Int { generator.integer(in: 0..<count) }
        var paths: [String] = []
        for number in 0..<200 {
            let width = 1 + pick(4)
            var text = ""
            for row in 0...(1 + pick(6)) {
                let fields = (0..<width).map { column -> String in
                    // A row of one empty field is an empty line.
                    let start = width == 1 || row == 0 ? "f\(column)" : ""
                    let field =
                        start + (0..<pick(4)).map { _ in pieces[pick(pieces.count)] }.joined()
                    let plain =
                        !field.contains { ",\"\n\r\r\n".contains($0) } && pick(3) > 0
                    return plain
                        ? field : "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
                }
                text += fields.joined(separator: ",") + ["\n", "\r\n"][pick(2)]
            }
            paths.append(try folder.write(text, "\(number).csv"))
        }
        let script = """
            import csv, json, sys
            print(json.dumps([[r for r in csv.reader(open(p, encoding="utf-8", newline="")) if r] for p in sys.argv[1:]]))
            """
        let outcome = try Program.run(#require(python), ["-c", script] + paths)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let expected = try JSONDecoder().decode(
            [[[String]]].self, from: Data(outcome.output.utf8))
        for (path, rows) in zip(paths, expected) {
            let table = try CSVTable(path)
            #expect([table.columns] + table.rows.map(\.fields) == rows, "\(path)")
        }
    }
}
