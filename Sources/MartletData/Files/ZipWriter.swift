internal import CZip
internal import Martlet

/// A zip archive being put together in memory, by libzip.
final class ZipWriter {
    private let path: String
    private let target: OpaquePointer
    /// nil once it is finished.
    private var archive: OpaquePointer?

    /// - Parameter path: what errors are to name.
    init(_ path: String) throws(DataError) {
        self.path = path
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let target = zip_source_buffer_create(nil, 0, 0, &error) else {
            throw ZipWriter.failure(path, zip_error_strerror(&error))
        }
        guard let archive = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, &error) else {
            zip_source_free(target)
            throw ZipWriter.failure(path, zip_error_strerror(&error))
        }
        // The archive owns its source, which is read after the archive was closed.
        zip_source_keep(target)
        self.target = target
        self.archive = archive
    }

    deinit {
        if let archive { zip_discard(archive) }
        zip_source_free(target)
    }

    /// Adds an entry: a header, then a tensor's elements in row-major order.
    func add(
        _ name: String, header: [UInt8] = [], _ tensor: Tensor? = nil, compressed: Bool = false
    ) throws(DataError) {
        let contents = Unmanaged.passRetained(ZipContents(header, tensor))
        guard let source = zip_source_function(archive, readContents, contents.toOpaque()) else {
            contents.release()
            throw failure()
        }
        let index = zip_file_add(archive, name, source, UInt32(ZIP_FL_ENC_UTF_8))
        guard index >= 0 else {
            zip_source_free(source)
            throw failure()
        }
        // 6 is zlib's own level, where libzip's is 9; the first day of 1980 is that of NumPy's archives.
        let method = compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE
        guard zip_set_file_compression(archive, UInt64(index), method, 6) == 0,
            zip_file_set_dostime(archive, UInt64(index), 0, 1 << 5 | 1, 0) == 0
        else { throw failure() }
    }

    /// Hands the archive's bytes to the closure, in pieces.
    func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        if zip_get_num_entries(archive, 0) == 0 {
            // libzip makes no archive of nothing, which is an end record and zeros.
            return try ([0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 18))
                .withUnsafeBytes(body)
        }
        guard zip_close(archive) == 0 else { throw failure() }
        archive = nil
        guard zip_source_open(target) == 0 else { throw sourceFailure() }
        defer { zip_source_close(target) }
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = zip_source_read(target, piece.baseAddress!, UInt64(piece.count))
            guard count >= 0 else { throw sourceFailure() }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: piece[..<Int(count)]))
        }
    }

    private func failure() -> DataError { ZipWriter.failure(path, zip_strerror(archive)) }

    private func sourceFailure() -> DataError {
        ZipWriter.failure(path, zip_error_strerror(zip_source_error(target)))
    }

    private static func failure(_ path: String, _ words: UnsafePointer<CChar>) -> DataError {
        DataError(
            path: path, problem: "the archive could not be made: \(String(cString: words))")
    }
}

/// What an entry is made of.
private final class ZipContents {
    let header: [UInt8]
    /// Made row-major while it is read.
    private let tensor: Tensor?
    private var open: Tensor?
    private var position = 0

    init(_ header: [UInt8], _ tensor: Tensor?) {
        self.header = header
        self.tensor = tensor
    }

    var byteCount: Int { header.count + (tensor.map { $0.count * $0.dtype.itemSize } ?? 0) }

    func start() {
        open = tensor?.contiguous()
        position = 0
    }

    func end() { open = nil }

    /// Fills the buffer with the next bytes; returns how many there were before the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, byteCount - position)
        let ofHeader = max(0, min(count, header.count - position))
        header.withUnsafeBytes {
            buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: $0.dropFirst(position).prefix(ofHeader)))
        }
        let from = max(0, position - header.count)
        open?.withUnsafeBytes { elements in
            UnsafeMutableRawBufferPointer(rebasing: buffer[ofHeader...]).copyMemory(
                from: UnsafeRawBufferPointer(
                    rebasing: elements[from..<(from + count - ofHeader)]))
        }
        position += count
        return count
    }
}

/// libzip's way to ask for an entry's contents.
private func readContents(
    _ context: UnsafeMutableRawPointer?, _ data: UnsafeMutableRawPointer?, _ length: UInt64,
    _ command: zip_source_cmd_t
) -> Int64 {
    guard let context else { return -1 }
    let contents = Unmanaged<ZipContents>.fromOpaque(context)
    switch command {
    case ZIP_SOURCE_OPEN: contents.takeUnretainedValue().start()
    case ZIP_SOURCE_CLOSE: contents.takeUnretainedValue().end()
    case ZIP_SOURCE_FREE: contents.release()
    case ZIP_SOURCE_READ:
        let buffer = UnsafeMutableRawBufferPointer(start: data, count: Int(length))
        return Int64(contents.takeUnretainedValue().read(into: buffer))
    case ZIP_SOURCE_STAT:
        guard let data else { return -1 }
        var information = zip_stat_t()
        zip_stat_init(&information)
        information.valid = UInt64(ZIP_STAT_SIZE)
        information.size = UInt64(contents.takeUnretainedValue().byteCount)
        data.storeBytes(of: information, as: zip_stat_t.self)
        return Int64(MemoryLayout<zip_stat_t>.size)
    case ZIP_SOURCE_SUPPORTS:
        let supported = [
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
            ZIP_SOURCE_FREE, ZIP_SOURCE_SUPPORTS,
        ]
        return supported.reduce(0) { $0 | 1 << Int64($1.rawValue) }
    case ZIP_SOURCE_ERROR:
        // No command fails, so there is no error to tell of.
        data?.initializeMemory(as: UInt8.self, repeating: 0, count: Int(length))
        return Int64(length)
    default: return -1
    }
    return 0
}
