internal import Foundation
internal import MartletData

/// Standard output: what a command found, in lines. A line is written, or an error thrown.
enum Output {
    /// Lets writing to a closed pipe be an error instead of the end, and keeps files that are opened later from
    /// becoming standard output or standard error where these were closed from the beginning.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(descriptor, F_GETFD) < 0 {
            // Open for reading only, so that writing fails as it does on what is closed.
            _ = open("/dev/null", O_RDONLY)
        }
    }

    /// Writes some text and ends the line.
    static func line(_ text: String) throws { try self.text(text + "\n") }

    /// Writes whole lines.
    ///
    /// - Throws: `OutputClosed` when nobody reads any more, `DiskError` when it cannot be written.
    static func text(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EPIPE {
                throw OutputClosed()
            } else if errno != EINTR {
                throw DiskError(path: "standard output", operation: "write", code: errno)
            }
        }
    }
}

/// Whoever read standard output went away, as `head` does.
struct OutputClosed: Error {}
