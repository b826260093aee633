internal import Foundation
internal import Martlet
public import MartletData

/// A group of settings: a class whose properties are `@Setting`s or groups of their own.
public protocol Settings: AnyObject {
    init()

    /// What the group is about, for lists; empty by default.
    static var summary: String { get }

    /// What is wrong with values that are right one by one: "KEY: what was expected and what it is", with the
    /// dotted key as it stands in this group. File and line of the key are added. None by default.
    func problems() -> [String]
}

extension Settings {
    /// Nothing to say.
    public static var summary: String { "" }

    /// Values that go together whatever they are.
    public func problems() -> [String] { [] }
}

/// Configuration that cannot be used: every problem found, not only the first.
public struct ConfigurationError: ExitCoded, CustomStringConvertible {
    public let problems: [String]
    public var exitCode: Int32 { 2 }
    public var description: String { problems.joined(separator: "\n") }

    public init(_ problems: [String]) { self.problems = problems }
}

/// What a class of settings declares: a setting, or a group of them.
enum SettingsMember {
    case setting(any AnySetting)
    case group(any Settings)
}

extension Settings {
    /// Settings and groups by name, in the order of declaration.
    var members: [(name: String, member: SettingsMember)] {
        var mirrors = [Mirror(reflecting: self)]
        while let above = mirrors.last?.superclassMirror { mirrors.append(above) }
        return mirrors.reversed().flatMap(\.children).compactMap { child in
            guard let label = child.label else { return nil }
            if let setting = child.value as? any AnySetting {
                return (String(label.drop { $0 == "_" }), .setting(setting))
            }
            return (child.value as? any Settings).map { (label, .group($0)) }
        }
    }

    /// Every setting under its dotted key, those outside groups first.
    var entries: [(key: String, setting: any AnySetting)] {
        let members = members
        let own = members.compactMap { name, member -> (key: String, setting: any AnySetting)? in
            if case .setting(let setting) = member { (name, setting) } else { nil }
        }
        return own
            + members.flatMap { name, member -> [(key: String, setting: any AnySetting)] in
                guard case .group(let group) = member else { return [] }
                return group.entries.map { ("\(name).\($0.key)", $0.setting) }
            }
    }

    /// Takes values in order, later ones over earlier ones.
    ///
    /// - Throws: `ConfigurationError`, after taking all that is right, with every unknown key and the nearest known one,
    ///   every value of the wrong type or outside its range, and what `problems()` finds.
    public func apply(_ values: [ConfigurationValue]) throws {
        let problems = take(values) + conflicts()
        if !problems.isEmpty { throw ConfigurationError(problems) }
    }

    /// Takes the values that are right, and returns what is wrong with the others.
    func take(_ values: [ConfigurationValue]) -> [String] {
        let entries = self.entries
        let known = Dictionary(
            entries.map { ($0.key, $0.setting) }, uniquingKeysWith: { a, _ in a })
        let advice = KeyAdvice(known: entries.map(\.key))
        return values.compactMap { value in
            guard let setting = known[value.key] else { return advice.unknown(value) }
            return value.set(setting) ? nil : value.refusal(by: setting)
        }
    }

    /// What `problems()` of this and of all groups in it finds, with the places of the keys.
    func conflicts() -> [String] { located(conflicts(prefix: "")) }

    /// Adds file and line of the key that each problem begins with.
    func located(_ problems: [String]) -> [String] {
        let origins = Dictionary(
            entries.map { ($0.key, $0.setting.origin) }, uniquingKeysWith: { a, _ in a })
        return problems.map { problem in
            let key = String(problem.prefix { $0 != ":" })
            guard case .file(let path, let line)? = origins[key] else { return problem }
            return "\(key) (\(path):\(line))\(problem.dropFirst(key.count))"
        }
    }

    private func conflicts(prefix: String) -> [String] {
        problems().map { prefix + $0 }
            + members.flatMap { name, member -> [String] in
                guard case .group(let group) = member else { return [] }
                return group.conflicts(prefix: "\(prefix)\(name).")
            }
    }
}
