internal import Foundation
internal import Testing

/// A mistake of the caller, which has to stop the process with a message.
public struct Misuse: Sendable {
    let expected: String
    let body: @Sendable () -> Void

    /// - Parameter expected: part of the message.
    public init(_ expected: String, _ body: @escaping @Sendable () -> Void) {
        self.expected = expected
        self.body = body
    }

    /// Makes every mistake, and prints what `disagreements` says of them. To be called in an exit test, whose output
    /// `record` reads.
    public static func report(_ tables: [[Misuse]]) {
        for line in disagreements(tables.flatMap { $0 }) { print(mark, line) }
    }

    /// Records an issue for each line that `report` printed.
    public static func record(_ output: [UInt8]?) {
        let text = String(decoding: output ?? [], as: UTF8.self)
        for line in text.split(separator: "\n") where line.hasPrefix(mark) {
            Issue.record(Comment(rawValue: String(line)))
        }
    }

    private static let mark = "MISUSE"

    /// Makes every mistake in a copy of this process, and returns a line for each that does not stop it or stops it with
    /// another message.
    ///
    /// To be called where nothing else runs: in an exit test. A copy takes less than a millisecond, an exit test
    /// of its own for each mistake a hundred.
    public static func disagreements(_ mistakes: [Misuse]) -> [String] {
        mistakes.compactMap { mistake in
            let (message, ended) = outcome(of: mistake.body)
            if ended && message.contains(mistake.expected) { return nil }
            let said = message.isEmpty ? "nothing" : message
            return "expected \"\(mistake.expected)\", got \(ended ? said : "no end: \(said)")"
        }
    }

    /// What a copy of this process says that runs the closure, and whether it was stopped.
    private static func outcome(of body: () -> Void) -> (message: String, ended: Bool) {
        typealias Fork = @convention(c) () -> pid_t
        // Swift hides fork, because threads do not live on in the copy.
        guard let symbol = dlsym(nil, "fork") else { return ("no fork", false) }
        let fork = unsafeBitCast(symbol, to: Fork.self)
        let pipe = Pipe()
        let process = fork()
        if process == 0 {
            dup2(pipe.fileHandleForWriting.fileDescriptor, STDERR_FILENO)
            for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV] { signal(number, SIG_DFL) }
            alarm(20)
            body()
            _exit(0)
        }
        pipe.fileHandleForWriting.closeFile()
        let message = pipe.fileHandleForReading.readDataToEndOfFile()
        var status: Int32 = 0
        waitpid(process, &status, 0)
        let signal = status & 0x7f
        return (String(decoding: message, as: UTF8.self), signal != 0 && signal != SIGALRM)
    }
}
