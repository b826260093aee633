internal import ArgumentParser
internal import Foundation
internal import Martlet
internal import MartletData
internal import MartletDatasets
internal import MartletPipeline

struct DatasetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "datasets", abstract: "Lists, downloads and makes data sets.",
        subcommands: [
            DatasetsListCommand.self, DatasetsShowCommand.self, DatasetsPrepareCommand.self,
            DatasetsMakeCommand.self,
        ], defaultSubcommand: DatasetsListCommand.self)

    /// Every card of every task, with the task's name.
    fileprivate static var cards: [(task: String, card: DatasetCard)] {
        MartletCommand.tasks.flatMap { task in task.datasets.map { (task.name, $0) } }
    }

    fileprivate static func card(named name: String) throws -> (task: String, card: DatasetCard) {
        if let found = cards.first(where: { $0.card.name == name }) { return found }
        let known = cards.map(\.card.name)
        let hint = EditDistance.nearest(to: name, among: known)
        throw ConfigurationError([
            "unknown data set \"\(name)\"" + (hint.map { "; did you mean \"\($0)\"?" } ?? "")
                + " (known: \(known.joined(separator: ", ")))"
        ])
    }

    /// Prepares a data set and prints its folder.
    fileprivate static func prepare(
        _ card: DatasetCard, at place: String?, from mirror: String? = nil, seed: Int = 0
    ) throws {
        let folder = place ?? "data/\(card.name)"
        let showing = PreparationProgress(card)
        let isNew = try card.prepare(
            at: folder, from: mirror, seed: seed, progress: showing.update)
        showing.finish()
        if !isNew { Log.info("\(folder): \(card.name) is there already") }
        try Output.line(folder)
    }
}

struct DatasetsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the data sets.")

    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let cards = DatasetsCommand.cards
        if json {
            try Output.line(JSONText.object(cards.map { CardDescription($0.task, $0.card) }))
        } else {
            let rows = cards.map { task, card in
                [card.name, task, ByteCount.text(card.bytes), card.licence, card.summary]
            }
            try Output.line(
                TextTable.lines([["name", "task", "size", "licence", "what it is"]] + rows))
        }
    }
}

struct DatasetsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Tells all about a data set.")

    @Argument(help: "The data set; see martlet datasets.") var name: String
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
        let (task, card) = try DatasetsCommand.card(named: name)
        if json {
            try Output.line(JSONText.object(CardDescription(task, card)))
            return
        }
        var rows = [
            ["name", card.name], ["task", task], ["what it is", card.summary],
            [
                "size",
                ByteCount.text(card.bytes) + (card.isGenerated ? ", made here" : " to download"),
            ],
            ["licence", card.licence], ["source", card.source],
        ]
        if case .files(let files) = card.origin {
            rows += files.flatMap { [["file", $0.url], ["SHA-256", $0.sha256]] }
        }
        rows.append(
            [
                "to have it",
                "martlet datasets \(card.isGenerated ? "make" : "prepare") \(card.name)",
            ])
        try Output.line(TextTable.lines(rows))
    }
}

struct DatasetsPrepareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare",
        abstract: "Downloads and unpacks a data set, or makes it; goes on where it was interrupted."
    )

    @Argument(help: "The data set; see martlet datasets.") var name: String
    @Option(help: "The folder to make; data/NAME by default.") var at: String?
    @Option(
        help:
            "An address (http, https or file) of a folder with the files, to take them from there.")
    var from: String?

    func run() throws {
        try DatasetsCommand.prepare(DatasetsCommand.card(named: name).card, at: at, from: from)
    }
}

struct DatasetsMakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make", abstract: "Makes a data set that Martlet generates.")

    @Argument(help: "The data set; see martlet datasets.") var name: String
    @Option(help: "The folder to make; data/NAME by default.") var at: String?
    @Option(help: "What every random number derives from; 0 or more.") var seed = 0

    func run() throws {
        let card = try DatasetsCommand.card(named: name).card
        guard card.isGenerated else {
            throw ConfigurationError([
                "\(name) is downloaded, not made: martlet datasets prepare \(name)"
            ])
        }
        guard seed >= 0 else {
            throw ConfigurationError(["--seed: expected 0 or more, got \(seed)"])
        }
        try DatasetsCommand.prepare(card, at: at, seed: seed)
    }
}

/// A card for scripts.
private struct CardDescription: Encodable {
    let name: String
    let task: String
    let summary: String
    let bytes: Int
    let generated: Bool
    let licence: String
    let source: String
    let files: [String: String]

    init(_ task: String, _ card: DatasetCard) {
        name = card.name
        self.task = task
        summary = card.summary
        bytes = card.bytes
        generated = card.isGenerated
        licence = card.licence
        source = card.source
        if case .files(let remote) = card.origin {
            files = Dictionary(remote.map { ($0.url, $0.sha256) }, uniquingKeysWith: { a, _ in a })
        } else {
            files = [:]
        }
    }
}

/// The progress line of a preparation.
private final class PreparationProgress {
    private let card: DatasetCard
    private var line: ProgressLine?

    init(_ card: DatasetCard) { self.card = card }

    func update(_ progress: DatasetCard.Progress) {
        switch progress {
        case .downloading(let done, let total):
            line("downloading \(card.name)", total: total / 1000, unit: "kB").update(done / 1000)
        case .generating(let done, let total):
            line("making \(card.name)", total: total, unit: "samples").update(done)
        case .unpacking(let name):
            finish()
            Log.info("unpacking \(name)")
        }
    }

    func finish() {
        line?.finish()
        line = nil
    }

    private func line(_ title: String, total: Int, unit: String) -> ProgressLine {
        let line = self.line ?? ProgressLine(title, total: total, unit: unit)
        self.line = line
        return line
    }
}
