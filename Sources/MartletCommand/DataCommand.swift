internal import ArgumentParser
internal import Foundation
internal import MartletData
internal import MartletPipeline

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Looks at data.",
        subcommands: [DataCheckCommand.self, DataConvertCommand.self])
}

struct DataCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads a whole data set and lists everything that is wrong or odd in it.",
        discussion: """
            Errors keep training from starting, or a sample from being used; warnings are what spoils results: \
            images that are in two parts, classes of very different sizes; notes are good to know. \
            The exit status is 3 where there are errors.
            """)

    @OptionGroup var arguments: TaskArguments
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws { try check(try MartletCommand.task(named: arguments.task)) }

    private func check<T: MartletPipeline.Task>(_ type: T.Type) throws {
        // That there are none is a finding like any other.
        let report = try T.checkData(arguments.options(of: type, readsData: false))
        try Output.line(json ? try JSONText.object(report) : "\(report)")
        let errors = report.count(.error)
        if errors > 0 { throw FaultyData(path: report.data, errors: errors) }
    }
}

/// Data with errors, which were listed.
private struct FaultyData: ExitCoded, CustomStringConvertible {
    let path: String
    let errors: Int
    var exitCode: Int32 { 3 }
    var description: String { "\(path): \(errors) error\(errors == 1 ? "" : "s")" }
}
