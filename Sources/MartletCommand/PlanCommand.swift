internal import ArgumentParser
internal import Foundation
internal import MartletPipeline

struct PlanCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Says what training would take: time, memory, size; makes a few steps to know.")

    @Argument(help: "The task; see martlet tasks.") var task: String
    @Argument(help: "Settings, as for train: data=DIR epochs=5 ...") var settings: [String] = []
    @Option(help: "A YAML file with settings; KEY=VALUE words win over it.") var config: String?
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
        var values = try config.map(ConfigurationValue.read) ?? []
        values += try ConfigurationValue.parse(arguments: settings)
        try plan(try MartletCommand.task(named: task), values)
    }

    private func plan<T: MartletPipeline.Task>(_ type: T.Type, _ values: [ConfigurationValue])
        throws
    {
        let options = T.Options()
        try options.apply(values)
        let task = try T(training: options)
        if let description = task.dataDescription { Log.info("data: \(description)") }
        let plan = try Plan.measure(task)
        print(json ? try JSONText.object(plan) : "\(plan)")
    }
}
