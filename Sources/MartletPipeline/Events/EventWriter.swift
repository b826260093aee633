internal import Foundation
public import MartletData
internal import SwiftProtobuf
public import MartletVision

/// Writes what TensorBoard shows: a file `events.out.tfevents.*` in a folder, one for each process.
///
/// Events gather until `flush()`. Steps count optimiser steps.
public final class EventWriter {
    private let file: RecordFile
    private var waiting: [Data] = []
    private let clock: () -> Double

    /// The file written to.
    public var path: String { file.path }

    /// Starts a file.
    ///
    /// - Parameters:
    ///   - folder: where; it must exist.
    ///   - step: the last step whose events of earlier files hold. What they say of later ones is void: a run resumed from
    ///     this step says it anew. 0 for a new run.
    /// - Throws: `DiskError`.
    public convenience init(_ folder: String, resumingAfter step: Int = 0) throws {
        try self.init(folder, resumingAfter: step, clock: { Date().timeIntervalSince1970 })
    }

    init(_ folder: String, resumingAfter step: Int, clock: @escaping () -> Double) throws {
        self.clock = clock
        file = try RecordFile(creating: EventWriter.newPath(in: folder, time: clock()))
        try append(step: 0) { $0.fileVersion = "brain.Event:2" }
        // TensorBoard takes the first start for the run's own, and any later one for that of a resumed run: all it was told
        // of this step and later ones is then void.
        try append(step: step > 0 ? step + 1 : 0) { $0.sessionLog.status = .start }
        try flush()
    }

    /// Readers take files in the order of their names, so that a new one must come last, whatever the clock says.
    private static func newPath(in folder: String, time: Double) throws -> String {
        let prefix = "events.out.tfevents."
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            throw DiskError(
                path: folder, operation: "read", code: Int32(cause?.code ?? Int(EIO)))
        }
        let times = names.compactMap { name in
            name.hasPrefix(prefix) ? name.dropFirst(prefix.count).split(separator: ".").first : nil
        }.compactMap { UInt32($0) }.map(Int.init)
        let stamp = max(Int(time), (times.max() ?? 0) + 1)
        let host = ProcessInfo.processInfo.hostName.filter {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")
        }
        let digits = String(repeating: "0", count: max(0, 10 - "\(stamp)".count)) + "\(stamp)"
        return "\(folder)/\(prefix)\(digits).\(host.isEmpty ? "host" : host).\(getpid())"
    }

    /// A number, in single precision.
    public func scalar(_ tag: String, _ value: Double, step: Int) throws {
        try self.value(tag, step: step) { $0.simpleValue = Float(value) }
    }

    /// A picture, stored as PNG.
    ///
    /// - Throws: `ImageError` when the picture cannot be encoded.
    public func image(_ tag: String, _ image: Image, step: Int) throws {
        let png = try image.pngData()
        try value(tag, step: step) {
            $0.image.height = Int32(image.height)
            $0.image.width = Int32(image.width)
            $0.image.colorspace = Int32(image.channels)
            $0.image.encodedImageString = png
        }
    }

    /// How numbers are distributed.
    public func histogram(_ tag: String, _ histogram: Histogram, step: Int) throws {
        try value(tag, step: step) {
            $0.histo.min = histogram.minimum
            $0.histo.max = histogram.maximum
            $0.histo.num = Double(histogram.count)
            $0.histo.sum = histogram.sum
            $0.histo.sumSquares = histogram.sumOfSquares
            $0.histo.bucketLimit = histogram.limits
            $0.histo.bucket = histogram.counts.map(Double.init)
        }
    }

    /// Text, shown as Markdown.
    public func text(_ tag: String, _ text: String, step: Int) throws {
        try value(tag, step: step) {
            try $0.plugin("text", TBTextPluginData())
            $0.tensor.dtype = .dtString
            $0.tensor.stringVal = [Data(text.utf8)]
            $0.tensor.tensorShape = TBTensorShapeProto([1])
        }
    }

    /// Precision over recall.
    public func precisionRecall(_ tag: String, _ curve: PrecisionRecallCurve, step: Int) throws {
        let thresholds = curve.thresholds.count
        try value(tag, step: step) {
            try $0.plugin(
                "pr_curves", TBPrCurvePluginData.with { $0.numThresholds = UInt32(thresholds) })
            $0.tensor.dtype = .dtFloat
            $0.tensor.floatVal =
                [
                    curve.truePositives, curve.falsePositives, curve.trueNegatives,
                    curve.falseNegatives,
                ].flatMap { $0.map(Float.init) } + (curve.precision + curve.recall).map(Float.init)
            $0.tensor.tensorShape = TBTensorShapeProto([6, thresholds])
        }
    }

    /// Writes what was gathered to the file.
    ///
    /// - Throws: `DiskError`; the events are then kept for the next time.
    public func flush() throws(DiskError) {
        guard !waiting.isEmpty else { return }
        try file.append(waiting)
        waiting = []
    }

    /// Adds one value of a tag.
    func value(
        _ tag: String, step: Int, _ fill: (inout TBSummary.Value) throws -> Void
    ) throws {
        var value = TBSummary.Value()
        value.tag = tag
        try fill(&value)
        try append(step: step) { $0.summary.value = [value] }
    }

    private func append(step: Int, _ fill: (inout TBEvent) -> Void) throws {
        var event = TBEvent()
        event.wallTime = clock()
        event.step = Int64(step)
        fill(&event)
        waiting.append(try event.serializedData())
    }
}

extension TBSummary.Value {
    mutating func plugin(_ name: String, _ content: some Message) throws {
        metadata.pluginData.pluginName = name
        metadata.pluginData.content = try content.serializedData()
    }
}

extension TBTensorShapeProto {
    init(_ shape: [Int]) {
        self.init()
        dim = shape.map { size in Dim.with { $0.size = Int64(size) } }
    }
}
