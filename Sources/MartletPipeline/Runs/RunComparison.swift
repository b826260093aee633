internal import Foundation
internal import MartletData

/// Runs side by side: where their settings differ, how good each is at its best epoch, and how certain it is that one is
/// better than the first.
public struct RunComparison: Encodable, Sendable {
    /// A line of a table: a value for each run, nil where it has none.
    public struct Row<Value: Encodable & Sendable>: Encodable, Sendable {
        public let name: String
        public let values: [Value?]

        /// The same line with other values.
        public func map<Other>(_ transform: (Value) -> Other) -> Row<Other> {
            Row<Other>(name: name, values: values.map { $0.map(transform) })
        }
    }

    /// A run against the first one.
    public struct Difference: Encodable, Sendable {
        public let run: String
        /// What is compared.
        public let metric: String
        /// How many samples both runs were evaluated on, and the first run's and this one's mean over them.
        public let samples: Int
        public let baseline: Double
        public let score: Double
        /// This run's mean less the first one's, and what it is between with 95 % confidence.
        public let difference: Double
        public let low: Double
        public let high: Double
    }

    /// The runs' folders.
    public let runs: [String]
    /// The settings that are not the same in all.
    public let settings: [Row<String>]
    /// The metrics of each run's best epoch.
    public let metrics: [Row<Double>]
    public let differences: [Difference]
    /// Why a run has no place among the differences.
    public let notes: [String]

    /// Compares two runs or more.
    ///
    /// - Throws: `DataError` when the samples' results are damaged.
    public init(_ records: [RunRecord], seed: UInt64 = 0) throws {
        precondition(records.count > 1, "RunComparison: expected two runs or more")
        runs = records.map(\.path)
        settings = RunComparison.table(
            records.map { $0.settings.map { (name: $0.key, value: $0.text) } }
        ).filter { row in row.values.contains { $0 != row.values[0] } }
        metrics = RunComparison.table(
            records.map { record in
                (record.evaluation?.metrics ?? []).compactMap { metric in
                    metric.value.map { (name: metric.name, value: $0) }
                }
            })
        var differences: [Difference] = []
        var notes: [String] = []
        for record in records.dropFirst() {
            do {
                let difference = try RunComparison.difference(records[0], record, seed: seed)
                differences.append(difference)
            } catch let error as Incomparable {
                notes.append("\(record.path): \(error.reason)")
            }
        }
        self.differences = differences
        self.notes = notes
    }

    /// Rows in the order in which their names first come.
    private static func table<Value>(_ columns: [[(name: String, value: Value)]]) -> [Row<Value>] {
        var names: [String] = []
        var seen: Set<String> = []
        for (name, _) in columns.joined() where seen.insert(name).inserted { names.append(name) }
        let values = columns.map { Dictionary($0.map { ($0.name, $0.value) }) { a, _ in a } }
        return names.map { name in Row(name: name, values: values.map { $0[name] }) }
    }

    private struct Incomparable: Error { let reason: String }

    private static func difference(
        _ first: RunRecord, _ second: RunRecord, seed: UInt64
    ) throws -> Difference {
        let (metric, before) = try samples(of: first)
        let (other, after) = try samples(of: second)
        guard metric == other else {
            throw Incomparable(reason: "its samples tell of \(other), not of \(metric)")
        }
        let scores = Dictionary(before.map { ($0.id, $0.score) }) { a, _ in a }
        let pairs = after.compactMap { sample in
            scores[sample.id].map { (before: $0, after: sample.score) }
        }
        guard !pairs.isEmpty else {
            throw Incomparable(
                reason:
                    "none of its \(after.count) samples is one of \(first.path), as when the data "
                    + "differ")
        }
        let count = Double(pairs.count)
        let bootstrap = PairedBootstrap(
            differences: pairs.map { $0.after - $0.before }, seed: seed)
        return Difference(
            run: second.path, metric: metric, samples: pairs.count,
            baseline: pairs.reduce(0) { $0 + $1.before } / count,
            score: pairs.reduce(0) { $0 + $1.after } / count,
            difference: bootstrap.difference, low: bootstrap.low, high: bootstrap.high)
    }

    private static func samples(of record: RunRecord) throws -> (
        metric: String, samples: [SampleResult]
    ) {
        let path = "\(record.path)/\(SampleResults.fileName)"
        guard FileManager.default.fileExists(atPath: path) else {
            throw Incomparable(
                reason:
                    "\(record.path) has no \(SampleResults.fileName): no epoch was evaluated, or the "
                    + "task tells nothing of single samples")
        }
        return try SampleResults.read(path)
    }
}
