internal import ArgumentParser
internal import MartletPipeline

/// `martlet train --resume RUN`.
struct ResumeOptions: ParsableArguments {
    @Option(
        help:
            "Go on with the run in this folder, by its own settings; KEY=VALUE words may raise epochs."
    )
    var resume: String?
    @Flag(help: "With --resume, end with exit code 4 when the newest checkpoint is damaged.")
    var strictResume = false
    @Option(
        name: .customLong("allow-change"), parsing: .singleValue,
        help: "With --resume, a key that may differ from the run's. May be repeated.")
    var allowed: [String] = []

    /// Goes on with a run.
    ///
    /// - Parameter words: `KEY=VALUE` words.
    func run(_ path: String, words: [String]) throws {
        let changes = try ConfigurationValue.parse(arguments: words)
        let run = try EarlierRun(path, strict: strictResume)
        try train(try MartletCommand.task(named: run.task), run, changes)
    }

    private func train<T: MartletPipeline.Task>(
        _ type: T.Type, _ run: EarlierRun, _ changes: [ConfigurationValue]
    ) throws {
        let trainer = try Trainer<T>(resuming: run, changes: changes, allowing: Set(allowed))
        if trainer.isFinished {
            Log.info(
                "\(trainer.path) has trained its \(trainer.epochs) epochs; epochs=N goes on to more"
            )
        } else {
            Log.info("\(trainer.path) goes on \(trainer.place)")
            try trainer.run()
        }
        try Output.line(trainer.path)
    }
}
