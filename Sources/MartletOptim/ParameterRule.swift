internal import Foundation
internal import Martlet
public import MartletNN

/// Settings for the parameters whose names match a pattern.
///
/// ```swift
/// let groups = try ParameterGroup.following(
///     [ParameterRule("backbone.*", learningRateFactor: 0.1), ParameterRule("*.bias", weightDecay: 0)],
///     of: model, weightDecay: 0.01)
/// ```
public struct ParameterRule: Sendable {
    /// A whole name, in which `*` stands for any characters, points too, and `?` for any one.
    public let pattern: String
    /// Multiplies the learning rate of every step.
    public var learningRateFactor: Double
    /// The parameters' weight decay; nil is the one of all others.
    public var weightDecay: Double?

    public init(_ pattern: String, learningRateFactor: Double = 1, weightDecay: Double? = nil) {
        self.pattern = pattern
        self.learningRateFactor = learningRateFactor
        self.weightDecay = weightDecay
    }

    /// Rules for fine-tuning: learning rates that fall from a model's output to its input (Howard and
    /// Ruder, "Universal language model fine-tuning for text classification", 2018).
    ///
    /// - Parameters:
    ///   - patterns: the layers, from input to output.
    ///   - decay: the learning rate of a layer divided by that of the next; the last layer's factor is
    ///     `decay` itself, as 1 is that of the parameters that no pattern matches.
    public static func layerwise(_ patterns: [String], decay: Double) -> [ParameterRule] {
        patterns.enumerated().map { i, pattern in
            ParameterRule(pattern, learningRateFactor: pow(decay, Double(patterns.count - i)))
        }
    }

    func matches(_ name: String) -> Bool {
        ParameterRule.matches(Array(pattern)[...], Array(name)[...])
    }

    private static func matches(
        _ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>
    ) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        if first == "*" {
            let rest = pattern.drop { $0 == "*" }
            return (name.startIndex...name.endIndex).contains { matches(rest, name[$0...]) }
        }
        guard let character = name.first, first == "?" || first == character else { return false }
        return matches(pattern.dropFirst(), name.dropFirst())
    }
}

/// A rule that no parameter follows.
public struct ParameterRuleError: Error, CustomStringConvertible, Equatable {
    /// The pattern of the rule.
    public let pattern: String
    public let reason: String

    public var description: String { "parameters \"\(pattern)\": \(reason)" }
}

extension ParameterGroup {
    /// Groups by rules: each parameter follows the first rule that matches its name; those that no
    /// rule matches are the group "others".
    ///
    /// - Parameters:
    ///   - weightDecay: of parameters whose rule says nothing about it.
    ///   - exemptingVectors: whether that weight decay spares biases and normalisations, which then
    ///     are groups of their own, named as the others and " (vectors)".
    /// - Throws: `ParameterRuleError` where a rule has no parameter to apply to.
    public static func following(
        _ rules: [ParameterRule], of module: any Module, weightDecay: Double = 0,
        exemptingVectors: Bool = false
    ) throws -> [ParameterGroup] {
        let all = module.namedParameters()
        let places = all.map { entry in rules.firstIndex { $0.matches(entry.name) } }
        for (i, rule) in rules.enumerated() where !places.contains(i) {
            throw rule.unused(among: all.map(\.name))
        }
        return (rules.map(Optional.some) + [nil]).enumerated().flatMap { i, rule in
            let members = zip(all, places).filter { ($0.1 ?? rules.count) == i }.map(\.0)
            let exempt = exemptingVectors && rule?.weightDecay == nil
            return [false, true].compactMap { vectors -> ParameterGroup? in
                let part = members.filter { (exempt && $0.parameter.isVector) == vectors }
                guard !part.isEmpty else { return nil }
                return ParameterGroup(
                    (rule?.pattern ?? "others") + (vectors ? " (vectors)" : ""), part,
                    learningRateFactor: rule?.learningRateFactor ?? 1,
                    weightDecay: vectors ? 0 : rule?.weightDecay ?? weightDecay)
            }
        }
    }
}

extension ParameterRule {
    /// Why no parameter follows this rule.
    fileprivate func unused(among names: [String]) -> ParameterRuleError {
        if names.contains(where: matches) {
            return ParameterRuleError(
                pattern: pattern, reason: "earlier patterns match every parameter that it matches")
        }
        // Patterns that would match: whole names, and their beginnings and ends.
        var known: [String] = []
        for name in names {
            let parts = name.split(separator: ".").map(String.init)
            known.append(name)
            for i in parts.indices.dropFirst() {
                known.append(parts[..<i].joined(separator: ".") + ".*")
                known.append("*." + parts[i...].joined(separator: "."))
            }
        }
        let hint =
            EditDistance.nearest(to: pattern, among: known).map { "did you mean \"\($0)\"?" }
            ?? "the model's are \(names.prefix(8).joined(separator: ", "))"
            + (names.count > 8 ? ", ..." : "")
        return ParameterRuleError(pattern: pattern, reason: "no parameter has such a name; \(hint)")
    }
}
