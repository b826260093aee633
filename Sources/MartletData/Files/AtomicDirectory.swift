internal import Glibc
internal import Martlet

/// A folder that appears complete or not at all.
///
/// Files are written into `path`, a folder beside the target named `.NAME.tmp-PID-N`; `commit()`
/// syncs every file and folder in it and renames it to the target. One that is dropped without
/// `commit()` leaves nothing behind.
public final class AtomicDirectory {
    /// The folder to be.
    public let target: String
    /// The temporary folder to write into.
    public let path: String
    private var isOpen = true

    /// Makes the temporary folder.
    ///
    /// - Throws: `DiskError` when the parent folder is missing, read-only or full.
    public init(_ target: String) throws(DiskError) {
        self.target = target
        path = try FilePath.temporary(for: target)
        if Disk.mkdir(path) != 0 {
            guard errno == EEXIST else { throw DiskError.last("create", target) }
            // Names are unique in this process: a killed one with the same number left this.
            Folder.remove(path)
            if Disk.mkdir(path) != 0 { throw DiskError.last("create", target) }
        }
    }

    deinit { discard() }

    /// The path of a file in the temporary folder.
    public func file(_ name: String) -> String { FilePath.join(path, name) }

    /// Makes the folder appear, safely on the disk.
    ///
    /// - Throws: `DiskError`, also when the target exists by now.
    public func commit() throws(DiskError) {
        precondition(isOpen, "AtomicDirectory: \(target) was committed twice")
        try Folder.sync(tree: path)
        var information = stat()
        if lstat(target, &information) == 0 {
            throw DiskError(path: target, operation: "create", code: EEXIST)
        }
        if Disk.rename(path, target) != 0 { throw DiskError.last("rename", target) }
        isOpen = false
        try FilePath.sync(folder: FilePath.folder(of: target))
    }

    /// Gives up and removes what was written; nothing happens after `commit()`.
    public func discard() {
        guard isOpen else { return }
        isOpen = false
        Folder.remove(path)
    }

    /// Fills a folder: it appears when the closure returns, and does not when it throws.
    public static func write<R>(
        to target: String, _ body: (AtomicDirectory) throws -> R
    ) throws -> R {
        let directory = try AtomicDirectory(target)
        defer { directory.discard() }
        let result = try body(directory)
        try directory.commit()
        return result
    }

    /// Makes a folder disappear at once: it is renamed to a temporary name and then removed, so that a process killed
    /// meanwhile leaves no part of it under its name.
    ///
    /// - Throws: `DiskError` when it cannot be renamed.
    public static func remove(_ path: String) throws(DiskError) {
        let temporary = try FilePath.temporary(for: path)
        if Disk.rename(path, temporary) != 0 { throw DiskError.last("remove", path) }
        Folder.remove(temporary)
    }

    /// Gives a folder another name, which must be free, safely on the disk.
    public static func rename(_ path: String, to target: String) throws(DiskError) {
        var information = stat()
        if lstat(target, &information) == 0 {
            throw DiskError(path: target, operation: "create", code: EEXIST)
        }
        if Disk.rename(path, target) != 0 { throw DiskError.last("rename", path) }
        try FilePath.sync(folder: FilePath.folder(of: target))
    }
}
