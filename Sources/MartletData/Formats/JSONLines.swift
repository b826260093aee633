extension CSVTable {
    /// Reads a file of JSON objects, one a line (JSON Lines), as a table whose columns are the keys of the first object.
    ///
    /// Strings are their text, numbers and `true` and `false` are as they are written, null is empty; arrays and objects are
    /// kept as JSON. Further keys of later objects are passed over, a key that is missing makes a bad row.
    ///
    /// - Parameters:
    ///   - bytes: the file in UTF-8.
    ///   - path: the file, for messages.
    ///   - onBad: what becomes of lines that are no objects, or lack a key of the first one.
    /// - Throws: `DataError` that names the line.
    package init(jsonLines bytes: [UInt8], path: String, onBad: BadRows) throws(DataError) {
        var columns: [String] = []
        var rows: [Row] = []
        var problems: [DataError] = []
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var line = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let content = bytes[start..<end]
            start = end + 1
            line += 1
            guard content.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { continue }
            do throws(DataError) {
                let members = try CSVTable.members(Array(content), path: path, line: line)
                if columns.isEmpty { columns = members.keys }
                var fields: [String] = []
                for column in columns {
                    guard let value = members.values[column] else {
                        throw DataError(
                            path: path, place: "line \(line)",
                            problem: "the object has no \"\(column)\"",
                            expected: "the keys of the first object")
                    }
                    fields.append(value)
                }
                rows.append(Row(fields: fields, line: line))
            } catch {
                if case .fail = onBad { throw error }
                problems.append(error)
            }
        }
        try self.init(
            path: path, columns: columns, rows: rows, problems: problems,
            delimiter: UInt8(ascii: ","), onBad: onBad)
    }

    /// An object's keys in order, and its values as text.
    private static func members(
        _ bytes: [UInt8], path: String, line: Int
    ) throws(DataError) -> (keys: [String], values: [String: String]) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw DataError(
                path: path, place: "line \(line)", problem: "there are bytes that are no UTF-8",
                expected: "UTF-8 text")
        }
        var keys: [String] = []
        var values: [String: String] = [:]
        do throws(JSONScanner.Failure) {
            try bytes.withUnsafeBufferPointer { buffer throws(JSONScanner.Failure) in
                var scanner = JSONScanner(buffer)
                try scanner.members { scanner, key, _ throws(JSONScanner.Failure) in
                    if values[key] == nil { keys.append(key) }
                    values[key] = try CSVTable.text(of: &scanner, bytes)
                }
                guard scanner.peek() == nil else {
                    throw scanner.failure(expected: "the end of the line after the object")
                }
            }
        } catch {
            throw DataError(
                path: path, place: "line \(line), byte \(error.byte)", problem: error.problem,
                expected: error.expected)
        }
        return (keys, values)
    }

    private static func text(
        of scanner: inout JSONScanner, _ bytes: [UInt8]
    ) throws(JSONScanner.Failure) -> String {
        if scanner.peek() == UInt8(ascii: "\"") { return try scanner.string() }
        let start = scanner.position
        try scanner.skipValue()
        let text = String(decoding: bytes[start..<scanner.position], as: UTF8.self)
        return text == "null" ? "" : text
    }
}
