internal import Foundation
internal import Martlet
internal import MartletData

/// The version of this library.
public enum MartletVersion {
    /// As the program prints it.
    public static let current = "0.1.0"
}

/// What a run was trained with and on, for whoever wants to know why two runs differ: `environment.json`.
struct RunEnvironment: Codable, Equatable {
    static let fileName = "environment.json"

    let martlet: String
    let system: String
    let processor: String
    let cores: Int
    let threads: Int
    let precision: String
    /// The task's fingerprint of its data.
    let data: String?

    init(precision: Precision, data: String?) {
        martlet = MartletVersion.current
        system = ProcessInfo.processInfo.operatingSystemVersionString
        processor = RunEnvironment.processorName
        cores = ProcessInfo.processInfo.processorCount
        threads = Threads.count
        self.precision = precision.text
        self.data = data
    }

    private static var processorName: String {
        let text = FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data()
        let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first {
            $0.hasPrefix("model name")
        }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
            ?? "unknown"
    }

    /// Writes it into a run folder. Where a resumed run has another processor than before, says so.
    func write(to folder: RunFolder) throws {
        let path = "\(folder.path)/\(RunEnvironment.fileName)"
        if let data = FileManager.default.contents(atPath: path),
            let before = try? JSONDecoder().decode(RunEnvironment.self, from: data),
            before.processor != processor
        {
            Log.info(
                "the run goes on with another processor, \(processor) after \(before.processor); its "
                    + "numbers may differ from an uninterrupted run's in their last digits")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(self), as: UTF8.self)
        try folder.write(text + "\n", to: RunEnvironment.fileName)
    }
}
