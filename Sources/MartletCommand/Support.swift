internal import Foundation
internal import MartletPipeline
internal import MartletData

/// Files that a user named: files themselves, those in folders that end as inputs do, and patterns.
enum InputFiles {
    /// Words that are files, folders or patterns, and those that are settings: `KEY=VALUE` where no file is called so.
    static func split(_ words: [String]) -> (inputs: [String], settings: [String]) {
        func isSetting(_ word: String) -> Bool {
            guard let mark = word.firstIndex(of: "="), mark != word.startIndex else { return false }
            return word[..<mark].allSatisfy { $0.isLetter || $0.isNumber || $0 == "." }
                && !FileManager.default.fileExists(atPath: word)
        }
        return (words.filter { !isSetting($0) }, words.filter(isSetting))
    }

    /// - Parameter hint: what else might have been meant by a name that nothing has.
    static func expand(
        _ inputs: [String], extensions: Set<String>, hint: String = ""
    ) throws -> [String] {
        var result: [String] = []
        for input in inputs {
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) {
                result += isFolder.boolValue ? try files(in: input, extensions) : [input]
            } else {
                let matches = glob(input).filter(isFile)
                guard !matches.isEmpty else {
                    throw ConfigurationError([
                        "\(input): no such file, folder or pattern\(hint)"
                    ])
                }
                result += matches
            }
        }
        return result
    }

    private static func files(in folder: String, _ extensions: Set<String>) throws -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw ConfigurationError(["\(folder): the folder cannot be read"])
        }
        let paths = names.filter {
            !$0.hasPrefix(".") && extensions.contains(FilePath.lowercasedExtension($0))
        }.map { "\(folder)/\($0)" }.filter(isFile)
        guard !paths.isEmpty else {
            let endings = extensions.sorted().joined(separator: ", ")
            throw ConfigurationError(["\(folder): expected files that end with one of \(endings)"])
        }
        return paths
    }

    private static func isFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && !isFolder.boolValue
    }

    private static func glob(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard Foundation.glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap {
            found.gl_pathv[$0].map { String(cString: $0) }
        }
    }
}

/// Paths that a command is to write.
enum OutputPath {
    /// Sees before any work that a file or folder can be made and that nothing would be overwritten. A pipe or a device may be
    /// there: it is written to.
    ///
    /// - Throws: `ConfigurationError` where something is there, `DiskError` where the folder is not, or cannot be written.
    static func check(_ path: String) throws {
        guard !path.isEmpty else {
            throw ConfigurationError(["--out: expected a name, got nothing"])
        }
        var status = stat()
        if lstat(path, &status) == 0 {
            guard [S_IFCHR, S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT) else {
                throw ConfigurationError([
                    "\(path): it exists already and is not overwritten; choose another name"
                ])
            }
            return
        }
        // Writing into a folder takes leave to search it, which what is no folder never gives.
        if access(FilePath.folder(of: path) + "/.", W_OK | X_OK) != 0 {
            throw DiskError(path: path, operation: "create", code: errno)
        }
    }
}

/// JSON for scripts.
enum JSONText {
    /// One object, in the order given; what is not finite becomes null.
    static func object(_ values: [(name: String, value: Double)]) -> String {
        let members = values.map { name, value in
            let text =
                !value.isFinite
                ? "null"
                : value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
            return "\"\(name)\": \(text)"
        }
        return "{" + members.joined(separator: ", ") + "}"
    }

    /// A value on several lines, its keys in order, dates as text.
    static func object(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// A value on one line, its keys in order.
    static func line(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func array(_ predictions: [any Prediction]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let items = try predictions.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
        return "[" + items.joined(separator: ",\n ") + "]"
    }
}
