internal import Foundation
public import MartletData

/// What a checkpoint consists of: the size and SHA-256 of each file, so that damage is found before anything is loaded.
struct CheckpointManifest: Codable {
    /// The version of the files' contents that this library writes and reads.
    static let formatVersion = 1
    static let fileName = "manifest.json"
    /// The most bytes of a JSON file in a checkpoint that are read.
    static let jsonLimit = 1 << 20

    struct File: Codable, Equatable {
        /// In bytes.
        let size: Int
        let sha256: String
    }

    let version: Int
    /// Steps taken, for readers.
    let step: Int
    let files: [String: File]

    /// Describes the files written so far.
    init(of folder: AtomicDirectory, names: [String], step: Int) throws {
        version = CheckpointManifest.formatVersion
        self.step = step
        files = try Dictionary(
            uniqueKeysWithValues: names.map { ($0, try CheckpointManifest.file(folder.file($0))) })
    }

    private static func file(_ path: String) throws -> File {
        var information = stat()
        guard lstat(path, &information) == 0 else {
            throw DiskError(path: path, operation: "read", code: errno)
        }
        return File(size: Int(information.st_size), sha256: "\(try SHA256.file(path))")
    }

    func write(to folder: AtomicDirectory) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        let path = folder.file(CheckpointManifest.fileName)
        try AtomicFile.write(Array(encoder.encode(self)), to: path)
    }

    /// Reads the manifest of a folder.
    ///
    /// - Throws: `CheckpointError` when it is missing, damaged or of a newer version.
    init(in folder: String) throws(CheckpointError) {
        struct Version: Decodable { let version: Int }
        let path = "\(folder)/\(CheckpointManifest.fileName)"
        let data = try CheckpointManifest.json(path)
        let decoder = JSONDecoder()
        do {
            // A newer version may differ in everything else.
            let found = try decoder.decode(Version.self, from: data).version
            guard found <= CheckpointManifest.formatVersion else {
                throw CheckpointError(
                    path: path,
                    reason: "expected format version \(CheckpointManifest.formatVersion) or less, "
                        + "got \(found): a newer Martlet wrote it", isNewer: true)
            }
            self = try decoder.decode(CheckpointManifest.self, from: data)
        } catch let error as CheckpointError {
            throw error
        } catch {
            throw CheckpointError(path: path, reason: "expected a checkpoint's manifest: \(error)")
        }
    }

    /// A JSON file's bytes, no more than a checkpoint's may have.
    static func json(_ path: String) throws(CheckpointError) -> Data {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            throw CheckpointError(path: path, reason: "expected a file; it is missing or no file")
        }
        guard information.st_size <= jsonLimit,
            let data = FileManager.default.contents(atPath: path)
        else {
            throw CheckpointError(
                path: path,
                reason: "expected at most \(jsonLimit) readable bytes, got \(information.st_size)")
        }
        return data
    }

    /// Compares a folder's files with what they were when they were written.
    ///
    /// - Throws: `CheckpointError` that names the first file that differs.
    func verify(_ folder: String) throws(CheckpointError) {
        for (name, expected) in files.sorted(by: { $0.key < $1.key }) {
            guard !name.contains("/"), name != "..", name != "." else {
                throw CheckpointError(
                    path: folder,
                    reason: "the manifest names \"\(name)\"; expected files in the folder")
            }
            try verify(file: "\(folder)/\(name)", expected)
        }
    }

    /// Compares a file with the manifest beside it, where there is one.
    static func verify(fileInCheckpoint path: String) throws(CheckpointError) {
        let folder = FilePath.folder(of: path)
        guard FileManager.default.fileExists(atPath: "\(folder)/\(fileName)") else { return }
        let manifest = try CheckpointManifest(in: folder)
        if let expected = manifest.files[FilePath.name(of: path)] {
            try manifest.verify(file: path, expected)
        }
    }

    private func verify(file path: String, _ expected: File) throws(CheckpointError) {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            throw CheckpointError(path: path, reason: "expected a file; it is missing or no file")
        }
        guard information.st_size == expected.size else {
            throw CheckpointError(
                path: path, reason: "expected \(expected.size) bytes, got \(information.st_size)")
        }
        let found: String
        do {
            found = "\(try SHA256.file(path))"
        } catch {
            throw CheckpointError(path: path, reason: "\(error.reason)")
        }
        guard found == expected.sha256 else {
            throw CheckpointError(
                path: path, reason: "its SHA-256 is \(found), expected \(expected.sha256)")
        }
    }
}

/// A checkpoint that is damaged, or of a version this program does not know.
public struct CheckpointError: ExitCoded, CustomStringConvertible {
    /// The file or folder, and what is wrong with it.
    public let path: String
    public let reason: String
    /// Whether a newer Martlet wrote it.
    let isNewer: Bool
    public var exitCode: Int32 { 4 }
    public var description: String { "\(path): \(reason)" }

    init(path: String, reason: String, isNewer: Bool = false) {
        self.path = path
        self.reason = reason
        self.isNewer = isNewer
    }
}
