import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

/// Any tensors in any file, and files that no memory holds.
@Suite struct SafetensorsRoundTripTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder(isInMemory: true) }

    /// Tensors of random types, shapes, names and bits: numbers that are none are numbers like any other here.
    private func tensors(_ generator: inout Generator) -> [(name: String, tensor: Tensor)] {
        func pick(_ count: Int) -> Int { generator.integer(in: 0..<count) }
        let pieces = [
            "a", "weight", ".", "\"", "\\", "/", "\n", "\u{0}", "\u{1f}", "\u{7f}", "ä", "名", "前",
            "\u{1F600}",
            "\u{202E}", "\u{FEFF}", "{", "}", " ", "\u{10FFFF}", "e\u{301}",
        ]
        var names: Set<String> = []
        var result: [(name: String, tensor: Tensor)] = []
        for _ in 0..<pick(7) {
            let name = (0..<pick(5)).map { _ in pieces[pick(pieces.count)] }.joined()
            guard names.insert(name).inserted else { continue }
            let dtype = DType.allCases[pick(DType.allCases.count)]
            let shape = (0..<pick(5)).map { _ in pick(8) == 0 ? 0 : 1 + pick(4) }
            let tensor = Tensor(shape, dtype: dtype) { buffer in
                for index in buffer.indices {
                    buffer[index] = UInt8(pick(dtype == .bool ? 2 : 256))
                }
            }
            result.append((name, tensor))
        }
        return result
    }

    private func bits(_ tensor: Tensor?) -> [UInt8]? { tensor?.withUnsafeBytes { Array($0) } }

    @Test("A2: random tensors under random names are read bit for bit as they were written")
    func randomTensors() throws {
        var generator = Generator(seed: UInt64(Fuzzing.seed)).stream("round trip")
        for round in 0..<(1000 * Fuzzing.scale) {
            let tensors = tensors(&generator)
            let path = folder.file("f")
            try Safetensors.write(tensors, metadata: ["round": "\(round)"], to: path)
            let read = try Safetensors.read(path)
            let label = "seed \(Fuzzing.seed), round \(round)"
            #expect(read.metadata == ["round": "\(round)"], "\(label)")
            try #require(read.tensors.count == tensors.count, "\(label)")
            for (name, tensor) in tensors {
                let found = read.dictionary[name]
                #expect(
                    found?.shape == tensor.shape && found?.dtype == tensor.dtype
                        && bits(found) == bits(tensor), "\(label): '\(name)'")
            }
        }
    }

    @Test(
        "A2: random tensors go through Python and come back bit for bit",
        .enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func throughPython() throws {
        let script = """
            import sys
            import ml_dtypes  # teaches NumPy the name bfloat16
            from safetensors.numpy import load_file, save_file
            for i in range(int(sys.argv[2])):
                save_file(load_file(f"{sys.argv[1]}/{i}"), f"{sys.argv[1]}/{i}.back")
            """
        var generator = Generator(seed: UInt64(Fuzzing.seed)).stream("through Python")
        let files = (0..<(100 * Fuzzing.scale)).map { _ in tensors(&generator) }
        for (number, tensors) in files.enumerated() {
            try Safetensors.write(tensors, to: folder.file("\(number)"))
        }
        let outcome = try Program.run(
            #require(python), ["-c", script, folder.path, "\(files.count)"])
        try #require(outcome.code == 0, "seed \(Fuzzing.seed): \(outcome.errors)")
        for (number, tensors) in files.enumerated() {
            let back = try Safetensors.read(folder.file("\(number).back"))
            #expect(back.tensors.count == tensors.count, "seed \(Fuzzing.seed), file \(number)")
            for (name, tensor) in tensors {
                let found = back.dictionary[name]
                #expect(
                    found?.shape == tensor.shape && found?.dtype == tensor.dtype
                        && bits(found) == bits(tensor),
                    "seed \(Fuzzing.seed), file \(number): '\(name)'")
            }
        }
    }

    // MARK: Files beyond 4 GiB

    /// Two numbers on either side of 5 GiB that are not there: the file is sparse.
    private static func writeHuge(_ path: String) throws -> Bool {
        let middle = 5 << 30
        func entry(_ name: String, _ type: String, _ count: Int, _ start: Int, _ end: Int) -> String
        {
            #""\#(name)":{"dtype":"\#(type)","shape":[\#(count)],"data_offsets":[\#(start),\#(end)]}"#
        }
        let header =
            "{" + entry("first", "F32", 1, 0, 4) + "," + entry("hole", "U8", middle, 4, middle + 4)
            + "," + entry("last", "F32", 2, middle + 4, middle + 12) + "}"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        func write(_ bytes: [UInt8], at offset: Int) -> Bool {
            bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, offset) } == bytes.count
        }
        let start = 8 + header.utf8.count
        var status = stat()
        return write(little(header.utf8.count, 8) + Array(header.utf8), at: 0)
            && write([0, 0, 0x80, 0x3f], at: start)
            && write([0, 0, 0, 0x40, 0, 0, 0x40, 0x40], at: start + middle + 4)
            && fstat(file, &status) == 0 && status.st_blocks < 1 << 12
    }

    /// Whether the disk of temporary files holds a file of 5 GiB with nothing in it.
    static let disksAreSparse: Bool = {
        let path = NSTemporaryDirectory() + "martlet-sparse-\(UUID())"
        defer { unlink(path) }
        return (try? writeHuge(path)) == true
    }()

    @Test(
        "A2: of a file of 5 GiB single tensors are read without the others",
        .enabled(if: disksAreSparse, "the disk of temporary files holds no sparse file of 5 GiB"))
    func hugeFile() async {
        await #expect(processExitsWith: .success) {
            let path = NSTemporaryDirectory() + "martlet-huge-\(UUID())"
            defer { unlink(path) }
            guard try SafetensorsRoundTripTests.writeHuge(path) else {
                throw FuzzingError(description: "the sparse file could not be written")
            }
            try Fuzzing.limitMemory(growth: 16 << 20)
            let file = try SafetensorsFile(path)
            let first = try file.tensor("first")?.array(as: Float.self)
            let last = try file.tensor("last")?.array(as: Float.self)
            guard first == [1], last == [2, 3], file.entries.count == 3,
                file.entries[2].bytes.lowerBound > 5 << 30
            else { throw FuzzingError(description: "\(first as Any) \(last as Any)") }
        }
    }

    @Test(
        "A2: Python finds the same numbers in a file of 5 GiB",
        .enabled(
            if: python != nil && disksAreSparse, "MARTLET_PYTHON is not set, or no sparse file fits"
        ))
    func hugeFileInPython() throws {
        let path = folder.file("huge")
        #expect(try Self.writeHuge(path))
        let script = """
            import sys
            from safetensors import safe_open
            with safe_open(sys.argv[1], "np") as file:
                assert file.get_tensor("first").tolist() == [1]
                assert file.get_tensor("last").tolist() == [2, 3]
                assert file.get_slice("hole").get_shape() == [5 << 30]
            """
        let outcome = try Program.run(#require(python), ["-c", script, path])
        #expect(outcome.code == 0, "\(outcome.errors)")
    }
}
