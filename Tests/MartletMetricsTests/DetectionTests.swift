import Foundation
import Martlet
import MartletMetrics
import MartletTesting
import Testing

private let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"]
private let data = ProcessInfo.processInfo.environment["MARTLET_DATA"]

/// Figures that other programs know as well.
@Suite struct DetectionTests {
    /// Holds the figures of cases against those of the reference programs.
    private func compare(_ cases: [(scenes: [Scene], classes: Int)]) throws -> [ReferenceFigures] {
        let expected = try ReferenceFigures.of(cases, python: #require(python))
        try #require(expected.count == cases.count)
        for (index, (reference, here)) in zip(expected, cases).enumerated() {
            let record = DetectionRecord(here.scenes, classes: here.classes)
            let report = record.report
            var pairs = zip(report.values, reference.numbers).map { ($0.name, $0.value, $1) }
            try #require(pairs.count == 14)
            let coco = record.coco
            for (label, row) in reference.classes.enumerated() {
                for area in COCOEvaluation.Area.allCases {
                    pairs += [
                        (
                            "AP of \(label), \(area)",
                            coco.averagePrecision(of: label, area: area) ?? -1,
                            row.precisions[area.rawValue]
                        ),
                        (
                            "AR of \(label), \(area)",
                            coco.averageRecall(of: label, area: area) ?? -1,
                            row.recalls[area.rawValue]
                        ),
                    ]
                }
                let curve = coco.precisions(of: label) ?? [Double](repeating: -1, count: 101)
                pairs += zip(curve, row.curve).enumerated().map {
                    ("precision of \(label) at \($0)", $1.0, $1.1)
                }
            }
            for (name, value, expected) in pairs where !(abs(value - expected) <= 1e-6) {
                Issue.record("case \(index): \(name) is \(value), expected \(expected)")
                break
            }
        }
        return expected
    }

    /// 200 generated cases.
    @Test(.enabled(if: python != nil, "needs MARTLET_PYTHON: run scripts/test.sh"))
    func equalsTheReferencePrograms() throws {
        var generator = Generator(seed: 20)
        let expected = try compare(
            (0..<200).map { _ in
                let classes = generator.integer(in: 1..<5)
                return (Scene.several(&generator, classes: classes), classes)
            })
        // The cases have something to say.
        #expect(Set(expected.map { $0.numbers[0] }).count > 150)
        #expect(expected.contains { $0.classes[0].precisions[1] > 0 })
    }

    @Test(
        "E6: without detections, without truths, with one score or class figures are pycocotools'",
        .enabled(if: python != nil, "needs MARTLET_PYTHON: run scripts/test.sh"))
    func equalsTheReferenceProgramsOnNextToNothing() throws {
        var generator = Generator(seed: UInt64(Fuzzing.seed)).stream("few")
        let cases = (0..<200).map { _ -> (scenes: [Scene], classes: Int) in
            let classes = generator.integer(in: 1..<3)
            return (Scene.few(&generator, classes: classes), classes)
        }
        let expected = try compare(cases)
        #expect(
            expected.contains { $0.numbers[0] == -1 } && expected.contains { $0.numbers[0] == 0 })
        for here in cases {
            let report = DetectionRecord(here.scenes, classes: here.classes).report
            let text = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
            #expect(
                !"\(text)\(report)".lowercased().contains("nan"), "seed \(Fuzzing.seed): \(text)")
        }
    }

    /// The annotations of 50 photographs of COCO, with detections made from them.
    @Test(
        .enabled(if: python != nil && data != nil, "MARTLET_PYTHON or MARTLET_DATA is not set"),
        arguments: ["train2017", "val2017"])
    func equalsTheReferenceProgramsOnTinyCOCO(part: String) throws {
        struct File: Decodable {
            struct Numbered: Decodable { let id: Int }
            struct Annotation: Decodable {
                let imageId, categoryId, iscrowd: Int
                let bbox: [Double]
                let area: Double
            }
            let images, categories: [Numbered]
            let annotations: [Annotation]
        }
        let path = try #require(data) + "/tiny_coco/annotations/instances_\(part).json"
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let file = try decoder.decode(
            File.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        let labels = Dictionary(
            uniqueKeysWithValues: file.categories.enumerated().map { ($1.id, $0) })
        var generator = Generator(seed: 5).stream(part)
        let scenes = try file.images.map(\.id).sorted().map { image in
            var scene = Scene()
            scene.truths = try file.annotations.filter { $0.imageId == image }.map { thing in
                DetectionTruth(
                    box: Box(
                        x: thing.bbox[0], y: thing.bbox[1], width: thing.bbox[2],
                        height: thing.bbox[3]),
                    label: try #require(labels[thing.categoryId]), area: thing.area,
                    isCrowd: thing.iscrowd == 1)
            }
            scene.detections = Scene.found(scene.truths, classes: labels.count, &generator)
            return scene
        }
        #expect(scenes.count > 5)
        let expected = try compare([(scenes, labels.count)])
        #expect(expected[0].numbers[0] > 0.1 && expected[0].numbers[0] < 0.9)
    }

    @Test func partsAddUpInAnyOrder() {
        var generator = Generator(seed: 3)
        let all =
            Scene.several(&generator, classes: 3) + Scene.several(&generator, classes: 3)
        let whole = DetectionRecord(all, classes: 3)
        var parts = (0..<3).map { _ in DetectionRecord(classes: whole.classes) }
        for (index, scene) in all.enumerated().reversed() {
            parts[index % 3].add(
                image: index, detections: scene.detections, truths: scene.truths)
        }
        parts[2].merge(parts[0])
        parts[2].merge(parts[1])
        #expect(parts[2] == whole && whole.compute() != nil)
        #expect(parts[2].coco.summary == whole.coco.summary)
        // An image may come in parts.
        var twice = DetectionRecord(classes: whole.classes)
        for (index, scene) in all.enumerated() {
            twice.add(image: index, detections: [], truths: scene.truths)
        }
        for (index, scene) in all.enumerated() {
            twice.add(image: index, detections: scene.detections, truths: [])
        }
        #expect(twice == whole)
        twice.reset()
        #expect(twice == DetectionRecord(classes: whole.classes) && twice.compute() == nil)
    }

    @Test func survivesItsFile() throws {
        var generator = Generator(seed: 4)
        let record = DetectionRecord(Scene.several(&generator, classes: 2), classes: 2)
        let file = try JSONEncoder().encode(record)
        #expect(try JSONDecoder().decode(DetectionRecord.self, from: file) == record)
        let damaged = String(decoding: file, as: UTF8.self)
            .replacingOccurrences(of: "\"label\":1", with: "\"label\":2")
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(DetectionRecord.self, from: Data(damaged.utf8))
        }
    }

    @Test("E6: where there was nothing to be found no figure is defined")
    func nothingToFindHasNoValue() throws {
        var record = DetectionRecord(classes: ["a", "b"])
        for round in 0...1 {
            #expect(record.compute() == nil && record.voc.meanAveragePrecision() == nil)
            #expect(record.bestF1 == nil && record.coco.curve(of: 1) == nil)
            #expect(record.coco.precisions(of: 1) == nil && record.voc.curve(of: 1) == nil)
            #expect(record.errors.averagePrecision == nil && record.errors.gains.isEmpty)
            #expect(record.report.values.allSatisfy { $0.value == -1 })
            #expect(record.report.description.contains("undefined"))
            #expect(record.confusion().count == round && record.count == round)
            record.add(
                image: 1,
                detections: [
                    Detection(
                        box: Box(x: 0, y: 0, width: 5, height: 5), label: 1, score: .infinity)
                ], truths: [])
        }
        #expect(record.errors.counts[.background] == 2)
        let text = try JSONEncoder().encode(record.report)
        #expect(String(decoding: text, as: UTF8.self).contains("\"mAP\":-1"))
    }

    @Test("E6: scores that are no numbers are the least, boxes that are none overlap nothing")
    func notNumbers() {
        let box = Box(x: 0, y: 0, width: 40, height: 40)
        let nowhere = Box(x: .nan, y: 0, width: .nan, height: 40)
        var record = DetectionRecord(classes: ["a"])
        record.add(
            image: 0,
            detections: [
                Detection(box: box, label: 0, score: .nan),
                Detection(box: nowhere, label: 0, score: 0.5),
                Detection(box: box, label: 0, score: -1),
            ], truths: [DetectionTruth(box: box, label: 0)])
        // The box that is none comes first and is wrong.
        #expect(abs((record.coco.summary.mAP ?? -1) - 0.5) < 1e-12)
        #expect(record.coco.summary.recall1 == 0 && record.coco.summary.recall10 == 1)
        #expect(record.voc.meanAveragePrecision() == 0.5)
        #expect(!record.report.description.contains("nan"), "\(record.report)")
    }
}
