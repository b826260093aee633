internal import Martlet
public import MartletData

/// A file of texts: a table (`.csv`, `.tsv`, `.tab`, `.jsonl`, `.ndjson`) or lines of text (`.txt`).
public enum TextFile {
    /// The endings, in lower case, of files that are tables.
    public static let tableExtensions: Set<String> = ["csv", "tsv", "tab", "jsonl", "ndjson"]
    /// The endings, in lower case, of files that are read.
    public static let extensions: Set<String> = tableExtensions.union(["txt"])

    /// The most bytes that a file may have.
    static let longest = 4 << 30
    /// The most bytes of one text: 256 MiB.
    static let longestText = 1 << 28

    /// What is wrong with a text that is too long; nil for any other.
    static func problem(_ text: String) -> String? {
        text.utf8.count <= longestText
            ? nil : "a text of \(text.utf8.count) bytes, more than \(longestText)"
    }

    private static func checked(
        _ text: String, _ path: String, _ place: String? = nil
    ) throws(DataError) -> String {
        guard let problem = problem(text) else { return text }
        throw DataError(path: path, place: place, problem: problem, expected: "shorter ones")
    }

    /// Whether a file is a table, by its name.
    static func isTable(_ path: String) -> Bool {
        tableExtensions.contains(FilePath.lowercasedExtension(FilePath.name(of: path)))
    }

    /// The rows of a table, and the encoding that it is in.
    static func table(
        _ path: String, _ format: TableFormat, onBad: CSVTable.BadRows
    ) throws(DataError) -> (CSVTable, TextEncoding) {
        let (bytes, encoding) = try bytes(path, encoding: format.encoding)
        let ending = FilePath.lowercasedExtension(FilePath.name(of: path))
        let table =
            ending == "jsonl" || ending == "ndjson"
            ? try CSVTable(jsonLines: bytes, path: path, onBad: onBad)
            : try CSVTable(bytes, path: path, hasHeader: format.hasHeader, onBad: onBad)
        return (table, encoding)
    }

    /// The texts of a file, in order: those of a table's column, or each line, also where it is empty.
    ///
    /// - Throws: `DataError` that names the line of what cannot be read.
    public static func texts(
        _ path: String, _ format: TableFormat
    ) throws(DataError) -> [(text: String, source: String)] {
        if isTable(path) {
            let (table, _) = try table(path, format, onBad: .fail)
            let index = try format.textIndex(in: table)
            var result: [(text: String, source: String)] = []
            for row in table.rows {
                let text = try checked(row.fields[index], path, "line \(row.line)")
                result.append((text, "\(path) line \(row.line)"))
            }
            return result
        }
        var lines = try bytes(path, encoding: format.encoding).0.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        var result: [(text: String, source: String)] = []
        for (index, line) in lines.enumerated() {
            guard let text = String(validating: line, as: UTF8.self) else {
                throw DataError(
                    path: path, place: "line \(index + 1)",
                    problem: "there are bytes that are no UTF-8", expected: "UTF-8 text")
            }
            let place = "line \(index + 1)"
            result.append(
                (try checked(TextLines.trimmed(text), path, place), "\(path) \(place)"))
        }
        return result
    }

    /// The text of a file that holds one.
    public static func text(_ path: String, encoding: String? = nil) throws(DataError) -> String {
        let (bytes, _) = try bytes(path, encoding: encoding)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DataError(
                path: path, problem: "there are bytes that are no UTF-8", expected: "UTF-8 text")
        }
        return try checked(text, path)
    }

    /// The bytes of a file in UTF-8, as far as they are text, without a byte-order mark; and the encoding they were in.
    ///
    /// Bytes that are UTF-8 but for a few stay as they are, so that readers can name the line of each that is not.
    private static func bytes(
        _ path: String, encoding: String?
    ) throws(DataError) -> ([UInt8], TextEncoding) {
        var bytes = try InputFile.contents(path, longest: longest)
        if encoding == nil, isMostlyUTF8(bytes) {
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
            return (bytes, .utf8)
        }
        let (text, found) = try TextDecoder.decode(
            bytes, as: encoding.map { TextEncoding($0) }, path: path)
        return (Array(text.utf8), found)
    }

    /// Whether nine of ten sequences of bytes beyond ASCII are UTF-8: by chance, few are in other encodings.
    private static func isMostlyUTF8(_ bytes: [UInt8]) -> Bool {
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
            return false
        }
        return bytes.withUnsafeBufferPointer { bytes in
            var (good, bad, place) = (0, 0, 0)
            while place < bytes.count {
                let byte = bytes[place]
                place += 1
                guard byte >= 0x80 else { continue }
                let following = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC2 ? 1 : 0
                let rest = bytes[place..<min(place + following, bytes.count)]
                if following > 0, rest.count == following, rest.allSatisfy({ $0 & 0xC0 == 0x80 }) {
                    good += 1
                    place += following
                } else {
                    bad += 1
                }
            }
            return good >= 9 * bad
        }
    }
}
