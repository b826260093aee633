internal import Martlet

/// A key with a value as text, and where it was found.
public struct ConfigurationValue: Sendable {
    /// How a value was written. A file says more about it than a command line does.
    enum Form {
        /// As a word, of a command line or a model file.
        case word
        /// In a file without quotes, in quotes, and as a list `[30, 60]`.
        case plain, quoted, list
        /// In a file under a key with dots, where it should be in a group.
        case dotted
    }

    /// The dotted key, the value as it was written, and where that was.
    public let key: String
    public let text: String
    public let origin: SettingOrigin
    var form = Form.word

    /// " (FILE:LINE)", and nothing for what came from elsewhere.
    var place: String {
        if case .file(let path, let line) = origin { " (\(path):\(line))" } else { "" }
    }

    /// `KEY=VALUE` words of a command line.
    ///
    /// - Throws: `ConfigurationError` for other words, and for a key that is there twice.
    public static func parse(arguments: [String]) throws -> [ConfigurationValue] {
        var reader = ConfigurationReader()
        reader.parse(arguments)
        if !reader.problems.isEmpty { throw ConfigurationError(reader.problems) }
        return reader.values
    }

    /// The values of a YAML file, nested groups as dotted keys, after those of the files it inherits.
    ///
    /// - Throws: `ConfigurationError` with file and line.
    public static func read(_ path: String) throws -> [ConfigurationValue] {
        var reader = ConfigurationReader()
        reader.read(path)
        if !reader.problems.isEmpty { throw ConfigurationError(reader.problems) }
        return reader.values
    }

    /// Hands the value to a setting; false where the setting cannot have it.
    func set(_ setting: any AnySetting) -> Bool {
        let fits =
            switch form {
            case .word: true
            case .plain: !isNothing && (!setting.kind.isList || text == "auto")
            case .quoted: setting.kind.allowsQuotes(text)
            case .list: setting.kind.isList
            case .dotted: false
            }
        return fits && setting.set(text, from: origin)
    }

    /// What a setting that cannot have the value says.
    func refusal(by setting: any AnySetting) -> String {
        let found =
            switch form {
            case .plain where isNothing: "nothing"
            case .word where text.isEmpty: "nothing"
            case .word, .plain: "\"\(text.shortened)\""
            case .quoted: "\"\(text.shortened)\" in quotes"
            case .list: "the list [\(text.shortened)]"
            case .dotted: "a key with dots; in a file write \(nested)"
            }
        let hint = EditDistance.nearest(to: text, among: setting.kind.words).map {
            "; did you mean \"\($0)\"?"
        }
        return "\(key)\(place): expected \(setting.expectation), got \(found)\(hint ?? "")"
    }

    /// The key as a file has it: `optimizer: {name: ...}`.
    private var nested: String {
        let words = key.split(separator: ".")
        return words.joined(separator: ": {") + ": ..."
            + String(repeating: "}", count: words.count - 1)
    }

    /// Whether a file gives a key and no value.
    private var isNothing: Bool { ["", "~", "null", "Null", "NULL"].contains(text) }
}

extension String {
    /// The text, or the beginning of a long one, for messages.
    var shortened: String { count > 80 ? "\(prefix(80))..." : self }
}
