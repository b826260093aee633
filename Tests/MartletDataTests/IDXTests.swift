import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

@Suite struct IDXTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Two rows of three bytes.
    static let good: [UInt8] = [0, 0, 8, 2] + big(2) + big(3) + [1, 2, 3, 4, 5, 255]

    func gzip(_ name: String) throws {
        let status = try Program.run("/usr/bin/gzip", ["-kf", folder.file(name)]).code
        try #require(status == 0)
    }

    @Test func readsBytes() throws {
        let tensor = try IDX.read(folder.write(Self.good, "a"))
        #expect(tensor.shape == [2, 3] && tensor.dtype == .uint8)
        #expect(tensor.array(as: Int.self) == [1, 2, 3, 4, 5, 255])
    }

    @Test func readsCompressed() throws {
        try folder.write(Self.good, "a")
        try gzip("a")
        let tensor = try IDX.read(folder.file("a.gz"))
        #expect(tensor.array(as: Int.self) == [1, 2, 3, 4, 5, 255])
    }

    @Test func readsSeveralMembers() throws {
        try folder.write(Array(Self.good[..<9]), "a")
        try folder.write(Array(Self.good[9...]), "b")
        try gzip("a")
        try gzip("b")
        try folder.write(folder.bytes("a.gz") + folder.bytes("b.gz"), "c.gz")
        #expect(try IDX.read(folder.file("c.gz")).array(as: Int.self) == [1, 2, 3, 4, 5, 255])
    }

    @Test(
        arguments: [
            (UInt8(0x09), [0xff, 0x80], DType.int32, [-1.0, -128]),
            (0x0b, [0xff, 0xfe, 0x01, 0x00], .int32, [-2, 256]),
            (0x0c, [0xff, 0xff, 0xff, 0xfd, 0, 0, 1, 0], .int32, [-3, 256]),
            (0x0d, [0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0], .float32, [1.5, -2]),
            (
                0x0e, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], .float64,
                [1.5, -2]
            ),
        ] as [(UInt8, [UInt8], DType, [Double])])
    func readsEveryType(type: UInt8, body: [UInt8], dtype: DType, expected: [Double]) throws {
        let tensor = try IDX.read(folder.write([0, 0, type, 1] + big(2) + body, "a"))
        #expect(tensor.dtype == dtype && tensor.array(as: Double.self) == expected)
    }

    @Test func cutAtEveryLength() throws {
        for length in 0..<Self.good.count {
            let path = try folder.write(Array(Self.good[..<length]), "cut")
            expectError(DataError.self, mentioning: ["cut: byte", "expected"]) {
                try IDX.read(path)
            }
        }
    }

    @Test func compressedCutAtEveryLength() throws {
        try folder.write(Self.good, "a")
        try gzip("a")
        let whole = try folder.bytes("a.gz")
        for length in 0..<whole.count {
            let path = try folder.write(Array(whole[..<length]), "cut.gz")
            expectError(DataError.self, mentioning: ["cut.gz"]) { try IDX.read(path) }
        }
    }

    @Test func flippedBitsNeverCrash() throws {
        try folder.write(Self.good, "a")
        try gzip("a")
        for (name, isCompressed) in [("a", false), ("a.gz", true)] {
            let whole = try folder.bytes(name)
            for bit in 0..<(whole.count * 8) {
                var bytes = whole
                bytes[bit / 8] ^= 1 << (bit % 8)
                let path = try folder.write(bytes, "flipped")
                // Only the elements, or sizes that make as many, may change unnoticed.
                guard let tensor = try? IDX.read(path) else { continue }
                #expect(tensor.count == 6 || tensor.dtype != .uint8 || isCompressed)
            }
        }
    }

    @Test func saysWhatIsWrong() throws {
        let cases: [([UInt8], [String])] = [
            ([1, 0, 8, 1] + big(1) + [1], ["byte 0", "starts with the bytes 1 0 8 1"]),
            ([0, 0, 7, 1] + big(1) + [1], ["byte 0", "0 0 7 1"]),
            ([0, 0, 8, 0], ["byte 0", "1 to 8 dimensions"]),
            ([0, 0, 8, 9] + [UInt8](repeating: 0, count: 40), ["byte 0"]),
            (Self.good + [7], ["byte 18", "more data follow"]),
            ([0, 0, 8, 1] + big(1 << 31) + [1], ["byte 4", "announces 2147483648"]),
            (
                [0, 0, 0x0e, 3] + big(0xffff_ffff) + big(0xffff_ffff) + big(0xffff_ffff),
                ["byte 4", "too many"]
            ),
            (
                [0, 0, 8, 3] + big(0) + big(0xffff_ffff) + big(0xffff_ffff),
                ["byte 4", "too many"]
            ),
        ]
        for (bytes, words) in cases {
            let path = try folder.write(bytes, "bad")
            expectError(DataError.self, mentioning: ["/bad: "] + words) { try IDX.read(path) }
        }
    }

    @Test func announcedSizesAreNotAllocated() throws {
        // A compressed file of a few bytes cannot hold 2^32 of them.
        try folder.write([0, 0, 8, 1] + big(0xffff_ffff), "a")
        try gzip("a")
        expectError(DataError.self, mentioning: ["no more than a compressed file of"]) {
            try IDX.read(folder.file("a.gz"))
        }
    }

    @Test func missingFileIsAnError() {
        expectError(DataError.self, mentioning: ["nothing", "No such file"]) {
            try IDX.read(folder.file("nothing"))
        }
        expectError(DataError.self, mentioning: ["Is a directory"]) { try IDX.read(folder.path) }
    }
}
