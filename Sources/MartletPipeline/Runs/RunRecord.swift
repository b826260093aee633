public import Foundation
internal import MartletData

/// What a run folder tells about its run.
public struct RunRecord {
    /// The folder, and its last part.
    public let path: String
    public var name: String { FilePath.name(of: path) }
    let status: RunStatus
    /// The epochs so far: values by name, without those that are no finite numbers.
    let epochs: [[String: Double]]
    /// Every setting in force.
    let settings: [ConfigurationValue]
    let evaluation: StoredEvaluation?

    /// Reads a run folder.
    ///
    /// - Throws: `ConfigurationError` when it is none, `DataError` when its files are damaged.
    public init(_ path: String) throws {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard RunRecord.isRun(path) else {
            throw ConfigurationError(["\(path): expected a run folder, one with run.json"])
        }
        status = try RunFile.decode(RunStatus.self, "\(path)/\(RunStatus.fileName)")
        guard (0...1e11).contains(status.started) else {
            throw DataError(
                path: "\(path)/\(RunStatus.fileName)", problem: "started: \(status.started)",
                expected: "seconds since 1970")
        }
        epochs = try RunRecord.log("\(path)/log.jsonl")
        settings = try ConfigurationValue.read("\(path)/config.yaml")
        let evaluation = "\(path)/\(StoredEvaluation.fileName)"
        self.evaluation =
            FileManager.default.fileExists(atPath: evaluation)
            ? try RunFile.decode(StoredEvaluation.self, evaluation) : nil
    }

    /// Whether a folder is that of a run.
    static func isRun(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(path)/\(RunStatus.fileName)")
    }

    private static func log(_ path: String) throws -> [[String: Double]] {
        // There is none before the first epoch ends.
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let lines = try RunFile.text(path).split(separator: "\n")
        return try lines.enumerated().map { number, line in
            try RunFile.decode(
                [String: Double?].self, json: line, path: path, place: "line \(number + 1)"
            ).compactMapValues { $0 }
        }
    }

    /// The runs among a folder's folders, the one that began last first. One that cannot be read is told of and left out.
    ///
    /// - Throws: `ConfigurationError` when the folder cannot be read.
    public static func all(in folder: String) throws -> [RunRecord] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw ConfigurationError(["\(folder): expected a folder with runs, it cannot be read"])
        }
        var runs: [RunRecord] = []
        for name in names.sorted() where isRun("\(folder)/\(name)") {
            do {
                runs.append(try RunRecord("\(folder)/\(name)"))
            } catch {
                Log.info("\(error); the run is left out")
            }
        }
        return runs.sorted { $0.status.started > $1.status.started }
    }

    // MARK: Reading

    /// The task and, where it has several, the architecture.
    public var task: String { status.task }
    public var model: String? { status.model }
    /// The epochs finished, and those there are to train.
    public var epochsDone: Int { epochs.count }
    public var epochsPlanned: Int { status.epochs }
    /// The metric that chooses the best epoch.
    public var monitor: String { status.monitor }
    /// When training began, or went on last.
    public var started: Date { Date(timeIntervalSince1970: status.started) }
    /// `running`, `finished`, `interrupted` or `failed`.
    public var state: String { status.presentState.rawValue }

    /// The index of the best epoch; nil before there is one.
    var bestEpoch: Int? {
        let scores = epochs.indices.compactMap { index in
            epochs[index]["val_\(monitor)"].map { (index: index, score: $0) }
        }
        // Of equal ones the first, as checkpoints are chosen.
        return scores.reduce(scores.first) { best, next in
            guard let best else { return next }
            let isBetter =
                status.higherIsBetter ? next.score > best.score : next.score < best.score
            return isBetter ? next : best
        }?.index
    }

    /// The best score; nil before there is one.
    public var bestScore: Double? { bestEpoch.flatMap { epochs[$0]["val_\(monitor)"] } }
}
