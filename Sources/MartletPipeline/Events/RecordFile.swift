internal import Foundation
internal import MartletData

/// A file of TFRecords that grows: each record is its length, the length's checksum, the bytes, and the bytes' checksum,
/// so that a reader finds where a file that was cut ends.
final class RecordFile {
    /// What writes some of the bytes at a place and tells how many, as `write` of the system does.
    typealias Write = (_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int

    let path: String
    private let descriptor: Int32
    private let write: Write
    /// The bytes of whole records.
    private var end: off_t = 0

    /// - Throws: `DiskError` when there is such a file already or it cannot be made.
    init(
        creating path: String, write: @escaping Write = { Foundation.write($0, $1, $2) }
    ) throws(DiskError) {
        self.path = path
        self.write = write
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw DiskError(path: path, operation: "create", code: errno)
        }
    }

    deinit { close(descriptor) }

    /// Adds records. Where the disk fails in the middle of one, the file is cut back to whole ones, so that those that
    /// follow later can be read.
    func append(_ records: [Data]) throws(DiskError) {
        let bytes = records.flatMap { RecordFile.frame($0) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress! + done, $0.count - done)
            }
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                let error = DiskError(
                    path: path, operation: "write", code: count == 0 ? ENOSPC : errno)
                ftruncate(descriptor, end)
                throw error
            }
        }
        end += off_t(done)
    }

    /// A record as it stands in a file.
    static func frame(_ record: Data) -> [UInt8] {
        let length = littleEndian(UInt64(record.count))
        return length + littleEndian(CRC32C.masked(length)) + record
            + littleEndian(CRC32C.masked(record))
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

/// The checksum of TFRecords: CRC-32C (Castagnoli), RFC 3720, appendix B.4.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in
            value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
        }
    }

    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        table.withUnsafeBufferPointer { table in
            ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
        }
    }

    /// As it is stored: a checksum of bytes that hold checksums would be weak.
    static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let checksum = checksum(bytes)
        return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
    }
}
