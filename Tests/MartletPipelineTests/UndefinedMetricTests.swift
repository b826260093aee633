import Foundation
import Martlet
import Testing

@testable import MartletPipeline

/// Figures that are no numbers, in what a run writes.
@Suite struct UndefinedMetricTests {
    @Test("E6: a figure that is no number is null in log.jsonl, and read back as none")
    func nullInTheLog() throws {
        let values: [(name: String, value: Double)] = [
            ("nan", .nan), ("up", .infinity), ("down", -.infinity), ("huge", 1e300),
            ("tiny", Double.leastNonzeroMagnitude),
            ("minus", -0.0), ("whole", 1e15), ("large", .greatestFiniteMagnitude), ("small", 1e-5),
        ]
        let record = EpochRecord(values: values)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(record.json.utf8)) as? [String: Any])
        for (name, value) in values {
            if value.isFinite {
                #expect((object[name] as? Double) == value, "\(name): \(record.json)")
            } else {
                #expect(object[name] is NSNull, "\(name): \(record.json)")
            }
        }
        let again = try #require(EpochRecord(json: record.json)).values
        #expect(again.map(\.name) == values.map(\.name))
        for (read, written) in zip(again, values) {
            #expect(read.value == written.value || read.value.isNaN && !written.value.isFinite)
        }
    }

    @Test("E6: a run whose score is never a number keeps valid files and picks no best by it")
    func aWholeRun() throws {
        try inFolder { path in
            let task = TinyTask(training: try settings("epochs=2", "lr=0.05"))
            task.scoresNothing = true
            try Trainer(task, out: path).run()
            for line in try String(contentsOfFile: path + "/log.jsonl", encoding: .utf8).split(
                separator: "\n")
            {
                let object = try #require(
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                #expect(object["val_loss"] is NSNull && object["train_loss"] is Double, "\(line)")
            }
            for file in ["last/state.json", "run.json"] {
                let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(file)"))
                #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: data) }
            }
            // No epoch is the best one, whose evaluation would be kept.
            #expect(!FileManager.default.fileExists(atPath: path + "/evaluation.json"))
            #expect(FileManager.default.fileExists(atPath: path + "/best/model.safetensors"))
            let page = try String(contentsOfFile: path + "/report.html", encoding: .utf8)
            #expect(!page.contains("nan") && !page.contains("NaN"), "the report shows NaN")
        }
    }
}
