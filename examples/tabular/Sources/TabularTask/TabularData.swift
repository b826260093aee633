internal import Martlet
public import MartletData

/// A table of numbers with a column to predict.
public struct TabularData: Sendable {
    /// The name of that column.
    public let target: String
    /// The names of the other columns.
    public let features: [String]
    /// The other columns, row by row.
    public let rows: [[Double]]
    /// The target as a number: itself, or the index of its class.
    public let targets: [Double]
    /// What an index stands for; empty for regression.
    public let classes: [String]
    /// The rows that cannot be read, where they may be left out; nil where the first one is an error.
    public let skipped: SkippedSamples?

    /// The most classes that whole numbers are taken for.
    public static let mostClasses = 20

    /// Reads a CSV file with a header to train on: `options.data`.
    ///
    /// - Throws: `DataError` that names the line of a row with too many or too few fields, of what is no number or no class.
    public init(_ options: TabularOptions) throws {
        let table = try Table(options)
        let target =
            try options.target.map(table.contents.index) ?? table.contents.columns.count - 1
        try self.init(
            table, target: target,
            features: table.contents.columns.indices.filter { $0 != target },
            classes: table.classes(of: target, options.kind), options)
    }

    /// Reads a CSV file to measure a model on: `options.data`, which has the model's columns, and perhaps others.
    ///
    /// - Throws: `DataError` that also names a column that is missing.
    public init(_ options: TabularOptions, target: String, features: [String], classes: [String])
        throws
    {
        let table = try Table(options)
        try self.init(
            table, target: table.contents.index(of: target),
            features: features.map(table.contents.index), classes: classes, options)
    }

    private init(
        _ table: Table, target: Int, features: [Int], classes: [String], _ options: TabularOptions
    ) throws {
        guard !features.isEmpty else {
            throw DataError(
                path: options.data, place: "line 1", problem: "there is one column",
                expected: "a target and features")
        }
        let numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
        var (rows, targets): ([[Double]], [Double]) = ([], [])
        var problems = table.contents.problems
        for row in table.contents.rows {
            do throws(DataError) {
                let values = try features.map { column throws(DataError) in
                    try table.number(row, column)
                }
                let text = row.fields[target]
                if classes.isEmpty {
                    targets.append(try table.number(row, target))
                } else if let number = numbers[text] {
                    targets.append(Double(number))
                } else {
                    throw table.problem(
                        row, target, "one of \(classes.prefix(20).joined(separator: ", "))")
                }
                rows.append(values)
            } catch {
                guard options.samples.onBad == .skip else { throw error }
                problems.append(error)
            }
        }
        skipped =
            options.samples.onBad == .skip
            ? SkippedSamples(atMost: options.samples.maxBad, of: rows.count + problems.count) : nil
        try skipped?.add(
            problems.enumerated().map { index, problem in
                SampleError(
                    index: index, sample: "\(problem.path): \(problem.place ?? "")",
                    underlying: problem)
            })
        self.target = table.contents.columns[target]
        self.features = features.map { table.contents.columns[$0] }
        self.rows = rows
        self.targets = targets
        self.classes = classes
    }

    /// The features of a file to predict for: columns by the names that the model was trained on.
    ///
    /// - Throws: `DataError` for a column that is missing or a value that is no number.
    public static func features(_ names: [String], of path: String) throws -> [[Double]] {
        let table = try CSVTable(path)
        let columns = try names.map { try table.numbers($0) }
        return table.rows.indices.map { row in columns.map { $0[row] } }
    }

    /// The rows of a fold and the others: a random order that the seed decides is cut into parts as equal as can be.
    public func split(fold: Int, of folds: Int, seed: Int) -> (training: [Int], validation: [Int]) {
        var generator = Generator(seed: UInt64(seed)).stream("folds")
        let order = generator.permutation(rows.count)
        let (begin, end) = (rows.count * fold / folds, rows.count * (fold + 1) / folds)
        return (Array(order[..<begin] + order[end...]), Array(order[begin..<end]))
    }
}

/// A file, and how its fields are understood.
private struct Table {
    let contents: CSVTable

    init(_ options: TabularOptions) throws {
        contents = try CSVTable(
            options.data, onBad: options.samples.onBad == .skip ? .skip(maxShare: 1) : .fail)
    }

    func number(_ row: CSVTable.Row, _ column: Int) throws(DataError) -> Double {
        guard let number = Table.number(row.fields[column]) else {
            throw problem(row, column, "a number")
        }
        return number
    }

    func problem(_ row: CSVTable.Row, _ column: Int, _ expected: String) -> DataError {
        DataError(
            path: contents.path, place: "line \(row.line)",
            problem: "column \"\(contents.columns[column])\" has "
                + "\"\(row.fields[column].prefix(40))\"", expected: expected)
    }

    private static func number(_ text: String) -> Double? {
        // Beyond these bounds squares are no numbers.
        Double(text.filter { $0 != " " }).flatMap { abs($0) <= 1e100 ? $0 : nil }
    }

    /// The classes of a column; none where it holds numbers to predict.
    ///
    /// Numbers are classes where they are whole and few, and text always is; a column of both is what most of its fields are.
    func classes(of column: Int, _ kind: TargetKind?) -> [String] {
        if kind == .regression { return [] }
        let texts = contents.rows.map { $0.fields[column] }
        let values = Set(texts).subtracting([""])
        let numbers = values.filter { Table.number($0) != nil }
        let isText = texts.count { Table.number($0) == nil } * 2 > texts.count
        if kind == .classification || isText { return values.sorted(by: Table.isBefore) }
        let areFew = numbers.count <= TabularData.mostClasses
        return areFew && numbers.allSatisfy { Int($0) != nil }
            ? numbers.sorted(by: Table.isBefore) : []
    }

    /// Numbers by size, text by letters after them.
    private static func isBefore(_ a: String, _ b: String) -> Bool {
        switch (number(a), number(b)) {
        case (let a?, let b?) where a != b: a < b
        case (.some, nil): true
        case (nil, .some): false
        default: a < b
        }
    }
}
