internal import Foundation
internal import MartletData

/// How one sample of an evaluation fared.
public struct SampleResult: Sendable, Equatable {
    /// What the sample is called, the same in every run on the same data: its path in the data folder.
    public let id: String
    /// Its part of the metric that chooses the best checkpoint, which is the mean of these: 1 for a right class, 0 for a
    /// wrong one.
    public let score: Double
    /// What else is worth keeping, under names that all samples of a task share: the true class, the predicted one.
    public let details: [(name: String, value: String)]

    public init(id: String, score: Double, details: [(name: String, value: String)] = []) {
        self.id = id
        self.score = score
        self.details = details
    }

    public static func == (a: SampleResult, b: SampleResult) -> Bool {
        a.id == b.id && a.score == b.score && a.details.elementsEqual(b.details, by: ==)
    }
}

/// `predictions.csv`: a row a sample. Its first column is `id`, its second the metric by its name.
public enum SampleResults {
    /// The file's name in a run folder.
    public static let fileName = "predictions.csv"
    /// The most bytes of a file that is read.
    static let fileLimit = 1 << 30

    /// Writes a table of samples.
    ///
    /// - Parameter metric: what the scores are parts of.
    /// - Throws: `DiskError`.
    public static func write(_ samples: [SampleResult], metric: String, to path: String) throws {
        let names = samples.first?.details.map(\.name) ?? []
        var text = CSV.line(["id", metric] + names)
        for sample in samples {
            text += CSV.line(
                [sample.id, "\(sample.score)"] + sample.details.map(\.value))
        }
        try AtomicFile.write(text, to: path)
    }

    /// Reads what `write` wrote.
    ///
    /// - Throws: `DataError` that names the row.
    public static func read(_ path: String) throws -> (metric: String, samples: [SampleResult]) {
        let rows = try CSV.rows(RunFile.text(path, limit: fileLimit), path: path)
        guard let header = rows.first, header.count >= 2, header[0] == "id" else {
            throw DataError(
                path: path, place: "row 1", problem: "no table of samples",
                expected: "the columns id, METRIC, ...")
        }
        let samples = try rows.enumerated().dropFirst().map { number, row in
            guard row.count == header.count else {
                throw DataError(
                    path: path, place: "row \(number + 1)", problem: "\(row.count) columns",
                    expected: "\(header.count)")
            }
            guard let score = Double(row[1]), abs(score) < 1e100 else {
                throw DataError(
                    path: path, place: "row \(number + 1)", problem: "\"\(row[1])\"",
                    expected: "a number for \(header[1]), below 1e100")
            }
            return SampleResult(
                id: row[0], score: score,
                details: zip(header, row).dropFirst(2).map { (name: $0, value: $1) })
        }
        return (header[1], samples)
    }
}

/// Comma-separated values (RFC 4180).
enum CSV {
    static func line(_ fields: [String]) -> String {
        fields.map { field in
            field.utf8.contains { ",\"\r\n".utf8.contains($0) }
                ? "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : field
        }.joined(separator: ",") + "\n"
    }

    /// - Throws: `DataError` for a quote that is out of place or never closed.
    static func rows(_ text: String, path: String) throws -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field: [UInt8] = []
        var (isQuoted, wasQuoted) = (false, false)
        func problem(_ what: String) -> DataError {
            DataError(path: path, place: "row \(rows.count + 1)", problem: what)
        }
        func endField() {
            row.append(String(decoding: field, as: UTF8.self))
            (field, wasQuoted) = ([], false)
        }
        for byte in text.utf8 {
            if isQuoted {
                if byte == UInt8(ascii: "\"") {
                    (isQuoted, wasQuoted) = (false, true)
                } else {
                    field.append(byte)
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                guard field.isEmpty || wasQuoted else { throw problem("a quote within a field") }
                // The second of two quotes stands for one.
                if wasQuoted { field.append(byte) }
                isQuoted = true
            case UInt8(ascii: ","): endField()
            case UInt8(ascii: "\n"):
                endField()
                rows.append(row)
                row = []
            case UInt8(ascii: "\r"): break
            default:
                guard !wasQuoted else { throw problem("text after a closing quote") }
                field.append(byte)
            }
        }
        guard !isQuoted else { throw problem("a quote that is never closed") }
        if !row.isEmpty || !field.isEmpty || wasQuoted {
            endField()
            rows.append(row)
        }
        return rows
    }
}
