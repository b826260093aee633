internal import Glibc
internal import Synchronization

/// Paths as text, and the names of temporaries.
package enum FilePath {
    private static let temporaries = Atomic<Int>(0)

    /// The folder a path lies in.
    package static func folder(of path: String) -> String {
        let path = withoutTrailingSlashes(path)
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last part of a path.
    package static func name(of path: String) -> String {
        let path = withoutTrailingSlashes(path)
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    package static func join(_ folder: String, _ name: String) -> String {
        folder.utf8.last == UInt8(ascii: "/") ? folder + name : "\(folder)/\(name)"
    }

    /// A name without its last dot and what follows; the whole where there is none, or nothing before it.
    package static func stem(of name: String) -> String {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else {
            return name
        }
        return String(name[..<dot])
    }

    /// What follows the name's last dot, in lower case; empty when there is none.
    package static func lowercasedExtension(_ name: String) -> String {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "" }
        return name[name.utf8.index(after: dot)...].lowercased()
    }

    /// The path with its symbolic links followed; the path itself where that fails.
    static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// A name beside the target that nothing else in this process uses.
    static func temporary(for target: String) throws(DiskError) -> String {
        let name = name(of: target)
        guard !name.isEmpty, name != ".", name != ".." else {
            throw DiskError(path: target, operation: "create", code: EINVAL)
        }
        let number = temporaries.add(1, ordering: .relaxed).newValue
        return join(folder(of: target), ".\(name).tmp-\(getpid())-\(number)")
    }

    /// The process that made a temporary of this name; nil for any other name.
    static func owner(ofTemporary name: String) -> pid_t? {
        guard name.hasPrefix(".") else { return nil }
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[parts.count - 3].hasSuffix(".tmp"),
            UInt32(parts[parts.count - 1]) != nil, let owner = pid_t(parts[parts.count - 2]),
            owner > 0
        else { return nil }
        return owner
    }

    /// Makes renames in a folder survive a power cut.
    static func sync(folder: String) throws(DiskError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DiskError.last("open", folder) }
        defer { close(descriptor) }
        // Some file systems cannot sync folders and say so with EINVAL.
        if Disk.fsync(descriptor) != 0 && errno != EINVAL { throw DiskError.last("sync", folder) }
    }

    private static func withoutTrailingSlashes(_ path: String) -> String {
        var path = path
        while path.utf8.count > 1 && path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        return path
    }
}
