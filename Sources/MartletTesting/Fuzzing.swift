internal import Foundation
internal import Martlet

/// Feeds mutants of good files to a reader, which must read or refuse each: not crash, not hang, and take no memory to
/// speak of.
///
/// It is to be called in an exit test, as it limits the memory of the process and ends it when a mutant takes too long.
public enum Fuzzing {
    /// How many times as many cases as usual a random test tries: the environment's `MARTLET_TEST_SCALE`.
    public static let scale = environment("MARTLET_TEST_SCALE") ?? 1
    /// What mutants derive from: the environment's `MARTLET_TEST_SEED`.
    public static let seed = environment("MARTLET_TEST_SEED") ?? 1
    /// The most a reader may take beyond what reading the good files took, in bytes, unless said.
    public static let memoryLimit = 64 << 20
    /// The most time a mutant may take, in seconds.
    public static let timeLimit: UInt32 = 5

    /// Reads mutants, and prints a line of what came of it.
    ///
    /// - Parameters:
    ///   - name: what the line is about; also the stream the mutants are drawn from.
    ///   - seeds: good files, which the reader must read.
    ///   - count: how many mutants, times `scale`.
    ///   - growth: the most a reader may take beyond what reading the good files took, in bytes.
    ///   - arrange: makes the file of a mutant, where seeds are only parts of one.
    ///   - read: reads the file at a path, says whether it did, and throws when it did something else than refuse it.
    /// - Throws: what `read` throws, and `FuzzingError`.
    public static func run(
        _ name: String, seeds: [[UInt8]], words: [String] = [], count: Int = 4000,
        growth: Int = memoryLimit, arrange: ([UInt8]) -> [UInt8] = { $0 },
        read: (_ path: String) throws -> Bool
    ) throws {
        let path = NSTemporaryDirectory() + "martlet-mutant-\(name)-\(getpid())"
        func attempt(_ bytes: [UInt8]) throws -> Bool {
            try Data(arrange(bytes)).write(to: URL(fileURLWithPath: path))
            alarm(timeLimit)
            defer { alarm(0) }
            return try read(path)
        }
        for (index, seed) in seeds.enumerated() where try !attempt(seed) {
            throw FuzzingError(description: "\(name): good file \(index) is refused")
        }
        // A process that crashes leaves the mutant behind.
        print("\(mark) \(name): seed \(seed); the mutant at hand is \(path)")
        fflush(nil)
        let before = ProcessStatus.size("VmHWM")
        try limitMemory(growth: growth)
        var mutations = Mutations(
            of: seeds, words: words, generator: Generator(seed: UInt64(seed)).stream(name))
        var accepted = 0
        var slowest = Duration.zero
        let clock = ContinuousClock()
        let total = try clock.measure {
            for _ in 0..<(count * scale) {
                let mutant = mutations.next()
                slowest = max(
                    slowest, try clock.measure { if try attempt(mutant) { accepted += 1 } })
            }
        }
        try FileManager.default.removeItem(atPath: path)
        print(
            "\(mark) \(name): seed \(seed): \(count * scale) mutants in \(total): \(accepted) read, "
                + "\(count * scale - accepted) refused; the slowest took \(slowest); memory grew by "
                + "\((ProcessStatus.size("VmHWM") - before) >> 10) KiB")
    }

    /// The lines that `run` printed.
    public static func report(_ output: [UInt8]) -> String {
        String(decoding: output, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix(mark) }.joined(separator: "\n")
    }

    private static let mark = "FUZZ"

    private static func environment(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    /// Lets the process allocate no more than so many bytes beyond what it has, whether they are used or not.
    public static func limitMemory(growth: Int = memoryLimit) throws {
        let bytes = rlim_t(ProcessStatus.size("VmData") + growth)
        var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
        guard setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 else {
            throw FuzzingError(description: "the memory limit could not be set: error \(errno)")
        }
    }
}

/// A reader that did what no reader may.
public struct FuzzingError: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
}
