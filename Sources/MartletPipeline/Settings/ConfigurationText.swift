extension Settings {
    /// Every value in force as YAML that `--config` reads back, and at the end of each line where it came from.
    public func yaml() -> String {
        let lines = yamlLines(indent: "")
        let width = min(lines.map(\.text.count).max() ?? 0, 40)
        return lines.map { text, origin in
            guard let origin else { return text + "\n" }
            let gap = String(repeating: " ", count: max(0, width - text.count) + 2)
            return "\(text)\(gap)# \(YAMLText.escaped("\(origin)"))\n"
        }.joined()
    }

    /// Lines with the origin of what they hold; settings first, then groups.
    private func yamlLines(indent: String) -> [(text: String, origin: SettingOrigin?)] {
        var own: [(text: String, origin: SettingOrigin?)] = []
        var groups: [(text: String, origin: SettingOrigin?)] = []
        for (name, member) in members {
            switch member {
            case .setting(let setting):
                own.append(("\(indent)\(name): \(YAMLText.value(of: setting))", setting.origin))
            case .group(let group):
                groups.append(("\(indent)\(name):", nil))
                groups += group.yamlLines(indent: indent + "  ")
            }
        }
        return own + groups
    }
}

/// Values as YAML.
private enum YAMLText {
    static func value(of setting: any AnySetting) -> String {
        if setting.kind.isList && setting.text != "auto" {
            return "[" + setting.text.split(separator: ",").joined(separator: ", ") + "]"
        }
        return setting.kind.allowsQuotes(setting.text) && !isPlain(setting.text)
            ? "\"\(escaped(setting.text))\"" : setting.text
    }

    /// Whether any reader of YAML takes it for text without quotes.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first else { return false }
        let words = ["true", "false", "yes", "no", "on", "off", "null"]
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        return (letters + "/").unicodeScalars.contains(first)
            && text.unicodeScalars.allSatisfy {
                (letters + "/._-0123456789").unicodeScalars.contains($0)
            }
            && !words.contains(text.lowercased())
    }

    /// Text as it stands between double quotes, on one line.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": return "\\\""
            case "\\": return "\\\\"
            case " "..."~", "\u{A1}"..."\u{1FFF}", "\u{2030}"..."\u{D7FF}": return String(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }.joined()
    }
}
