internal import Glibc
internal import Martlet
internal import Synchronization

/// The system calls that change what is on a disk, in one place: tests let any of them fail.
enum Disk {
    static func open(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
        fails(.open) ? -1 : Glibc.open(path, flags, mode)
    }

    static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        fails(.write) ? -1 : Glibc.write(descriptor, bytes, count)
    }

    /// Writes all the bytes, however many calls that takes.
    static func writeAll(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String
    ) throws(DiskError) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            // Linux moves at most 2 GiB at once.
            let count = write(descriptor, base + done, bytes.count - done)
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                throw DiskError(path: path, operation: "write", code: count == 0 ? ENOSPC : errno)
            }
        }
    }

    /// Gives a file another name; where it is a link, what that leads to.
    static func link(_ path: String, _ name: String) -> Int32 {
        fails(.link) ? -1 : Glibc.linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW)
    }

    static func fsync(_ descriptor: Int32) -> Int32 {
        fails(.fsync) ? -1 : Glibc.fsync(descriptor)
    }

    static func rename(_ old: String, _ new: String) -> Int32 {
        fails(.rename) ? -1 : Glibc.rename(old, new)
    }

    static func mkdir(_ path: String) -> Int32 {
        fails(.mkdir) ? -1 : Glibc.mkdir(path, 0o777)
    }

    static func symlink(_ destination: String, _ path: String) -> Int32 {
        fails(.symlink) ? -1 : Glibc.symlink(destination, path)
    }

    @discardableResult
    static func unlink(_ path: String) -> Int32 { fails(.unlink) ? -1 : Glibc.unlink(path) }

    @discardableResult
    static func rmdir(_ path: String) -> Int32 { fails(.rmdir) ? -1 : Glibc.rmdir(path) }

    private static func fails(_ call: DiskFault.Call) -> Bool {
        guard let fault = DiskFault.current, fault.strikes(call) else { return false }
        errno = fault.code
        return true
    }
}

/// A disk that fails at a chosen call: what a full disk, a broken one or a killed process leaves behind can be tried at
/// every call there is.
///
/// ```swift
/// let fault = DiskFault(call: 3, of: [.write], code: ENOSPC)
/// DiskFault.$current.withValue(fault) { save() }
/// ```
package final class DiskFault: Sendable {
    /// The kinds of calls.
    package enum Call: CaseIterable, Sendable {
        case open, write, fsync, rename, mkdir, symlink, link, unlink, rmdir
    }

    /// The fault that the current task's calls meet.
    @TaskLocal package static var current: DiskFault?

    /// The error number that a failing call gives.
    package let code: Int32
    private let first: Int
    private let isLasting: Bool
    private let kinds: Set<Call>
    private let counted = Atomic<Int>(0)

    /// - Parameters:
    ///   - call: which call fails, counted from 1 over those of `kinds`.
    ///   - isLasting: whether all later ones fail too. With all kinds, the disk stays as a process leaves it that is killed
    ///     in front of the call.
    package init(
        call: Int, of kinds: Set<Call> = Set(Call.allCases), code: Int32, isLasting: Bool = false
    ) {
        first = call
        self.kinds = kinds
        self.code = code
        self.isLasting = isLasting
    }

    /// How many calls of the kinds were made.
    package var calls: Int { counted.load(ordering: .relaxed) }

    fileprivate func strikes(_ call: Call) -> Bool {
        guard kinds.contains(call) else { return false }
        let number = counted.add(1, ordering: .relaxed).newValue
        return isLasting ? number >= first : number == first
    }
}
