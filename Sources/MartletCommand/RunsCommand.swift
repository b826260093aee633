internal import ArgumentParser
internal import Foundation
internal import MartletPipeline

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Lists runs, or compares some.",
        subcommands: [ListRunsCommand.self, CompareRunsCommand.self],
        defaultSubcommand: ListRunsCommand.self)
}

struct ListRunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the runs of a folder, the newest first.")

    @Argument(help: "The folder that run folders lie in.") var folder = "runs"
    @Flag(help: "Print a JSON array.") var json = false

    /// A run as a line of the list.
    struct Line: Encodable {
        let name: String
        let path: String
        let task: String
        let model: String?
        let epochs: Int
        let epochsPlanned: Int
        let metric: String
        let best: Double?
        let started: Date
        let state: String

        init(_ run: RunRecord) {
            name = run.name
            path = run.path
            task = run.task
            model = run.model
            epochs = run.epochsDone
            epochsPlanned = run.epochsPlanned
            metric = run.monitor
            best = run.bestScore
            started = run.started
            state = run.state
        }
    }

    func run() throws {
        let lines = try RunRecord.all(in: folder).map(Line.init)
        if json { return try Output.line(JSONText.object(lines)) }
        guard !lines.isEmpty else { return Log.info("\(folder): no runs") }
        let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .current)
            .year().month().day().time(includingFractionalSeconds: false)
        try Output.line(
            TextTable.lines(
                [["name", "task", "model", "epochs", "best", "began", "state"]]
                    + lines.map { line in
                        [
                            line.name, line.task, line.model ?? "",
                            "\(line.epochs)/\(line.epochsPlanned)",
                            line.best.map { "\(line.metric) \(TextTable.number($0))" } ?? "",
                            line.started.formatted(style), line.state,
                        ]
                    }))
    }
}

struct CompareRunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Puts runs side by side and tells how certain their differences are.",
        discussion: """
            The first run is what the others are compared with, by the score of every sample of the evaluation in their \
            best epochs. The interval holds the difference of the means with 95 % confidence (a paired bootstrap); one \
            without 0 is no accident of which samples were evaluated.
            """)

    @Argument(help: "Two run folders or more.") var runs: [String]
    @Option(help: "What the drawing of samples derives from.") var seed = 0
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
        guard runs.count > 1 else {
            throw ValidationError("expected two run folders or more, got \(runs.count)")
        }
        guard seed >= 0 else { throw ValidationError("--seed: expected 0 or more, got \(seed)") }
    }

    func run() throws {
        let comparison = try RunComparison(runs.map(RunRecord.init), seed: UInt64(seed))
        if json { return try Output.line(JSONText.object(comparison)) }
        func table(_ title: String, _ rows: [RunComparison.Row<String>]) -> String {
            TextTable.lines(
                [[title] + comparison.runs] + rows.map { [$0.name] + $0.values.map { $0 ?? "-" } })
        }
        try Output.line(
            comparison.settings.isEmpty
                ? "the settings are the same" : table("setting", comparison.settings))
        try Output.line("\n" + table("metric", comparison.metrics.map { $0.map(TextTable.number) }))
        for difference in comparison.differences {
            let verdict =
                difference.low <= 0 && difference.high >= 0
                ? "no certain difference" : "certain at 95 %"
            try Output.line(
                "\n\(difference.run) against \(comparison.runs[0]), \(difference.metric) over "
                    + "\(difference.samples) samples: \(TextTable.number(difference.score)) against "
                    + "\(TextTable.number(difference.baseline)), difference "
                    + "\(TextTable.number(difference.difference)), 95 % interval "
                    + "\(TextTable.number(difference.low)) to \(TextTable.number(difference.high)): "
                    + verdict)
        }
        for note in comparison.notes { Log.info(note) }
    }
}

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Writes a run's report.html anew.")

    @Argument(help: "A run folder.") var folder: String
    @Option(
        help: "The file to write, which must not exist; report.html in the run folder by default.")
    var out: String?

    func run() throws {
        if let out { try OutputPath.check(out) }
        try Output.line(RunReport(RunRecord(folder)).write(to: out))
    }
}
