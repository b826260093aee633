import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

/// Mutants of good files: read or refused, never a crash, a wait or much memory. `MARTLET_TEST_SCALE` tries more.
@Suite struct FuzzTests {
    /// The bytes of a file that the closure writes.
    private static func file(_ write: (String) throws -> Void) throws -> [UInt8] {
        let path = NSTemporaryDirectory() + "martlet-seed-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write(path)
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Whether a reader reads a file; an error of another type, or one that does not name the file, is thrown on.
    private static func accepts<E: Error & CustomStringConvertible>(
        _ path: String, _ type: E.Type, _ read: () throws -> Void
    ) throws -> Bool {
        do {
            try read()
            return true
        } catch let error as E {
            guard "\(error)".hasPrefix(path + ": ") else { throw error }
            return false
        }
    }

    private static let tensors: [(name: String, tensor: Tensor)] = [
        ("a", Tensor([1.5, 2])), ("b.c", Tensor([true, false])), ("d", Tensor.zeros([3, 0])),
        ("e", Tensor([[1, 2], [3, 4]])),
    ]

    private static let jsonWords = [
        "{", "}", "[", "]", ":", ",", "\"", "\\u0061", "\\ud800", "dtype", "shape", "data_offsets",
        "F32", "BOOL", "I64", "__metadata__", "0", "-1", "1e9", "18446744073709551616", "null",
    ]

    private static func safetensors() throws -> [[UInt8]] {
        [
            try file { try Safetensors.write(tensors, metadata: ["k": "v"], to: $0) },
            SafetensorsRuleTests.file("{\(SafetensorsRuleTests.bytes("a", 0, 9))}", data: 9),
        ]
    }

    private static let npyWords = [
        "{", "}", "(", ")", "'", ",", "descr", "fortran_order", "shape", "True", "False", "<f4",
        ">i8", "|b1", "|O", "4294967296", "-1", "\u{93}NUMPY", "PK\u{1}\u{2}", "PK\u{5}\u{6}",
    ]

    private func report(_ result: ExitTest.Result?) {
        let text = Fuzzing.report(result?.standardOutputContent ?? [])
        print(text)
        #expect(text.contains("mutants in"), "\(text)")
    }

    @Test("A4: mutants of safetensors files")
    func safetensorsMutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            try Fuzzing.run(
                "safetensors", seeds: FuzzTests.safetensors(), words: FuzzTests.jsonWords
            ) {
                path in
                try FuzzTests.accepts(path, WeightsError.self) { _ = try Weights.read(path) }
            }
        }
        report(result)
    }

    @Test("A6: mutants of .pth files")
    func archiveMutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let seeds = [
                try FuzzTests.file { try PTH.write(FuzzTests.tensors, to: $0) },
                TestPickle.file(TestPickle.good),
                Array(try Data(contentsOf: URL(fileURLWithPath: fixture("nested.pth")))),
            ]
            let words = [
                "PK\u{1}\u{2}", "PK\u{3}\u{4}", "PK\u{5}\u{6}", "PK\u{6}\u{6}", "../", "/",
            ]
            try Fuzzing.run("pth", seeds: seeds, words: words) { path in
                try FuzzTests.accepts(path, WeightsError.self) { _ = try Weights.read(path) }
            }
        }
        report(result)
    }

    /// The archive is in order around each pickle, so that every one comes to be read.
    @Test("A4: mutants of pickles")
    func pickleMutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            typealias P = TestPickle
            let view = P.tensor(offset: 1, shape: [2, 2], strides: [2, 1])
            let seeds = [
                P.good, P.dictionary([("a", P.tensor()), ("b", view)]),
                P.dictionary([
                    ("epoch", P.integer(1 << 40)),
                    ("state_dict", P.ops("}") + P.string("w") + view + P.ops("s")),
                    ("list", P.ops("](K\u{1}NeKx\u{85}a")),
                ]),
            ]
            let words = [
                "collections\nOrderedDict\n", "torch._utils\n_rebuild_parameter\n",
                "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch\nSize\n", "cposix\nsystem\n",
                "BoolStorage",
                "state_dict", "q\u{0}", "h\u{0}", "\u{85}", "\u{86}", "\u{87}", "(", "t", "}", "]",
                ")",
                "R", "Q", "s", "u", "e", "a", "b", "\u{8a}\u{8}", "J", "K", "X", "N", "}.", "0",
            ]
            try Fuzzing.run("pickle", seeds: seeds, words: words, arrange: P.file) { path in
                try FuzzTests.accepts(path, WeightsError.self) { _ = try Weights.read(path) }
            }
        }
        report(result)
    }

    @Test("A7: mutants of npz files")
    func npzMutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let seeds = try [false, true].map { compressed in
                try FuzzTests.file {
                    try NPZ.write(FuzzTests.tensors, compressed: compressed, to: $0)
                }
            }
            try Fuzzing.run("npz", seeds: seeds, words: FuzzTests.npyWords) { path in
                try FuzzTests.accepts(path, DataError.self) { _ = try NPZ.read(path) }
            }
        }
        report(result)
    }

    @Test("A7: mutants of npy files")
    func npyMutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let seeds = try FuzzTests.tensors.map { tensor in
                try FuzzTests.file { try NPY.write(tensor.tensor, to: $0) }
            }
            try Fuzzing.run("npy", seeds: seeds, words: FuzzTests.npyWords) { path in
                try FuzzTests.accepts(path, DataError.self) { _ = try NPY.read(path) }
            }
        }
        report(result)
    }

    @Test("A13: mutants of IDX files")
    func idxMutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let header: [UInt8] = [0, 0, 8, 3] + big(2) + big(2) + big(3)
            let plain = header + [UInt8](0..<12)
            // The same as gzip writes it: one block that is stored.
            let packed: [UInt8] =
                [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1] + little(plain.count, 2)
                + little(~plain.count & 0xffff, 2) + plain + little(Int(crc32(plain)), 4)
                + little(plain.count, 4)
            let floats: [UInt8] = [0, 0, 13, 1] + big(2) + [0x3f, 0x80, 0, 0, 0, 0, 0, 0]
            try Fuzzing.run("idx", seeds: [plain, packed, floats]) { path in
                try FuzzTests.accepts(path, DataError.self) { _ = try IDX.read(path) }
            }
        }
        report(result)
    }

    @Test("A13: mutants of CSV files")
    func csvMutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let seeds = [
                "name,age,note\nAda,36,\"a, \"\"b\"\"\"\nBo,7,\"two\r\nlines\"\r\n",
                "\u{FEFF}a,b\r1,2\r3,4\r", "x\n1\n\n2\n", "ä,\u{1F426}\n\"\",\"a,\"\"b\"\n",
            ].map { Array($0.utf8) }
            let words = [
                "\"", "\"\"", "\",\"", ",", "\n", "\r", "\r\n", "\t", ";", "\0", "\u{FEFF}", "nan",
                "1e999", "-0", "a\",\"b\n",
            ]
            try Fuzzing.run("csv", seeds: seeds, words: words, count: 10_000) { path in
                // Strictly, without a header, and with as many bad rows as there are.
                let tables: [() throws -> CSVTable] = [
                    { try CSVTable(path) }, { try CSVTable(path, hasHeader: false) },
                    { try CSVTable(path, onBad: .skip(maxShare: 1)) },
                ]
                var accepted = 0
                for table in tables {
                    let isRead = try FuzzTests.accepts(path, DataError.self) {
                        let table = try table()
                        guard table.rows.allSatisfy({ $0.fields.count == table.columns.count })
                        else { throw FuzzingError(description: "a row of another width") }
                        for column in table.columns.indices.prefix(4) {
                            _ = try? table.numbers("\(column + 1)", missing: true)
                        }
                    }
                    accepted += isRead ? 1 : 0
                }
                return accepted > 0
            }
        }
        report(result)
    }

    /// What we read and Python does not would be a mistake of ours; what we refuse and Python reads has to be one of
    /// the documented differences.
    @Test(
        "A1: mutants of safetensors files are read as Python reads them, or more strictly",
        .enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func pythonAgrees() throws {
        let folder = try TemporaryFolder()
        let script = """
            import pathlib, sys
            from safetensors import safe_open
            for i in range(int(sys.argv[2])):
                try:
                    with safe_open(f"{sys.argv[1]}/{i}", "np") as file:
                        for name in file.keys(): file.get_slice(name).get_shape()
                    print("read")
                except BaseException as error:
                    print("refused")
            """
        let generator = Generator(seed: UInt64(Fuzzing.seed)).stream("differences")
        // Headers as such, with a length that fits, get further than whole files.
        var files = Mutations(
            of: try Self.safetensors(), words: Self.jsonWords, generator: generator)
        let header =
            "{\(SafetensorsRuleTests.bytes("a", 0, 4)),\(SafetensorsRuleTests.bytes("b", 4, 9))}"
        var headers = Mutations(
            of: [Array(header.utf8)], words: Self.jsonWords, generator: generator.stream("headers"))
        let count = 500 * Fuzzing.scale
        for index in 0..<count {
            let mutant = headers.next()
            let bytes =
                index % 3 == 0
                ? files.next() : little(mutant.count, 8) + mutant + [UInt8](repeating: 1, count: 9)
            try folder.write(bytes, "\(index)")
        }
        let outcome = try Program.run(#require(python), ["-c", script, folder.path, "\(count)"])
        try #require(outcome.code == 0, "\(outcome.errors)")
        let verdicts = outcome.output.split(separator: "\n")
        try #require(verdicts.count == count)
        // Types we lack, keys beyond the three, names that Unicode calls equal or metadata keys twice, 17 sizes, a space first.
        let stricter = [
            "Martlet does not have", "each once", "a second", "at most 16", "start with '{'",
            "size fits 64 bits", "0 or 1",
        ]
        var same = 0
        for index in 0..<count {
            let isRead = verdicts[index] == "read"
            do throws(WeightsError) {
                _ = try Safetensors.read(folder.file("\(index)"))
                #expect(isRead, "seed \(Fuzzing.seed), mutant \(index): Python refuses it")
                same += 1
            } catch {
                let isKnown = stricter.contains {
                    error.problem.contains($0) || error.expected.contains($0)
                }
                #expect(!isRead || isKnown, "seed \(Fuzzing.seed), mutant \(index): \(error)")
                same += isRead ? 0 : 1
            }
        }
        print(
            "FUZZ differences: seed \(Fuzzing.seed): \(count) mutants, \(same) judged as Python does"
        )
        #expect(same > count * 9 / 10)
    }
}
