internal import Foundation
internal import MartletData
internal import MartletVision

/// Keeps what training tells as it goes: a log, a table, curves.
protocol RunRecorder: AnyObject {
    /// After each epoch, and once for each earlier epoch of a resumed run.
    func record(_ epoch: EpochRecord)
    /// Writes what was recorded since the last time. Called before every checkpoint, so that nothing a checkpoint knows of is
    /// missing.
    func flush() throws
}

/// Everything that keeps a run's records.
struct RunRecorders {
    private let all: [any RunRecorder]

    /// The files of a run folder, with the records of the epochs that a resumed run has behind it; what the log holds of
    /// later ones, which will come again, is cut off.
    init(_ folder: RunFolder, epochs: Int, monitor: String) throws {
        all = [
            EpochLog("\(folder.path)/log.jsonl"), MetricsTable("\(folder.path)/metrics.csv"),
            Curves("\(folder.path)/curves.png", monitor: monitor),
        ]
        for epoch in try EpochLog.read("\(folder.path)/log.jsonl", epochs: epochs) { record(epoch) }
    }

    func record(_ epoch: EpochRecord) { for recorder in all { recorder.record(epoch) } }
    func flush() throws { for recorder in all { try recorder.flush() } }
}

/// `log.jsonl`: one object an epoch.
private final class EpochLog: RunRecorder {
    private let path: String
    private var text = ""
    private var isWritten = true

    init(_ path: String) { self.path = path }

    func record(_ epoch: EpochRecord) {
        text += epoch.json + "\n"
        isWritten = false
    }

    func flush() throws {
        guard !isWritten else { return }
        try AtomicFile.write(text, to: path)
        isWritten = true
    }

    /// The records of the first epochs of a log.
    static func read(_ path: String, epochs: Int) throws -> [EpochRecord] {
        guard epochs > 0 else { return [] }
        let text = FileManager.default.contents(atPath: path) ?? Data()
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").prefix(epochs)
        let records = lines.prefix { EpochRecord(json: $0) != nil }.compactMap {
            EpochRecord(json: $0)
        }
        if records.count < epochs {
            Log.info(
                "\(path): expected an object for each of \(epochs) epochs, found \(records.count); the "
                    + "others stay missing")
        }
        return records
    }
}

/// `metrics.csv`: the same as a table.
private final class MetricsTable: RunRecorder {
    private let path: String
    private var text = ""
    private var isWritten = true

    init(_ path: String) { self.path = path }

    func record(_ epoch: EpochRecord) {
        if text.isEmpty { text = epoch.values.map(\.name).joined(separator: ",") + "\n" }
        let row = epoch.values.map { EpochRecord.number($0.value) ?? "" }
        text += row.joined(separator: ",") + "\n"
        isWritten = false
    }

    func flush() throws {
        guard !isWritten else { return }
        try AtomicFile.write(text, to: path)
        isWritten = true
    }
}

/// `curves.png`: the losses, and below them the metric that chooses the best checkpoint, over the epochs.
private final class Curves: RunRecorder {
    private let path: String
    private let monitor: String
    private var history: [EpochRecord] = []
    private var isWritten = true

    init(_ path: String, monitor: String) {
        self.path = path
        self.monitor = monitor
    }

    func record(_ epoch: EpochRecord) {
        history.append(epoch)
        isWritten = false
    }

    func flush() throws {
        guard !isWritten else { return }
        try AtomicFile.write(Array(image.pngData()), to: path)
        isWritten = true
    }

    private var image: Image {
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
        return picture
    }
}
