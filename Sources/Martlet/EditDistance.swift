/// Which known word somebody may have meant.
public enum EditDistance {
    /// The nearest word, if it is near enough to be meant.
    public static func nearest(to word: String, among words: [String]) -> String? {
        let ranked = words.map { ($0, distance(word.lowercased(), $0.lowercased())) }
        // The last part of a dotted key may stand for the whole.
        if let whole = words.first(where: { $0.hasSuffix(".\(word)") }) { return whole }
        guard let best = ranked.min(by: { $0.1 < $1.1 }) else { return nil }
        return best.1 <= max(2, word.count / 3) ? best.0 : nil
    }

    /// How many insertions, deletions, replacements and exchanges of neighbours lie between two words.
    public static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a), Array(b))
        var rows = [Array(0...b.count)]
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
