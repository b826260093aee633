internal import Martlet

/// What a key that no setting has may have been meant for.
struct KeyAdvice {
    private let known: [(key: String, name: Name)]

    /// - Parameter known: every dotted key there is.
    init(known: [String]) { self.known = known.map { ($0, Name($0)) } }

    /// What is wrong with a value whose key is unknown.
    func unknown(_ value: ConfigurationValue) -> String {
        let inside = known.map(\.key).filter { $0.hasPrefix(value.key + ".") }
        if !inside.isEmpty {
            return "\(value.key)\(value.place): it is a group, expected one of its keys: "
                + inside.joined(separator: ", ")
        }
        let hint = nearest(to: value.key).map { "; did you mean \"\($0)\"?" } ?? ""
        return "unknown key \"\(value.key.shortened)\"\(value.place)\(hint)"
    }

    /// The key that was meant, if one is near enough: spelled almost alike, in another group, or a part of the word,
    /// as `batch` is of `batch_size`.
    func nearest(to key: String) -> String? {
        // No key is as long, and comparing takes time.
        guard key.utf8.count <= 80 else { return nil }
        let typed = Name(key)
        let ranked = known.enumerated().map { (order: $0, key: $1.key, cost: typed.cost($1.name)) }
        if let best = ranked.min(by: { ($0.cost, $0.order) < ($1.cost, $1.order) }),
            best.cost <= max(2, Double(typed.last.count) / 3)
        {
            return best.key
        }
        return known.first { typed.words.contains($0.name.last) }?.key
    }

    /// A dotted key without what people spell differently: capitals and underscores.
    private struct Name {
        let whole: String
        let group: String
        let last: String
        /// The words of the last part: `max`, `epochs` of `max_epochs` or `maxEpochs`.
        let words: [String]

        init(_ key: String) {
            func plain(_ text: some StringProtocol) -> String {
                text.lowercased().filter { $0 != "_" && $0 != "-" }
            }
            let end = key.split(separator: ".").last ?? ""
            whole = plain(key)
            group = plain(key.dropLast(end.count))
            last = plain(end)
            var words = [""]
            for character in end {
                if character == "_" || character == "-" || character.isUppercase {
                    words.append("")
                }
                if character != "_" && character != "-" {
                    words[words.count - 1] += character.lowercased()
                }
            }
            self.words = words
        }

        /// How far another key is: by its letters, or by those of its last part if the group is another.
        func cost(_ other: Name) -> Double {
            let spelled = Double(EditDistance.distance(whole, other.whole))
            let moved = Double(EditDistance.distance(last, other.last)) + 0.5
            // Of two that end alike, the one in no group, then the one in the group that looks more like it.
            let apart =
                other.group.isEmpty ? 0 : Double(EditDistance.distance(group, other.group))
            return min(spelled, moved + apart / 100)
        }
    }
}
