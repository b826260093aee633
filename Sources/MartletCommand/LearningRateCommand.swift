internal import ArgumentParser
internal import Foundation
internal import MartletData
internal import MartletPipeline
internal import MartletVision

struct LearningRateCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "lr-find", abstract: "Suggests a learning rate by a short range test.")

    @Argument(help: "The task; see martlet tasks.") var task: String
    @Argument(help: "Settings: data=DIR ...; martlet tasks TASK lists them.") var settings:
        [String] = []
    @Option(help: "A YAML file with settings; KEY=VALUE words win over it.") var config: String?
    @Option(help: "The steps to take.") var steps = 100
    @Option(help: "The picture to write.") var out = "lr-find.png"

    func validate() throws {
        guard (10...100_000).contains(steps) else {
            throw ValidationError("--steps: expected 10 to 100000, got \(steps)")
        }
    }

    func run() throws {
        var values = try config.map(ConfigurationValue.read) ?? []
        values += try ConfigurationValue.parse(arguments: settings)
        try find(try MartletCommand.task(named: task), values)
    }

    private func find<T: MartletPipeline.Task>(_ type: T.Type, _ values: [ConfigurationValue])
        throws
    {
        let options = T.Options()
        try options.apply(values)
        let curve = try LearningRateCurve.measure(T(training: options), steps: steps)
        try AtomicFile.write(Array(curve.picture.pngData()), to: out)
        Log.info("the losses over the learning rate are in \(out)")
        guard let suggestion = curve.suggestion else {
            throw ConfigurationError([
                "lr-find: the loss never fell in \(curve.rates.count) steps; expected it to, somewhere "
                    + "between the rates \(curve.rates.first ?? 0) and \(curve.rates.last ?? 0)"
            ])
        }
        print("lr=\(String(format: "%.2g", suggestion))")
    }
}
