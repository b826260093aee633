internal import ArgumentParser
internal import MartletPipeline

struct ReplayCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Goes again through a batch that made training no number, and says where.",
        discussion: """
            Training keeps such a batch under nonfinite/ in the run folder, with the weights it met. \
            Every operation on it is watched, and the one that first made a NaN is named.
            """)

    @Argument(help: "A run folder.") var folder: String
    @Argument(help: "Settings that replace the run's: data=DIR where the data have moved.")
    var settings: [String] = []
    @Option(help: "The batch's folder under nonfinite/; the newest by default.") var batch: String?
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws { try replay(try MartletCommand.task(of: ModelFile(folder))) }

    private func replay<T: MartletPipeline.Task>(_ type: T.Type) throws {
        let replay = try Replay(
            type, run: folder, batch: batch, changes: ConfigurationValue.parse(arguments: settings))
        try Output.line(json ? try JSONText.object(replay) : "\(replay)")
    }
}
