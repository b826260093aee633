internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletNN
internal import MartletOptim
internal import MartletPipeline
internal import MartletVision

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

/// A model and the shape of a batch that it is timed on.
private struct Workload {
    let name: String
    let shape: [Int]

    static let all = [
        Workload(name: "mlp", shape: [64, 1, 28, 28]),
        Workload(name: "mnist-cnn", shape: [64, 1, 28, 28]),
        Workload(name: "vgg", shape: [128, 3, 28, 28]),
        Workload(name: "resnet18", shape: [128, 3, 32, 32]),
        Workload(name: "mobilenet", shape: [128, 3, 32, 32]),
        Workload(name: "inception", shape: [128, 3, 32, 32]),
    ]

    static func named(_ name: String) throws -> Workload {
        if let workload = all.first(where: { $0.name == name }) { return workload }
        let known = all.map(\.name)
        let hint = EditDistance.nearest(to: name, among: known)
        throw ConfigurationError([
            "bench: expected some of \(known.joined(separator: ", ")), got \"\(name)\""
                + (hint.map { "; did you mean \"\($0)\"?" } ?? "")
        ])
    }

    /// The median over measurements of whole training steps: forward, cross-entropy, backward, Adam.
    func samplesPerSecond(_ precision: Precision, seconds: Double, repeats: Int, profile: Bool)
        throws
        -> Double
    {
        guard let architecture = ImageClassifiers.named(name) else {
            preconditionFailure("bench: no architecture \(name)")
        }
        let model = try architecture.build(
            .init(channels: shape[1], height: shape[2], width: shape[3], classes: 10))
        var generator = Generator(seed: 0)
        model.initialize(generator.stream("parameters"))
        let images = Tensor.rand(shape, generator: &generator)
        let labels = Tensor.randint(0..<10, [shape[0]], generator: &generator)
        let optimizer = Adam(model)
        func step() {
            optimizer.zeroGrad()
            let context = Context.training(generator: generator, precision: precision)
            crossEntropy(model(images, context), labels).backward()
            optimizer.step(learningRate: 1e-4)
        }
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
            return Double(steps * shape[0]) / ((ContinuousClock.now - start) / .seconds(1))
        }
        return rates.sorted()[repeats / 2]
    }
}
