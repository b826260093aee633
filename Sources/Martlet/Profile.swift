/// Where the time of a computation goes, by operation.
public struct Profile: Sendable, CustomStringConvertible {
    public struct Row: Sendable {
        /// The operation's name, with ` backward` for its gradient.
        public let name: String
        /// How often it ran, and how long in all.
        public let calls: Int
        public let seconds: Double
    }

    /// The most costly first.
    public let rows: [Row]
    /// The time the whole computation took, operations and everything between them.
    public let seconds: Double

    /// Runs the closure and measures the operations in it. An operation made of others counts as one.
    public static func measure<R>(_ body: () throws -> R) rethrows -> (result: R, profile: Profile)
    {
        let recorder = ProfileRecorder()
        var result: R?
        let total = try ContinuousClock().measure {
            result = try ProfileRecorder.$current.withValue(recorder) {
                try ThreadFlags.with(ThreadFlags.profiling, body)
            }
        }
        let rows = recorder.times.map {
            Row(name: $0.key, calls: $0.value.calls, seconds: $0.value.seconds)
        }
        guard let result else { preconditionFailure("Profile.measure: the closure did not return") }
        return (
            result, Profile(rows: rows.sorted { $0.seconds > $1.seconds }, seconds: total.inSeconds)
        )
    }

    public var description: String {
        func line(_ name: String, _ calls: String, _ time: Double) -> String {
            let width = 30
            let padded = name + String(repeating: " ", count: max(1, width - name.count))
            let milliseconds = (time * 1e5).rounded() / 100
            let share = (time / max(seconds, .leastNonzeroMagnitude) * 1000).rounded() / 10
            return "\(padded)\(calls)\t\(milliseconds) ms\t\(share) %"
        }
        let known = rows.reduce(0) { $0 + $1.seconds }
        return
            (rows.map { line($0.name, "\($0.calls)", $0.seconds) }
            + [line("everything else", "", seconds - known), line("total", "", seconds)])
            .joined(separator: "\n")
    }
}

/// Adds up times by name; used by one thread at a time.
final class ProfileRecorder: @unchecked Sendable {
    @TaskLocal static var current: ProfileRecorder?

    private(set) var times: [String: (calls: Int, seconds: Double)] = [:]
    private var depth = 0

    /// Times the closure, unless it is part of one that is being timed.
    static func time<R>(_ name: @autoclosure () -> String, _ body: () -> R) -> R {
        guard ThreadFlags.current.has(ThreadFlags.profiling), let recorder = current else {
            return body()
        }
        recorder.depth += 1
        defer { recorder.depth -= 1 }
        guard recorder.depth == 1 else { return body() }
        let start = ContinuousClock.now
        let result = body()
        let seconds = (ContinuousClock.now - start).inSeconds
        let old = recorder.times[name()] ?? (0, 0)
        recorder.times[name()] = (old.calls + 1, old.seconds + seconds)
        return result
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
