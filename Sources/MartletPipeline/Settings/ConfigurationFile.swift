internal import Foundation
internal import MartletData
internal import Yams

/// What stands in a configuration file before it is YAML.
enum ConfigurationFile {
    /// The most bytes a file may have.
    static let limit = 1 << 16

    /// The text of a file. Pipes are read as well.
    ///
    /// - Parameter name: the path, or what errors are to say in its place.
    /// - Throws: `ConfigurationError` for what cannot be read, is too large, is not UTF-8 or abounds in aliases.
    static func text(of path: String, named name: String) throws -> String {
        let bytes = try bytes(of: path, named: name)
        guard bytes.count <= limit else {
            throw ConfigurationError(["\(name): expected at most \(limit) bytes of YAML, got more"])
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.utf8.elementsEqual(bytes) else {
            let line = 1 + text.prefix { $0 != "\u{FFFD}" }.count { $0.isNewline }
            throw ConfigurationError(["\(name):\(line): expected UTF-8 text"])
        }
        // A few aliases, written out, can be gigabytes, and the parser writes them out. Settings need none; so
        // few cannot do harm, and may be stars in a text.
        let aliases = YAMLAliases.places(in: bytes)
        if aliases.count > 4 {
            let line = 1 + bytes[..<aliases[0]].count { $0 == UInt8(ascii: "\n") }
            throw ConfigurationError([
                "\(name):\(line): anchors and aliases (*name) are not supported"
            ])
        }
        return text
    }

    private static func bytes(of path: String, named name: String) throws -> [UInt8] {
        func failure() -> ConfigurationError {
            ConfigurationError(["\(name): it cannot be read: \(String(cString: strerror(errno)))"])
        }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= limit {
            let count = read(file, &piece, piece.count)
            if count == 0 { break }
            if count > 0 {
                bytes += piece[..<count]
            } else if errno != EINTR {
                throw failure()
            }
        }
        return bytes
    }
}

extension YamlError {
    /// Where a file is no YAML, and why.
    func words(_ path: String) -> String {
        switch self {
        case .scanner(let context, let problem, let mark, let yaml),
            .parser(let context, let problem, let mark, let yaml),
            .composer(let context, let problem, let mark, let yaml):
            let lines = yaml.split(omittingEmptySubsequences: false) { $0.isNewline }
            let indent = lines.dropFirst(mark.line - 1).first?.prefix { $0 == " " || $0 == "\t" }
            let advice =
                indent?.contains("\t") == true ? "; indent with spaces, YAML takes no tabs" : ""
            let before = context.map { "\($0.text), " } ?? ""
            return "\(path):\(mark.line): not YAML: \(before)\(problem)\(advice)"
        case .reader(let problem, let offset, _, let yaml):
            let line = 1 + yaml.prefix(offset ?? 0).count { $0.isNewline }
            return "\(path):\(line): not YAML: \(problem)"
        case .duplicatedKeysInMapping(let names, let context):
            let keys = names.map { "\"\($0)\"" }.joined(separator: ", ")
            return "\(path):\(context.mark.line): given more than once: \(keys)"
        default: return "\(path): not YAML: \(self)"
        }
    }
}
