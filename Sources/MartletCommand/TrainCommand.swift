internal import ArgumentParser
internal import Foundation
internal import MartletPipeline

struct TasksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks", abstract: "Lists the tasks, or the settings of one.")

    @Argument(help: "A task, to list its settings with their defaults.") var task: String?

    func run() throws {
        if let task {
            print(try settings(of: MartletCommand.task(named: task)))
        } else {
            for task in MartletCommand.tasks { print("\(task.name)\t\(task.summary)") }
        }
    }

    private func settings<T: MartletPipeline.Task>(of type: T.Type) -> String {
        T.Options().manual
    }
}

struct TrainCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Trains a model into a run folder.")

    @Argument(help: "The task; see martlet tasks.") var task: String
    @Argument(help: "Settings: data=DIR epochs=5 ...; martlet tasks TASK lists them.") var settings:
        [String] = []
    @Option(help: "A YAML file with settings; KEY=VALUE words win over it.") var config: String?
    @Option(help: "The run folder, which must not exist; runs/TASK-N by default.") var out: String?

    func run() throws {
        var values = try config.map(ConfigurationValue.read) ?? []
        values += try ConfigurationValue.parse(arguments: settings)
        try train(try MartletCommand.task(named: task), values)
    }

    private func train<T: MartletPipeline.Task>(_ type: T.Type, _ values: [ConfigurationValue])
        throws
    {
        let options = T.Options()
        try options.apply(values)
        let task = try T(training: options)
        if let description = task.dataDescription { Log.info("data: \(description)") }
        let trainer = try Trainer(task, out: out)
        Log.info(
            "training \(options.model ?? T.name) with \(task.network.parameterCount) parameters into "
                + trainer.path)
        let result = Result { try trainer.run() }
        try task.reportSkippedSamples(into: trainer.path)
        try result.get()
        print(trainer.path)
    }
}
