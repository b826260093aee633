import Foundation
import Martlet
import MartletMetrics
import MartletTesting
import Testing

private let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"]

/// An image of a generated case.
private struct Scene {
    var detections: [Detection] = []
    var truths: [DetectionTruth] = []
}

/// COCO's files, as far as the comparison reads them.
private struct COCOCase: Encodable {
    struct Image: Encodable { let id: Int }
    struct Category: Encodable { let id: Int }
    struct Annotation: Encodable {
        let id, imageId, categoryId: Int
        let bbox: [Double]
        let area: Double
        let iscrowd: Int
    }
    struct Truth: Encodable {
        let images: [Image]
        let categories: [Category]
        var annotations: [Annotation] = []
    }
    struct Result: Encodable {
        let imageId, categoryId: Int
        let bbox: [Double]
        let score: Double
    }
    var truth: Truth
    var results: [Result] = []
    var difficult: [Int] = []

    init(_ scenes: [Scene], classes: Int) {
        truth = Truth(
            images: scenes.indices.map { Image(id: $0 + 1) },
            categories: (1...classes).map { Category(id: $0) })
        func numbers(_ box: Box) -> [Double] { [box.x, box.y, box.width, box.height] }
        for (image, scene) in scenes.enumerated() {
            for thing in scene.truths {
                let id = truth.annotations.count + 1
                truth.annotations.append(
                    Annotation(
                        id: id, imageId: image + 1, categoryId: thing.label,
                        bbox: numbers(thing.box), area: thing.area, iscrowd: thing.isCrowd ? 1 : 0))
                if thing.isDifficult { difficult.append(id) }
            }
            results += scene.detections.map {
                Result(
                    imageId: image + 1, categoryId: $0.label, bbox: numbers($0.box),
                    score: $0.score)
            }
        }
    }
}

/// Scenes with what evaluations have got wrong: crowds, areas at the borders, equal scores, empty images and classes, more
/// than 100 detections, boxes of no area and many on the same spot.
private func scenes(_ generator: inout Generator, classes: Int) -> [Scene] {
    func number(_ range: Range<Int>) -> Int { generator.integer(in: range) }
    func chance(_ part: Double) -> Bool { generator.bernoulli(part) }
    let ties = chance(0.4)
    let whole = chance(0.5)
    func box() -> Box {
        let sizes = [8, 32, 50, 96, 200]
        func side() -> Double {
            let side = Double(sizes[number(0..<sizes.count)])
            return whole || chance(0.3) ? side : side * generator.uniform(0.6, 1.5)
        }
        return Box(
            x: Double(number(0..<300)), y: Double(number(0..<300)), width: side(), height: side())
    }
    func score() -> Double {
        ties ? Double(number(1..<5)) / 4 : generator.uniform()
    }
    return (0..<number(1..<12)).map { _ in
        var scene = Scene()
        if chance(0.1) { return scene }
        for _ in 0..<number(0..<8) {
            let box = box()
            scene.truths.append(
                DetectionTruth(
                    box: box, label: number(1..<classes + 1),
                    area: chance(0.5) ? box.area * 0.7 : nil, isCrowd: chance(0.1)))
        }
        for truth in scene.truths where chance(0.8) {
            for _ in 0..<number(1..<4) {
                let shift = Double(number(-12..<13)) / (whole ? 1 : 2.3)
                var box = truth.box
                box.x += shift
                box.width = max(0, box.width - abs(shift) * 0.7)
                scene.detections.append(
                    Detection(
                        box: box, label: chance(0.9) ? truth.label : number(1..<classes + 1),
                        score: score()))
            }
        }
        for _ in 0..<(chance(0.05) ? 130 : number(0..<6)) {
            scene.detections.append(
                Detection(box: box(), label: number(1..<classes + 1), score: score()))
        }
        return scene
    }
}

/// COCO's twelve numbers and VOC's two, of scenes added in order.
private func numbers(_ scenes: [Scene]) -> [Double] {
    var coco = COCOEvaluation()
    var voc = VOCEvaluation()
    for scene in scenes {
        coco.add(detections: scene.detections, truths: scene.truths)
        // Here a crowd stands for a difficult object.
        let truths = scene.truths.map { truth in
            var truth = truth
            truth.isDifficult = truth.isCrowd
            return truth
        }
        voc.add(detections: scene.detections, truths: truths)
    }
    return coco.summary.values.map(\.value)
        + VOCEvaluation.Rule.allCases.map { voc.meanAveragePrecision($0) ?? -1 }
}

@Suite struct DetectionTests {
    /// 200 generated cases.
    @Test(.enabled(if: python != nil, "needs MARTLET_PYTHON: run scripts/test.sh"))
    func equalsTheReferencePrograms() throws {
        var generator = Generator(seed: 20)
        let cases = (0..<200).map { _ -> (scenes: [Scene], classes: Int) in
            let classes = generator.integer(in: 1..<5)
            return (scenes(&generator, classes: classes), classes)
        }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let lines = try cases.map {
            var coco = COCOCase($0.scenes, classes: $0.classes)
            coco.difficult = coco.truth.annotations.filter { $0.iscrowd == 1 }.map(\.id)
            return String(decoding: try encoder.encode(coco), as: UTF8.self)
        }
        let file = NSTemporaryDirectory() + "detection-\(UUID()).jsonl"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try (lines.joined(separator: "\n") + "\n").write(
            toFile: file, atomically: true, encoding: .utf8)
        let script = try #require(
            Bundle.module.path(forResource: "compare_detection", ofType: "py"))
        let outcome = try Program.run(#require(python), [script, file])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let expected = try outcome.output.split(separator: "\n").map {
            try JSONDecoder().decode([Double].self, from: Data($0.utf8))
        }
        try #require(expected.count == cases.count)
        for (index, (truth, here)) in zip(expected, cases).enumerated() {
            let values = numbers(here.scenes)
            for (one, other) in zip(values, truth) where abs(one - other) > 1e-6 {
                Issue.record("case \(index): expected \(truth), got \(values)")
                break
            }
        }
        // The cases have something to say.
        #expect(Set(expected.map { $0[0] }).count > 150)
    }

    @Test func partsAddUp() {
        var generator = Generator(seed: 3)
        let all = scenes(&generator, classes: 3) + scenes(&generator, classes: 3)
        var (whole, first, second) = (COCOEvaluation(), COCOEvaluation(), COCOEvaluation())
        for (index, scene) in all.enumerated() {
            whole.add(detections: scene.detections, truths: scene.truths)
            if index < all.count / 2 {
                first.add(detections: scene.detections, truths: scene.truths)
            } else {
                second.add(detections: scene.detections, truths: scene.truths)
            }
        }
        first.merge(second)
        #expect(first == whole && whole.compute() != nil)
        whole.reset()
        #expect(whole == COCOEvaluation() && whole.compute() == nil)
    }

    @Test func nothingToFindHasNoValue() {
        var coco = COCOEvaluation()
        var voc = VOCEvaluation()
        let found = [Detection(box: Box(x: 0, y: 0, width: 5, height: 5), label: 2, score: 1)]
        coco.add(detections: found, truths: [])
        voc.add(detections: found, truths: [])
        #expect(coco.compute() == nil && coco.labels == [2])
        #expect(coco.summary.values.allSatisfy { $0.value == -1 })
        #expect(voc.compute() == nil && voc.curve(of: 2).isEmpty)
    }

    /// What the figures mean, on a case done by hand: two objects, one found, one alarm in between.
    @Test func aCaseByHand() throws {
        let boxes = [0.0, 50].map { Box(x: $0, y: 0, width: 40, height: 40) }
        let truths = boxes.map { DetectionTruth(box: $0, label: 7) }
        let found = [
            Detection(box: boxes[0], label: 7, score: 0.9),
            Detection(box: boxes[0], label: 7, score: 0.8),
            Detection(box: boxes[1], label: 7, score: 0.7),
        ]
        var voc = VOCEvaluation()
        voc.add(detections: found, truths: truths)
        // Precision 1 up to a recall of a half, then two of three.
        let area = try #require(voc.compute())
        #expect(abs(area - 5.0 / 6) < 1e-12)
        let points = try #require(voc.averagePrecision(of: 7, .elevenPoints))
        let expected: Double = 28.0 / 33
        #expect(abs(points - expected) < 1e-12)
        #expect(voc.curve(of: 7).map(\.recall) == [0.5, 0.5, 1])
        var coco = COCOEvaluation()
        coco.add(detections: found, truths: truths)
        #expect(coco.summary.recall1 == 0.5 && coco.summary.recall10 == 1)
        #expect(coco.summary.mAPSmall == nil && coco.summary.mAPMedium == coco.summary.mAP)
    }
}
