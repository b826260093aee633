internal import ArgumentParser
internal import MartletPipeline

struct BaselineCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "Measures something simpler than a network on a task's data, to compare with.",
        discussion: "sentiment: TF-IDF of n-grams of tokens, and logistic regression.")

    @OptionGroup var arguments: TaskArguments
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws { try measure(try MartletCommand.task(named: arguments.task)) }

    private func measure<T: MartletPipeline.Task>(_ type: T.Type) throws {
        let report = try T.baseline(arguments.options(of: type))
        try Output.line(json ? JSONText.object(report.values) : report.text)
    }
}
