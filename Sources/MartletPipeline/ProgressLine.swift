internal import Foundation

/// Tells how far a long operation is, on standard error: one line that is rewritten on a terminal, a plain line now and
/// then elsewhere.
public final class ProgressLine {
    private let title: String
    private let total: Int
    private let first: Int
    private let unit: String
    private let start = ContinuousClock.now
    private var lastShown = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var width = 0

    /// - Parameter first: how many of the total were finished before.
    public init(_ title: String, total: Int, from first: Int = 0, unit: String) {
        self.title = title
        self.total = total
        self.first = first
        self.unit = unit
    }

    /// Seconds since the beginning.
    public var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// `done` of the total are finished; `note`, if any, says something about them (the loss).
    public func update(_ done: Int, note: @autoclosure () -> String? = nil) {
        let now = ContinuousClock.now
        guard done < total, now - lastShown > (isTerminal ? .milliseconds(200) : .seconds(20))
        else {
            return
        }
        lastShown = now
        let rate = Double(done - first) / max(seconds, 1e-9)
        let left = Double(total - done) / max(rate, 1e-9)
        show(
            "\(title): \(done * 100 / max(total, 1)) %, "
                + (note().map { "\($0), " } ?? "")
                + "\(rounded(rate)) \(unit)/s, \(ProgressLine.clock(left)) left")
    }

    /// Takes the line away, so that a result can stand in its place.
    public func finish() {
        if isTerminal && width > 0 { write("\r" + String(repeating: " ", count: width) + "\r") }
    }

    private func show(_ text: String) {
        guard isTerminal else { return write(text + "\n") }
        write("\r" + text + String(repeating: " ", count: max(0, width - text.count)))
        width = text.count
    }

    private func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    private func rounded(_ rate: Double) -> String {
        rate >= 100 ? String(Int(rate)) : String((rate * 10).rounded() / 10)
    }

    static func clock(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }
}

/// Lines for people, on standard error.
public enum Log {
    public static func info(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }
}
