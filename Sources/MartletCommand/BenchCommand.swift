internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletPipeline

struct BenchCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Times training steps of known models on random data, or single operations.")

    @Argument(help: "Models, or operations; all by default.") var names: [String] = []
    @Flag(help: "Time single operations, in nanoseconds, on 1, 1,000 and 10,000,000 elements.")
    var operations = false
    @Option(help: "fp32 or bf16.") var precision = "fp32"
    @Option(help: "Threads to compute on.") var threads: Int?
    @Option(help: "Seconds that a measurement takes; 2, or 0.02 of an operation.")
    var seconds: Double?
    @Option(help: "Measurements; the median is printed, of an operation the shortest.")
    var repeats = 3
    @Flag(help: "Print one JSON object.") var json = false
    @Flag(help: "Print where the time goes, by operation.") var profile = false

    func run() throws {
        guard let precision = Precision(rawValue: precision)?.supported() else {
            throw ConfigurationError(["--precision: expected fp32 or bf16, got \"\(precision)\""])
        }
        guard seconds ?? 1 > 0, repeats > 0, threads ?? 1 > 0 else {
            throw ConfigurationError(["--seconds, --repeats and --threads must be positive"])
        }
        if operations && (precision != .float32 || profile) {
            throw ConfigurationError(["--operations goes with neither --precision nor --profile"])
        }
        if let threads { Threads.count = threads }
        let results = try operations ? timeOperations() : timeModels(precision)
        if json { try Output.line(JSONText.object(results)) }
    }

    private func timeModels(_ precision: Precision) throws -> [(name: String, value: Double)] {
        let chosen = try names.isEmpty ? Workload.all : names.map(Workload.named)
        return try chosen.map { workload in
            let rate = try workload.samplesPerSecond(
                precision, seconds: seconds ?? 2, repeats: repeats, profile: profile)
            try show("\(workload.name) \(precision.rawValue)", rate)
            return (workload.name, rate)
        }
    }

    private func timeOperations() throws -> [(name: String, value: Double)] {
        let chosen = try names.isEmpty ? SingleOperation.all : names.map(SingleOperation.named)
        var results: [(name: String, value: Double)] = []
        for (count, shape) in SingleOperation.shapes {
            for arrangement in SingleOperation.Arrangement.allCases {
                let operands = Operands(shape: shape, arrangement)
                for operation in chosen {
                    let name = "\(operation.name) \(count) \(arrangement)"
                    let time = operation.nanoseconds(
                        operands, seconds: seconds ?? 0.02, repeats: repeats)
                    try show(name, time)
                    results.append((name, time))
                }
            }
        }
        return results
    }

    private func show(_ name: String, _ value: Double) throws {
        if !json { try Output.line("\(name) \(String(format: "%.1f", value))") }
    }
}

extension Workload {
    /// The median over measurements of whole training steps.
    fileprivate func samplesPerSecond(
        _ precision: Precision, seconds: Double, repeats: Int, profile: Bool
    ) throws -> Double {
        let step = try step(precision)
        for _ in 0..<3 { step() }
        if profile {
            let (_, found) = Profile.measure { for _ in 0..<5 { step() } }
            Log.info("\(name), 5 steps:\n\(found)")
        }
        let rates = (0..<repeats).map { _ in
            let start = ContinuousClock.now
            var steps = 0
            while ContinuousClock.now - start < .seconds(seconds) {
                step()
                steps += 1
            }
            return Double(steps * batch) / ((ContinuousClock.now - start) / .seconds(1))
        }
        return rates.sorted()[repeats / 2]
    }
}
