import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

@Suite struct SafetensorsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Tensors of every type, of no elements and of no dimensions.
    static let samples: [(name: String, tensor: Tensor)] =
        DType.allCases.map {
            ("type.\($0)", Tensor([0.0, 1, 0, 1, 1, 0], shape: [2, 3]).to($0))
        } + [
            ("scalar", Tensor(Float(-0.5))),
            ("empty", Tensor(uninitialized: [0, 7])),
            ("special", Tensor([Float.nan, .infinity, -0.0, .leastNonzeroMagnitude])),
            ("名前 \"quoted\" \\ \n\u{1}\u{1F600}", Tensor([1, 2, 3])),
            ("transposed", Tensor([[1.0, 2.0], [3.0, 4.0]]).transpose(0, 1)),
        ]

    static let metadata = ["format": "pt", "text": "tab\t\"quote\" \u{7f} é \u{2028}", "": ""]

    @Test(
        "A2: every type, no dimension, no element, any name: what is read is what was written",
        arguments: [Safetensors.Order.bySize, .asGiven])
    func roundTrip(order: Safetensors.Order) throws {
        let path = folder.file("a.safetensors")
        try Safetensors.write(Self.samples, metadata: Self.metadata, order: order, to: path)
        let contents = try Safetensors.read(path)
        #expect(contents.metadata == Self.metadata)
        #expect(contents.tensors.count == Self.samples.count)
        if order == .asGiven { #expect(contents.tensors.map(\.name) == Self.samples.map(\.name)) }
        for (name, tensor) in Self.samples {
            let read = try #require(contents.dictionary[name])
            #expect(read.shape == tensor.shape && read.dtype == tensor.dtype, "\(name)")
            let bytes = tensor.withUnsafeBytes { Array($0) }
            #expect(read.withUnsafeBytes { Array($0) } == bytes, "\(name)")
        }
        #expect(try folder.names() == ["a.safetensors"])
    }

    @Test func sameTensorsMakeTheSameBytes() throws {
        try Safetensors.write(Self.samples, metadata: Self.metadata, to: folder.file("a"))
        try Safetensors.write(
            Self.samples.reversed(), metadata: Self.metadata, to: folder.file("b"))
        #expect(try folder.bytes("a") == folder.bytes("b"))
    }

    @Test func dataAreAligned() throws {
        try Safetensors.write(Self.samples, to: folder.file("a"))
        for entry in try SafetensorsFile(folder.file("a")).entries {
            #expect(entry.bytes.lowerBound % entry.dtype.itemSize == 0, "\(entry.name)")
        }
    }

    @Test func oneTensorCanBeHadAlone() throws {
        try Safetensors.write([("a", Tensor([1, 2])), ("b", Tensor([3.5]))], to: folder.file("f"))
        let file = try SafetensorsFile(folder.file("f"))
        #expect(try file.tensor("b")?.array(as: Double.self) == [3.5])
        #expect(try file.tensor("c") == nil)
        #expect(Set(file.entries.map(\.name)) == ["a", "b"])
    }

    @Test func fileWithoutTensors() throws {
        try Safetensors.write([], to: folder.file("f"))
        let contents = try Safetensors.read(folder.file("f"))
        #expect(contents.tensors.isEmpty && contents.metadata.isEmpty)
    }

    @Test("A11: a file cut at any length is an error") func cutAtEveryLength() throws {
        try Safetensors.write(
            [("a", Tensor([1, 2])), ("b", Tensor([true]))], metadata: ["k": "v"],
            to: folder.file("f"))
        let whole = try folder.bytes("f")
        for length in 0..<whole.count {
            let path = try folder.write(Array(whole[..<length]), "cut")
            expectError(WeightsError.self, mentioning: ["cut: ", "byte", "expected"]) {
                try Safetensors.read(path)
            }
        }
    }

    @Test func flippedBitsNeverCrash() throws {
        try Safetensors.write(
            [("a", Tensor([1, 2])), ("b", Tensor([true, false]))], metadata: ["k": "v"],
            to: folder.file("f"))
        let whole = try folder.bytes("f")
        var refused = 0
        for bit in 0..<(whole.count * 8) {
            var bytes = whole
            bytes[bit / 8] ^= 1 << (bit % 8)
            let path = try folder.write(bytes, "flipped")
            if (try? Safetensors.read(path)) == nil { refused += 1 }
        }
        // What passes: bits of numbers, of names, and the type of as many bytes.
        #expect(refused > whole.count * 4)
    }

    @Test func randomHeadersNeverCrash() throws {
        var generator = Generator(seed: 11)
        let pieces = [
            "{", "}", "[", "]", ":", ",", "\"a\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"",
            "\"F32\"", "\"BOOL\"", "0", "4", "18446744073709551616", "-1", "1.5", "true", "null",
            "\"__metadata__\"", "\"\\ud800\"", "\"\\u0061\"", " ", "\"", "\\",
        ]
        for _ in 0..<2000 {
            let count = generator.integer(in: 0..<24)
            let text = (0..<count).map { _ in pieces[generator.integer(in: 0..<pieces.count)] }
            _ = try? Safetensors.read(
                folder.write(SafetensorsRuleTests.file("{" + text.joined(), data: 4), "random"))
        }
    }

    @Test func missingFileIsAnError() {
        let error = #expect(throws: WeightsError.self) {
            try Safetensors.read(folder.file("nothing"))
        }
        #expect(error?.exitCode == 4)
        #expect(error?.description.contains("No such file") == true)
        expectError(WeightsError.self, mentioning: ["Is a directory"]) {
            try Safetensors.read(folder.path)
        }
    }

    @Test func failedWriteKeepsTheOldFile() throws {
        let path = try folder.write("old", "f")
        let tooLong = String(repeating: "x", count: 100_000_000)
        expectError(WeightsError.self, mentioning: ["at most 100000000"]) {
            try Safetensors.write([], metadata: ["k": tooLong], to: path)
        }
        #expect(try folder.bytes("f") == Array("old".utf8))
        #expect(try folder.names() == ["f"])
        expectError(DiskError.self, mentioning: ["/dev/full", "No space left"]) {
            try Safetensors.write([("a", Tensor([1]))], to: "/dev/full")
        }
    }

    @Test(
        "A2: Python's safetensors reads what we write, and we read it back from there",
        .enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func pythonReadsWhatWeWrite() throws {
        try Safetensors.write(Self.samples, metadata: Self.metadata, to: folder.file("f"))
        let script = """
            import sys
            from safetensors import safe_open
            import ml_dtypes  # teaches NumPy the name bfloat16
            from safetensors.numpy import load_file, save_file
            path, copy = sys.argv[1:]
            tensors = load_file(path)
            with safe_open(path, "np") as file:
                metadata = file.metadata()
            assert tensors["type.bfloat16"].tolist() == [[0, 1, 0], [1, 1, 0]]
            assert tensors["type.bool"].dtype == "bool"
            assert tensors["transposed"].tolist() == [[1, 3], [2, 4]]
            assert tensors["scalar"].shape == () and tensors["empty"].shape == (0, 7)
            assert any(name.startswith("名前") for name in tensors)
            save_file(tensors, copy, metadata)
            """
        let outcome = try Program.run(
            #require(python), ["-c", script, folder.file("f"), folder.file("copy")])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let copy = try Safetensors.read(folder.file("copy"))
        #expect(copy.metadata == Self.metadata && copy.tensors.count == Self.samples.count)
        for (name, tensor) in Self.samples {
            let bytes = tensor.withUnsafeBytes { Array($0) }
            #expect(copy.dictionary[name]?.withUnsafeBytes { Array($0) } == bytes, "\(name)")
        }
    }
}
