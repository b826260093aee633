/// Reads the records of a file of separated values one by one, and goes on after bad ones.
struct CSVReader {
    private let bytes: [UInt8]
    private let path: String
    private let delimiter: UInt8
    private var position = 0
    private var line = 1

    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    init(_ bytes: [UInt8], path: String, delimiter: UInt8) throws(DataError) {
        self.bytes = bytes
        self.path = path
        self.delimiter = delimiter
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw DataError(
                path: path, place: "byte 0", problem: "the text is UTF-16", expected: "UTF-8")
        }
    }

    /// The next record, or why it is none; nil at the end.
    ///
    /// After a bad record reading goes on in the line after the one it begins in, so that an unclosed quote costs one line.
    ///
    /// - Parameter width: how many fields it must have; nil for any number.
    mutating func next(width: Int?) -> Result<CSVTable.Row, DataError>? {
        while position < bytes.count && isLineEnd(bytes[position]) { skipLineEnd() }
        guard position < bytes.count else { return nil }
        let (start, first) = (position, line)
        do throws(DataError) {
            let fields = try record(atMost: width ?? .max)
            if let width, fields.count < width {
                throw problem("the row has \(fields.count) fields", first, "\(width)")
            }
            return .success(CSVTable.Row(fields: fields, line: first))
        } catch {
            position = start
            line = first
            while position < bytes.count && !isLineEnd(bytes[position]) { position += 1 }
            if position < bytes.count { skipLineEnd() }
            return .failure(error)
        }
    }

    /// - Parameter limit: with how many fields to stop: where each line closes the quote of the one before and opens another,
    ///   all that follows would else be read again for every line.
    private mutating func record(atMost limit: Int) throws(DataError) -> [String] {
        var fields: [String] = []
        let first = line
        while true {
            guard fields.count < limit else {
                throw problem("the row has more than \(limit) fields", first, "\(limit)")
            }
            let isQuoted = position < bytes.count && bytes[position] == CSVReader.quote
            fields.append(isQuoted ? try quotedField() : try plainField())
            guard position < bytes.count else { return fields }
            if bytes[position] == delimiter {
                position += 1
            } else {
                skipLineEnd()
                return fields
            }
        }
    }

    private mutating func plainField() throws(DataError) -> String {
        let start = position
        while position < bytes.count, bytes[position] != delimiter, !isLineEnd(bytes[position]) {
            position += 1
        }
        return try text(bytes[start..<position], line)
    }

    private mutating func quotedField() throws(DataError) -> String {
        let first = line
        var field: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            if byte == CSVReader.quote {
                position += 1
                if position < bytes.count, bytes[position] == CSVReader.quote {
                    field.append(byte)
                    position += 1
                    continue
                }
                guard
                    position == bytes.count || bytes[position] == delimiter
                        || isLineEnd(bytes[position])
                else {
                    throw problem(
                        "there is text after a closing quote", line,
                        "a delimiter or the end of the line; quotes within a field are doubled")
                }
                return try text(field[...], first)
            }
            if isLineEnd(byte) {
                let start = position
                skipLineEnd()
                field.append(contentsOf: bytes[start..<position])
            } else {
                field.append(byte)
                position += 1
            }
            guard field.count <= CSVTable.fieldLimit else { break }
        }
        throw problem(
            position < bytes.count
                ? "a quoted field has more than \(CSVTable.fieldLimit) bytes"
                : "a quote is opened and never closed", first, "a closing quote")
    }

    private func text(_ field: ArraySlice<UInt8>, _ line: Int) throws(DataError) -> String {
        guard field.count <= CSVTable.fieldLimit else {
            throw problem(
                "a field has \(field.count) bytes", line, "at most \(CSVTable.fieldLimit)")
        }
        guard !field.contains(0) else { throw problem("there is a NUL character", line, "text") }
        guard let text = String(validating: field, as: UTF8.self) else {
            throw problem("there are bytes that are no UTF-8", line, "UTF-8 text")
        }
        return text
    }

    private func isLineEnd(_ byte: UInt8) -> Bool {
        byte == CSVReader.lineFeed || byte == CSVReader.carriageReturn
    }

    private mutating func skipLineEnd() {
        let isPair =
            bytes[position] == CSVReader.carriageReturn && position + 1 < bytes.count
            && bytes[position + 1] == CSVReader.lineFeed
        position += isPair ? 2 : 1
        line += 1
    }

    private func problem(_ problem: String, _ line: Int, _ expected: String) -> DataError {
        DataError(path: path, place: "line \(line)", problem: problem, expected: expected)
    }
}
