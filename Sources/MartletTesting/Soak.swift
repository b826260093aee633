internal import Foundation

/// Watches a process that does the same over and over: its memory and its open files must stay as they are.
///
/// It is to be used in an exit test, as other tests in the process have memory and files of their own.
public struct Soak {
    /// The most by which the resident memory may grow in 1,000 rounds, in bytes.
    public static let growthLimit = 1 << 20

    private let name: String
    private let warmUp: Int
    private let every: Int
    private var rounds = 0
    private var files = 0
    private var samples: [(round: Double, bytes: Double)] = []

    /// - Parameters:
    ///   - name: what the rounds are, in messages.
    ///   - rounds: how many there will be.
    ///   - warmUp: how many come before the first measurement: less than half.
    public init(_ name: String, rounds: Int, warmUp: Int) {
        precondition(
            warmUp < rounds / 2, "Soak: expected more rounds than the warm-up's, twice over")
        self.name = name
        self.warmUp = warmUp
        every = max(1, (rounds - warmUp) / 100)
    }

    /// Is called after each round.
    ///
    /// - Throws: what reading the list of open files throws, and `FuzzingError` when files stay open.
    public mutating func finishRound() throws {
        rounds += 1
        guard rounds >= warmUp, (rounds - warmUp) % every == 0 else { return }
        samples.append((Double(rounds), Double(ProcessStatus.size("VmRSS"))))
        let now = try ProcessStatus.openFiles()
        if samples.count == 1 { files = now }
        guard now == files else {
            throw FuzzingError(
                description: "\(name): \(files) files were open, and \(now) after \(rounds) rounds")
        }
    }

    /// Prints a line of what was measured.
    ///
    /// - Throws: `FuzzingError` when the memory grew, by the slope of the line that fits best.
    public func finish() throws {
        let count = Double(samples.count)
        let round = samples.reduce(0) { $0 + $1.round } / count
        let bytes = samples.reduce(0) { $0 + $1.bytes } / count
        let slope =
            samples.reduce(0) { $0 + ($1.round - round) * ($1.bytes - bytes) }
            / samples.reduce(0) { $0 + ($1.round - round) * ($1.round - round) }
        let kilobytes = (slope * 1000 / 1024).rounded()
        print(
            "SOAK \(name): \(rounds) rounds, \(Int(bytes) >> 20) MiB, \(kilobytes) KiB more in 1,000 "
                + "rounds, \(files) files open")
        guard slope * 1000 < Double(Soak.growthLimit) else {
            throw FuzzingError(
                description: "\(name): memory grows by \(kilobytes) KiB in 1,000 rounds")
        }
    }

    /// The lines that `finish` printed.
    public static func report(_ output: [UInt8]) -> String {
        String(decoding: output, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("SOAK") }.joined(separator: "\n")
    }
}
