internal import Foundation

/// What the system knows of this process.
enum ProcessStatus {
    /// A size in bytes: `VmRSS`, `VmHWM`, `VmData`, ...; 0 where the system does not know it.
    static func size(_ key: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") } ?? ""
        return
            (line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0)
            << 10
    }

    /// The number of files that are open.
    static func openFiles() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }
}
