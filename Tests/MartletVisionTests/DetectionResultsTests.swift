import Foundation
import Martlet
import MartletData
import MartletMetrics
import MartletTesting
import Testing

@testable import MartletVision

/// Results of detectors as files have them.
@Suite struct DetectionResultsTests {
    private static let truth = """
        {"images": [{"id": 7, "file_name": "a.jpg"}, {"id": 3, "file_name": "b.jpg"}],
        "categories": [{"id": 90, "name": "dog"}, {"id": 5, "name": "cat"}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 90, "bbox": [0, 0, 40, 40], "area": 900},
        {"id": 2, "image_id": 3, "category_id": 5, "bbox": [10, 10, 40, 40], "iscrowd": 1}]}
        """

    /// A record of two texts; the files are called `truth.json` and `results.json`.
    private func read(_ results: String, truth: String = truth) throws -> DetectionRecord {
        let folder = NSTemporaryDirectory() + "martlet-results-\(UUID())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in [("truth", truth), ("results", results)] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).json"))
        }
        return try DetectionRecord(
            results: folder + "/results.json", truth: folder + "/truth.json")
    }

    @Test func namesAreCOCOs() throws {
        let record = try read(
            """
            [{"image_id": 7, "category_id": 90, "bbox": [0, 0, 40.5, 40], "score": 0.5, "id": 4},
             {"score": 1e-3, "bbox": [10, 10, 4, 4], "category_id": 5, "image_id": 3}]
            """)
        var expected = DetectionRecord(classes: ["cat", "dog"])
        expected.add(
            image: 7,
            detections: [
                Detection(box: Box(x: 0, y: 0, width: 40.5, height: 40), label: 1, score: 0.5)
            ],
            truths: [
                DetectionTruth(
                    box: Box(x: 0, y: 0, width: 40, height: 40), label: 1, area: 900)
            ])
        expected.add(
            image: 3,
            detections: [
                Detection(box: Box(x: 10, y: 10, width: 4, height: 4), label: 0, score: 0.001)
            ],
            truths: [
                DetectionTruth(
                    box: Box(x: 10, y: 10, width: 40, height: 40), label: 0, isCrowd: true)
            ])
        #expect(record == expected)
        let nothing = try read("[]")
        #expect(nothing.count == 2 && nothing.compute() == 0)
    }

    @Test(
        "B3: results that cannot be used are refused with their place and what they name",
        arguments: [
            (#"{"image_id": 8, "category_id": 5, "bbox": [0, 0, 1, 1], "score": 1}"#, "no image 8"),
            (
                #"{"image_id": "a", "category_id": 5, "bbox": [0, 0, 1, 1], "score": 1}"#,
                "no image 'a'"
            ),
            (#"{"image_id": 7, "category_id": 6, "bbox": [0, 0, 1, 1], "score": 1}"#, "no class 6"),
            (#"{"image_id": 7, "category_id": 5, "bbox": [0, 0, 1], "score": 1}"#, "3 numbers"),
            (#"{"image_id": 7, "category_id": 5, "bbox": [0, 0, -1, 1], "score": 1}"#, "-1"),
            (#"{"image_id": 7, "category_id": 5, "bbox": [0, 0, 1, 1]}"#, "no \"score\""),
            (#"{"image_id": 7, "category_id": 5, "bbox": [0, 0, 1, 1], "score": "1"}"#, "'1'"),
            (#"{"image_id": 7, "category_id": 5, "bbox": [0, 0, 1, 1], "score": 1e999}"#, "1e999"),
            (#"{"image_id": 7, "category_id": 5, "bbox": [0, 0, 1, 1], "score": NaN}"#, "'N'"),
            (#"{"image_id": 7.5, "category_id": 5, "bbox": [0, 0, 1, 1], "score": 1}"#, "7.5"),
            (#"{"category_id": 5, "bbox": [0, 0, 1, 1], "score": 1}"#, "no \"image_id\""),
            (#"{"image_id": 7, "image_id": 7, "category_id": 5}"#, "there twice"),
            ("17", "no object"),
            ("]", "byte"),
        ])
    func faults(result: String, message: String) throws {
        let good = #"{"image_id": 7, "category_id": 5, "bbox": [0, 0, 1, 1], "score": 1}"#
        do {
            _ = try read("[\(good), \(result)]")
            Issue.record("accepted \(result)")
        } catch let error as DataError {
            #expect(error.path.hasSuffix("/results.json") && error.exitCode == 3)
            #expect("\(error)".contains(message), "\(error)")
            let place = error.place ?? ""
            #expect(place.hasPrefix("result 2 (byte 70)") || place.hasPrefix("byte"), "\(error)")
        }
    }

    @Test(
        "B3: truths that cannot be used are refused with their place",
        arguments: [
            ("\"image_id\": 3", "\"image_id\": 4", "annotation 2 (byte ", "no image 4"),
            ("\"category_id\": 5", "\"category_id\": 6", "annotation 2 (byte ", "no category 6"),
            ("\"id\": 3,", "\"id\": 7,", "image 7 (byte ", "there already"),
            ("\"id\": 5,", "\"id\": 90,", "category 90 (byte ", "twice"),
            ("[0, 0, 40, 40]", "[0, 0, 40]", "annotation 1 (byte ", "3 numbers"),
            ("\"area\": 900", "\"area\": -1", "annotation 1 (byte ", "-1"),
        ])
    func truthFaults(old: String, new: String, place: String, message: String) {
        do {
            _ = try read("[]", truth: Self.truth.replacingOccurrences(of: old, with: new))
            Issue.record("accepted \(new)")
        } catch let error as DataError {
            #expect(error.path.hasSuffix("/truth.json"))
            #expect(error.place?.hasPrefix(place) == true, "\(error)")
            #expect(error.problem.contains(message), "\(error)")
        } catch {
            Issue.record(error)
        }
    }

    @Test("A13, B3: mutants of files of results")
    func mutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let truth = NSTemporaryDirectory() + "martlet-truth-\(getpid()).json"
            try Data(DetectionResultsTests.truth.utf8).write(to: URL(fileURLWithPath: truth))
            defer { try? FileManager.default.removeItem(atPath: truth) }
            let results = """
                [{"image_id": 7, "category_id": 90, "bbox": [0, 0, 40.5, 40], "score": 0.5},
                 {"image_id": 3, "category_id": 5, "bbox": [1e1, 10, 4, 4], "score": 1e-3}]
                """
            let words = [
                "\"bbox\"", "\"score\"", "[", "]", "{", "}", ",", ":", "null", "1e999", "NaN", "-0",
                "\\ud800", "\u{FEFF}", "18446744073709551616", "\"image_id\": \"7\"",
            ]
            try Fuzzing.run("results", seeds: [Array(results.utf8)], words: words) { path in
                do {
                    let record = try DetectionRecord(results: path, truth: truth)
                    return !"\(record.report)".contains("nan")
                } catch let error as DataError {
                    guard error.path == path else { throw error }
                    return false
                }
            }
        }
        let text = Fuzzing.report(result?.standardOutputContent ?? [])
        print(text)
        #expect(text.contains("mutants in"), "\(text)")
    }
}
