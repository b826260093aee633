import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

/// Zip archives that no one means well with.
@Suite struct PTHArchiveTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func expectRefused(
        _ archive: TestZip, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let path = try folder.write(archive.bytes, "f.pth")
        expectError(
            WeightsError.self, mentioning: ["/f.pth: "] + words, sourceLocation: sourceLocation
        ) { try Weights.read(path) }
        #expect(
            try folder.names() == ["f.pth"], "nothing is written", sourceLocation: sourceLocation)
    }

    /// A good archive, changed.
    private func archive(_ change: (inout TestZip) -> Void) -> TestZip {
        var archive = TestZip(TestPickle.entries(TestPickle.good))
        change(&archive)
        return archive
    }

    @Test func theGoodOneIsRead() throws {
        let path = try folder.write(archive { _ in }.bytes, "f")
        #expect(try Weights.read(path).tensors.count == 1)
        // Before PyTorch 2.1 there was no byte order.
        let old = archive { $0.entries.remove(at: 1) }
        #expect(try Weights.read(folder.write(old.bytes, "f")).tensors.count == 1)
    }

    @Test(
        "A6: an entry that leads out of its folder is refused by name",
        arguments: [
            "../x", "/abs", "f/../x", "f/data/../../x", "f/./x", "f//x", "a\\..\\b", "f\\x", "x",
            "g/x",
            "f/", "",
        ])
    func names(name: String) throws {
        for place in [0, 2] {
            let archive = archive { $0.entries.insert(.init(name, [1]), at: place) }
            try expectRefused(
                archive, name == "" ? "entr" : place == 0 && name == "g/x" ? "'f/data.pkl'" : name)
        }
    }

    @Test("A6: a symbolic link is refused")
    func links() throws {
        let archive = archive {
            var link = TestZip.Entry("f/link", Array("/etc/passwd".utf8))
            (link.madeBy, link.attributes) = (3, 0o120777 << 16)
            $0.entries.append(link)
        }
        try expectRefused(archive, "'f/link'", "a symbolic link")
    }

    @Test("A6: a NUL in a name is refused")
    func zeroBytes() throws {
        for flags in [0, 0x800] {
            let archive = archive {
                var entry = TestZip.Entry("f/data.pkl\0.txt", [1])
                entry.flags = flags
                $0.entries[0] = entry
            }
            try expectRefused(archive, "expected")
        }
    }

    @Test("A6: every checksum is compared")
    func checksums() throws {
        for index in [0, 1, 2] {
            try expectRefused(
                archive { $0.entries[index].checksum = 1 },
                ["data.pkl", "byteorder", "data/0"][index], "CRC error")
            let damaged = archive {
                $0.entries[index].checksum = crc32($0.entries[index].data)
                $0.entries[index].data[3] ^= 1
            }
            try expectRefused(damaged, "CRC error")
        }
    }

    @Test("A6: sizes that lie are refused before anything is allocated")
    func sizes() throws {
        for (size, packed) in [
            (100, 24), (24, 100), (100, 100), (0, 24), (0xffff_ffff, 24),
            (0xffff_fff0, 0xffff_fff0),
        ] {
            let archive = archive {
                ($0.entries[2].size, $0.entries[2].packedSize) = (size, packed)
            }
            try expectRefused(archive, "expected")
        }
        #expect(Memory.peak < 1 << 32)
    }

    @Test("A6: entries that overlap, as those of bombs do, are refused")
    func overlap() throws {
        let archive = archive {
            for index in 0..<8 {
                var entry = TestZip.Entry("f/data/x\(index)", [])
                // All are the first storage's data.
                entry.offset = TestZip(Array($0.entries[..<2])).dataStart
                entry.localName = Array("f/data/0".utf8)
                (entry.size, entry.packedSize) = (24, 24)
                $0.entries.append(entry)
            }
        }
        try expectRefused(archive, "expected")
    }

    @Test("A6: compressed, encrypted and unknown data are refused")
    func methods() throws {
        try expectRefused(archive { $0.entries[2].flags |= 1 }, "'f/data/0'", "encrypted")
        for method in [1, 9, 12, 14, 93] {
            try expectRefused(
                archive { $0.entries[2].method = method }, "'f/data/0'",
                "compression method \(method)")
        }
        // 24 zeros, deflated.
        let deflated: [UInt8] = [0x63, 0x60, 0xa0, 0x04, 0x00, 0x00]
        let archive = archive {
            $0.entries[2].checksum = crc32([UInt8](repeating: 0, count: 24))
            $0.entries[2].data = deflated
            ($0.entries[2].size, $0.entries[2].method) = (24, 8)
        }
        try expectRefused(archive, "entry 'f/data/0': compressed data", "stored")
    }

    @Test("A6: what the directory and the entries disagree on is refused")
    func disagreements() throws {
        try expectRefused(
            archive { $0.entries[2].localName = Array("f/data/9".utf8) }, "libzip says")
        try expectRefused(archive { $0.entries.append($0.entries[2]) }, "libzip says", "exists")
        try expectRefused(archive { $0.diskNumber = 1 }, "libzip says")
        try expectRefused(archive { $0.entries[2].offset = 1 << 30 }, "libzip says")
    }

    @Test("A5: a big-endian file is refused")
    func byteOrder() throws {
        for order in ["big", "", "Little", "little\n"] {
            try expectRefused(
                archive { $0.entries[1].data = Array(order.utf8) }, "entry 'f/byteorder'",
                "expected 'little'")
        }
        try expectRefused(
            archive { $0.entries[1].data = [UInt8](repeating: 0x6c, count: 17) }, "17 bytes")
    }

    @Test func otherArchivesAreToldApart() throws {
        try expectRefused(TestZip([.init("a.npy", [1])]), "'a.npy'", "one folder")
        try expectRefused(TestZip([.init("f/a", [1])]), "without data.pkl", "torch.save")
        try expectRefused(
            archive { $0.entries.append(.init("f/constants.pkl", [1])) }, "TorchScript")
    }

    @Test("A6: NumPy archives are held to the same rules")
    func numPyArchives() throws {
        try NPY.write(Tensor([1, 2]), to: folder.file("a"))
        let entry = TestZip.Entry("a.npy", try folder.bytes("a"))
        #expect(try NPZ.read(folder.write(TestZip([entry]).bytes, "good")).count == 1)
        func refused(_ words: String..., change: (inout TestZip.Entry) -> Void) throws {
            var changed = entry
            change(&changed)
            let path = try folder.write(TestZip([changed]).bytes, "f.npz")
            expectError(DataError.self, mentioning: ["/f.npz: "] + words) { try NPZ.read(path) }
        }
        try refused("CRC error") { $0.checksum = 1 }
        try refused("a symbolic link") { ($0.madeBy, $0.attributes) = (3, 0o120777 << 16) }
        try refused("encrypted") { $0.flags |= 1 }
        try refused("compression method 12") { $0.method = 12 }
        try refused("expected") { $0.size = 1 << 31 }
        try refused("what deflate can make") { ($0.method, $0.size) = (8, 1 << 31) }
    }
}

extension TestZip {
    /// How long the part before the directory is.
    fileprivate var dataStart: Int { entries.reduce(0) { $0 + 30 + $1.name.count + $1.data.count } }
}
