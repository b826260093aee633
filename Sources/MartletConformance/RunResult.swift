internal import Foundation
internal import MartletData

/// All of a run that must not depend on interruptions: weights, optimisers, gradients, counters, scores and the log; not the
/// clock.
package struct RunResult: Equatable {
    /// The digest of each file with tensors in the last checkpoint.
    package let files: [String: String]
    /// The digest of the best model.
    package let best: String
    /// `state.json` of the last checkpoint without its time.
    package let state: String
    /// The lines of `log.jsonl` without their times.
    package let log: [String]
    /// The lines of `metrics.csv`.
    package let table: Int

    package init(_ run: String) throws {
        let last = run + "/last"
        var files: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: last)
        where name.hasSuffix(".safetensors") {
            files[name] = "\(try SHA256.file("\(last)/\(name)"))"
        }
        self.files = files
        best = "\(try SHA256.file(run + "/best/model.safetensors"))"
        func lines(_ path: String) throws -> [Substring] {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        }
        state = try lines(last + "/state.json").filter { !$0.contains("\"seconds\"") }
            .joined(separator: "\n")
        log = try lines(run + "/log.jsonl").map { line in
            line.split(separator: ",").filter { !$0.contains("second") }.joined(separator: ",")
        }
        table = try lines(run + "/metrics.csv").count
    }

    /// What differs, in words; nothing where all is the same.
    func differences(from other: RunResult) -> [String] {
        var found = Set(files.keys).union(other.files.keys).sorted().filter {
            files[$0] != other.files[$0]
        }.map { "last/\($0)" }
        if best != other.best { found.append("best/model.safetensors") }
        if state != other.state { found.append("last/state.json") }
        if log != other.log {
            let epoch = zip(log, other.log).enumerated().first { $1.0 != $1.1 }?.offset
            found.append(
                "log.jsonl, "
                    + (epoch.map { "epoch \($0 + 1): \(log[$0]) instead of \(other.log[$0])" }
                        ?? "\(log.count) epochs instead of \(other.log.count)"))
        }
        if table != other.table { found.append("metrics.csv") }
        return found
    }
}
