internal import Foundation
internal import Martlet
internal import MartletNN

/// Parameters that are not trained, chosen by patterns of their names.
enum Freezing {
    /// Freezes what the patterns, separated by commas, match: `backbone.*` everything below `backbone`.
    ///
    /// - Throws: `ConfigurationError` for a pattern that matches no parameter.
    static func apply(_ patterns: String, to network: any Module) throws {
        let parameters = network.namedParameters()
        for part in patterns.split(separator: ",") {
            let pattern = part.trimmingCharacters(in: .whitespaces)
            let matches = parameters.filter { fnmatch(pattern, $0.name, 0) == 0 }
            guard !matches.isEmpty else {
                let names = parameters.map(\.name)
                let hint = EditDistance.nearest(to: pattern, among: names)
                throw ConfigurationError([
                    "training.freeze: \"\(pattern)\" matches none of the \(names.count) parameters"
                        + (hint.map { "; did you mean \"\($0)\"?" }
                            ?? " (\(names.prefix(5).joined(separator: ", ")), ...)")
                ])
            }
            for (_, parameter) in matches { parameter.isFrozen = true }
        }
    }

    /// - Throws: `ConfigurationError` where a phase has nothing left to train.
    static func check(_ phases: [Phase], of network: any Module) throws {
        let trained = network.namedParameters().filter { !$0.parameter.isFrozen }
        for phase in phases where !trained.contains(where: { phase.trains($0.name) }) {
            throw ConfigurationError([
                "training.freeze: every parameter of phase \(phase.name) is frozen; expected one to train"
            ])
        }
    }
}
