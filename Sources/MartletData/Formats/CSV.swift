internal import Martlet

/// A table of text: a file of comma- or tab-separated values (RFC 4180), read whole.
///
/// Fields in quotes may hold delimiters, line breaks and doubled quotes; a quote within a field that does not begin with one
/// is itself, as Python's `csv` has it. Lines end with LF, CRLF or CR; empty lines and a byte-order mark are passed over.
public struct CSVTable: Sendable {
    /// A record of the file.
    public struct Row: Sendable {
        /// Its fields, as many as the table has columns.
        public let fields: [String]
        /// The line of the file it begins in, from 1.
        public let line: Int
    }

    /// What becomes of rows that cannot be read.
    public enum BadRows: Sendable, Equatable {
        /// The first one is an error.
        case fail
        /// They are left out and listed in `problems`, as long as they are no larger a part of the rows than this.
        case skip(maxShare: Double = 0.01)
    }

    /// The file.
    public let path: String
    /// The names of the columns: the first row, or "1", "2", ... where the file has no header.
    public let columns: [String]
    public let rows: [Row]
    /// The rows that were left out.
    public let problems: [DataError]
    private let delimiter: UInt8

    /// The most bytes that a field may have.
    public static let fieldLimit = 1 << 24

    /// Reads a file of UTF-8 text.
    ///
    /// - Parameters:
    ///   - delimiter: what separates fields; nil for a tab in files that end with `.tsv` or `.tab`, else a comma.
    ///   - hasHeader: whether the first row names the columns.
    ///   - onBad: what becomes of rows with too many or too few fields, an unclosed quote, bytes that are no text.
    /// - Throws: `DataError` that names the line.
    public init(
        _ path: String, delimiter: Character? = nil, hasHeader: Bool = true, onBad: BadRows = .fail
    ) throws(DataError) {
        let bytes = try asData { () throws(DiskError) in
            let file = try InputFile(path)
            return try file.read(at: 0, count: file.byteCount)
        }
        try self.init(bytes, path: path, delimiter: delimiter, hasHeader: hasHeader, onBad: onBad)
    }

    /// Reads what a file holds, or what became of it in UTF-8; parameters as above.
    package init(
        _ bytes: [UInt8], path: String, delimiter: Character? = nil, hasHeader: Bool = true,
        onBad: BadRows = .fail
    ) throws(DataError) {
        let isTabbed = [".tsv", ".tab"].contains { path.lowercased().hasSuffix($0) }
        let separator = delimiter ?? (isTabbed ? "\t" : ",")
        guard let code = separator.asciiValue, ![0x0A, 0x0D, 0x22].contains(code) else {
            preconditionFailure("CSVTable: expected an ASCII delimiter, got \(separator)")
        }
        var reader = try CSVReader(bytes, path: path, delimiter: code)
        var rows: [Row] = []
        var problems: [DataError] = []
        var columns: [String] = []
        while let result = reader.next(width: columns.isEmpty ? nil : columns.count) {
            switch result {
            case .success(let row) where columns.isEmpty:
                columns = hasHeader ? row.fields : (1...row.fields.count).map(String.init)
                if !hasHeader { rows.append(row) }
            case .success(let row): rows.append(row)
            case .failure(let problem):
                if case .fail = onBad { throw problem }
                // Without knowing the columns there is nothing to go on with.
                if columns.isEmpty { throw problem }
                problems.append(problem)
            }
        }
        try self.init(
            path: path, columns: columns, rows: rows, problems: problems, delimiter: code,
            onBad: onBad)
    }

    /// A table of what some reader found, held to what it may have of bad rows.
    init(
        path: String, columns: [String], rows: [Row], problems: [DataError], delimiter: UInt8,
        onBad: BadRows
    ) throws(DataError) {
        guard !rows.isEmpty else {
            throw problems.first
                ?? DataError(
                    path: path,
                    problem: columns.isEmpty ? "the file is empty" : "there is but a header",
                    expected: "rows of values")
        }
        if case .skip(let most) = onBad,
            Double(problems.count) > most * Double(rows.count + problems.count)
        {
            throw DataError(
                path: path, place: problems[0].place,
                problem: "\(problems.count) of \(rows.count + problems.count) rows cannot be read, "
                    + "the first because of: \(problems[0].problem)",
                expected: "at most \(most * 100) % of bad rows")
        }
        self.path = path
        self.delimiter = delimiter
        self.columns = columns
        self.rows = rows
        self.problems = problems
    }

    /// The place of a column, given by its name or by its number from 1.
    ///
    /// - Throws: `DataError` with the nearest name, also where two columns have this one.
    public func index(of column: String) throws(DataError) -> Int {
        let found = columns.indices.filter { columns[$0] == column }
        if found.count == 1 { return found[0] }
        if found.count > 1 {
            throw DataError(
                path: path, place: "line 1",
                problem: "\(found.count) columns are named \"\(column)\"",
                expected: "one, or a column's number")
        }
        if let number = Int(column), (1...columns.count).contains(number) { return number - 1 }
        let others: [(UInt8, String)] = [(0x2C, "commas"), (0x09, "tabs"), (0x3B, "semicolons")]
        let other = others.first {
            columns.count == 1 && $0.0 != delimiter && columns[0].utf8.contains($0.0)
        }
        let nearest = EditDistance.nearest(to: column, among: columns)
        throw DataError(
            path: path, place: "line 1",
            problem: "there is no column \"\(column)\""
                + (other.map { "; are the values separated by \($0.1)?" } ?? ""),
            expected: nearest.map { "a column's name or number; did you mean \"\($0)\"?" }
                ?? "one of \(columns.joined(separator: ", "))")
    }

    /// The numbers of a column; an empty field is NaN where `missing` allows it.
    ///
    /// - Throws: `DataError` that names the line of what is no finite number.
    public func numbers(_ column: String, missing: Bool = false) throws(DataError) -> [Double] {
        let index = try index(of: column)
        var result: [Double] = []
        result.reserveCapacity(rows.count)
        for row in rows {
            let text = row.fields[index].trimmingSpaces()
            if missing && text.isEmpty {
                result.append(.nan)
            } else if let number = Double(text), number.isFinite {
                result.append(number)
            } else {
                throw DataError(
                    path: path, place: "line \(row.line)",
                    problem: "column \"\(columns[index])\" has \"\(text.prefix(40))\"",
                    expected: "a number")
            }
        }
        return result
    }

    /// The texts of a column.
    ///
    /// - Throws: `DataError` where there is no such column.
    public func texts(_ column: String) throws(DataError) -> [String] {
        let index = try index(of: column)
        return rows.map { $0.fields[index] }
    }
}

extension String {
    fileprivate func trimmingSpaces() -> Substring {
        var text = self[...]
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
