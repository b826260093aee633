import Foundation
import MartletData
import Testing

/// A folder for one test's files, removed with the object.
final class TemporaryFolder {
    let path: String

    /// - Parameter isInMemory: whether it lies in memory where the system offers that, for tests that sync thousands of files.
    init(isInMemory: Bool = false) throws {
        let memory = isInMemory && FileManager.default.isWritableFile(atPath: "/dev/shm")
        let place = memory ? "/dev/shm" : FileManager.default.temporaryDirectory.path
        path = "\(place)/martlet-data-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a file or folder in it.
    func file(_ name: String) -> String { path + "/" + name }

    /// Writes a file, making the folders it lies in.
    @discardableResult
    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let target = file(name)
        try FileManager.default.createDirectory(
            atPath: (target as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: target))
        return target
    }

    @discardableResult
    func write(_ text: String, _ name: String) throws -> String {
        try write(Array(text.utf8), name)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: file(name))))
    }

    /// Everything in it, hidden files included.
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }
}

/// The Python that has the other programs, where one is there.
let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"]

/// The error the closure throws, checked to mention everything it should.
func expectError<E: Error & CustomStringConvertible>(
    _ type: E.Type, mentioning words: [String],
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> some Any
) {
    let error = #expect(throws: type, sourceLocation: sourceLocation) { _ = try body() }
    guard let error else { return }
    for word in words {
        #expect(
            error.description.contains(word), "'\(error)' should mention '\(word)'",
            sourceLocation: sourceLocation)
    }
}

/// 4 bytes, most significant first.
func big(_ value: Int) -> [UInt8] {
    (0..<4).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// The files that PyTorch wrote, with `Tests/Reference/checkpoints.py`.
func fixture(_ name: String) throws -> String {
    try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/\(name)").path
}
