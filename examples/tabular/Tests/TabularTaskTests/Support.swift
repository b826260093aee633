import Foundation
import MartletPipeline
import TabularTask

/// The tables that come with the package.
enum Tables {
    private static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/data"
    static let housing = folder + "/housing.csv"
    static let diabetes = folder + "/diabetes.csv"
}

/// A folder that goes when the closure returns.
func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let path = NSTemporaryDirectory() + "tabular-\(UUID())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

func options(_ words: String...) throws -> TabularOptions {
    let options = TabularOptions()
    try options.apply(ConfigurationValue.parse(arguments: words))
    return options
}

/// Writes a file of these lines.
func write(_ lines: [String], to path: String) throws {
    try (lines.joined(separator: "\n") + "\n").write(
        toFile: path, atomically: true, encoding: .utf8)
}

/// The lines of a file.
func lines(_ path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
}
