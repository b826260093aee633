internal import CZlib

/// Reads gzip files, which may consist of several members.
struct GzipReader: ~Copyable {
    private let file: InputFile
    private var offset = 0
    private var input: [UInt8] = []
    /// What zlib works with: it keeps a pointer to it, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let isReady: Bool
    private var isAtMemberEnd = false

    /// The most that deflate expands data: what a file can hold is at most this times its length.
    static let maximumRatio = 1040

    /// Whether a file starts as gzip files do.
    static func isGzip(_ file: InputFile) throws(DiskError) -> Bool {
        try file.read(at: 0, count: 2) == [0x1f, 0x8b]
    }

    init(_ file: InputFile) {
        self.file = file
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 + 16: a window of 32 KiB and a gzip header.
        let status = inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        isReady = status == Z_OK
    }

    deinit {
        if isReady { inflateEnd(stream) }
        stream.deallocate()
    }

    /// Fills the buffer with the next bytes; returns how many there were before the end.
    ///
    /// - Throws: `DataError` when the file is damaged or cut short.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
        guard isReady else {
            throw DataError(path: file.path, problem: "zlib could not be started")
        }
        var done = 0
        while done < buffer.count {
            let wanted = min(buffer.count - done, 1 << 30)
            let (used, made) = try inflate(
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + wanted)]))
            done += made
            if used == 0 && made == 0 { break }
        }
        return done
    }

    /// One step: how many bytes were taken and made; both 0 at the end of the file.
    private mutating func inflate(
        into output: UnsafeMutableRawBufferPointer
    ) throws(DataError) -> (used: Int, made: Int) {
        if input.isEmpty || offset >= inputEnd {
            let start = inputEnd
            inputStart = start
            offset = start
            let file = self.file
            input = try asData { () throws(DiskError) in
                try file.read(at: start, count: min(1 << 16, max(0, file.byteCount - start)))
            }
            inputEnd = start + input.count
        }
        if input.isEmpty {
            if isAtMemberEnd { return (0, 0) }
            throw DataError(
                path: file.path, place: "byte \(offset)", problem: "the gzip file is cut short",
                expected: "compressed data up to an end marker")
        }
        if isAtMemberEnd {
            inflateReset(stream)
            isAtMemberEnd = false
        }
        let available = inputEnd - offset
        let skip = offset - inputStart
        let stream = self.stream
        let status = input.withUnsafeMutableBufferPointer { bytes in
            stream.pointee.next_in = bytes.baseAddress! + skip
            stream.pointee.avail_in = UInt32(available)
            stream.pointee.next_out = output.baseAddress!.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(output.count)
            return CZlib.inflate(stream, Z_NO_FLUSH)
        }
        let used = available - Int(stream.pointee.avail_in)
        offset += used
        isAtMemberEnd = status == Z_STREAM_END
        guard status == Z_OK || status == Z_STREAM_END else {
            let detail = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
            throw DataError(
                path: file.path, place: "byte \(offset)",
                problem: "the gzip data are damaged (\(detail))", expected: "an intact gzip file")
        }
        return (used, output.count - Int(stream.pointee.avail_out))
    }

    private var inputStart = 0
    private var inputEnd = 0
}

/// The CRC-32 of some bytes.
func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBufferPointer {
        UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count))
    }
}
