internal import Foundation

/// Rows of words as lines in columns, for people.
public enum TextTable {
    /// Each column as wide as its widest entry; control characters of entries, line breaks among them, are shown as a
    /// replacement.
    ///
    /// - Parameter rightAligned: the columns of numbers.
    public static func lines(_ rows: [[String]], rightAligned: Set<Int> = []) -> String {
        let rows = rows.map { $0.map(shown) }
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return rightAligned.contains(column) ? space + text : text + space
            }
            let line = cells.joined(separator: "  ")
            return String(line.dropLast(line.reversed().prefix { $0 == " " }.count))
        }.joined(separator: "\n")
    }

    private static func shown(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
                }))
    }

    /// A number in up to five digits.
    public static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e6
            ? String(Int(value)) : String(format: "%.5g", value)
    }
}
