internal import MartletData

/// How a table of texts is laid out.
public struct TableFormat: Sendable, Equatable {
    /// The column with the texts: a name, or a number from 1; nil for one by a customary name.
    public var text: String?
    /// The column with the classes, likewise.
    public var label: String?
    /// Whether the first row names the columns.
    public var hasHeader: Bool
    /// The encoding of the bytes, by a name such as `GB18030`; nil to find it out.
    public var encoding: String?

    /// Columns by name or number; by customary names by default.
    public init(
        text: String? = nil, label: String? = nil, hasHeader: Bool = true, encoding: String? = nil
    ) {
        self.text = text
        self.label = label
        self.hasHeader = hasHeader
        self.encoding = encoding
    }

    private static let textNames = [
        "text", "review", "sentence", "content", "comment", "body", "tweet", "message", "document",
        "review_body", "reviewtext", "review_text",
    ]
    private static let labelNames = [
        "label", "labels", "sentiment", "class", "category", "target", "polarity", "stars",
        "rating", "score", "airline_sentiment",
    ]

    /// The place of the column with the texts.
    func textIndex(in table: CSVTable) throws(DataError) -> Int {
        try index(text, TableFormat.textNames, "text", in: table)
    }

    /// The place of the column with the classes.
    func labelIndex(in table: CSVTable) throws(DataError) -> Int {
        try index(label, TableFormat.labelNames, "label", in: table)
    }

    private func index(
        _ wanted: String?, _ customary: [String], _ key: String, in table: CSVTable
    ) throws(DataError) -> Int {
        if let wanted { return try table.index(of: wanted) }
        let names = table.columns.map { TextLines.trimmed($0).lowercased() }
        for name in customary {
            if let place = names.firstIndex(of: name) { return place }
        }
        throw DataError(
            path: table.path, place: "line 1",
            problem: "the columns are \(table.columns.map { "\"\($0)\"" }.joined(separator: ", "))",
            expected:
                "one named \(customary[0]), or table.\(key)=NAME (a name, or a number from 1; "
                + "with table.header=false where the first row is data)")
    }
}
