internal import Glibc

/// Files of a folder that is to appear as a whole. They are synced with it, and so need not be one by one.
extension AtomicDirectory {
    /// Makes a folder in it, with those it lies in.
    package func makeFolder(_ name: String) throws(DiskError) {
        var path = self.path
        for part in name.split(separator: "/") {
            path = FilePath.join(path, String(part))
            if Disk.mkdir(path) != 0 && errno != EEXIST { throw DiskError.last("create", path) }
        }
    }

    /// Writes a file of this text, as UTF-8.
    package func write(_ text: String, as name: String) throws(DiskError) {
        try fill(name) { descriptor, path throws(DiskError) in
            try Self.write(Array(text.utf8), to: descriptor, path)
        }
    }

    /// Puts a file from elsewhere into it: under a second name where the system allows that, else copied.
    package func add(_ source: String, as name: String) throws(DiskError) {
        if Disk.link(source, file(name)) == 0 { return }
        let input = try InputFile(source)
        try fill(name) { descriptor, path throws(DiskError) in
            var position = 0
            while true {
                let piece = try input.read(at: position, count: 1 << 20)
                if piece.isEmpty { return }
                try Self.write(piece, to: descriptor, path)
                position += piece.count
            }
        }
    }

    private func fill(
        _ name: String, _ body: (Int32, _ path: String) throws(DiskError) -> Void
    ) throws(DiskError) {
        let path = file(name)
        let descriptor = Disk.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw DiskError.last("create", path) }
        do throws(DiskError) {
            try body(descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        // Some file systems tell only here that a write failed.
        if close(descriptor) != 0 { throw DiskError.last("write", path) }
    }

    private static func write(
        _ bytes: [UInt8], to descriptor: Int32, _ path: String
    ) throws(DiskError) {
        var failure: DiskError?
        bytes.withUnsafeBytes { buffer in
            do throws(DiskError) {
                try Disk.writeAll(buffer, to: descriptor, path: path)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
