/// Rows of words as lines in columns, for people.
public enum TextTable {
    /// - Parameter rightAligned: the columns of numbers.
    public static func lines(_ rows: [[String]], rightAligned: Set<Int> = []) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                if rightAligned.contains(column) { return space + text }
                return column == row.count - 1 ? text : text + space
            }
            return cells.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
