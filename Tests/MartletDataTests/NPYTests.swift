import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

@Suite struct NPYTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A file by its header's text.
    static func file(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
        let count = header.utf8.count
        let length = (0..<(version == 1 ? 2 : 4)).map {
            UInt8(truncatingIfNeeded: count >> (8 * $0))
        }
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(header.utf8) + data
    }

    static func header(_ type: String, _ shape: String, fortran: Bool = false) -> String {
        "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
    }

    /// What NumPy can keep, of no elements and of no dimensions too.
    static let samples: [(name: String, tensor: Tensor)] =
        DType.allCases.filter { $0 != .bfloat16 }.map {
            ("type.\($0)", Tensor([0.0, 1, 0, 1, 1, 0], shape: [2, 3]).to($0))
        } + [
            ("scalar", Tensor(Float(-0.5))),
            ("vector", Tensor([1, -2, Int.max])),
            ("empty", Tensor(uninitialized: [0, 7])),
            ("special", Tensor([Float.nan, .infinity, -0.0, .leastNonzeroMagnitude])),
            ("../名前", Tensor.arange(24).reshape([2, 1, 3, 4])),
            ("transposed", Tensor([[1.0, 2.0], [3.0, 4.0]]).transpose(0, 1)),
        ]

    static func expectEqual(_ a: Tensor?, _ b: Tensor, _ name: String) {
        #expect(a?.shape == b.shape && a?.dtype == b.dtype, "\(name)")
        #expect(a?.withUnsafeBytes { Array($0) } == b.withUnsafeBytes { Array($0) }, "\(name)")
    }

    @Test func roundTrip() throws {
        for (name, tensor) in Self.samples {
            try NPY.write(tensor, to: folder.file("a.npy"))
            Self.expectEqual(try NPY.read(folder.file("a.npy")), tensor, name)
        }
        #expect(try folder.names() == ["a.npy"])
    }

    @Test func writesNumPysBytes() throws {
        // numpy.save(path, numpy.array([[1.5, -2.0]], "f4")), NumPy 2.4.
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }"
        let expected: [UInt8] =
            [0x93] + Array("NUMPY".utf8) + [1, 0, 0x76, 0] + Array(text.utf8)
            + [UInt8](repeating: 0x20, count: 0x75 - text.utf8.count) + [0x0a]
            + [0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]
        try NPY.write(Tensor([[1.5, -2.0] as [Float]]), to: folder.file("a.npy"))
        #expect(try folder.bytes("a.npy") == expected)
    }

    @Test(
        arguments: [
            ("|b1", [1, 0], DType.bool, [1.0, 0]),
            ("|u1", [200, 3], .uint8, [200, 3]),
            ("|i1", [0xff, 0x80], .int32, [-1, -128]),
            ("<i2", [0xfe, 0xff, 0, 1], .int32, [-2, 256]),
            (">i2", [0xff, 0xfe, 1, 0], .int32, [-2, 256]),
            ("<u2", [0xff, 0xff, 1, 0], .int32, [65535, 1]),
            (">i4", [0xff, 0xff, 0xff, 0xfd, 0, 0, 1, 0], .int32, [-3, 256]),
            ("<u4", [0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0], .int64, [4_294_967_295, 1]),
            (">u4", [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1], .int64, [4_294_967_295, 1]),
            (">f2", [0x3e, 0, 0xc0, 0], .float16, [1.5, -2]),
            (">f4", [0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0], .float32, [1.5, -2]),
            (
                ">f8", [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], .float64,
                [1.5, -2]
            ),
            (
                ">i8", [0, 0, 0, 0, 0, 0, 1, 2] + [UInt8](repeating: 255, count: 8), .int64,
                [258, -1]
            ),
        ] as [(String, [UInt8], DType, [Double])])
    func readsEveryType(type: String, data: [UInt8], dtype: DType, expected: [Double]) throws {
        for version: UInt8 in 1...3 {
            let bytes = Self.file(Self.header(type, "(2,)"), data, version: version)
            let tensor = try NPY.read(folder.write(bytes, "a"))
            #expect(tensor.dtype == dtype && tensor.shape == [2])
            #expect(tensor.array(as: Double.self) == expected)
        }
    }

    @Test func fortranOrderIsKept() throws {
        let data = Self.file(Self.header("|u1", "(2, 3)", fortran: true), [1, 4, 2, 5, 3, 6])
        let tensor = try NPY.read(folder.write(data, "a"))
        #expect(tensor.shape == [2, 3] && tensor.strides == [1, 2])
        #expect(tensor.array(as: Int.self) == [1, 2, 3, 4, 5, 6])
    }

    @Test func headersOfOtherWritersAreRead() throws {
        for text in [
            "{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"|u1\"}",
            "{ 'fortran_order' : True , 'shape' : ( 2 , ) , 'descr' : '<u1' , }   \n",
        ] {
            let tensor = try NPY.read(folder.write(Self.file(text, [1, 2]), "a"))
            #expect(tensor.array(as: Int.self) == [1, 2])
        }
    }

    @Test("A7: what no npy file has is refused with the byte") func saysWhatIsWrong() throws {
        let good = Self.header("<f4", "(2,)")
        let eight = [UInt8](repeating: 0, count: 8)
        let cases: [([UInt8], [String])] = [
            ([], ["byte 0", "nothing", "an npy file"]),
            (Array("PK\u{3}\u{4}".utf8) + eight, ["byte 0", "the bytes 50 4b 3 4", "an npy file"]),
            ([0x93] + Array("NUMPY".utf8) + [4, 0], ["byte 6", "version 4.0"]),
            ([0x93] + Array("NUMPY".utf8) + [1, 1], ["byte 6", "version 1.1"]),
            (
                Self.file(good, eight + [0]),
                ["byte 76", "more data follow", "68 bytes of header and 8"]
            ),
            (
                Self.file(good, Array(eight[1...])),
                ["byte 75", "the data end", "68 bytes of header and 8"]
            ),
            (
                [0x93] + Array("NUMPY".utf8) + [2, 0, 0xff, 0xff, 0xff, 0x7f],
                ["byte 8", "a header of 2147483647 bytes", "at most 10000"]
            ),
            (Self.file(Self.header("|O", "(2,)"), eight), ["byte 20", "'|O'", "never loaded"]),
            (Self.file(Self.header("<u8", "(1,)"), eight), ["unsigned integers of 64 bits"]),
            (Self.file(Self.header("<c8", "(1,)"), eight), ["complex numbers"]),
            (Self.file(Self.header("<U2", "(1,)"), eight), ["text", "one of b1, i1"]),
            (Self.file(Self.header("<M8[s]", "(1,)"), eight), ["dates"]),
            (Self.file(Self.header("|V8", "(1,)"), eight), ["records"]),
            (Self.file(Self.header("<f16", "(1,)"), eight), ["unusual size"]),
            (Self.file(Self.header("=f4", "(2,)"), eight), ["'=f4'", "after '<' or '>'"]),
            (Self.file(Self.header("|f4", "(2,)"), eight), ["'|f4'"]),
            (Self.file(Self.header("", "(2,)"), eight), ["the type ''"]),
            (
                Self.file(
                    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", eight),
                ["byte 20", "a structured type"]
            ),
            (Self.file(Self.header("|b1", "(2,)"), [1, 2]), ["byte 69", "the byte 2", "0 or 1"]),
            (Self.file(Self.header("<f4", "(2)"), eight), ["')'", "','"]),
            (Self.file(Self.header("<f4", "(-2,)"), eight), ["'-'", "whole number"]),
            (Self.file(Self.header("<f4", "(2.0,)"), eight), ["'.'", "whole number"]),
            (Self.file(Self.header("<f4", "(02,)"), eight), ["leading zeros"]),
            (Self.file(Self.header("<f4", "[2]"), eight), ["'['", "'('"]),
            (Self.file(Self.header("<f4", "(99999999999999999999,)"), eight), ["64 bits"]),
            (
                Self.file(Self.header("<f4", "(4611686018427387904, 4)"), eight),
                ["a shape of [4611686018427387904, 4]", "64 bits"]
            ),
            (
                Self.file(Self.header("<f4", "(0, 4611686018427387904, 4)"), []),
                ["a shape of", "64 bits"]
            ),
            (
                Self.file(Self.header("<f4", "(\(String(repeating: "1, ", count: 17)))"), eight),
                ["at most 16 sizes"]
            ),
            (Self.file("{'descr': '<f4', 'shape': (2,), }", eight), ["an incomplete header"]),
            (Self.file("{'shape': (2,), 'shape': (2,)}", eight), ["the key 'shape'", "each once"]),
            (Self.file("{'shape': (2,), 'more': 1}", eight), ["the key 'more'"]),
            (Self.file("{'descr': __import__('os')}", eight), ["'_'", "a string in quotes"]),
            (Self.file("{'fortran_order': 1}", eight), ["'1'", "True or False"]),
            (Self.file("{'a\\x41': 1}", eight), ["'\\'", "plain text"]),
            (Self.file("{'descr", eight), ["the text ends", "closing quote"]),
            (Self.file(good + "x", eight), ["'x'", "nothing but spaces"]),
        ]
        for (bytes, words) in cases {
            let path = try folder.write(bytes, "bad")
            expectError(DataError.self, mentioning: ["/bad: byte"] + words) { try NPY.read(path) }
        }
        expectError(DataError.self, mentioning: ["nothing", "No such file"]) {
            try NPY.read(folder.file("nothing"))
        }
    }

    @Test("A11: a file cut at any length is an error") func cutAtEveryLength() throws {
        let whole = Self.file(Self.header(">i2", "(2, 2)"), [1, 2, 3, 4, 5, 6, 7, 8])
        for length in 0..<whole.count {
            let path = try folder.write(Array(whole[..<length]), "cut")
            expectError(DataError.self, mentioning: ["cut: byte", "expected"]) {
                try NPY.read(path)
            }
        }
    }

    @Test func flippedBitsNeverCrash() throws {
        let whole = Self.file(Self.header("|b1", "(2, 3)"), [1, 0, 1, 0, 0, 1])
        var refused = 0
        for bit in 0..<(whole.count * 8) {
            var bytes = whole
            bytes[bit / 8] ^= 1 << (bit % 8)
            if (try? NPY.read(folder.write(bytes, "flipped"))) == nil { refused += 1 }
        }
        // What passes: another type of one byte, another version, a different space.
        #expect(refused > whole.count * 7)
    }

    @Test func randomHeadersNeverCrash() throws {
        var generator = Generator(seed: 12)
        let pieces = [
            "{", "}", "(", ")", "[", ":", ",", "'descr'", "'shape'", "'fortran_order'", "'<f4'",
            "'|b1'", "0", "4", "18446744073709551616", "-1", "True", "False", "None", " ", "\n",
            "'", "\\",
        ]
        for _ in 0..<2000 {
            let count = generator.integer(in: 0..<24)
            let text = (0..<count).map { _ in pieces[generator.integer(in: 0..<pieces.count)] }
            _ = try? NPY.read(folder.write(Self.file("{" + text.joined(), [0, 0, 0, 0]), "random"))
        }
    }

    @Test func failedWriteKeepsTheOldFile() throws {
        expectError(DiskError.self, mentioning: ["/dev/full", "No space left"]) {
            try NPY.write(Tensor([1]), to: "/dev/full")
        }
    }

    @Test func bfloat16IsRefused() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            try NPY.write(Tensor.ones([2], dtype: .bfloat16), to: "/dev/null")
        }
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains("NPY: NumPy has no bfloat16"))
    }

    @Test(.enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func numPyAgrees() throws {
        for (index, sample) in Self.samples.enumerated() {
            try NPY.write(sample.tensor, to: folder.file("\(index).npy"))
        }
        // NumPy reads each file and writes the same bytes; then some of its own.
        let script = """
            import io, sys
            import numpy as np
            folder, count = sys.argv[1], int(sys.argv[2])
            for i in range(count):
                path = f"{folder}/{i}.npy"
                array = np.load(path, allow_pickle=False)
                again = io.BytesIO()
                np.save(again, array)
                assert again.getvalue() == open(path, "rb").read(), path
            for kind in "<>":
                for name in ("b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "f2", "f4", "f8"):
                    x = (np.arange(-6, 6) % 120).reshape(2, 3, 2).astype(kind + name)
                    np.save(f"{folder}/{'big' if kind == '>' else 'little'}-{name}.npy", x)
                    np.save(f"{folder}/fortran-{name}.npy", np.asfortranarray(x))
            """
        let outcome = try Program.run(
            #require(python), ["-c", script, folder.path, "\(Self.samples.count)"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let expected = (-6..<6).map { ($0 + 120) % 120 }
        for name in ["b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "f2", "f4", "f8"] {
            for kind in ["little", "big", "fortran"] {
                let tensor = try NPY.read(folder.file("\(kind)-\(name).npy"))
                #expect(tensor.shape == [2, 3, 2])
                let wanted = name == "b1" ? expected.map { $0 == 0 ? 0 : 1 } : expected
                #expect(tensor.to(.int64).array(as: Int.self) == wanted, "\(kind)-\(name)")
            }
        }
    }
}
