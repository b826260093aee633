internal import Foundation

/// Columns of text, each as wide as its widest entry.
struct TextTable {
    let header: [String]
    let rows: [[String]]

    /// The lines, the header first. Line breaks and other control characters of entries are shown as a replacement.
    var text: String {
        let rows = ([header] + rows).map { $0.map(TextTable.shown) }
        let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
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
    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e6
            ? String(Int(value)) : String(format: "%.5g", value)
    }
}
