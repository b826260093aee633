internal import ArgumentParser
internal import Foundation
internal import MartletPipeline

struct PlanCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Says what training would take: time, memory, size; makes a few steps to know.")

    @OptionGroup var arguments: TaskArguments
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws { try plan(try MartletCommand.task(named: arguments.task)) }

    private func plan<T: MartletPipeline.Task>(_ type: T.Type) throws {
        let task = try T(training: arguments.options(of: type))
        if let description = task.dataDescription { Log.info("data: \(description)") }
        let plan = try Plan.measure(task)
        try Output.line(json ? try JSONText.object(plan) : "\(plan)")
    }
}
