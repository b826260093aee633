internal import Glibc

/// A file that the system would not open, write, sync or rename.
public struct DiskError: ExitCoded, Equatable, Sendable, CustomStringConvertible {
    /// What the operation was applied to.
    public let path: String
    /// What was attempted: `create`, `write`, `sync`, `rename`, ...
    public let operation: String
    /// The system's error number.
    public let code: Int32

    public init(path: String, operation: String, code: Int32) {
        self.path = path
        self.operation = operation
        self.code = code
    }

    /// An error with the number the last system call left behind.
    static func last(_ operation: String, _ path: String) -> DiskError {
        DiskError(path: path, operation: operation, code: errno)
    }

    /// The system's words for the error.
    public var reason: String { systemReason(code) }

    /// Whether space or quota ran out.
    public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }

    /// 6: disk.
    public var exitCode: Int32 { 6 }

    /// `PATH: cannot write: No space left on device`.
    public var description: String { "\(path): cannot \(operation): \(reason)" }
}

/// The system's words for an error number.
func systemReason(_ code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
        guard let base = buffer.baseAddress else { return "error \(code)" }
        base.pointee = 0
        // XSI and GNU variants differ in what they return; strerror_l is one everywhere.
        if let text = strerror_l(code, nil) { return String(cString: text) }
        return "error \(code)"
    }
}
