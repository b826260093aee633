internal import CZip

/// A zip archive open for reading, by libzip.
final class ZipReader {
    struct Entry {
        let index: UInt64
        let name: String
        /// Its length, decompressed, as the archive announces it.
        let byteCount: Int
        /// Whether its bytes lie in the archive as they are.
        let isStored: Bool
    }

    let path: String
    private let archive: OpaquePointer
    private let fileLength: Int
    /// What all entries opened so far take in the file.
    private var taken = 0

    /// Opens an archive and reads its directory.
    ///
    /// - Throws: `DataError`.
    init(_ path: String) throws(DataError) {
        self.path = path
        // Refuses what is no regular file, where opening might wait.
        fileLength = try asData { () throws(DiskError) in try InputFile(path).byteCount }
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code) else {
            var error = zip_error_t()
            zip_error_init_with_code(&error, code)
            defer { zip_error_fini(&error) }
            throw DataError(
                path: path, problem: "libzip says: \(String(cString: zip_error_strerror(&error)))",
                expected: "an intact zip archive")
        }
        self.archive = archive
        count = UInt64(max(0, zip_get_num_entries(archive, 0)))
    }

    deinit { zip_discard(archive) }

    let count: UInt64

    /// What the directory says about an entry, held against what the file can hold.
    func entry(_ index: UInt64) throws(DataError) -> Entry {
        var information = zip_stat_t()
        let needed = UInt64(
            ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD
                | ZIP_STAT_ENCRYPTION_METHOD)
        guard zip_stat_index(archive, index, 0, &information) == 0,
            information.valid & needed == needed, let text = information.name,
            let name = String(validatingCString: text)
        else {
            throw DataError(
                path: path, problem: "entry \(index) has no name or size", expected: "both")
        }
        let method = Int32(information.comp_method)
        guard method == ZIP_CM_STORE || method == ZIP_CM_DEFLATE,
            information.encryption_method == ZIP_EM_NONE
        else {
            throw DataError(
                path: path, place: "entry \(quoted(name))",
                problem: information.encryption_method == ZIP_EM_NONE
                    ? "compression method \(method)" : "it is encrypted",
                expected: "stored (0) or deflated (8) data without a password")
        }
        guard let packed = Int(exactly: information.comp_size),
            let size = Int(exactly: information.size), packed <= fileLength - taken
        else {
            throw DataError(
                path: path, place: "entry \(quoted(name))",
                problem: "\(information.comp_size) bytes of data",
                expected: "entries that share no bytes, in an archive of \(fileLength)")
        }
        taken += packed
        let isPossible =
            method == ZIP_CM_STORE
            ? size == packed : size / GzipReader.maximumRatio <= packed
        guard isPossible else {
            throw DataError(
                path: path, place: "entry \(quoted(name))",
                problem: "\(size) bytes announced of \(packed) in the archive",
                expected: method == ZIP_CM_STORE ? "as many" : "what deflate can make of them")
        }
        guard !isLink(index) else {
            throw DataError(
                path: path, place: "entry \(quoted(name))", problem: "a symbolic link",
                expected: "data")
        }
        return Entry(
            index: index, name: name, byteCount: size, isStored: method == ZIP_CM_STORE)
    }

    private func isLink(_ index: UInt64) -> Bool {
        var system: UInt8 = 0
        var attributes: UInt32 = 0
        // The upper half of what Unix writes is a file's mode: 0o120000 is a link's kind.
        return zip_file_get_external_attributes(archive, index, 0, &system, &attributes) == 0
            && system == UInt8(ZIP_OPSYS_UNIX) && attributes >> 16 & 0o170000 == 0o120000
    }

    /// Opens an entry for reading from its start.
    func open(_ entry: Entry) throws(DataError) -> ZipStream {
        guard let file = zip_fopen_index(archive, entry.index, 0) else {
            throw DataError(
                path: path, place: "entry \(quoted(entry.name))",
                problem: "libzip says: \(String(cString: zip_strerror(archive)))",
                expected: "an intact entry")
        }
        return ZipStream(self, entry.name, file)
    }
}

/// The decompressed bytes of an entry, in order.
final class ZipStream {
    /// Kept open as long as this is.
    private let reader: ZipReader
    private let name: String
    private let file: OpaquePointer

    init(_ reader: ZipReader, _ name: String, _ file: OpaquePointer) {
        self.reader = reader
        self.name = name
        self.file = file
    }

    deinit { zip_fclose(file) }

    /// Fills the buffer with the next bytes; returns how many there were before the end, where the checksum is compared.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
        var done = 0
        while done < buffer.count, let base = buffer.baseAddress {
            let count = zip_fread(file, base + done, UInt64(buffer.count - done))
            guard count >= 0 else {
                throw DataError(
                    path: reader.path, place: "entry \(quoted(name))",
                    problem: "libzip says: \(String(cString: zip_file_strerror(file)))",
                    expected: "intact data")
            }
            if count == 0 { break }
            done += Int(count)
        }
        return done
    }
}
