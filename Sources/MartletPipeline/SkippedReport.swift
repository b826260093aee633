internal import Foundation
internal import MartletData

extension Task {
    /// Tells which samples were left out because they could not be read; nothing where none were.
    ///
    /// - Parameter folder: a run folder, where `skipped.jsonl` lists them all; nil to tell only.
    /// - Throws: `DiskError`.
    public func reportSkippedSamples(into folder: String?) throws {
        let skipped = skipped.flatMap(\.list)
        guard !skipped.isEmpty else { return }
        let shown = skipped.prefix(20)
        Log.info(
            "skipped \(skipped.count) sample\(skipped.count == 1 ? "" : "s") that cannot be read:")
        for sample in shown { Log.info("  \(sample)") }
        if skipped.count > shown.count { Log.info("  ... and \(skipped.count - shown.count) more") }
        guard let folder else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let lines = try skipped.map {
            String(
                decoding: try encoder.encode(["sample": $0.sample, "reason": "\($0.underlying)"]),
                as: UTF8.self) + "\n"
        }
        try AtomicFile.write(lines.joined(), to: folder + "/skipped.jsonl")
    }
}
