internal import Foundation
internal import MartletData

/// Keeps a second trainer out of a run folder. The system lets go of the lock when the process ends, however it ends, so
/// that none is ever left over.
final class RunLock {
    static let fileName = ".lock"
    private let descriptor: Int32

    /// - Throws: `ConfigurationError` when another trainer has the folder, `DiskError`.
    init(_ folder: String) throws {
        let path = "\(folder)/\(RunLock.fileName)"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw DiskError(path: path, operation: "open", code: errno)
        }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            let owner = RunLock.owner(path)
            close(descriptor)
            guard code == EWOULDBLOCK else {
                throw DiskError(path: path, operation: "lock", code: code)
            }
            throw ConfigurationError(["\(folder): process \(owner) is training into it already"])
        }
        // For the message above only.
        let text = "\(getpid())\n"
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.utf8.count, 0)
    }

    deinit { close(descriptor) }

    private static func owner(_ path: String) -> String {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)).map(String.init)
            ?? "unknown"
    }
}
