public import MartletData

/// What `martlet data check` found in a data set.
public struct DataReport: Encodable, Sendable {
    /// How bad something is.
    public enum Severity: String, Encodable, Sendable, CaseIterable {
        /// Training would stop, or leave the sample out.
        case error
        /// Training runs, and its result may not be what one thinks it is.
        case warning
        /// Good to know.
        case note
    }

    /// Something that was found.
    public struct Problem: Encodable, Sendable {
        public let severity: Severity
        /// One word for scripts: `unreadable`, `duplicate`, `leakage`, ...
        public let kind: String
        /// The file or folder it is about.
        public let file: String?
        /// Where in the file: `byte 4`, `line 17`.
        public let place: String?
        public let text: String

        public init(
            _ severity: Severity, _ kind: String, file: String? = nil, place: String? = nil,
            _ text: String
        ) {
            self.severity = severity
            self.kind = kind
            self.file = file
            self.place = place
            self.text = text
        }

        /// What keeps data from being used.
        public init(_ kind: String, _ error: DataError) {
            self.init(
                .error, kind, file: error.path, place: error.place,
                error.expected.isEmpty
                    ? error.problem : "\(error.problem); expected \(error.expected)")
        }
    }

    /// A part of the data (`train`, `val`, `test`) and how its samples fall into groups (classes).
    public struct Part: Encodable, Sendable {
        public let name: String
        public let samples: Int
        public let groups: [Count]

        public init(name: String, samples: Int, groups: [Count]) {
            self.name = name
            self.samples = samples
            self.groups = groups
        }
    }

    /// How many there are of something.
    public struct Count: Encodable, Sendable {
        public let name: String
        public let count: Int

        public init(_ name: String, _ count: Int) {
            self.name = name
            self.count = count
        }
    }

    /// The data, as the settings name them.
    public let data: String
    /// What the data are, in words.
    public var summary = ""
    public var parts: [Part] = []
    /// What is worth counting over all samples: sizes, channels.
    public var counts: [Count] = []
    /// In the order they were found.
    public private(set) var problems: [Problem] = []

    public init(data: String) { self.data = data }

    /// Adds something that was found.
    public mutating func add(_ problem: Problem) { problems.append(problem) }

    /// How many problems are of a severity.
    public func count(_ severity: Severity) -> Int { problems.count { $0.severity == severity } }
}

extension Task {
    /// Builds the task as training would, which ends at the first problem. A task that knows its format looks further.
    public static func checkData(_ options: Options) throws -> DataReport {
        var report = DataReport(data: options.data)
        do {
            report.summary = try Self(training: options).dataDescription ?? ""
        } catch let error as DataError {
            report.add(.init("unreadable", error))
        } catch let error as any ExitCoded where error.exitCode == 3 {
            report.add(.init(.error, "unreadable", "\(error)"))
        }
        return report
    }
}

extension DataReport: CustomStringConvertible {
    private static let problemsShown = 20
    private static let groupsShown = 40

    /// Tables for people: the samples of each group in each part, counts, and the problems, the worst first.
    public var description: String {
        var blocks = [summary.isEmpty ? data : summary]
        if let table = partTable { blocks.append(table) }
        if !counts.isEmpty {
            blocks.append(
                TextTable.lines(
                    counts.map { [$0.name, "\($0.count)"] }, rightAligned: [1]))
        }
        for severity in Severity.allCases {
            let found = problems.filter { $0.severity == severity }
            guard !found.isEmpty else { continue }
            var lines = found.prefix(DataReport.problemsShown).map { "\($0)" }
            if found.count > lines.count {
                lines.append("... and \(found.count - lines.count) more; --json lists them all")
            }
            blocks.append(lines.joined(separator: "\n"))
        }
        blocks.append(verdict)
        return blocks.joined(separator: "\n\n")
    }

    /// How many problems of each severity there are, in words.
    public var verdict: String {
        Severity.allCases.map { severity in
            let count = count(severity)
            return "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }.joined(separator: ", ")
    }

    private var partTable: String? {
        guard !parts.isEmpty else { return nil }
        var names: [String] = []
        for group in parts.flatMap(\.groups) where !names.contains(group.name) {
            names.append(group.name)
        }
        let counts = parts.map { part in
            Dictionary(part.groups.map { ($0.name, $0.count) }, uniquingKeysWith: +)
        }
        var rows = [[""] + parts.map(\.name)]
        for name in names.prefix(DataReport.groupsShown) {
            rows.append([name] + counts.map { "\($0[name] ?? 0)" })
        }
        if names.count > DataReport.groupsShown {
            rows.append(
                ["... \(names.count - DataReport.groupsShown) more"] + parts.map { _ in "" })
        }
        rows.append(["all"] + parts.map { "\($0.samples)" })
        return TextTable.lines(rows, rightAligned: Set(1...parts.count))
    }
}

extension DataReport.Problem: CustomStringConvertible {
    /// `error: FILE: byte 4: what was found`.
    public var description: String {
        [severity.rawValue, file, place, text].compactMap { $0 }.joined(separator: ": ")
    }
}
