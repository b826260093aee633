internal import Foundation
internal import Martlet
internal import MartletData
internal import MartletOptim
internal import MartletVision

/// The folder a training run writes: configuration, log, checkpoints, the links `best` and `last`.
final class RunFolder {
    let path: String
    private var log = ""

    /// Makes the folder, which must not exist.
    init(_ path: String) throws {
        self.path = path
        if FileManager.default.fileExists(atPath: path) {
            throw ConfigurationError([
                "--out \(path): it exists already; a run never overwrites one, choose another name"
            ])
        }
        do {
            try FileManager.default.createDirectory(
                atPath: path + "/checkpoints", withIntermediateDirectories: true)
        } catch {
            let code = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            throw DiskError(
                path: path, operation: "make the run folder", code: Int32(code?.code ?? Int(EIO)))
        }
    }

    /// `runs/TASK-NUMBER`, the first that does not exist.
    static func defaultPath(task: String) -> String {
        var number = 1
        while FileManager.default.fileExists(atPath: "runs/\(task)-\(number)") { number += 1 }
        return "runs/\(task)-\(number)"
    }

    func writeConfiguration(_ yaml: String) throws {
        try AtomicFile.write(yaml, to: path + "/config.yaml")
    }

    /// Adds an epoch to `log.jsonl`.
    func append(_ record: EpochRecord) throws {
        log += record.json + "\n"
        try AtomicFile.write(log, to: path + "/log.jsonl")
    }

    /// Writes `NAME.png`, over the one of the epoch before.
    func write(_ picture: Picture) throws {
        try AtomicFile.write(Array(picture.image.pngData()), to: "\(path)/\(picture.name).png")
    }

    /// Writes a complete checkpoint, or none, and lets `last` (and `best`) point to it.
    func save(
        _ task: some Task, optimizers: [(name: String, optimizer: any Optimizer)],
        state: TrainingState,
        score: [(name: String, value: Double)], isBest: Bool
    ) throws {
        // Named by step, so that one saved in the middle of an epoch has a name of its own.
        let number = "\(state.step)"
        let name = String(repeating: "0", count: max(0, 6 - number.count)) + number
        let target = "\(path)/checkpoints/\(name)"
        try AtomicDirectory.write(to: target) { folder in
            try ModelFile.write(task, score: score, to: folder.file("model.safetensors"))
            var moments: [(name: String, tensor: Tensor)] = []
            for (phase, optimizer) in optimizers {
                moments += optimizer.state().sorted { $0.key < $1.key }.map {
                    ("\(phase).\($0.key)", $0.value)
                }
            }
            try Safetensors.write(moments, to: folder.file("optimizer.safetensors"))
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            let data = try encoder.encode(state)
            try AtomicFile.write(Array(data), to: folder.file("state.json"))
        }
        try AtomicFile.link(path + "/last", to: "checkpoints/\(name)")
        if isBest { try AtomicFile.link(path + "/best", to: "checkpoints/\(name)") }
        try prune(keeping: name)
    }

    /// Removes checkpoints that neither link points to, only after the new ones are in place.
    private func prune(keeping newest: String) throws {
        let manager = FileManager.default
        let best = try? manager.destinationOfSymbolicLink(atPath: path + "/best")
        for name in try manager.contentsOfDirectory(atPath: path + "/checkpoints")
        where name != newest && "checkpoints/\(name)" != best && Int(name) != nil {
            try manager.removeItem(atPath: "\(path)/checkpoints/\(name)")
        }
    }
}

/// Where training is.
struct TrainingState: Codable {
    /// Epochs finished.
    var epoch = 0
    /// Optimiser steps taken.
    var step = 0
    /// Batches of an unfinished epoch that were trained on.
    var batchInEpoch = 0
    var seed = 0
    var bestScore: Double?
    /// What the schedule `plateau` has seen.
    var plateau: ReduceOnPlateau.State?
}

/// What is known after an epoch.
struct EpochRecord {
    var values: [(name: String, value: Double)]

    func value(_ name: String) -> Double {
        values.first { $0.name == name }?.value ?? .nan
    }

    /// One JSON object in the order of the values; what is not finite becomes null.
    var json: String {
        "{"
            + values.map { "\"\($0.name)\": \(EpochRecord.number($0.value))" }.joined(
                separator: ", ")
            + "}"
    }

    static func number(_ value: Double) -> String {
        if !value.isFinite { return "null" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}

extension Picture {
    /// The losses, and below them the metric that chooses the best checkpoint, over the epochs.
    static func curves(_ history: [EpochRecord], monitor: String) -> Picture {
        func chart(_ title: String, _ names: [String]) -> Image {
            LineChart(
                title: title, xLabel: "epoch",
                curves: names.map { name in .init(name, history.map { $0.value(name) }) }
            ).image()
        }
        let charts = [
            chart("Loss", ["train_loss", "val_loss"]),
            chart("Validation \(monitor)", ["val_\(monitor)"]),
        ]
        var picture = Image(
            height: charts.reduce(0) { $0 + $1.height }, width: charts[0].width, fill: .white)
        var top = 0
        for chart in charts {
            picture.paste(chart, top: top, left: 0)
            top += chart.height
        }
        return Picture("curves", picture)
    }
}
