internal import CArchive
internal import Foundation
internal import MartletData

/// Unpacks archives from outside into a folder, and nothing beside it.
enum Unpacking {
    private static let mostEntries = 5_000_000

    /// Unpacks a tar (plain, gzip, bzip2 or xz) or zip archive of files and folders.
    ///
    /// - Parameters:
    ///   - folder: a new folder, in which there are no links.
    ///   - limit: the most bytes that all files may have together.
    /// - Throws: `DataError` that names the entry for a path that leads outside, a link, a device, a name that comes
    ///   twice or is not UTF-8, and for a damaged archive; `DiskError`.
    static func unpack(_ path: String, into folder: String, limit: Int) throws {
        guard let archive = archive_read_new() else {
            throw DataError(path: path, problem: "libarchive has no memory")
        }
        defer { archive_read_free(archive) }
        archive_read_support_filter_gzip(archive)
        archive_read_support_filter_bzip2(archive)
        archive_read_support_filter_xz(archive)
        archive_read_support_format_tar(archive)
        archive_read_support_format_zip(archive)
        func damaged(_ place: String? = nil) -> DataError {
            let reason = archive_error_string(archive).map { String(cString: $0) } ?? "no reason"
            return DataError(
                path: path, place: place, problem: "libarchive says: \(reason)",
                expected: "an intact tar or zip archive")
        }
        guard archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK else {
            throw damaged()
        }
        var left = limit
        for number in 0... {
            guard number < mostEntries else {
                throw DataError(path: path, problem: "more than \(mostEntries) entries")
            }
            var entry: OpaquePointer?
            let status = archive_read_next_header(archive, &entry)
            if status == ARCHIVE_EOF { break }
            guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else {
                throw damaged("entry \(number)")
            }
            let (name, parts) = try safeName(of: entry, number: number, in: path)
            let target = ([folder] + parts).joined(separator: "/")
            let parent = ([folder] + parts.dropLast()).joined(separator: "/")
            if archive_entry_filetype(entry) == S_IFDIR {
                try makeFolder(target)
                continue
            }
            try makeFolder(parent)
            try write(archive, to: target, limit: &left, of: limit) { problem in
                problem.map {
                    DataError(path: path, place: "entry \"\(name)\"", problem: $0)
                } ?? damaged("entry \"\(name)\"")
            }
        }
    }

    /// The parts of an entry's path, none of which leads upwards.
    private static func safeName(
        of entry: OpaquePointer, number: Int, in path: String
    ) throws(DataError) -> (name: String, parts: [String]) {
        guard let bytes = archive_entry_pathname(entry),
            let name = String(validatingCString: bytes), !name.isEmpty
        else {
            throw DataError(
                path: path, place: "entry \(number)", problem: "it has no name in UTF-8",
                expected: "one")
        }
        func refuse(_ problem: String) -> DataError {
            DataError(
                path: path, place: "entry \"\(name)\"", problem: problem,
                expected: "files and folders that lie within the archive's own folder")
        }
        let kind = archive_entry_filetype(entry)
        if archive_entry_hardlink(entry) != nil || kind == S_IFLNK { throw refuse("it is a link") }
        guard kind == S_IFREG || kind == S_IFDIR else {
            throw refuse("it is neither a file nor a folder")
        }
        let parts = name.split(separator: "/").map(String.init).filter { $0 != "." }
        guard !name.hasPrefix("/"), !name.contains("\\"), !parts.contains("..") else {
            throw refuse("its path leads outside")
        }
        guard !parts.isEmpty || kind == S_IFDIR else { throw refuse("it is a file without a name") }
        return (name, parts)
    }

    private static func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            throw DiskError(
                path: path, operation: "create", code: Int32(cause?.code ?? Int(EIO)))
        }
    }

    /// - Parameter failure: the error for a problem, or for what libarchive says when there is none.
    private static func write(
        _ archive: OpaquePointer, to target: String, limit left: inout Int, of limit: Int,
        _ failure: (_ problem: String?) -> DataError
    ) throws {
        let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            if errno == EEXIST { throw failure("the name comes twice") }
            throw DiskError(path: target, operation: "create", code: errno)
        }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = archive_read_data(archive, &buffer, buffer.count)
            if count == 0 { return }
            guard count > 0 else { throw failure(nil) }
            guard count <= left else {
                throw failure("the archive unpacks to more than the \(limit) bytes expected")
            }
            left -= count
            var done = 0
            while done < count {
                let written = buffer.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress! + done, count - done)
                }
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else {
                    throw DiskError(
                        path: target, operation: "write", code: written < 0 ? errno : ENOSPC)
                }
                done += written
            }
        }
    }
}
