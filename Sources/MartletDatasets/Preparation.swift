internal import Foundation
internal import MartletData

extension DatasetCard {
    /// What says, in a prepared folder, which data set it is.
    static let markName = "dataset.json"

    private struct Mark: Codable, Equatable {
        let name: String
        let licence: String
        let source: String
        /// Of a data set that was made here.
        let seed: Int?
        /// SHA-256 by file, of a data set that was downloaded.
        let files: [String: String]?
    }

    /// Downloads and unpacks the data set, or makes it: the folder appears complete, or not at all.
    ///
    /// Downloads are kept beside it, in a hidden folder, until they are complete: after an interruption the same call
    /// goes on where it stopped.
    /// - Parameters:
    ///   - folder: where it is to be.
    ///   - mirror: an address (http, https or file) of a folder that has the files, instead of where the card says.
    ///   - seed: what a generated data set derives from.
    /// - Returns: whether anything was done: false when the folder holds this very data set already.
    /// - Throws: `DatasetError`, `DataError` for a damaged archive, `DiskError`.
    @discardableResult
    public func prepare(
        at folder: String, from mirror: String? = nil, seed: Int = 0,
        progress: (Progress) -> Void = { _ in }
    ) throws -> Bool {
        let mark = mark(seed: seed)
        if FileManager.default.fileExists(atPath: folder) {
            let path = folder + "/" + DatasetCard.markName
            let found = FileManager.default.contents(atPath: path).flatMap {
                try? JSONDecoder().decode(Mark.self, from: $0)
            }
            if found == mark { return false }
            throw DatasetError(
                place: folder,
                reason: "it exists already and does not hold \(name)"
                    + (found?.name == name ? " with seed \(seed)" : "")
                    + "; choose another with --at",
                exitCode: 2)
        }
        let parent = URL(fileURLWithPath: folder).deletingLastPathComponent().path
        try make(parent)
        AtomicFile.removeAbandoned(in: parent)
        switch origin {
        case .generated(_, let generate):
            try AtomicDirectory.write(to: folder) { directory in
                try withoutActuallyEscaping(progress) { progress in
                    try generate(
                        Generation(folder: directory.path, seed: seed) {
                            progress(.generating($0, of: $1))
                        })
                }
                try write(mark, into: directory)
            }
        case .files(let files):
            let partials = DatasetCard.partials(beside: folder)
            // Only where nothing is left in it.
            defer { rmdir(partials) }
            try download(files, into: partials, from: mirror, progress)
            try AtomicDirectory.write(to: folder) { directory in
                for file in files {
                    try place(file, from: partials, into: directory, progress)
                }
                try write(mark, into: directory)
            }
            for file in files { unlink(partials + "/" + file.name) }
        }
        return true
    }

    /// Where downloads lie until they are complete.
    static func partials(beside folder: String) -> String {
        let url = URL(fileURLWithPath: folder)
        return url.deletingLastPathComponent()
            .appendingPathComponent(".\(url.lastPathComponent).download").path
    }

    private func mark(seed: Int) -> Mark {
        var checksums: [String: String]?
        if case .files(let files) = origin {
            checksums = Dictionary(
                files.map { ($0.name, $0.sha256) }, uniquingKeysWith: { a, _ in a })
        }
        return Mark(
            name: name, licence: licence, source: source, seed: isGenerated ? seed : nil,
            files: checksums)
    }

    private func write(_ mark: Mark, into directory: AtomicDirectory) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(mark), as: UTF8.self)
        try AtomicFile.write(text + "\n", to: directory.file(DatasetCard.markName))
    }

    private func make(_ folder: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            throw DiskError(
                path: folder, operation: "create", code: Int32(cause?.code ?? Int(EIO)))
        }
    }

    private func download(
        _ files: [RemoteFile], into partials: String, from mirror: String?,
        _ progress: (Progress) -> Void
    ) throws {
        try make(partials)
        var before = 0
        for file in files {
            let url = mirror.map { ($0.hasSuffix("/") ? $0 : $0 + "/") + file.name } ?? file.url
            let download = Download(
                file: file, url: url, mayBeLocal: mirror != nil, path: partials + "/" + file.name)
            try download.run { progress(.downloading(before + $0, of: bytes)) }
            before += file.bytes
        }
    }

    private func place(
        _ file: RemoteFile, from partials: String, into directory: AtomicDirectory,
        _ progress: (Progress) -> Void
    ) throws {
        let path = partials + "/" + file.name
        switch file.form {
        case .plain:
            guard rename(path, directory.file(file.name)) == 0 else {
                throw DiskError(path: path, operation: "rename", code: errno)
            }
        case .archive(let limit):
            progress(.unpacking(file.name))
            try Unpacking.unpack(path, into: directory.path, limit: limit)
        }
    }
}
