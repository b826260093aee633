internal import ArgumentParser
internal import Foundation
internal import MartletPipeline

struct TrainCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Trains a model into a run folder.",
        discussion: """
            A default gives way to a file, a file to those that inherit it and to later ones, and \
            all to KEY=VALUE words. The run keeps every value, with where it came from, in \
            config.yaml, which --config reads back.
            """)

    @Argument(help: "The task; see martlet tasks. None with --resume.") var task: String?
    @Argument(help: "Settings: data=DIR epochs=5 ...; martlet help TASK lists them.") var settings:
        [String] = []
    @Option(help: "A YAML file with settings; may be given several times.") var config: [String] =
        []
    @Option(help: "The run folder, which must not exist; runs/TASK-N by default.") var out: String?
    @Flag(help: "Print every setting with where its value comes from, and stop.")
    var printConfig = false
    @Flag(help: "Check all that a run needs, the data and the run folder too, and stop.")
    var dryRun = false

    @OptionGroup var resuming: ResumeOptions

    func run() throws {
        if let run = resuming.resume {
            guard config.isEmpty, out == nil, !printConfig, !dryRun else {
                throw ValidationError("--resume: the run has its own settings and folder")
            }
            return try resuming.run(run, words: [task].compactMap { $0 } + settings)
        }
        guard let task else { throw ValidationError("expected a task, or --resume RUN") }
        try train(try MartletCommand.task(named: task))
    }

    private func train<T: MartletPipeline.Task>(_ type: T.Type) throws {
        let path = out ?? Trainer<T>.defaultPath
        let options = T.Options()
        try options.prepareTraining(
            files: config, arguments: settings, out: printConfig ? nil : path,
            readsData: !printConfig)
        if printConfig { return try Output.text(options.yaml()) }
        let task = try T(training: options)
        if let description = task.dataDescription { Log.info("data: \(description)") }
        // What cannot be evaluated would only show after the first epoch.
        try task.evaluationBatches().cancel()
        if dryRun { return try rehearse(task, path) }
        let trainer = try Trainer(task, out: path)
        Log.info("training \(words(task)) into \(path)")
        try trainer.run()
        try Output.line(path)
    }

    /// Does all that a run does before its first step, and takes its folder away again.
    private func rehearse<T: MartletPipeline.Task>(_ task: T, _ path: String) throws {
        let made = RunPath.firstMissing(path)
        let trainer = Result { try Trainer(task, out: path) }
        if FileManager.default.fileExists(atPath: made) {
            try FileManager.default.removeItem(atPath: made)
        }
        _ = try trainer.get()
        let batches = try task.trainingBatches(epoch: 0, from: 0)
        defer { batches.cancel() }
        guard try batches.next() != nil else {
            throw ConfigurationError(["data: expected at least one batch to train on"])
        }
        Log.info("dry run: everything is there to train \(words(task)) into \(path)")
    }

    private func words<T: MartletPipeline.Task>(_ task: T) -> String {
        "\(task.options.model ?? T.name) with \(task.network.parameterCount) parameters"
    }
}

/// Paths of run folders.
private enum RunPath {
    /// The outermost folder that has to be made for a path.
    static func firstMissing(_ path: String) -> String {
        var missing = URL(fileURLWithPath: path).standardizedFileURL
        while true {
            let above = missing.deletingLastPathComponent()
            if FileManager.default.fileExists(atPath: above.path) { return missing.path }
            missing = above
        }
    }
}
