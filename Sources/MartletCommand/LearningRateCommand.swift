internal import ArgumentParser
internal import Foundation
internal import MartletData
internal import MartletPipeline
internal import MartletVision

struct LearningRateCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "lr-find", abstract: "Suggests a learning rate by a short range test.")

    @OptionGroup var arguments: TaskArguments
    @Option(help: "The steps to take.") var steps = 100
    @Option(help: "The picture to write.") var out = "lr-find.png"

    func validate() throws {
        guard (10...100_000).contains(steps) else {
            throw ValidationError("--steps: expected 10 to 100000, got \(steps)")
        }
    }

    func run() throws { try find(try MartletCommand.task(named: arguments.task)) }

    private func find<T: MartletPipeline.Task>(_ type: T.Type) throws {
        let task = try T(training: arguments.options(of: type))
        let curve = try LearningRateCurve.measure(task, steps: steps)
        try AtomicFile.write(Array(curve.picture.pngData()), to: out)
        Log.info("the losses over the learning rate are in \(out)")
        if let rate = curve.divergence {
            Log.info("the loss diverges at lr=\(String(format: "%.2g", rate))")
        }
        guard let suggestion = curve.suggestion else {
            throw ConfigurationError([
                "lr-find: the loss never fell by more than its noise in \(curve.rates.count) steps; expected "
                    + "it to, somewhere between the rates \(curve.rates.first ?? 0) and "
                    + "\(curve.rates.last ?? 0); more --steps or a larger batch may show where"
            ])
        }
        try Output.line("lr=\(String(format: "%.2g", suggestion))")
    }
}
