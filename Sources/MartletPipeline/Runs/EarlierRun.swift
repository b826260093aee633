internal import Foundation
internal import MartletData

/// A run that is to go on: its folder, which no one else can train into meanwhile, and its newest intact checkpoint.
public final class EarlierRun {
    let folder: RunFolder
    let checkpoint: Checkpoint
    private let model: ModelFile

    /// Keys that change nothing about what a run has learnt so far.
    private static let safe: Set<String> = [
        "epochs", "threads", "training.workers", "training.maxTime", "training.patience",
        "training.nonFinite", "training.skipLimit", "training.rollbackLimit", "training.logSteps",
        "checkpoint.keep", "checkpoint.epochs", "training.checkpointSteps", "checkpoint.minutes",
    ]

    /// Opens a run folder.
    ///
    /// - Parameter strict: whether a damaged newest checkpoint is an error; otherwise the one before it is taken, with a
    ///   warning.
    /// - Throws: `ConfigurationError` when it is no run folder or another process trains into it, `CheckpointError`.
    public init(_ path: String, strict: Bool = false) throws {
        folder = try RunFolder(opening: path)
        checkpoint = try folder.newestCheckpoint(strict: strict)
        model = try ModelFile("\(checkpoint.path)/\(Checkpoint.File.model.rawValue)")
    }

    /// The name of the task.
    public var task: String { model.task }

    /// The run's settings with some changes.
    ///
    /// - Throws: `ConfigurationError` with every change that is neither safe nor allowed.
    func options<T: Task>(
        _ type: T.Type, changes: [ConfigurationValue], allowing allowed: Set<String>
    ) throws -> T.Options {
        guard task == T.name else {
            throw ConfigurationError([
                "\(folder.path): it is a run of the task \(task), expected \(T.name)"
            ])
        }
        let options = try model.settings(type)
        let before = Dictionary(
            uniqueKeysWithValues: options.entries.map { ($0.key, $0.setting.text) })
        try options.apply(changes)
        for key in allowed.sorted() where before[key] == nil && model.metadata[key] == nil {
            throw ConfigurationError(["--allow-change \(key): there is no such key"])
        }
        // Whether a changed folder holds the same data is known only after looking at it.
        let accepted = EarlierRun.safe.union(allowed).union(["data"])
        let changed = options.entries.filter { !accepted.contains($0.key) }
        try refuse(
            changed.compactMap { key, setting in
                let old = before[key] ?? ""
                return setting.text == old
                    ? nil : "\(key): the run has \"\(old)\", got \"\(setting.text)\""
            })
        return options
    }

    /// Refuses a task whose data, or what it made of them (its classes), differ from the run's.
    ///
    /// - Throws: `ConfigurationError` with every difference that is not allowed.
    func requireSame<T: Task>(_ task: T, allowing allowed: Set<String>) throws {
        var problems: [String] = []
        if checkpoint.state.data != task.dataFingerprint && !allowed.contains("data") {
            problems.append(
                "data: the files or labels in \"\(task.options.data)\" are not the run's")
        }
        for (key, value) in task.metadata.sorted(by: { $0.key < $1.key })
        where model.metadata[key] != value && !allowed.contains(key) {
            problems.append("\(key): the run has \(model.metadata[key] ?? "none"), got \(value)")
        }
        try refuse(problems)
    }

    private func refuse(_ problems: [String]) throws {
        guard !problems.isEmpty else { return }
        throw ConfigurationError(
            ["\(folder.path): a resumed run must be the same run; differences:"]
                + problems.map { "  " + $0 }
                + [
                    "--allow-change KEY takes one all the same; results are then no longer those of an "
                        + "uninterrupted run"
                ])
    }
}
