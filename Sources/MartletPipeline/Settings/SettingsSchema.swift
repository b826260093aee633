extension Settings {
    /// A JSON Schema (draft 2020-12) of the configuration files that `--config` reads, for editors and other programs.
    ///
    /// - Parameter title: what the files configure.
    public func jsonSchema(title: String) -> String {
        let file = JSON.object(SettingKind.text.schema(nil))
        let files = JSON.object(SettingKind.list(.text).schema(nil))
        let inherit = JSON.object([
            ("description", JSON.text("files, relative to this one, whose values come first")),
            ("anyOf", JSON.array([file, files])),
        ])
        return JSON.object([
            ("$schema", JSON.text("https://json-schema.org/draft/2020-12/schema")),
            ("title", JSON.text(title)),
            // An empty file is a configuration, too.
            ("type", JSON.array([JSON.text("object"), JSON.text("null")])),
            ("properties", JSON.object([(ConfigurationReader.inherit, inherit)] + properties)),
            ("additionalProperties", "false"),
        ])
    }

    private var properties: [(String, String)] {
        members.map { name, member in
            switch member {
            case .setting(let setting): (name, JSON.object(setting.schema))
            case .group(let group):
                (
                    name,
                    JSON.object([
                        ("description", JSON.text(type(of: group).summary)),
                        ("type", JSON.text("object")),
                        ("properties", JSON.object(group.properties)),
                        ("additionalProperties", "false"),
                    ])
                )
            }
        }
    }
}

extension AnySetting {
    fileprivate var schema: [(String, String)] {
        [("description", JSON.text(summary)), ("default", kind.json(standard))]
            + kind.schema(bounds)
    }
}

extension SettingKind {
    /// What a value of the kind must fulfil.
    fileprivate func schema(_ bounds: SettingBounds?) -> [(String, String)] {
        switch self {
        // Text without quotes may look like something else.
        case .text:
            return [("type", JSON.array(["string", "number", "boolean"].map(JSON.text)))]
        case .integer, .number:
            let upper = bounds?.excludesUpper == true ? "exclusiveMaximum" : "maximum"
            let limits = [("minimum", bounds?.lower), (upper, bounds?.upper)].compactMap {
                name, end in
                end.map { (name, $0) }
            }
            return [("type", JSON.text(self == .integer ? "integer" : "number"))] + limits
        case .boolean:
            let words = ["yes", "no", "on", "off"].map(JSON.text)
            return [("enum", JSON.array(["true", "false", "1", "0"] + words))]
        case .choice(let words): return [("enum", JSON.array(words.map(JSON.text)))]
        case .list(let kind):
            return [("type", JSON.text("array")), ("items", JSON.object(kind.schema(bounds)))]
        case .auto(let kind):
            let auto = JSON.object([("const", JSON.text("auto"))])
            return [("anyOf", JSON.array([JSON.object(kind.schema(bounds)), auto]))]
        }
    }

    /// The text of a value as JSON.
    fileprivate func json(_ text: String) -> String {
        switch self {
        case .text, .choice: JSON.text(text)
        case .integer, .number, .boolean: text
        case .list: "[\(text)]"
        case .auto(let kind): text == "auto" ? JSON.text(text) : kind.json(text)
        }
    }
}

/// JSON put together from its parts, members in the order given.
private enum JSON {
    static func text(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": return "\\\(scalar)"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: return String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }

    static func array(_ items: [String]) -> String { "[" + items.joined(separator: ", ") + "]" }

    static func object(_ members: [(String, String)]) -> String {
        if members.count == 1 { return "{\(text(members[0].0)): \(members[0].1)}" }
        let lines = members.map { "\(text($0)): \($1)".replacing("\n", with: "\n  ") }
        return "{\n  " + lines.joined(separator: ",\n  ") + "\n}"
    }
}
