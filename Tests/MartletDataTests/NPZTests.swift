import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

@Suite struct NPZTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [false, true])
    func roundTrip(compressed: Bool) throws {
        let path = folder.file("a.npz")
        try NPZ.write(NPYTests.samples, compressed: compressed, to: path)
        let arrays = try NPZ.read(path)
        #expect(arrays.count == NPYTests.samples.count)
        for (name, tensor) in NPYTests.samples {
            NPYTests.expectEqual(arrays[name], tensor, name)
        }
        #expect(try folder.names() == ["a.npz"])
        try NPZ.write(NPYTests.samples, compressed: compressed, to: folder.file("b.npz"))
        #expect(try folder.bytes("a.npz") == folder.bytes("b.npz"))
    }

    @Test func namesGivenTwiceAreRefused() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            try NPZ.write([("a", Tensor([1])), ("a", Tensor([2]))], to: "/dev/null")
        }
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains("NPZ.write: the name 'a' is given twice"))
    }

    @Test func archiveWithoutArrays() throws {
        try NPZ.write([], to: folder.file("a.npz"))
        #expect(try NPZ.read(folder.file("a.npz")).isEmpty)
    }

    @Test func zerosAreCompressed() throws {
        let zeros = Tensor.zeros([1000, 1000])
        try NPZ.write([("zeros", zeros)], compressed: true, to: folder.file("a.npz"))
        #expect(try folder.bytes("a.npz").count < 10_000)
        NPYTests.expectEqual(try NPZ.read(folder.file("a.npz"))["zeros"], zeros, "zeros")
    }

    @Test("A11: a file cut at any length is an error") func cutAtEveryLength() throws {
        try NPZ.write([("a", Tensor([1, 2])), ("b", Tensor([true]))], to: folder.file("f"))
        let whole = try folder.bytes("f")
        for length in 0..<whole.count {
            let path = try folder.write(Array(whole[..<length]), "cut")
            expectError(DataError.self, mentioning: ["cut: "]) { try NPZ.read(path) }
        }
    }

    @Test(arguments: [false, true])
    func flippedBitsAreFoundOrHarmless(compressed: Bool) throws {
        let values = Tensor.arange(40)
        try NPZ.write([("a", values)], compressed: compressed, to: folder.file("f"))
        let whole = try folder.bytes("f")
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= 1 << (place * 3 % 8)
            // The checksum is over all data: what passes changes the name or the date.
            guard let arrays = try? NPZ.read(folder.write(bytes, "flipped")) else { continue }
            for array in arrays.values { NPYTests.expectEqual(array, values, "byte \(place)") }
        }
    }

    @Test func randomBytesNeverCrash() throws {
        try NPZ.write(
            [("a", Tensor([1, 2])), ("b", Tensor([0.5]))], compressed: true,
            to: folder.file("f"))
        let whole = try folder.bytes("f")
        var generator = Generator(seed: 13)
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0..<generator.integer(in: 1..<6) {
                let place = generator.integer(in: 0..<bytes.count)
                bytes[place] = UInt8(generator.integer(in: 0..<256))
            }
            _ = try? NPZ.read(folder.write(bytes, "random"))
        }
    }

    @Test(.enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func numPyAgrees() throws {
        try NPZ.write(NPYTests.samples, to: folder.file("stored.npz"))
        try NPZ.write(NPYTests.samples, compressed: true, to: folder.file("deflated.npz"))
        let script = """
            import sys, zipfile
            import numpy as np
            folder = sys.argv[1]
            arrays = [dict(np.load(f"{folder}/{n}.npz")) for n in ("stored", "deflated")]
            assert list(arrays[0]) == list(arrays[1]) and "../名前" in arrays[0]
            for name, array in arrays[0].items():
                other = arrays[1][name]
                assert array.dtype == other.dtype and array.tobytes() == other.tobytes(), name
            assert arrays[0]["transposed"].tolist() == [[1, 3], [2, 4]]
            for n in ("stored", "deflated"):
                assert zipfile.ZipFile(f"{folder}/{n}.npz").testzip() is None
            np.savez(f"{folder}/theirs-stored.npz", **arrays[0])
            np.savez_compressed(f"{folder}/theirs-deflated.npz", **arrays[0])
            """
        let outcome = try Program.run(#require(python), ["-c", script, folder.path])
        #expect(outcome.code == 0, "\(outcome.errors)")
        for name in ["theirs-stored", "theirs-deflated"] {
            let arrays = try NPZ.read(folder.file("\(name).npz"))
            #expect(arrays.count == NPYTests.samples.count)
            for (name, tensor) in NPYTests.samples {
                NPYTests.expectEqual(arrays[name], tensor, name)
            }
        }
    }

    /// Archives that NumPy does not write.
    @Test(
        "A7: archives that no NumPy writes are refused",
        .enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func saysWhatIsWrong() throws {
        let script = """
            import io, struct, sys, warnings, zipfile
            import numpy as np
            warnings.simplefilter("ignore")
            folder = sys.argv[1]
            def npy(x, **more):
                file = io.BytesIO()
                np.save(file, x, **more)
                return file.getvalue()
            good = npy(np.arange(3))
            def archive(name, entries, method=zipfile.ZIP_STORED):
                with zipfile.ZipFile(f"{folder}/{name}.npz", "w", method) as file:
                    for key, data in entries: file.writestr(key, data)
            archive("twice", [("a.npy", good), ("a.npy", good)])
            archive("equal", [("\u{e9}.npy", good), ("e\u{301}.npy", good)])
            archive("text", [("a.npy", good), ("readme.txt", b"hello")])
            archive("folder", [("a/", b"")])
            archive("pickled", [("a.npy", npy(np.array([{}]), allow_pickle=True))])
            archive("short", [("a.npy", good[:-1])])
            archive("long", [("a.npy", good + b"x")])
            archive("noarray", [("a.npy", b"hello")])
            archive("bzip2", [("a.npy", good * 100)], zipfile.ZIP_BZIP2)
            # A bomb: 64 MiB of zeros behind the header of 3 numbers.
            archive("bomb", [("a.npy", good + bytes(1 << 26))], zipfile.ZIP_DEFLATED)
            # A header that announces 2^40 elements, and a length that goes with it.
            huge = good.replace(b"(3,)", b"(%d,)" % (1 << 40))[:128]
            archive("huge", [("a.npy", huge)], zipfile.ZIP_DEFLATED)
            bytes_ = bytearray(open(f"{folder}/huge.npz", "rb").read())
            central = bytes_.index(b"PK\\x01\\x02")
            for place in (central + 24, 22):
                bytes_[place:place + 4] = struct.pack("<I", 0xfffffff0)
            open(f"{folder}/announced.npz", "wb").write(bytes_)
            # The password's flag.
            bytes_ = bytearray(open(f"{folder}/text.npz", "rb").read())
            bytes_[6] |= 1
            central = bytes_.index(b"PK\\x01\\x02")
            bytes_[central + 8] |= 1
            open(f"{folder}/encrypted.npz", "wb").write(bytes_)
            # Both entries are the first's data.
            archive("overlap", [("a.npy", good), ("b.npy", good)])
            bytes_ = bytearray(open(f"{folder}/overlap.npz", "rb").read())
            second = bytes_.rindex(b"PK\\x01\\x02")
            bytes_[second + 42:second + 46] = struct.pack("<I", 0)
            open(f"{folder}/overlap.npz", "wb").write(bytes_)
            open(f"{folder}/nozip.npz", "wb").write(good)
            """
        let outcome = try Program.run(#require(python), ["-c", script, folder.path])
        try #require(outcome.code == 0, "\(outcome.errors)")
        let cases: [(String, [String])] = [
            ("twice", ["libzip says: File already exists"]),
            ("equal", ["a second array 'e\u{301}'"]),
            ("text", ["'readme.txt'", "npy files only"]),
            ("folder", ["'a/'", "npy files only"]),
            ("pickled", ["array 'a': byte", "never loaded"]),
            ("short", ["array 'a': byte 151", "the data end", "128 bytes of header and 24"]),
            ("long", ["array 'a': byte 152", "more data follow"]),
            ("noarray", ["array 'a': byte 0", "the bytes 68 65 6c 6c 6f"]),
            ("bzip2", ["compression method 12", "deflated"]),
            ("bomb", ["array 'a': byte 152", "more data follow", "128 bytes of header and 24"]),
            ("huge", ["array 'a': byte 128", "the data end"]),
            ("announced", ["4294967280 bytes announced", "what deflate can make"]),
            ("encrypted", ["it is encrypted"]),
            ("overlap", ["libzip says"]),
            ("nozip", ["libzip says: Not a zip archive"]),
        ]
        for (name, words) in cases {
            expectError(DataError.self, mentioning: ["/\(name).npz: "] + words) {
                try NPZ.read(folder.file("\(name).npz"))
            }
        }
    }
}
