import Foundation
import MartletTesting
import Testing

/// Training that runs out of memory, at its start or in its middle, ends and harms nothing.
@Suite struct MemoryLimitTests {
    private static let scale =
        ProcessInfo.processInfo.environment["MARTLET_TEST_SCALE"].flatMap { Int($0) } ?? 1
    private let kills = KillTests()
    private var words: [String] { kills.words.map { $0 == "epochs=8" ? "epochs=3" : $0 } }

    /// A size of a process in bytes; nil when it is over.
    private func size(_ key: String, of process: Int) -> Int? {
        let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
            .map { $0 << 10 }
    }

    /// An error that is told, or the end that the system or the Swift runtime makes of a process without memory; then all that
    /// has the name of a checkpoint is one, and the run goes on to the same end.
    private func expectHarmless(
        _ outcome: Program.Outcome, _ folder: String, _ whole: [String], _ label: String
    ) throws {
        let run = folder + "/run"
        #expect(outcome.code == 0 || !outcome.errors.isEmpty, "\(label): \(outcome.code)")
        if outcome.crashed {
            let ends = [SIGABRT, SIGTRAP, SIGILL, SIGKILL, SIGSEGV].map { 128 + $0 }
            #expect(ends.contains(outcome.code), "\(label): \(outcome.code) \(outcome.errors)")
        }
        guard FileManager.default.fileExists(atPath: run) else {
            return #expect(outcome.code != 0, "\(label): \(outcome.errors)")
        }
        try kills.expectIntact(run, label)
        let resumed = try Martlet.run("train", "--resume", "run", in: folder)
        #expect(resumed.code == 0, "\(label): \(resumed.errors)")
        #expect(try kills.result(run) == whole, "\(label)")
        let left = try ["", "/run", "/run/checkpoints"].flatMap {
            try FileManager.default.contentsOfDirectory(atPath: folder + $0)
        }
        #expect(!left.contains { $0.hasPrefix(".run.tmp-") || $0.hasPrefix(".epoch") }, "\(left)")
        try FileManager.default.removeItem(atPath: run)
    }

    @Test("D11: with less memory each time, training ends without harm")
    func lessEachTime() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let program = try Martlet.start(words, in: folder)
            var peak = 0
            while let now = size("VmPeak:", of: program.number) {
                peak = now
                Thread.sleep(forTimeInterval: 0.002)
            }
            let ended = try program.finish()
            #expect(ended.code == 0 && peak > 64 << 20, "\(peak): \(ended.errors)")
            let whole = try kills.result(folder + "/run")
            try FileManager.default.removeItem(atPath: folder + "/run")
            var codes: [Int32] = []
            // With less OpenBLAS waits for its memory for ever, before the program begins.
            let least = 512 << 20
            // Threads take address space: how much there is to give up depends on the machine.
            let step = max(64 << 20, (peak - least) / (10 * Self.scale))
            for limit in stride(from: peak, to: least, by: -step) {
                let outcome = try Program.run(
                    "/usr/bin/env",
                    [
                        // What OpenBLAS needs to begin goes by its threads.
                        "OMP_NUM_THREADS=2", "OPENBLAS_NUM_THREADS=2",
                        "SWIFT_BACKTRACE=enable=no", "timeout", "-k", "5", "100", "prlimit",
                        "--as=\(limit)", Martlet.path,
                    ] + words, in: folder)
                codes.append(outcome.code)
                try expectHarmless(outcome, folder, whole, "\(limit >> 20) MiB")
            }
            print("D11: from \(peak >> 20) MiB down by \(step >> 20) MiB each: exit codes \(codes)")
        }
    }

    @Test("D11: without more memory in the middle, training ends without harm")
    func noMoreInTheMiddle() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let long = words.map { $0 == "epochs=3" ? "epochs=12" : $0 }
            let program = try Martlet.start(long, in: folder)
            let ended = try program.finish()
            #expect(ended.code == 0, "\(ended.errors)")
            let whole = try kills.result(folder + "/run")
            try FileManager.default.removeItem(atPath: folder + "/run")
            var codes: [Int32] = []
            for attempt in 0..<(4 * Self.scale) {
                let program = try Martlet.start(long, in: folder)
                kills.waitFor(folder + "/run/log.jsonl")
                // More with each attempt, so that it is not always the same allocation that fails.
                let room = attempt * attempt << 16
                let limit = (size("VmSize:", of: program.number) ?? 0) + room
                let set = try Program.run(
                    "/usr/bin/prlimit", ["--pid", "\(program.number)", "--as=\(limit)"])
                let outcome = try program.finish()
                codes.append(outcome.code)
                #expect(set.code == 0 || outcome.code == 0, "\(set.errors)")
                try expectHarmless(outcome, folder, whole, "\(room) bytes more")
            }
            print("D11: no more memory after the first epoch: exit codes \(codes)")
        }
    }
}
