internal import ArgumentParser
internal import Foundation
internal import MartletData
internal import MartletPipeline

struct NewTaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new-task",
        abstract: "Writes a Swift package with a task of one's own: a small one that works.")

    @Argument(help: "The task's name: lower-case letters, digits and hyphens.") var name: String
    @Option(help: "The package's folder, which must not exist.") var at: String
    @Option(help: "Where the package finds Martlet: a folder, or the URL of a repository.")
    var martlet: String

    func run() throws {
        let isName =
            name.first?.isLetter == true
            && name.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0) }
        var problems: [String] = []
        if !isName {
            problems.append("expected lower-case letters, digits and hyphens, got \"\(name)\"")
        }
        if ["martlet", "swift"].contains(name)
            || MartletCommand.tasks.contains(where: { $0.name == name })
        {
            problems.append("the name \"\(name)\" is taken")
        }
        if FileManager.default.fileExists(atPath: at) {
            problems.append("--at \(at): it exists already")
        }
        if !martlet.contains("://")
            && !FileManager.default.fileExists(atPath: martlet + "/Package.swift")
        {
            problems.append(
                "--martlet \(martlet): expected a folder with a Package.swift, or a URL")
        }
        if !problems.isEmpty { throw ConfigurationError(problems) }
        let package = PackageTemplate(name: name, martlet: martlet)
        try AtomicDirectory.write(to: at) { folder in
            for (path, text) in package.files {
                let file = folder.file(path)
                try FileManager.default.createDirectory(
                    atPath: FilePath.folder(of: file),
                    withIntermediateDirectories: true)
                try AtomicFile.write(text, to: file)
            }
        }
        try Output.line(at)
        Log.info("README.md in \(at) says how to build, test and train it")
    }
}
