internal import Glibc

/// What lies in a folder.
package enum Folder {
    package enum Kind { case file, folder, other }

    package struct Entry {
        package let name: String
        package let kind: Kind
        /// Whether the entry is a symbolic link; `kind` is then what it leads to.
        let isLink: Bool
    }

    /// A name that is not UTF-8 cannot be kept in a `String`.
    struct UndecodableName: Error { let shown: String }

    /// The names in a folder, in the order of their bytes; without `.` and `..`.
    static func names(in path: String) throws -> [String] {
        try list(path).map(\.name)
    }

    /// A folder's entries in the order of their names' bytes, which every machine agrees on.
    ///
    /// - Throws: `DiskError` where it cannot be read, `UndecodableName`.
    static func entries(in path: String) throws -> [Entry] {
        try list(path).map { name, type in
            if type == DT_REG { return Entry(name: name, kind: .file, isLink: false) }
            if type == DT_DIR { return Entry(name: name, kind: .folder, isLink: false) }
            var information = stat()
            guard stat(FilePath.join(path, name), &information) == 0 else {
                return Entry(name: name, kind: .other, isLink: type == DT_LNK)
            }
            let kind: Kind =
                switch information.st_mode & S_IFMT {
                case S_IFREG: .file
                case S_IFDIR: .folder
                default: .other
                }
            return Entry(name: name, kind: kind, isLink: type == DT_LNK)
        }
    }

    private static func list(_ path: String) throws -> [(name: String, type: Int)] {
        guard let folder = opendir(path) else { throw DiskError.last("open", path) }
        defer { closedir(folder) }
        var found: [(name: String, type: Int)] = []
        errno = 0
        while let entry = readdir(folder) {
            let type = Int(entry.pointee.d_type)
            let (name, shown) = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                let bytes = bytes.prefix { $0 != 0 }
                return (
                    String(validating: bytes, as: UTF8.self), String(decoding: bytes, as: UTF8.self)
                )
            }
            guard let name else { throw UndecodableName(shown: shown) }
            if name != "." && name != ".." { found.append((name, type)) }
            errno = 0
        }
        if errno != 0 { throw DiskError.last("read", path) }
        return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Which folder this is, whatever path leads to it.
    static func identity(of path: String) -> [UInt64]? {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        return [UInt64(information.st_dev), UInt64(information.st_ino)]
    }

    package static func isFolder(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// Removes a file, or a folder with all it holds; links are removed, not followed.
    static func remove(_ path: String) {
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        guard information.st_mode & S_IFMT == S_IFDIR else {
            Disk.unlink(path)
            return
        }
        for name in (try? names(in: path)) ?? [] { remove(FilePath.join(path, name)) }
        Disk.rmdir(path)
    }

    /// Makes every file and folder of a tree survive a power cut.
    static func sync(tree path: String) throws(DiskError) {
        let entries: [Entry]
        do {
            entries = try self.entries(in: path)
        } catch let error as DiskError {
            throw error
        } catch {
            throw DiskError(path: path, operation: "sync", code: EILSEQ)
        }
        for entry in entries where !entry.isLink {
            let child = FilePath.join(path, entry.name)
            if entry.kind == .folder {
                try sync(tree: child)
            } else if entry.kind == .file {
                let descriptor = open(child, O_RDONLY | O_CLOEXEC)
                guard descriptor >= 0 else { throw DiskError.last("sync", child) }
                defer { close(descriptor) }
                if Disk.fsync(descriptor) != 0 { throw DiskError.last("sync", child) }
            }
        }
        try FilePath.sync(folder: path)
    }
}
