internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletPipeline

struct BenchCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Times training steps of known models on random data.")

    @Argument(help: "Models; all by default.") var names: [String] = []
    @Option(help: "fp32 or bf16.") var precision = "fp32"
    @Option(help: "Threads to compute on.") var threads: Int?
    @Option(help: "Seconds that a measurement takes.") var seconds = 2.0
    @Option(help: "Measurements; the median is printed.") var repeats = 3
    @Flag(help: "Print one JSON object.") var json = false
    @Flag(help: "Print where the time goes, by operation.") var profile = false

    func run() throws {
        guard let precision = Precision(rawValue: precision)?.supported() else {
            throw ConfigurationError(["--precision: expected fp32 or bf16, got \"\(precision)\""])
        }
        guard seconds > 0, repeats > 0, threads ?? 1 > 0 else {
            throw ConfigurationError(["--seconds, --repeats and --threads must be positive"])
        }
        if let threads { Threads.count = threads }
        let chosen = try names.isEmpty ? Workload.all : names.map(Workload.named)
        var results: [(name: String, value: Double)] = []
        for workload in chosen {
            let rate = try workload.samplesPerSecond(
                precision, seconds: seconds, repeats: repeats, profile: profile)
            results.append((workload.name, rate))
            if !json {
                print("\(workload.name) \(precision.rawValue) \(String(format: "%.1f", rate))")
                fflush(nil)
            }
        }
        if json { print(JSONText.object(results)) }
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
