internal import ArgumentParser
internal import Martlet
internal import MartletPipeline

extension Root {
    /// The words of a command line, after a look at the command they begin with: `help TASK` stands for `tasks TASK`.
    ///
    /// - Throws: `ConfigurationError` for a command that is none, with the nearest one.
    static func understand(_ words: [String], tasks: [String]) throws -> [String] {
        let commands =
            configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard let command = words.first, !command.hasPrefix("-") else { return words }
        guard commands.contains(command) else { throw unknown(command, "command", commands) }
        guard command == "help", words.count > 1, !words[1].hasPrefix("-") else { return words }
        if tasks.contains(words[1]) { return ["tasks"] + words.dropFirst() }
        guard commands.contains(words[1]) else {
            throw unknown(words[1], "command or task", commands + tasks)
        }
        return words
    }

    private static func unknown(_ word: String, _ kind: String, _ known: [String])
        -> ConfigurationError
    {
        let hint = EditDistance.nearest(to: word, among: known).map { "; did you mean \"\($0)\"?" }
        return ConfigurationError([
            "unknown \(kind) \"\(word)\"\(hint ?? "") (known: \(known.joined(separator: ", ")))"
        ])
    }
}
