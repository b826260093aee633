/// A zip archive made by hand, so that anything in it can be wrong.
struct TestZip {
    struct Entry {
        var name: [UInt8]
        var data: [UInt8]
        /// The name before the data, where it differs from the directory's.
        var localName: [UInt8]?
        /// Where the directory says the data are, where that is wrong.
        var offset: Int?
        var size: Int?
        var packedSize: Int?
        var checksum: UInt32?
        var method = 0
        var flags = 0x800
        var madeBy = 0
        var attributes = 0

        init(_ name: String, _ data: [UInt8]) {
            self.name = Array(name.utf8)
            self.data = data
        }
    }

    var entries: [Entry]
    var diskNumber = 0

    init(_ entries: [Entry]) { self.entries = entries }

    var bytes: [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let start = entry.offset ?? file.count
            let local = entry.localName ?? entry.name
            let middle =
                little(entry.flags, 2) + little(entry.method, 2) + little(0, 2) + little(33, 2)
                + little(Int(entry.checksum ?? crc32(entry.data)), 4)
                + little(entry.packedSize ?? entry.data.count, 4)
                + little(entry.size ?? entry.data.count, 4)
            file += [0x50, 0x4b, 3, 4] + little(20, 2) + middle
            file += little(local.count, 2) + little(0, 2) + local + entry.data
            directory += [0x50, 0x4b, 1, 2] + little(20 | entry.madeBy << 8, 2) + little(20, 2)
            directory += middle + little(entry.name.count, 2) + little(0, 2) + little(0, 2)
            directory += little(0, 2) + little(0, 2) + little(entry.attributes, 4)
            directory += little(start, 4) + entry.name
        }
        let end =
            little(diskNumber, 2) + little(0, 2) + little(entries.count, 2)
            + little(entries.count, 2) + little(directory.count, 4) + little(file.count, 4)
            + little(0, 2)
        return file + directory + [0x50, 0x4b, 5, 6] + end
    }
}

/// Bytes of a number, the least significant first.
func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

private let crcTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xedb8_8320 : 0) }
}

/// The checksum of zip archives.
func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ crcTable[Int(($0 ^ UInt32($1)) & 0xff)] }
}
