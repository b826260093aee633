internal import Foundation
internal import MartletData

/// The folder a training run writes: configuration, log, checkpoints, the links `best` and `last`. One process has it at a
/// time.
final class RunFolder {
    /// Where it is: a temporary place beside its own until `appear`.
    private(set) var path: String
    private var directory: AtomicDirectory?
    var lock: RunLock?
    /// The newest checkpoint, and one that is never removed as the run was resumed from it.
    private var newest: TrainingPosition?
    private var origin: TrainingPosition?

    /// Makes a folder that does not exist yet, out of sight until `appear`.
    ///
    /// - Throws: `ConfigurationError` when there is something of that name, `DiskError`.
    init(creating path: String) throws {
        if FileManager.default.fileExists(atPath: path) {
            throw ConfigurationError([
                "--out \(path): it exists already; a run never overwrites one: choose another name, or "
                    + "go on with it by martlet train --resume \(path)"
            ])
        }
        let parent = FilePath.folder(of: path)
        do {
            try FileManager.default.createDirectory(
                atPath: parent, withIntermediateDirectories: true)
        } catch {
            let code = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            throw DiskError(
                path: path, operation: "make the run folder", code: Int32(code?.code ?? Int(EIO)))
        }
        AtomicFile.removeAbandoned(in: parent, of: FilePath.name(of: path))
        let directory = try AtomicDirectory(path)
        self.path = directory.path
        self.directory = directory
        if mkdir(directory.file("checkpoints"), 0o777) != 0 {
            throw DiskError(path: path, operation: "make the run folder", code: errno)
        }
        lock = try RunLock(directory.path)
    }

    /// Lets a new folder appear, with all that was written into it.
    func appear() throws {
        guard let directory else { return }
        try directory.commit()
        path = directory.target
        self.directory = nil
    }

    /// Opens the folder of an earlier run, and removes what a killed process left half-written.
    ///
    /// - Throws: `ConfigurationError` when it is none or another process trains into it, `DiskError`.
    init(opening path: String) throws {
        self.path = path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path + "/checkpoints", isDirectory: &isFolder),
            isFolder.boolValue
        else {
            throw ConfigurationError(["--resume \(path): expected a run folder with checkpoints"])
        }
        lock = try RunLock(path)
        for folder in [path, path + "/checkpoints"] {
            AtomicFile.removeAbandoned(in: folder, ownNumber: true)
        }
    }

    /// `runs/TASK-NUMBER`, the first that does not exist.
    static func defaultPath(task: String) -> String {
        var number = 1
        while FileManager.default.fileExists(atPath: "runs/\(task)-\(number)") { number += 1 }
        return "runs/\(task)-\(number)"
    }

    /// Writes a file, over an older one.
    func write(_ text: String, to name: String) throws {
        try AtomicFile.write(text, to: "\(path)/\(name)")
    }

    /// Writes `NAME.png`, over the one of the epoch before.
    func write(_ picture: Picture) throws {
        try AtomicFile.write(Array(picture.image.pngData()), to: "\(path)/\(picture.name).png")
    }

    // MARK: Checkpoints

    /// The positions that have a checkpoint, damaged or not, the newest first.
    func positions() throws -> [TrainingPosition] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints")
                .compactMap { TrainingPosition(name: $0) }.sorted(by: >)
        } catch {
            throw DiskError(path: path + "/checkpoints", operation: "read", code: EIO)
        }
    }

    /// Writes a complete checkpoint, or none; then lets `last` and `best` point to it, or to the best one; and only then
    /// removes old ones.
    ///
    /// - Parameters:
    ///   - best: the position of the best checkpoint; nil before there is one, when the newest stands in.
    ///   - keep: how many of the newest to keep.
    ///   - write: writes the checkpoint's files.
    func save(
        _ position: TrainingPosition, best: TrainingPosition?, keep: Int,
        write: (AtomicDirectory) throws -> Void
    ) throws {
        if position != newest {
            let target = checkpoint(position)
            // Damaged ones were set aside: this one is of a save that failed in its last step.
            if FileManager.default.fileExists(atPath: target) { try AtomicDirectory.remove(target) }
            try AtomicDirectory.write(to: target, write)
            newest = position
        }
        try link(last: position, best: best ?? position)
        let kept = Set([best, origin].compactMap { $0 })
        for old in CheckpointRotation.obsolete(try positions(), keep: keep, except: kept) {
            try AtomicDirectory.remove(checkpoint(old))
        }
    }

    /// The newest intact checkpoint. Damaged ones that are newer are set aside, and kept.
    ///
    /// - Parameter strict: whether a damaged one is an error instead.
    /// - Throws: `CheckpointError` when there is no intact one, or a newer Martlet wrote it.
    func newestCheckpoint(strict: Bool) throws -> Checkpoint {
        for position in try positions() {
            do {
                let found = try Checkpoint(checkpoint(position), position)
                resume(from: position)
                try link(last: position, best: best(of: found))
                return found
            } catch let error as CheckpointError where !strict && !error.isNewer {
                Log.info("\(error); the checkpoint is damaged, and the one before it is tried")
                try setAside(position)
            }
        }
        throw CheckpointError(
            path: path, reason: "expected an intact checkpoint in checkpoints/, found none")
    }

    /// Notes a checkpoint as the newest, which is not removed as long as this process runs.
    func resume(from position: TrainingPosition) {
        newest = position
        origin = position
    }

    private func best(of checkpoint: Checkpoint) -> TrainingPosition {
        guard let epoch = checkpoint.state.best?.epoch else { return checkpoint.position }
        let best = TrainingPosition(epoch: epoch)
        if FileManager.default.fileExists(atPath: self.checkpoint(best)) { return best }
        Log.info(
            "\(path): the best checkpoint, \(best.name), is gone; best is \(checkpoint.position.name) "
                + "until a better one comes")
        return checkpoint.position
    }

    private func checkpoint(_ position: TrainingPosition) -> String {
        "\(path)/checkpoints/\(position.name)"
    }

    private func link(last: TrainingPosition, best: TrainingPosition) throws {
        try AtomicFile.link(path + "/last", to: "checkpoints/\(last.name)")
        try AtomicFile.link(path + "/best", to: "checkpoints/\(best.name)")
    }

    private func setAside(_ position: TrainingPosition) throws {
        let folder = checkpoint(position)
        var name = folder + ".damaged"
        var number = 2
        while FileManager.default.fileExists(atPath: name) {
            name = folder + ".damaged-\(number)"
            number += 1
        }
        try AtomicDirectory.rename(folder, to: name)
    }
}

/// Which checkpoints are no longer kept.
enum CheckpointRotation {
    static func obsolete(
        _ positions: [TrainingPosition], keep: Int, except kept: Set<TrainingPosition>
    ) -> [TrainingPosition] {
        positions.sorted(by: >).dropFirst(keep).filter { !kept.contains($0) }
    }
}
