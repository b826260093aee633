internal import Foundation
internal import Martlet
public import MartletData
internal import MartletNN

/// One safetensors file that holds everything prediction needs: weights, and in its metadata the task, the options, and
/// what the task remembers (class names, preprocessing).
public struct ModelFile {
    /// The version of the metadata that this library writes and reads.
    public static let formatVersion = 1

    /// Where it was read from, and the task that can use it.
    public let path: String
    public let task: String
    /// The options in force when it was trained, as dotted keys.
    public let options: [String: String]
    /// What the task remembers.
    public let metadata: [String: String]
    private let contents: Safetensors.Contents

    /// Reads a model file, or the best checkpoint of a run folder.
    ///
    /// A file in a checkpoint is held against the checkpoint's manifest.
    ///
    /// - Throws: `WeightsError` or `CheckpointError` for a damaged file, `ModelFileError` for one that holds no model.
    public init(_ place: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: place, isDirectory: &isFolder) else {
            throw ModelFileError(path: place, reason: "no such file or run folder", exitCode: 2)
        }
        path = isFolder.boolValue ? place + "/best/model.safetensors" : place
        if isFolder.boolValue && access(path, R_OK) != 0 {
            throw ModelFileError(
                path: place,
                reason: errno == ENOENT
                    ? "expected a run folder with best/model.safetensors"
                    : "best/model.safetensors cannot be read: \(String(cString: strerror(errno)))",
                exitCode: 2)
        }
        try CheckpointManifest.verify(fileInCheckpoint: path)
        contents = try Safetensors.read(path)
        let stored = contents.metadata
        guard let task = stored["martlet.task"] else {
            throw ModelFileError(
                path: path,
                reason:
                    "it holds tensors but no Martlet model; to start training from them use weights=",
                exitCode: 4)
        }
        guard stored["martlet.version"] == "\(ModelFile.formatVersion)" else {
            throw ModelFileError(
                path: path,
                reason: "expected format version \(ModelFile.formatVersion), got "
                    + "\(stored["martlet.version"] ?? "none")", exitCode: 4)
        }
        self.task = task
        options = try ModelFile.decode(stored["martlet.options"], "martlet.options", path)
        metadata = try ModelFile.decode(
            stored["martlet.task.metadata"], "martlet.task.metadata", path)
    }

    private static func decode(_ text: String?, _ key: String, _ path: String) throws
        -> [String: String]
    {
        guard let data = text?.data(using: .utf8),
            let values = try? JSONDecoder().decode([String: String].self, from: data)
        else {
            throw ModelFileError(
                path: path, reason: "metadata \(key): expected a JSON object of text", exitCode: 4)
        }
        return values
    }

    /// The settings in force when it was trained.
    func settings<T: Task>(_ type: T.Type) throws -> T.Options {
        guard task == T.name else {
            throw ModelFileError(
                path: path, reason: "it is a model of the task \(task), expected \(T.name)",
                exitCode: 4)
        }
        let settings = T.Options()
        do {
            try settings.apply(
                options.sorted { $0.key < $1.key }.map {
                    ConfigurationValue(key: $0.key, text: $0.value, origin: .file(path, line: 0))
                })
        } catch let error as ConfigurationError {
            throw ModelFileError(path: path, reason: "\(error)", exitCode: 4)
        }
        return settings
    }

    /// Rebuilds the task with the weights of the file.
    ///
    /// - Parameter changes: options that replace remembered ones, as `data=DIR` does for evaluation.
    public func makeTask<T: Task>(_ type: T.Type, changes: [ConfigurationValue] = []) throws -> T {
        let settings = try settings(type)
        try settings.apply(changes)
        settings.prepareMachine()
        do {
            let result = try T(options: settings, metadata: metadata)
            try result.network.load(state: contents.dictionary)
            return result
        } catch let error as MetadataError {
            throw ModelFileError(path: path, reason: "\(error)", exitCode: 4)
        } catch let error as LoadError {
            throw ModelFileError(path: path, reason: "\(error)", exitCode: 4)
        }
    }

    /// Writes a task's networks and all that prediction needs.
    public static func write(
        _ task: some Task, score: [(name: String, value: Double)], to path: String
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func json(_ value: some Encodable) throws -> String {
            String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        let options = Dictionary(
            task.options.entries.map { ($0.key, $0.setting.text) }, uniquingKeysWith: { a, _ in a })
        let scores = Dictionary(score.filter(\.value.isFinite), uniquingKeysWith: { a, _ in a })
        try Safetensors.write(
            task.network.stateDict(),
            metadata: [
                "format": "pt",
                "martlet.task": type(of: task).name,
                "martlet.version": "\(formatVersion)",
                "martlet.options": try json(options),
                "martlet.task.metadata": try json(task.metadata),
                "martlet.score": try json(scores),
            ], to: path)
    }
}

/// A file that is not the model that was expected.
public struct ModelFileError: ExitCoded, CustomStringConvertible {
    public let path: String
    public let reason: String
    public let exitCode: Int32

    public init(path: String, reason: String, exitCode: Int32) {
        self.path = path
        self.reason = reason
        self.exitCode = exitCode
    }

    public var description: String { "\(path): \(reason)" }
}
