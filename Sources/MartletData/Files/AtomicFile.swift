internal import Glibc
internal import Martlet

/// A file that appears complete or not at all.
///
/// Bytes go to `.NAME.tmp-PID-N` beside the target; `commit()` syncs them to the disk, renames the
/// file over the target and syncs the folder. Until then an older target is untouched, and a file
/// that is dropped without `commit()` leaves nothing behind.
///
/// A symbolic link is followed, so that the file it names is replaced. A target that is no regular
/// file (`/dev/stdout`, a pipe) cannot be replaced and is written as it is.
public final class AtomicFile {
    /// The file to be, as given.
    public let path: String
    private let target: String
    /// The file being written: nil when the target itself is.
    private let temporary: String?
    private var descriptor: Int32
    /// Bytes written so far.
    public private(set) var byteCount = 0

    /// Opens the temporary file.
    ///
    /// - Throws: `DiskError` when the folder is missing, read-only or full.
    public init(_ path: String) throws(DiskError) {
        self.path = path
        var information = stat()
        let exists = stat(path, &information) == 0
        let kind = information.st_mode & S_IFMT
        if exists && kind == S_IFDIR {
            throw DiskError(path: path, operation: "create", code: EISDIR)
        }
        if exists && kind != S_IFREG {
            target = path
            temporary = nil
            descriptor = Disk.open(path, O_WRONLY | O_CLOEXEC, 0)
            guard descriptor >= 0 else { throw DiskError.last("open", path) }
            return
        }
        target = exists ? FilePath.resolved(path) : path
        let name = try FilePath.temporary(for: target)
        temporary = name
        descriptor = Disk.open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if descriptor < 0 && errno == EEXIST {
            // Names are unique in this process: a killed one with the same number left this.
            Disk.unlink(name)
            descriptor = Disk.open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        }
        guard descriptor >= 0 else { throw DiskError.last("create", path) }
        if exists { fchmod(descriptor, information.st_mode & 0o7777) }
    }

    deinit { discard() }

    /// Appends bytes.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(DiskError) {
        precondition(descriptor >= 0, "AtomicFile: \(path) was written to after it was committed")
        try Disk.writeAll(bytes, to: descriptor, path: path)
        byteCount += bytes.count
    }

    /// Appends bytes.
    public func write(_ bytes: some Sequence<UInt8>) throws(DiskError) {
        let array = Array(bytes)
        var failure: DiskError?
        array.withUnsafeBytes { buffer in
            do throws(DiskError) { try write(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Appends text as UTF-8.
    public func write(_ text: String) throws(DiskError) { try write(text.utf8) }

    /// Makes the file appear, safely on the disk.
    ///
    /// - Throws: `DiskError`; the older target is then still there, except when only the last step,
    ///   syncing the folder, failed.
    public func commit() throws(DiskError) {
        precondition(descriptor >= 0, "AtomicFile: \(path) was committed twice")
        guard let temporary else {
            let status = close(descriptor)
            descriptor = -1
            if status != 0 { throw DiskError.last("write", path) }
            return
        }
        // After a failed sync the kernel may call unwritten pages clean, so it is not tried again.
        if Disk.fsync(descriptor) != 0 { throw DiskError.last("sync", path) }
        let status = close(descriptor)
        descriptor = -1
        if status != 0 || Disk.rename(temporary, target) != 0 {
            let failure = DiskError.last(status != 0 ? "write" : "rename", path)
            Disk.unlink(temporary)
            throw failure
        }
        try FilePath.sync(folder: FilePath.folder(of: target))
    }

    /// Gives up and removes what was written; nothing happens after `commit()`.
    public func discard() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
        if let temporary { Disk.unlink(temporary) }
    }

    /// Writes a file in pieces: it appears when the closure returns, and does not when it throws.
    public static func write<R>(to path: String, _ body: (AtomicFile) throws -> R) throws -> R {
        let file = try AtomicFile(path)
        defer { file.discard() }
        let result = try body(file)
        try file.commit()
        return result
    }

    /// Writes a file of this text, as UTF-8.
    public static func write(_ text: String, to path: String) throws {
        try write(to: path) { try $0.write(text) }
    }

    /// Writes a file of these bytes.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        try write(to: path) { try $0.write(bytes) }
    }

    /// Makes a symbolic link appear at `path`, in place of an older one.
    ///
    /// - Parameter destination: what the link says, relative to the folder that `path` lies in.
    public static func link(_ path: String, to destination: String) throws(DiskError) {
        let temporary = try FilePath.temporary(for: path)
        Disk.unlink(temporary)
        if Disk.symlink(destination, temporary) != 0 { throw DiskError.last("create", path) }
        if Disk.rename(temporary, path) != 0 {
            let failure = DiskError.last("rename", path)
            Disk.unlink(temporary)
            throw failure
        }
        try FilePath.sync(folder: FilePath.folder(of: path))
    }

    /// Removes the temporary files and folders that processes which no longer run left in a folder.
    ///
    /// - Parameters:
    ///   - target: removes only those that were to become this name; any by default.
    ///   - ownNumber: whether to remove those with this process's number too: before it has made any, they are of an
    ///     earlier process that had the number, as happens in containers.
    /// - Returns: the names removed.
    @discardableResult
    public static func removeAbandoned(
        in folder: String, of target: String? = nil, ownNumber: Bool = false
    ) -> [String] {
        guard let names = try? Folder.names(in: folder) else { return [] }
        var removed: [String] = []
        for name in names where target.map({ name.hasPrefix(".\($0).tmp-") }) ?? true {
            guard let process = FilePath.owner(ofTemporary: name) else { continue }
            let isOwn = process == getpid()
            guard isOwn ? ownNumber : kill(process, 0) != 0 && errno == ESRCH else { continue }
            Folder.remove(FilePath.join(folder, name))
            removed.append(name)
        }
        return removed
    }
}
