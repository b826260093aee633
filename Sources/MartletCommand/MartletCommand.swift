internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletData
internal import MartletONNX
public import MartletPipeline

/// The command line over a list of tasks: `MartletCommand.main(tasks: [...])`.
public enum MartletCommand {
    /// The tasks of this executable, by name.
    nonisolated(unsafe) private(set) static var tasks: [any MartletPipeline.Task.Type] = []

    /// Runs the command that the arguments name, and exits with its code.
    public static func main(tasks: [any MartletPipeline.Task.Type]) -> Never {
        self.tasks = tasks
        Output.prepare()
        // A file that grows beyond the system's limit is then an error of write like any other.
        signal(SIGXFSZ, SIG_IGN)
        do {
            let words = Array(CommandLine.arguments.dropFirst())
            var command = try Root.parseAsRoot(Root.understand(words, tasks: tasks.map { $0.name }))
            if command is any ComputingCommand { WaitingThreads.keepShort() }
            try command.run()
        } catch {
            exit(report(error))
        }
        exit(0)
    }

    /// The task of this name.
    static func task(named name: String) throws -> any MartletPipeline.Task.Type {
        if let task = tasks.first(where: { $0.name == name }) { return task }
        let known = tasks.map { $0.name }
        let hint = EditDistance.nearest(to: name, among: known)
        throw ConfigurationError([
            "unknown task \"\(name)\"" + (hint.map { "; did you mean \"\($0)\"?" } ?? "")
                + " (known: \(known.joined(separator: ", ")))"
        ])
    }

    /// The task that a model file belongs to.
    static func task(of file: ModelFile) throws -> any MartletPipeline.Task.Type {
        if let task = tasks.first(where: { $0.name == file.task }) { return task }
        throw ModelFileError(
            path: file.path,
            reason: "it is a model of the task \"\(file.task)\", expected one of "
                + tasks.map { $0.name }.joined(separator: ", "), exitCode: 4)
    }

    /// Tells what went wrong and returns the exit code of the design.
    private static func report(_ error: any Error) -> Int32 {
        switch error {
        case is OutputClosed: return 128 + SIGPIPE
        case let error as Interrupted:
            Log.info("martlet: \(error)")
            return 128 + error.signal
        case let error as any ExitCoded:
            Log.info("martlet: \(error)")
            return error.exitCode
        case let error as ONNXError:
            Log.info("martlet: \(error)")
            return error.exitCode
        default:
            let code = Root.exitCode(for: error)
            let text = Root.fullMessage(for: error)
            if code.isSuccess {
                do {
                    try Output.line(text)
                    return 0
                } catch {
                    return report(error)
                }
            }
            Log.info(text)
            // The parser's own code for wrong usage is 64.
            return code == .validationFailure ? 2 : 1
        }
    }
}

struct Root: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Trains, evaluates, predicts with and exports vision and language models.",
        version: MartletVersion.current,
        subcommands: [
            TasksCommand.self, SchemaCommand.self, TrainCommand.self, LearningRateCommand.self,
            RunsCommand.self, ReportCommand.self, ReplayCommand.self, EvaluateCommand.self,
            BaselineCommand.self,
            PredictCommand.self, ExportCommand.self, ConvertCommand.self, InspectCommand.self,
            DataCommand.self, DatasetsCommand.self, PlanCommand.self, BenchCommand.self,
            NewTaskCommand.self,
        ])
}
