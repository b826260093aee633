extension Settings {
    /// Every setting with its default, what it may be and what it is, in columns, group by group.
    public var manual: String {
        let keys = entries.map(\.key.count).max() ?? 0
        let defaults = entries.map { $0.setting.shownDefault.count }.max() ?? 0
        let ranges = entries.map { $0.setting.shownRange.count }.max() ?? 0
        return sections(name: "", heading: "").map { heading, entries in
            let lines = entries.map { key, setting in
                let left =
                    "  \(key.padded(to: keys))  \(setting.shownDefault.padded(to: defaults))  "
                    + setting.shownRange.padded(to: ranges) + "  "
                let indent = String(repeating: " ", count: left.count)
                return left
                    + setting.shownSummary.wrapped(to: max(40, 120 - left.count))
                    .joined(separator: "\n\(indent)")
            }
            return ((heading.isEmpty ? [] : [heading]) + lines).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// The settings of this and of every group in it, under a heading each.
    private func sections(name: String, heading: String)
        -> [(heading: String, entries: [(key: String, setting: any AnySetting)])]
    {
        var own: [(key: String, setting: any AnySetting)] = []
        var groups: [(heading: String, entries: [(key: String, setting: any AnySetting)])] = []
        for (label, member) in members {
            switch member {
            case .setting(let setting): own.append((name + label, setting))
            case .group(let group):
                let summary = type(of: group).summary
                groups += group.sections(
                    name: "\(name)\(label).",
                    heading: name + label + (summary.isEmpty ? "" : ": \(summary)"))
            }
        }
        return (own.isEmpty ? [] : [(heading, own)]) + groups
    }
}

extension AnySetting {
    fileprivate var shownDefault: String {
        standard.isEmpty ? (kind.isList ? "[]" : "\"\"") : standard
    }

    fileprivate var shownRange: String { kind.range(bounds) }

    fileprivate var shownSummary: String {
        kind.words.isEmpty ? summary : "\(summary): \(kind.words.joined(separator: ", "))"
    }
}

extension SettingKind {
    /// What a value may be, in a word; `auto` is not mentioned, as it is the default where it may be.
    fileprivate func range(_ bounds: SettingBounds?) -> String {
        switch self {
        case .text: return "text"
        case .boolean: return "true, false"
        case .choice: return "word"
        case .integer, .number:
            guard let bounds else { return self == .integer ? "whole" : "number" }
            let upper = bounds.upper.map { bounds.excludesUpper ? "..<\($0)" : "...\($0)" }
            return (bounds.lower ?? "") + (upper ?? "...")
        case .list(let kind): return "[\(kind.range(bounds))]"
        case .auto(let kind): return kind.range(bounds)
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    /// Lines of at most this many characters, broken between words.
    fileprivate func wrapped(to width: Int) -> [String] {
        split(separator: " ").reduce(into: [""]) { lines, word in
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
    }
}
