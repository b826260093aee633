internal import Foundation
internal import Martlet
public import MartletData
internal import Yams

/// Configuration that cannot be used: every problem found, not only the first.
public struct ConfigurationError: ExitCoded, CustomStringConvertible {
    public let problems: [String]
    public var exitCode: Int32 { 2 }
    public var description: String { problems.joined(separator: "\n") }

    public init(_ problems: [String]) { self.problems = problems }
}

extension Settings {
    /// Every setting under its dotted key, in the order of declaration.
    var entries: [(key: String, setting: any AnySetting)] { entries(prefix: "") }

    private func entries(prefix: String) -> [(key: String, setting: any AnySetting)] {
        var result: [(key: String, setting: any AnySetting)] = []
        var mirrors = [Mirror(reflecting: self)]
        while let above = mirrors.last?.superclassMirror { mirrors.append(above) }
        for child in mirrors.reversed().flatMap(\.children) {
            guard let label = child.label else { continue }
            if let setting = child.value as? any AnySetting {
                result.append((prefix + label.drop { $0 == "_" }, setting))
            } else if let group = child.value as? any Settings {
                result += group.entries(prefix: prefix + label + ".")
            }
        }
        return result
    }

    /// Applies values in order, later ones over earlier ones.
    ///
    /// - Throws: `ConfigurationError` that names every unknown key, with the nearest known one, and every value of the wrong
    ///   type or outside its range.
    public func apply(_ values: [ConfigurationValue]) throws {
        let known = Dictionary(
            entries.map { ($0.key, $0.setting) }, uniquingKeysWith: { a, _ in a })
        var problems: [String] = []
        for value in values {
            guard let setting = known[value.key] else {
                let nearest = EditDistance.nearest(to: value.key, among: known.keys.sorted())
                let hint = nearest.map { "; did you mean \"\($0)\"?" } ?? ""
                problems.append("unknown key \"\(value.key)\"\(value.place)\(hint)")
                continue
            }
            if setting.set(value.text) {
                setting.origin = value.origin
            } else {
                problems.append(
                    "\(value.key)\(value.place): expected \(setting.expectation), got \"\(value.text)\""
                )
            }
        }
        if !problems.isEmpty { throw ConfigurationError(problems) }
    }

    /// A line a setting: its key and value, what it is and what it may be.
    public var manual: String {
        let entries = self.entries
        let words = entries.map { "\($0.key)=\($0.setting.text)" }
        let width = words.map(\.count).max() ?? 0
        return zip(words, entries).map { word, entry in
            word + String(repeating: " ", count: width + 2 - word.count)
                + "\(entry.setting.summary) (\(entry.setting.expectation))"
        }.joined(separator: "\n")
    }

    /// Every value in force as YAML that `ConfigurationValue.read` reads back.
    public func yaml() throws -> String {
        var root = YAMLGroup()
        for (key, setting) in entries {
            root.set(key.split(separator: ".").map(String.init)[...], setting.text)
        }
        return try Yams.serialize(node: root.node)
    }
}

/// A key with a value as text, and where it was found.
public struct ConfigurationValue: Sendable {
    /// The dotted key, the value as it was written, and where that was.
    public let key: String
    public let text: String
    public let origin: SettingOrigin

    var place: String {
        if case .file(let path, let line) = origin { " (\(path):\(line))" } else { "" }
    }

    /// `KEY=VALUE` words of a command line.
    public static func parse(arguments: [String]) throws -> [ConfigurationValue] {
        var problems: [String] = []
        var result: [ConfigurationValue] = []
        for argument in arguments {
            guard let mark = argument.firstIndex(of: "="), mark != argument.startIndex else {
                problems.append("\"\(argument)\": expected KEY=VALUE")
                continue
            }
            result.append(
                ConfigurationValue(
                    key: String(argument[..<mark]),
                    text: String(argument[argument.index(after: mark)...]), origin: .commandLine))
        }
        if !problems.isEmpty { throw ConfigurationError(problems) }
        return result
    }

    /// The most bytes a configuration file may have.
    public static let fileLimit = 1 << 20

    /// The values of a YAML file, nested groups as dotted keys.
    public static func read(_ path: String) throws -> [ConfigurationValue] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError(["\(path): the configuration file cannot be read"])
        }
        guard data.count <= fileLimit, let text = String(data: data, encoding: .utf8) else {
            throw ConfigurationError([
                "\(path): expected UTF-8 text of at most \(fileLimit) bytes, got \(data.count) bytes"
            ])
        }
        do {
            // Anchors would let a small file stand for a huge one; configurations need none.
            let node = try Yams.compose(yaml: text)
            guard let node else { return [] }
            return try flatten(node, key: "", path: path, depth: 0)
        } catch let error as YamlError {
            throw ConfigurationError(["\(path): \(error)"])
        }
    }

    private static func flatten(_ node: Node, key: String, path: String, depth: Int) throws
        -> [ConfigurationValue]
    {
        let line = node.mark?.line ?? 0
        switch node {
        case .scalar(let scalar):
            guard !key.isEmpty else { break }
            return [
                ConfigurationValue(
                    key: key, text: scalar.string, origin: .file(path, line: line))
            ]
        case .mapping(let mapping) where depth < 8:
            return try mapping.flatMap { name, value in
                guard let name = name.string else {
                    throw ConfigurationError([
                        "\(path):\(name.mark?.line ?? line): expected a key that is text"
                    ])
                }
                return try flatten(
                    value, key: key.isEmpty ? name : "\(key).\(name)", path: path, depth: depth + 1)
            }
        default: break
        }
        throw ConfigurationError([
            "\(path):\(line): expected \(key.isEmpty ? "keys with values" : "one value for \(key)")"
        ])
    }
}

/// A tree of values on its way to YAML, in order.
private struct YAMLGroup {
    private var order: [String] = []
    private var values: [String: String] = [:]
    private var groups: [String: YAMLGroup] = [:]

    mutating func set(_ path: ArraySlice<String>, _ text: String) {
        guard let first = path.first else { return }
        if !order.contains(first) { order.append(first) }
        if path.count == 1 {
            values[first] = text
        } else {
            groups[first, default: YAMLGroup()].set(path.dropFirst(), text)
        }
    }

    var node: Node {
        .mapping(
            Node.Mapping(
                order.map { key in
                    (
                        Node(key),
                        groups[key]?.node ?? values[key].map { Node($0) } ?? Node("")
                    )
                }))
    }
}
