import Foundation
import Martlet
import MartletData
import MartletTesting
import MartletVision
import Testing

@testable import MartletPipeline

/// A Python with the packages of `scripts/test-requirements.txt`.
let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"]

/// A folder that goes when the closure returns.
func inTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
    let path = NSTemporaryDirectory() + "martlet-pipeline-\(UUID())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// Runs a Python program, which prints JSON.
func runPython<Value: Decodable>(
    _ program: String, _ arguments: [String], as type: Value.Type = Value.self
) throws -> Value {
    let outcome = try Program.run(try #require(python), ["-c", program] + arguments)
    try #require(outcome.code == 0, "\(outcome.errors)")
    return try JSONDecoder().decode(type, from: Data(outcome.output.utf8))
}

@Suite struct EventFileTests {
    /// Values of RFC 3720, appendix B.4.
    @Test func checksumsAreTheStandards() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum([UInt8](0..<32)) == 0x46DD_794E)
        #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    }

    private static let image = Image(
        height: 2, width: 3, channels: 3, samples: (0..<18).map { UInt8($0 * 14) })
    private static let numbers: [Float] = [-1, -0.5, 0, 0.25, 0.25, 1, .nan, .infinity]

    private static func curve() -> PrecisionRecallCurve {
        var curve = PrecisionRecallCurve(thresholds: 3)
        for (score, isPositive) in [
            (0.9, true), (1.0, true), (0.6, false), (0.3, true), (0.2, false), (0.5, true),
        ] { curve.update(score: Float(score), isPositive: isPositive) }
        return curve
    }

    /// One event of every kind.
    private func writeAll(_ folder: String) throws -> EventWriter {
        let events = try EventWriter(folder, resumingAfter: 0, clock: { 1_700_000_000.5 })
        try events.hyperParameters(
            [("lr", "0.5"), ("model", "lenet"), ("flip", "true")], metrics: ["validation/loss"],
            name: "run", started: 12)
        try events.text("settings", "lr: 0.5\n<b>", step: 0)
        try events.scalar("train/loss", 0.75, step: 3)
        try events.image("confusion", EventFileTests.image, step: 3)
        let histogram = try #require(Histogram(EventFileTests.numbers, bins: 4))
        try events.histogram("weights/fc", histogram, step: 3)
        try events.precisionRecall("cat", EventFileTests.curve(), step: 3)
        try events.sessionEnd(succeeded: true, at: 99)
        try events.flush()
        return events
    }

    private struct Everything: Decodable {
        struct Step: Decodable {
            let step: Int
            let value: Double
            let time: Double
        }
        let scalars: [Step]
        let image: String
        let size: [Int]
        let histogram: [Double]
        let limits: [Double]
        let counts: [Double]
        let text: [String]
        let curve: [[Double]]
        let thresholds: Int
        let plugins: [String: String]
        let settings: [String: String]
        let types: [String: Int]
        let metrics: [String]
        let group: String
        let status: Int
        let ended: Double
    }

    @Test(.enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func tensorBoardReadsEveryKind() throws {
        let read = try inTemporaryFolder { folder in
            _ = try writeAll(folder)
            return try runPython(
                """
                import base64, json, sys
                from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
                from tensorboard.plugins.hparams import metadata
                from tensorboard.plugins.pr_curve import metadata as pr
                from tensorboard.util.tensor_util import make_ndarray
                ea = EventAccumulator(sys.argv[1], size_guidance={})
                ea.Reload()
                image = ea.Images("confusion")[0]
                h = ea.Histograms("weights/fc")[0].histogram_value
                content = {t: ea.summary_metadata[t].plugin_data.content for t in ea.summary_metadata}
                start = metadata.parse_session_start_info_plugin_data(
                    content["_hparams_/session_start_info"])
                end = metadata.parse_session_end_info_plugin_data(content["_hparams_/session_end_info"])
                experiment = metadata.parse_experiment_plugin_data(content["_hparams_/experiment"])
                print(json.dumps({
                    "scalars": [{"step": s.step, "value": s.value, "time": s.wall_time}
                                for s in ea.Scalars("train/loss")],
                    "image": base64.b64encode(image.encoded_image_string).decode(),
                    "size": [image.height, image.width],
                    "histogram": [h.min, h.max, h.num, h.sum, h.sum_squares],
                    "limits": h.bucket_limit, "counts": h.bucket,
                    "text": [t.decode() for t in make_ndarray(ea.Tensors("settings")[0].tensor_proto)],
                    "curve": make_ndarray(ea.Tensors("cat")[0].tensor_proto).tolist(),
                    "thresholds": pr.parse_plugin_metadata(content["cat"]).num_thresholds,
                    "plugins": {t: ea.summary_metadata[t].plugin_data.plugin_name for t in content},
                    "settings": {k: str(getattr(v, v.WhichOneof("kind")))
                                 for k, v in start.hparams.items()},
                    "types": {i.name: i.type for i in experiment.hparam_infos},
                    "metrics": [i.name.tag for i in experiment.metric_infos],
                    "group": start.group_name, "status": end.status, "ended": end.end_time_secs,
                }))
                """, [folder], as: Everything.self)
        }
        #expect(read.scalars.map(\.step) == [3])
        #expect(read.scalars.map(\.value) == [0.75])
        #expect(read.scalars.map(\.time) == [1_700_000_000.5])
        #expect(Data(base64Encoded: read.image) == (try EventFileTests.image.pngData()))
        #expect(read.size == [2, 3])
        #expect(read.histogram == [-1, 1, 6, 0, 1 + 0.25 + 0.0625 * 2 + 1])
        #expect(read.limits == [-0.5, 0, 0.5, 1])
        #expect(read.counts == [2, 1, 2, 1])
        #expect(read.text == ["lr: 0.5\n<b>"])
        #expect(read.thresholds == 3)
        #expect(
            read.curve == [
                [4, 3, 1], [2, 1, 0], [0, 1, 2], [0, 1, 3], [4.0 / 6, 0.75, 1].map(rounded),
                [1, 0.75, 0.25],
            ])
        #expect(read.plugins["settings"] == "text" && read.plugins["cat"] == "pr_curves")
        #expect(read.settings == ["lr": "0.5", "model": "lenet", "flip": "True"])
        #expect(read.types == ["lr": 3, "model": 1, "flip": 2])
        #expect(read.metrics == ["validation/loss"])
        #expect(read.group == "run" && read.status == 1 && read.ended == 99)
    }

    private func rounded(_ value: Double) -> Double { Double(Float(value)) }

    private struct Cuts: Decodable {
        let bytes: Int
        let records: Int
        let wrong: [Int]
    }

    @Test(
        "D12: a file cut at any byte gives all its whole records",
        .enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func cutFilesAreReadUpToTheCut() throws {
        let cuts = try inTemporaryFolder { folder in
            let events = try writeAll(folder)
            return try runPython(
                """
                import json, logging, struct, sys
                from tensorboard.backend.event_processing import event_file_loader as loader
                logging.disable(logging.CRITICAL)
                data = open(sys.argv[1], "rb").read()
                ends, at = [], 0
                while at < len(data):
                    at += 16 + struct.unpack("<Q", data[at:at + 8])[0]
                    ends.append(at)
                wrong = []
                path = sys.argv[1] + ".cut"
                for cut in range(1, len(data) + 1):
                    open(path, "wb").write(data[:cut])
                    found = sum(1 for _ in loader.RawEventFileLoader(path).Load())
                    if found != sum(end <= cut for end in ends):
                        wrong.append(cut)
                print(json.dumps({"bytes": len(data), "records": len(ends), "wrong": wrong}))
                """, [events.path], as: Cuts.self)
        }
        #expect(cuts.records == 10 && cuts.bytes > 500)
        #expect(cuts.wrong == [], "of \(cuts.bytes) cuts")
    }

    private struct Resumed: Decodable {
        let accumulator: [[Double]]
        let plugin: [[Double]]
        let curves: [Int]
    }

    @Test(
        "D12: a resumed run starts a new file, and no step is seen twice",
        .enabled(if: python != nil, "MARTLET_PYTHON is not set"), arguments: [false, true])
    func stepsAreSeenOnce(isCut: Bool) throws {
        let read = try inTemporaryFolder { folder in
            func write(after step: Int, _ steps: [Int], sign: Double) throws -> String {
                let events = try EventWriter(
                    folder, resumingAfter: step, clock: { 1_700_000_000 })
                for step in steps {
                    try events.scalar("loss", sign * Double(step), step: step)
                    try events.precisionRecall("cat", EventFileTests.curve(), step: step)
                    try events.flush()
                }
                return events.path
            }
            let first = try write(after: 0, [10, 20, 30], sign: 1)
            if isCut {
                let data = try Data(contentsOf: URL(fileURLWithPath: first))
                try data.dropLast(5).write(to: URL(fileURLWithPath: first))
            }
            // The checkpoint was of step 20: step 30 comes again.
            let second = try write(after: 20, [30, 40], sign: -1)
            #expect(first < second)
            return try runPython(
                """
                import json, logging, sys
                logging.disable(logging.CRITICAL)
                from tensorboard.backend.event_processing import event_accumulator as a
                from tensorboard.backend.event_processing import plugin_event_accumulator as p
                from tensorboard.util.tensor_util import make_ndarray
                plain = a.EventAccumulator(sys.argv[1], size_guidance={})
                plugin = p.EventAccumulator(sys.argv[1], size_guidance={})
                plain.Reload()
                plugin.Reload()
                print(json.dumps({
                    "accumulator": [[s.step, s.value] for s in plain.Scalars("loss")],
                    "plugin": [[s.step, float(make_ndarray(s.tensor_proto))]
                               for s in plugin.Tensors("loss")],
                    "curves": [s.step for s in plugin.Tensors("cat")],
                }))
                """, [folder], as: Resumed.self)
        }
        let expected = [[10, 10], [20, 20], [30, -30], [40, -40.0]]
        #expect(read.accumulator == expected)
        #expect(read.plugin == expected)
        #expect(read.curves == [10, 20, 30, 40])
    }

    @Test(
        "D12: a disk that fails in the middle of a record leaves whole ones, and those after it are read"
    )
    func aFailedWriteIsTakenBack() throws {
        try inTemporaryFolder { folder in
            var room = 1000
            let path = folder + "/records"
            let file = try RecordFile(creating: path) { descriptor, bytes, count in
                let part = min(count, room)
                guard part > 0 else {
                    errno = ENOSPC
                    return -1
                }
                room -= part
                return write(descriptor, bytes, part)
            }
            let records = (0..<3).map { Data(repeating: UInt8($0), count: 100 + $0) }
            try file.append([records[0]])
            room = 50
            let error = #expect(throws: DiskError.self) { try file.append([records[1]]) }
            #expect(error?.code == ENOSPC && error?.exitCode == 6)
            room = 1000
            try file.append([records[2]])
            let written = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(Array(written) == RecordFile.frame(records[0]) + RecordFile.frame(records[2]))
        }
    }

    @Test func equalNumbersHaveOneInterval() throws {
        let histogram = try #require(Histogram([2, 2, 2] as [Float]))
        #expect(histogram.limits == [2] && histogram.counts == [3])
        #expect(Histogram([.nan] as [Float]) == nil)
    }

    @Test func histogramsCountEveryNumberOnce() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = Generator(seed: seed)
        for _ in 0..<50 {
            let count = generator.integer(in: 1..<400)
            let values = (0..<count).map { _ in
                Float(generator.integer(in: -5..<6)) * Float(generator.uniform(0.1, 1000))
            }
            let histogram = try #require(Histogram(values, bins: 7))
            #expect(histogram.counts.reduce(0, +) == count, "seed \(seed)")
            var below = 0
            for (limit, inside) in zip(histogram.limits, histogram.counts) {
                below += inside
                #expect(values.count { Double($0) <= limit } == below, "seed \(seed)")
            }
        }
    }
}
