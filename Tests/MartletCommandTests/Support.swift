import Foundation
import MartletVision
import MartletTesting
import Testing

/// The built program, run as a user runs it.
enum Martlet {
    /// Tests and programs are built into one folder.
    static let path = Bundle.main.bundleURL.appendingPathComponent("martlet").path

    static func start(_ arguments: [String], in folder: String) throws -> Program {
        try Program(path, arguments, in: folder)
    }

    static func run(_ arguments: String..., in folder: String) throws -> Program.Outcome {
        try start(arguments, in: folder).finish()
    }
}

/// A folder that goes when the closure returns.
func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let path = NSTemporaryDirectory() + "martlet-\(UUID())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// Class folders of small grey pictures: dark ones and light ones.
func writeClassFolders(_ root: String, perClass: Int = 12, size: Int = 12) throws {
    for part in ["train", "test"] {
        for (name, level) in [("dark", 40), ("light", 200)] {
            let folder = "\(root)/\(part)/\(name)"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            for i in 0..<perClass {
                let samples = (0..<size * size).map { UInt8(level + ($0 * 7 + i * 13) % 40) }
                let image = Image(height: size, width: size, channels: 1, samples: samples)
                try image.pngData().write(to: URL(fileURLWithPath: "\(folder)/\(i).png"))
            }
        }
    }
}

/// A folder with larger data sets, where there is one.
let largerData = ProcessInfo.processInfo.environment["MARTLET_DATA"]

/// Runs a command of the shell, giving its exit status.
func shell(_ command: String) throws -> Int32 { try Program.run("/bin/sh", ["-c", command]).code }
