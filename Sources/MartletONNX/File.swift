internal import Foundation
internal import Glibc

/// Reading whole files with a limit, and writing them so that they are complete or absent.
enum File {
    static func read(_ path: String, limit: Int) throws(ONNXError) -> Data {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(.unreadable, "cannot be opened") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw failure(.unreadable, "cannot be examined")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ONNXError(.unreadable, "is not a regular file")
        }
        guard status.st_size <= limit else {
            throw ONNXError(.limit, "\(status.st_size) bytes are more than the \(limit) allowed")
        }
        var data = Data(count: Int(status.st_size))
        var filled = 0
        while filled < data.count {
            let got = data.withUnsafeMutableBytes { buffer in
                Glibc.read(
                    descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw failure(.unreadable, "cannot be read") }
            if got == 0 { break }
            filled += got
        }
        return data.prefix(filled)
    }

    /// Writes beside the target, lets `check` examine what was written, and only then puts it in the target's place.
    static func write(
        _ data: Data, to path: String, check: (_ temporary: String) throws -> Void
    ) throws {
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure(.disk, "cannot be written") }
        var isInPlace = false
        defer { if !isInPlace { unlink(temporary) } }
        do {
            defer { close(descriptor) }
            try write(data, to: descriptor)
            guard fsync(descriptor) == 0 else { throw failure(.disk, "cannot be written") }
        }
        try check(temporary)
        guard rename(temporary, path) == 0 else { throw failure(.disk, "cannot be written") }
        isInPlace = true
        try syncFolder(of: path)
    }

    private static func write(_ data: Data, to descriptor: Int32) throws(ONNXError) {
        var written = 0
        while written < data.count {
            let got = data.withUnsafeBytes { buffer in
                Glibc.write(
                    descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else { throw failure(.disk, "cannot be written") }
            written += got
        }
    }

    /// A rename is durable once the folder is on disk.
    private static func syncFolder(of path: String) throws(ONNXError) {
        // Foundation's deletingLastPathComponent stops the program on a path of one letter.
        let end = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw failure(.disk, "was written, but its folder cannot be opened")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw failure(.disk, "was written, but its folder cannot be synced")
        }
    }

    private static func failure(_ kind: ONNXError.Kind, _ what: String) -> ONNXError {
        ONNXError(kind, "\(what): \(String(cString: strerror(errno)))")
    }
}
