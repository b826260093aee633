internal import Foundation
internal import Yams
internal import MartletData

/// Reads files and words of a command line, and collects what is wrong with them.
struct ConfigurationReader {
    /// What was read so far, later values over earlier ones.
    private(set) var values: [ConfigurationValue] = []
    private(set) var problems: [String] = []
    private var filesRead = 0

    /// The most files that may inherit each other in a row, and the most in all.
    static let depthLimit = 8
    static let filesLimit = 64

    /// The key under which a file names others whose values come before its own.
    static let inherit = "inherit"

    /// Takes `KEY=VALUE` words.
    mutating func parse(_ words: [String]) {
        var found: [String: String] = [:]
        for word in words {
            guard let mark = word.firstIndex(of: "="), mark != word.startIndex else {
                problems.append("\"\(word)\": expected KEY=VALUE")
                continue
            }
            let key = String(word[..<mark])
            let text = String(word[word.index(after: mark)...])
            if let earlier = found.updateValue(text, forKey: key) {
                problems.append("\(key): it is given twice, as \"\(earlier)\" and \"\(text)\"")
            }
            values.append(ConfigurationValue(key: key, text: text, origin: .commandLine))
        }
    }

    /// Takes the values of a YAML file, after those of the files it inherits.
    mutating func read(_ path: String) { read(path, namedBy: nil, inside: []) }

    /// - Parameters:
    ///   - place: where another file names this one.
    ///   - chain: the files that led here, the outermost first, without links.
    private mutating func read(_ path: String, namedBy place: String?, inside chain: [String]) {
        let name = place.map { "\($0): \(Self.inherit) \(path)" } ?? path
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard !chain.contains(real) else {
            return problems.append("\(name): the file inherits itself")
        }
        guard chain.count < Self.depthLimit, filesRead < Self.filesLimit else {
            return problems.append(
                "\(name): expected at most \(Self.depthLimit) files that inherit each other in a row, "
                    + "and \(Self.filesLimit) in all")
        }
        filesRead += 1
        do {
            // The parser keeps the anchors of its nodes for as long as it lives.
            let parser = try Parser(
                yaml: ConfigurationFile.text(of: path, named: name), encoding: .utf8)
            let root = try parser.singleRoot()
            withExtendedLifetime(parser) {
                if let root { take(root, of: path, inside: chain + [real]) }
            }
        } catch let error as YamlError {
            problems.append(error.words(path))
        } catch {
            problems.append("\(error)")
        }
    }

    private mutating func take(_ root: Node, of path: String, inside chain: [String]) {
        if let text = root.scalar, text.style == .plain, ["", "~", "null"].contains(text.string) {
            return  // An empty document.
        }
        guard case .mapping(let mapping) = root, root.anchor == nil else {
            let line = root.mark?.line ?? 1
            return problems.append("\(path):\(line): expected keys with values")
        }
        for (name, node) in mapping where name.scalar?.string == Self.inherit {
            let line = name.mark?.line ?? 1
            let files = node.sequence.map(Array.init) ?? [node]
            let folder = FilePath.folder(of: path)
            for file in files {
                guard let text = file.scalar?.string, !text.isEmpty, file.anchor == nil else {
                    problems.append("\(path):\(line): expected one file, or a list, to inherit")
                    continue
                }
                let isWhole = text.hasPrefix("/") || !path.utf8.contains(UInt8(ascii: "/"))
                read(
                    isWhole ? text : "\(folder)/\(text)", namedBy: "\(path):\(line)",
                    inside: chain)
            }
        }
        for (name, node) in mapping where name.scalar?.string != Self.inherit {
            flatten(name, node, prefix: "", path: path, depth: 0)
        }
    }

    private mutating func flatten(
        _ name: Node, _ node: Node, prefix: String, path: String, depth: Int
    ) {
        let line = name.mark?.line ?? 1
        guard let word = name.scalar?.string, !word.isEmpty, name.anchor == nil else {
            return problems.append("\(path):\(line): expected a key that is text")
        }
        let key = prefix + word
        guard node.anchor == nil else {
            return problems.append("\(path):\(line): \(key): anchors and aliases are not supported")
        }
        let origin = SettingOrigin.file(path, line: line)
        if word.contains(".") {
            return values.append(
                ConfigurationValue(key: key, text: "", origin: origin, form: .dotted))
        }
        switch node {
        case .scalar(let scalar):
            let form: ConfigurationValue.Form = scalar.style == .plain ? .plain : .quoted
            values.append(
                ConfigurationValue(key: key, text: scalar.string, origin: origin, form: form))
        case .mapping(let mapping) where depth < 8:
            for (name, node) in mapping {
                flatten(name, node, prefix: key + ".", path: path, depth: depth + 1)
            }
        case .sequence(let sequence) where sequence.allSatisfy { $0.scalar != nil }:
            let items = sequence.compactMap(\.scalar)
            guard items.allSatisfy({ $0.style == .plain && $0.anchor == nil }) else {
                return problems.append(
                    "\(path):\(line): \(key): expected a list without quotes and aliases")
            }
            values.append(
                ConfigurationValue(
                    key: key, text: items.map(\.string).joined(separator: ","), origin: origin,
                    form: .list))
        default:
            problems.append("\(path):\(line): expected one value, or a list, for \(key)")
        }
    }
}
