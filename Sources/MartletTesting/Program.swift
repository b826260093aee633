internal import Foundation

/// Another program, run by a test and waited for.
///
/// Foundation's `Process` needs a socket to learn of a program's end and waits for ever without a network, so this one
/// is `posix_spawn` and `waitpid`. What the program writes goes to files: nothing blocks when it writes much.
public struct Program: ~Copyable {
    /// How a program ended, and what it wrote.
    public struct Outcome: Sendable {
        /// The exit status; 128 and the signal where one ended it.
        public let code: Int32
        /// Whether a signal ended it: a crash.
        public let crashed: Bool
        public let output: String
        public let errors: String
    }

    private let process: pid_t
    private let output: String
    private let errors: String

    /// Starts a program with nothing to read and no signal blocked.
    ///
    /// - Parameter folder: where it runs; the test's own folder when nil.
    /// - Throws: `POSIXError` when it cannot be started.
    public init(_ path: String, _ arguments: [String], in folder: String? = nil) throws {
        let stem = NSTemporaryDirectory() + "program-\(UUID())"
        (output, errors) = (stem + ".output", stem + ".errors")
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        let write = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, write, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, write, 0o600)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        // A shell changes the folder, which posix_spawn cannot in Swift, and becomes the program.
        let change = folder.map { ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, $0] } ?? []
        let command = change + [path] + arguments
        var words = command.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var process = pid_t()
        let status = posix_spawn(&process, command[0], &actions, &attributes, &words, environ)
        guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: status) ?? .EIO) }
        self.process = process
    }

    /// The number that the system knows it by.
    public var number: Int { Int(process) }

    /// Sends it what Ctrl-C does.
    public func interrupt() { send(SIGINT) }

    /// Sends it a signal.
    public func send(_ signal: Int32) { kill(process, signal) }

    /// Waits for its end.
    public consuming func finish() throws -> Outcome {
        defer {
            unlink(output)
            unlink(errors)
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        }
        let signal = status & 0x7f
        return Outcome(
            code: signal == 0 ? (status >> 8) & 0xff : 128 + signal, crashed: signal != 0,
            output: try text(output), errors: try text(errors))
    }

    private borrowing func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }

    /// Starts a program and waits for its end.
    public static func run(_ path: String, _ arguments: [String], in folder: String? = nil) throws
        -> Outcome
    {
        try Program(path, arguments, in: folder).finish()
    }
}
