import Foundation
import MartletVision
import Testing

/// The built program, run as a user runs it.
enum Martlet {
    struct Outcome {
        let code: Int32
        /// Whether a signal ended the process: a crash.
        let crashed: Bool
        let output: String
        let errors: String
    }

    /// Tests and programs are built into one folder.
    static let path = Bundle.main.bundleURL.appendingPathComponent("martlet").path

    static func start(_ arguments: [String], in folder: String) throws -> (Process, Pipe, Pipe) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return (process, output, errors)
    }

    static func finish(_ started: (Process, Pipe, Pipe)) throws -> Outcome {
        let errors = try started.2.fileHandleForReading.readToEnd() ?? Data()
        let output = try started.1.fileHandleForReading.readToEnd() ?? Data()
        started.0.waitUntilExit()
        return Outcome(
            code: started.0.terminationStatus,
            crashed: started.0.terminationReason == .uncaughtSignal,
            output: String(decoding: output, as: UTF8.self),
            errors: String(decoding: errors, as: UTF8.self))
    }

    static func run(_ arguments: String..., in folder: String) throws -> Outcome {
        try finish(start(arguments, in: folder))
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
func shell(_ command: String) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
}
