internal import Foundation
internal import MartletPipeline

/// Files that a user named: files themselves, everything in folders, and patterns.
enum InputFiles {
    static func expand(_ inputs: [String]) throws -> [String] {
        var result: [String] = []
        for input in inputs {
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) {
                guard isFolder.boolValue else {
                    result.append(input)
                    continue
                }
                let names = try FileManager.default.contentsOfDirectory(atPath: input).sorted()
                    .filter { !$0.hasPrefix(".") }
                result += names.map { "\(input)/\($0)" }.filter(isFile)
            } else {
                let matches = glob(input)
                guard !matches.isEmpty else {
                    throw ConfigurationError(["\(input): no such file, folder or pattern"])
                }
                result += matches.filter(isFile)
            }
        }
        guard !result.isEmpty else {
            throw ConfigurationError(["no files in \(inputs.joined(separator: ", "))"])
        }
        return result
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

    static func array(_ predictions: [any Prediction]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let items = try predictions.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
        return "[" + items.joined(separator: ",\n ") + "]"
    }
}
