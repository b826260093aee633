import Martlet
import MartletData
import MartletTesting
import Testing

/// Pickles that no state dict has.
@Suite struct PTHPickleTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private typealias P = TestPickle

    /// A pickle that is refused, and words of the message.
    private func expectRefused(
        _ pickle: [UInt8], _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let path = try folder.write(TestPickle.file(pickle), "f.pth")
        expectError(
            WeightsError.self, mentioning: ["/f.pth: entry 'f/data.pkl': "] + words,
            sourceLocation: sourceLocation
        ) { try Weights.read(path) }
    }

    @Test func theGoodOneIsRead() throws {
        let tensors = try Weights.read(folder.write(P.file(P.good), "f")).tensors
        #expect(tensors.map(\.name) == ["a"] && tensors[0].tensor.shape == [2, 3])
        #expect(tensors[0].tensor.array(as: Float.self) == [0, 1, 2, 3, 4, 5])
    }

    /// Functions that would do harm if they were called, and classes that are code.
    @Test(
        "A3: a name outside of the list is refused by that name",
        arguments: [
            "posix system", "nt system", "os system", "os popen", "builtins eval", "builtins exec",
            "builtins getattr", "builtins __import__", "__builtin__ eval", "__builtin__ set",
            "subprocess Popen", "subprocess check_output", "shutil rmtree", "runpy _run_code",
            "webbrowser open", "functools partial", "operator attrgetter", "types CodeType",
            "importlib import_module", "pickle loads", "marshal loads", "socket socket",
            "ctypes CDLL", "copyreg _reconstructor", "codecs decode", "_codecs encode",
            "numpy.core.multiarray _reconstruct", "numpy.core.multiarray scalar",
            "argparse Namespace", "collections defaultdict", "collections Counter", "torch load",
            "torch.hub load", "torch.serialization load", "torch.jit load",
            "torch.storage _load_from_bytes", "torch._utils _rebuild_tensor",
            "torch._utils _rebuild_qtensor", "torch._utils _rebuild_sparse_tensor",
            "torch._tensor _rebuild_from_type_v2", "torch.nn.modules.linear Linear",
            "torch FloatTensor", "torch.storage UntypedStorage", "collections.OrderedDict x",
            " OrderedDict",
        ])
    func foreignGlobals(name: String) throws {
        let parts = name.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let words = ["the global '\(parts[0]).\(parts[1])'", "nothing in a pickle is run"]
        let call = P.global(parts[0], parts[1]) + P.ops("(") + P.string("id") + P.ops("tR")
        try expectRefused(P.start + call + P.ops("."), "byte 2", words[0], words[1])
        try expectRefused(P.dictionary([("a", P.tensor()), ("b", call)]), words[0])
        try expectRefused(P.dictionary([("a", P.tensor(after: call))]), words[0])
    }

    @Test("A3: a type that Martlet lacks is refused by its name")
    func foreignTypes() throws {
        for type in ["CharStorage", "ShortStorage", "ComplexFloatStorage", "QInt8Storage"] {
            let pickle = P.dictionary([("a", P.tensor(P.storage("0", type)))])
            try expectRefused(pickle, "torch.\(type)", "Martlet does not have")
        }
    }

    @Test("A3: an opcode outside of the list is refused")
    func foreignOpcodes() throws {
        let allowed = Set(
            P.ops("NKMJGX()t]ae}suqrhjcQRb.") + [0x80, 0x88, 0x89, 0x8a, 0x85, 0x86, 0x87])
        #expect(allowed.count == 31)
        for opcode in UInt8.min...UInt8.max where !allowed.contains(opcode) {
            try expectRefused(
                P.start + [opcode] + P.ops("."), "byte 2",
                "the opcode 0x\(String(opcode, radix: 16))", "nothing else in a pickle is loaded")
        }
    }

    @Test("A3: other protocols are refused, as is a whole module")
    func protocols() throws {
        for version: UInt8 in [0, 1, 3, 4, 5, 255] {
            try expectRefused([0x80, version, 0x7d, 0x2e], "byte 0", "pickle protocol \(version)")
        }
        // Protocol 0 is text: a dictionary, a string, INST of a function.
        try expectRefused(P.ops("(dp0\n."), "byte 1", "the opcode 0x64 'd'")
        try expectRefused(P.ops("(S'id'\nios\nsystem\n."), "byte 1", "the opcode 0x53 'S'")
        expectError(WeightsError.self, mentioning: ["pickle protocol 4", "expected 2"]) {
            try Weights.read(fixture("protocol4.pth"))
        }
        expectError(
            WeightsError.self,
            mentioning: ["'module/data.pkl'", "'torch.nn.modules.linear.Linear'", "a state dict"]
        ) { try Weights.read(fixture("module.pth")) }
    }

    @Test("A4: every break of the stack machine is a WeightsError with the byte")
    func structure() throws {
        let start = P.start
        try expectRefused([], "byte 0", "the pickle ends")
        try expectRefused(start, "byte 2", "the pickle ends", "STOP")
        try expectRefused(start + P.ops("."), "0 values left")
        try expectRefused(start + P.ops("NN."), "2 values left")
        try expectRefused(start + P.ops("(N."), "1 values left")
        try expectRefused(start + P.ops("}.x"), "1 bytes after the end")
        for opcode in ["a", "e", "s", "u", "t", "Q", "R", "b", "q\u{0}", "\u{85}", "\u{86}"] {
            try expectRefused(start + P.ops(opcode + "."), "byte 2", "expected")
        }
        // What a mark protects cannot be popped.
        for opcode in ["a", "s", "Q", "R", "b", "q\u{0}", "\u{85}"] {
            try expectRefused(start + P.ops("NN(" + opcode), "byte 5", "finds no value")
        }
        try expectRefused(start + P.ops("h\u{7}."), "byte 2", "the memo 7")
        try expectRefused(start + P.ops("j") + [255, 255, 255, 255], "the memo 4294967295")
        try expectRefused(start + P.ops("NN\u{86}N\u{86}."), "a tuple and no dictionary")
        try expectRefused(start + P.ops("NNNs."), "keys for None")
        try expectRefused(start + P.ops("](NNu."), "keys for a list")
        try expectRefused(start + P.ops("}(Nu."), "a key without a value")
        try expectRefused(start + P.ops("}NNs."), "None as a key")
        try expectRefused(start + P.ops("}))s."), "a tuple as a key")
        try expectRefused(start + P.ops("}Na."), "items for a dictionary")
        try expectRefused(start + P.ops(")(Ne."), "items for a tuple")
        try expectRefused(start + P.ops("]}b."), "attributes of something else")
        try expectRefused(start + P.ops("}Nb."), "attributes of something else")
        try expectRefused(start + P.ops("X") + [255, 255, 255, 255], "4294967295 bytes announced")
        try expectRefused(start + P.ops("X") + little(1, 4) + [255], "not UTF-8")
        try expectRefused(start + P.ops("J") + [1, 2], "4 bytes announced")
        try expectRefused(start + P.ops("G") + [1, 2], "8 bytes announced")
        try expectRefused(start + [0x8a, 200, 1], "200 bytes announced")
        try expectRefused(start + P.ops("c"), "a global without a name")
        try expectRefused(start + P.ops("cos\n"), "a global without a name")
        try expectRefused(
            start + P.ops("c" + String(repeating: "x", count: 300) + "\n"), "without a name")
        try expectRefused(start + P.ops("c\u{ff}\nx\n"), "a global without a name")
        try expectRefused(start + P.ops("NNR."), "a call without a tuple")
        try expectRefused(start + P.ops("N)R."), "a call of None with ()")
        try expectRefused(
            start + P.global("collections", "OrderedDict") + P.ops("N\u{85}R."),
            "collections.OrderedDict with (None)")
        try expectRefused(start + P.ops("]."), "a list and no dictionary")
        try expectRefused(start + P.ops("}."), "a dictionary without tensors")
        try expectRefused(P.dictionary([("a", P.ops("N"))]), "a dictionary without tensors")
        try expectRefused(
            P.dictionary([("a", P.tensor()), ("a", P.tensor())]), "a second 'a'", "once")
        try expectRefused(
            P.dictionary([("\u{e9}", P.tensor()), ("e\u{301}", P.tensor())]), "a second")
    }

    @Test("A4: deep pickles and those that hold themselves are no trouble", .timeLimit(.minutes(1)))
    func nesting() throws {
        let deep = 200_000
        let start = P.start
        try expectRefused(
            start
                + P.ops(
                    String(repeating: "]", count: deep) + String(repeating: "a", count: deep - 1)
                        + "."),
            "a list and no dictionary")
        try expectRefused(
            start + P.ops(")" + String(repeating: "\u{85}", count: deep) + "."), "a tuple")
        try expectRefused(start + P.ops(String(repeating: "(", count: deep) + "."), "0 values")
        // Dictionaries in dictionaries.
        let key = P.string("k")
        let nested =
            P.ops("}") + Array(repeatElement(key + P.ops("}"), count: deep / 10).joined())
        try expectRefused(
            Array(P.good.dropLast(2)) + P.string("b") + nested, "the pickle ends")
        var levels = P.start + P.ops("}")
        for _ in 0..<40 { levels += key + P.ops("}") }
        levels += key + P.tensor() + [UInt8](repeating: UInt8(ascii: "s"), count: 41) + P.ops(".")
        try expectRefused(levels, "too deep", "32")
        // One that holds itself, and one that is held twice by each of many: 2^40 paths.
        try expectRefused(start + P.ops("}q\u{0}") + key + P.ops("h\u{0}s."), "held twice")
        try expectRefused(doubled(levels: 20), "held twice")
        // A list that holds itself is left aside.
        let cyclic = P.dictionary([("a", P.tensor()), ("l", P.ops("]q\u{0}h\u{0}a"))])
        #expect(try PTHFile(folder.write(P.file(cyclic), "f")).notes == ["left aside: 'l'"])
        // A long key before many items.
        let long = P.string(String(repeating: "k", count: 20_000))
        let items = (0..<2000).flatMap { P.string("\($0)") + P.ops("h\u{1}") }
        try expectRefused(
            P.start + P.ops("}") + P.string("t") + P.tensor() + P.ops("q\u{1}s") + long
                + P.ops("}(") + items + P.ops("us."), "names of more than")
    }

    /// A dictionary whose items each hold the one before under two keys, so many times over.
    private func doubled(levels: Int) -> [UInt8] {
        func memo(_ opcode: String, _ level: Int) -> [UInt8] { P.ops(opcode) + [UInt8(level)] }
        var items: [(String, [UInt8])] = [
            ("0", P.ops("}") + memo("q", 0) + P.string("t") + P.tensor() + P.ops("s"))
        ]
        for level in 1..<levels {
            let held = P.string("a") + memo("h", level - 1) + P.string("b") + memo("h", level - 1)
            items.append(
                ("\(level)", P.ops("}") + memo("q", level) + P.ops("(") + held + P.ops("u")))
        }
        return P.dictionary(items)
    }

    @Test("A5: a view is checked against its storage before it is made")
    func views() throws {
        func refused(_ tensor: [UInt8], _ words: String) throws {
            try expectRefused(P.dictionary([("a", tensor)]), words, "expected")
        }
        let outside = "the 6 elements of storage '0'"
        for (offset, shape, strides) in [
            (1, [2, 3], [3, 1]), (-1, [2, 3], [3, 1]), (0, [2, 3], [4, 1]), (0, [2, 3], [-3, 1]),
            (0, [-2, -3], [3, 1]), (0, [7], [1]), (6, [], []), (7, [0], [1]), (0, [100], [0]),
            (0, [1 << 40], [0]), (0, [1 << 32, 1 << 32], [0, 0]), (0, [2], [Int.max]),
            (0, [3, 2], [Int.max / 2, Int.max / 2]), (Int.max, [2], [1]), (Int.max, [1], [1]),
            (0, [0, Int.max, Int.max], [1, 1, 1]),
        ] { try refused(P.tensor(offset: offset, shape: shape, strides: strides), outside) }
        try refused(P.tensor(shape: [6], strides: []), "1 sizes and 0 strides")
        try refused(
            P.tensor(
                shape: [Int](repeating: 1, count: 17), strides: [Int](repeating: 1, count: 17)),
            "17 sizes")
        // Views within it, of no elements as well.
        for (offset, shape, strides) in [
            (5, [], []), (6, [0], [1]), (0, [3, 2], [1, 3]), (0, [6, 1], [1, 99]),
            (1, [2, 2], [2, 1]),
        ] {
            let pickle = P.dictionary([
                ("a", P.tensor(offset: offset, shape: shape, strides: strides))
            ])
            let tensor = try Weights.read(folder.write(P.file(pickle), "f")).tensors[0].tensor
            #expect(tensor.shape == shape && tensor.array(as: Float.self).count == tensor.count)
        }
    }

    @Test("A5: a storage must have the length that is announced, and one type")
    func storages() throws {
        func file(_ storage: [UInt8], shape: [Int] = [1]) throws -> String {
            let pickle = P.dictionary([("a", P.tensor(storage, shape: shape, strides: [1]))])
            return try folder.write(P.file(pickle), "f.pth")
        }
        for (storage, words) in [
            (P.storage(count: 5), ["entry 'f/data/0': 24 bytes", "5 elements of float32"]),
            (P.storage(count: 7), ["entry 'f/data/0': 24 bytes", "7 elements of float32"]),
            (P.storage("0", "DoubleStorage"), ["24 bytes", "6 elements of float64"]),
            (P.storage(count: Int.max), ["24 bytes", "9223372036854775807 elements"]),
            (P.storage("2"), ["no entry 'f/data/2'"]),
            (P.storage("../version", "ByteStorage", count: 2), ["no entry 'f/data/../version'"]),
            (P.storage("1", "BoolStorage", count: 3), ["entry 'f/data/1': 2 bytes"]),
            (P.storage(count: -1), ["entry 'f/data.pkl'", "another persistent id"]),
        ] {
            let path = try file(storage)
            expectError(WeightsError.self, mentioning: ["/f.pth: "] + words) {
                try Weights.read(path)
            }
        }
        #expect(
            try Weights.read(file(P.storage("1", "BoolStorage", count: 2), shape: [2]))
                .tensors[0].tensor.array(as: Int.self) == [1, 0])
        try expectRefused(
            P.dictionary([
                ("a", P.tensor()), ("b", P.tensor(P.storage("0", "IntStorage"))),
            ]), "the storage '0' as 6 of int32", "6 of float32, as before")
        for other in [
            P.ops("NQ"), P.string("0") + P.ops("Q"), P.ops(")Q"), P.tuple([1]) + P.ops("Q"),
        ] {
            try expectRefused(P.dictionary([("a", other)]), "another persistent id")
        }
    }

    @Test("A5: a tensor's other arguments are what they should be")
    func tensorArguments() throws {
        let call = P.global("torch._utils", "_rebuild_tensor_v2")
        for arguments in [
            P.ops(")"), P.ops("N\u{85}"),
            P.ops("(") + P.storage() + P.integer(0) + P.tuple([6]) + P.tuple([1])
                + P.ops("\u{89}t"),
            P.ops("(") + P.storage() + P.integer(0) + P.tuple([6]) + P.ops("(Nt\u{89}}t"),
            P.ops("(") + P.storage() + P.ops("N") + P.tuple([6]) + P.tuple([1]) + P.ops("\u{89}}t"),
            P.ops("(NK\u{0}))\u{89}}t"),
        ] {
            try expectRefused(P.dictionary([("a", call + arguments + P.ops("R"))]), "a tensor of (")
        }
        // Conjugated or negated memory.
        let bits = P.ops("}") + P.string("neg") + P.ops("\u{88}s")
        try expectRefused(
            P.dictionary([("a", P.tensor(after: bits))]), "a tensor with metadata")
        let parameter = P.global("torch._utils", "_rebuild_parameter")
        let good = P.dictionary([
            ("a", parameter + P.ops("(") + P.tensor(after: P.ops("}")) + P.ops("\u{88}}tR"))
        ])
        #expect(try Weights.read(folder.write(P.file(good), "f")).tensors.count == 1)
        try expectRefused(
            P.dictionary([("a", parameter + P.ops("(N\u{88}}tR"))]), "_rebuild_parameter with (None"
        )
    }

    @Test func boolsAreChecked() throws {
        var entries = P.entries(
            P.dictionary([
                (
                    "flags",
                    P.tensor(P.storage("1", "BoolStorage", count: 2), shape: [2], strides: [1])
                )
            ]))
        entries[3].data = [1, 2]
        let path = try folder.write(TestZip(entries).bytes, "f")
        expectError(
            WeightsError.self, mentioning: ["entry 'f/data/1'", "'flags'", "byte 1", "0 or 1"]
        ) { try Weights.read(path) }
    }
}
