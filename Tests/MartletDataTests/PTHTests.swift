import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

@Suite struct PTHTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func readsAStateDictOfPyTorch() throws {
        let contents = try Weights.read(fixture("state.pth"))
        #expect(contents.notes.isEmpty && contents.metadata.isEmpty)
        let tensors = contents.dictionary
        for dtype in DType.allCases {
            let tensor = try #require(tensors["type.\(dtype)"])
            #expect(tensor.dtype == dtype && tensor.shape == [2, 3])
            #expect(tensor.to(.float32).array(as: Float.self) == [0, 1, 0, 1, 1, 0], "\(dtype)")
        }
        #expect(tensors["scalar"]?.shape == [] && tensors["scalar"]?.item(as: Float.self) == -0.5)
        #expect(tensors["empty"]?.shape == [0, 7])
        let special = try #require(tensors["special"]).array(as: Float.self)
        #expect(special[0].isNaN && special[1] == .infinity)
        #expect(special[2].sign == .minus && special[3] == .leastNonzeroMagnitude)
        #expect(tensors["名前"]?.array(as: Int.self) == [1, -2, 1 << 40])
        #expect(tensors.count == contents.tensors.count && tensors.count == 18)
        #expect(contents.tensors.map(\.name).suffix(3) == ["column", "parameter", "channels_last"])
    }

    /// Views of one storage share it in memory, too, and one changes without the others.
    @Test("A5: tensors that share memory in the file share it when they are read")
    func sharedMemoryStaysShared() throws {
        let tensors = try Weights.read(fixture("state.pth")).dictionary
        var base = try #require(tensors["base"])
        let transposed = try #require(tensors["transposed"])
        #expect(transposed.shape == [4, 3] && transposed.strides == [1, 4])
        #expect(tensors["row"]?.array(as: Float.self) == [4, 5, 6, 7])
        #expect(tensors["column"]?.array(as: Float.self) == [2, 6, 10])
        #expect(tensors["parameter"]?.array(as: Float.self) == (0..<12).map { Float($0) * 2 })
        let last = try #require(tensors["channels_last"])
        #expect(last.isChannelsLast && last.array(as: Float.self) == (0..<24).map(Float.init))
        let address = base.withUnsafeBytes { $0.baseAddress }
        let row = try #require(tensors["row"]).withUnsafeBytes { $0.baseAddress }
        #expect(row == address.map { $0 + 16 })
        base.withUnsafeMutableBytes { $0[0] = 7 }
        #expect(transposed[0, 0].item(as: Float.self) == 0)
    }

    @Test func aCheckpointsStateDictIsTakenAndThatIsSaid() throws {
        let contents = try Weights.read(fixture("checkpoint.pth"))
        #expect(
            contents.tensors.map(\.name) == [
                "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
                "1.num_batches_tracked",
            ])
        #expect(contents.dictionary["1.num_batches_tracked"]?.item(as: Int.self) == 1)
        #expect(
            contents.notes == [
                "took the dictionary 'state_dict'",
                "left aside: 'epoch', 'optimizer', 'history', 'shape', 'type', 'device', "
                    + "'nothing', 'large', 'negative'",
            ])
    }

    @Test func dictionariesInDictionariesAreFlattened() throws {
        let file = try PTHFile(fixture("nested.pth"))
        #expect(
            file.entries.map(\.name) == ["encoder.weight", "encoder.norm.bias", "decoder.weight"])
        #expect(file.entries.map(\.shape) == [[2], [1], [3]])
        #expect(file.notes == ["left aside: 'decoder.name', 'step'"])
    }

    @Test(arguments: ["model_state_dict", "model", "state_dict"])
    func checkpointsOfEveryNameAreFound(name: String) throws {
        let inner = TestPickle.ops("}") + TestPickle.string("a") + TestPickle.tensor()
        let pickle = TestPickle.dictionary([
            ("epoch", TestPickle.integer(3)), (name, inner + TestPickle.ops("s")),
        ])
        let file = try PTHFile(folder.write(TestPickle.file(pickle), "f"))
        #expect(file.entries.map(\.name) == ["a"])
        #expect(file.notes == ["took the dictionary '\(name)'", "left aside: 'epoch'"])
    }

    @Test func roundTrip() throws {
        let path = folder.file("a.pth")
        try PTH.write(SafetensorsTests.samples, to: path)
        let contents = try Weights.read(path)
        #expect(contents.tensors.map(\.name) == SafetensorsTests.samples.map(\.name))
        for ((name, tensor), (_, read)) in zip(SafetensorsTests.samples, contents.tensors) {
            #expect(read.shape == tensor.shape && read.dtype == tensor.dtype, "\(name)")
            let bytes = tensor.withUnsafeBytes { Array($0) }
            #expect(read.withUnsafeBytes { Array($0) } == bytes, "\(name)")
        }
        try PTH.write(SafetensorsTests.samples, to: folder.file("b.pth"))
        #expect(try folder.bytes("a.pth") == folder.bytes("b.pth"))
        #expect(try folder.names() == ["a.pth", "b.pth"])
    }

    @Test func sizesOfEveryKindAreWritten() throws {
        let tensors = [
            ("wide", Tensor.zeros([300])), ("wider", Tensor.zeros([70_000], dtype: .uint8)),
            ("huge", Tensor.zeros([0, 1 << 40])), ("scalar", Tensor(Float(2))),
        ]
        try PTH.write(tensors, to: folder.file("a.pth"))
        let read = try Weights.read(folder.file("a.pth")).tensors
        #expect(read.map(\.tensor.shape) == tensors.map(\.1.shape))
    }

    /// Python's own reader of pickles takes the calls for what PyTorch would.
    @Test(.enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func pythonReadsWhatWeWrite() throws {
        try PTH.write(SafetensorsTests.samples, to: folder.file("f.pth"))
        try Safetensors.write(SafetensorsTests.samples, to: folder.file("f.safetensors"))
        let script = """
            import collections, io, pickle, pickletools, sys, zipfile
            import ml_dtypes
            import numpy as np
            from safetensors.numpy import load_file
            folder = sys.argv[1]
            archive = zipfile.ZipFile(f"{folder}/f.pth")
            assert archive.testzip() is None
            assert all(i.compress_type == zipfile.ZIP_STORED for i in archive.infolist())
            assert archive.read("archive/byteorder") == b"little"
            assert archive.read("archive/version") == b"3\\n"
            text = archive.read("archive/data.pkl")
            pickletools.dis(text, io.StringIO())
            types = dict(Float="f4", Double="f8", Half="f2", BFloat16=ml_dtypes.bfloat16,
                         Long="i8", Int="i4", Byte="u1", Bool="?")
            def rebuild(storage, offset, shape, strides, grad, hooks):
                assert grad is False and hooks == {} and offset == 0
                strides = [s * storage.itemsize for s in strides]
                return np.lib.stride_tricks.as_strided(storage, shape, strides)
            class Reader(pickle.Unpickler):
                def find_class(self, module, name):
                    if name.endswith("Storage"):
                        assert module == "torch"
                        return types[name[:-7]]
                    return {("collections", "OrderedDict"): collections.OrderedDict,
                            ("torch._utils", "_rebuild_tensor_v2"): rebuild}[module, name]
                def persistent_load(self, pid):
                    word, kind, key, location, count = pid
                    assert word == "storage" and location == "cpu"
                    values = np.frombuffer(archive.read(f"archive/data/{key}"), kind)
                    assert len(values) == count
                    return values
            tensors = Reader(io.BytesIO(text)).load()
            expected = load_file(f"{folder}/f.safetensors")
            assert set(tensors) == set(expected)
            for name, value in expected.items():
                assert tensors[name].shape == value.shape and tensors[name].dtype == value.dtype
                assert tensors[name].tobytes() == value.tobytes(), name
            """
        let outcome = try Program.run(#require(python), ["-c", script, folder.path])
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    @Test func namesGivenTwiceAreRefused() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            try PTH.write([("a", Tensor([1])), ("a", Tensor([2]))], to: "/dev/null")
        }
        let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(output.contains("PTH.write: 'a' is given twice"))
    }

    @Test func failedWriteKeepsTheOldFile() throws {
        expectError(DiskError.self, mentioning: ["/dev/full", "No space left"]) {
            try PTH.write([("a", Tensor([1]))], to: "/dev/full")
        }
    }

    @Test func theContentsTellTheFormat() throws {
        try Safetensors.write(
            [("a", Tensor([1.5]))], metadata: ["k": "v"], to: folder.file("x.pth"))
        let contents = try Weights.read(folder.file("x.pth"))
        #expect(contents.metadata == ["k": "v"] && contents.tensors.map(\.name) == ["a"])
        try PTH.write([("a", Tensor([1.5]))], to: folder.file("x.safetensors"))
        #expect(try Weights.read(folder.file("x.safetensors")).tensors.map(\.name) == ["a"])
        expectError(WeightsError.self, mentioning: ["a zip archive", "martlet convert"]) {
            try Safetensors.read(folder.file("x.safetensors"))
        }
        expectError(WeightsError.self, mentioning: ["/nothing: cannot open", "No such file"]) {
            try Weights.read(folder.file("nothing"))
        }
        expectError(WeightsError.self, mentioning: ["Is a directory"]) {
            try Weights.read(folder.path)
        }
        expectError(WeightsError.self, mentioning: ["the file ends after 0 bytes"]) {
            try Weights.read(folder.write([], "empty"))
        }
    }

    @Test("A5: the formats that PyTorch had before 1.6 are refused with what to do")
    func legacyFormats() throws {
        expectError(
            WeightsError.self, mentioning: ["/legacy.pth: byte 0", "before 1.6", "torch.save("]
        ) { try Weights.read(fixture("legacy.pth")) }
        var tar = [UInt8](repeating: 0x61, count: 1024)
        tar.replaceSubrange(257..<262, with: Array("ustar".utf8))
        let path = try folder.write(tar, "tar")
        expectError(WeightsError.self, mentioning: ["a tar archive", "torch.save("]) {
            try Weights.read(path)
        }
    }

    @Test("A11: a file cut at any length is an error")
    func cutAtEveryLength() throws {
        try PTH.write([("a", Tensor([1, 2])), ("b", Tensor([true]))], to: folder.file("f"))
        for whole in [try folder.bytes("f"), TestPickle.file(TestPickle.good)] {
            for length in 0..<whole.count {
                let path = try folder.write(Array(whole[..<length]), "cut")
                expectError(WeightsError.self, mentioning: ["cut: "]) { try Weights.read(path) }
            }
        }
    }

    @Test("A10: a flipped bit is found, or changes nothing that is read")
    func flippedBits() throws {
        let original = try Weights.read(fixture("nested.pth"))
        let whole = Array(try Data(contentsOf: URL(fileURLWithPath: fixture("nested.pth"))))
        var refused = 0
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= 1 << (place * 3 % 8)
            // The checksums are over all data: what passes changes a date, or a record that is not read.
            guard let read = try? Weights.read(folder.write(bytes, "flipped")) else {
                refused += 1
                continue
            }
            #expect(read.tensors.map(\.name) == original.tensors.map(\.name), "byte \(place)")
            for (a, b) in zip(read.tensors, original.tensors) {
                #expect(
                    a.tensor.array(as: Float.self) == b.tensor.array(as: Float.self),
                    "byte \(place)")
            }
        }
        #expect(refused > whole.count / 6)
    }
}
