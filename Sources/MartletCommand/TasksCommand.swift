internal import ArgumentParser
internal import MartletPipeline

struct TasksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks", abstract: "Lists the tasks, or the settings of one.")

    @Argument(help: "A task, to list its settings with their defaults.") var task: String?

    func run() throws {
        guard let task else {
            let lines = MartletCommand.tasks.map { "\($0.name)\t\($0.summary)" }
            return try Output.line(lines.joined(separator: "\n"))
        }
        try Output.line(manual(of: MartletCommand.task(named: task)))
    }

    private func manual<T: MartletPipeline.Task>(of type: T.Type) -> String {
        """
        \(T.name): \(T.summary)

        martlet train \(T.name) KEY=VALUE ...

        \(T.Options().manual)
        """
    }
}

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints a JSON Schema of a task's configuration files, for editors.")

    @Argument(help: "The task; see martlet tasks.") var task: String

    func run() throws {
        try Output.line(schema(of: MartletCommand.task(named: task)))
    }

    private func schema<T: MartletPipeline.Task>(of type: T.Type) -> String {
        T.Options().jsonSchema(title: "martlet train \(T.name)")
    }
}
