import Foundation
import Martlet
import MartletMetrics
import MartletTesting

/// An image of a generated case.
struct Scene {
    var detections: [Detection] = []
    var truths: [DetectionTruth] = []

    /// Scenes with what evaluations have got wrong: crowds, areas at the borders, equal scores, empty images and classes, more
    /// than 100 detections, boxes of no area and many on the same spot.
    static func several(_ generator: inout Generator, classes: Int) -> [Scene] {
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
                x: Double(number(0..<300)), y: Double(number(0..<300)), width: side(),
                height: side())
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
                        box: box, label: number(0..<classes),
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
                            box: box, label: chance(0.9) ? truth.label : number(0..<classes),
                            score: score()))
                }
            }
            for _ in 0..<(chance(0.05) ? 130 : number(0..<6)) {
                scene.detections.append(
                    Detection(box: box(), label: number(0..<classes), score: score()))
            }
            return scene
        }
    }

    /// Scenes in which there is next to nothing: no detections, no truths, scores all the same.
    static func few(_ generator: inout Generator, classes: Int) -> [Scene] {
        let (found, there) = (generator.integer(in: 0..<3), generator.integer(in: 0..<3))
        let label = generator.bernoulli(0.5) ? 0 : nil
        func box() -> Box {
            Box(x: Double(generator.integer(in: 0..<3) * 20), y: 0, width: 40, height: 40)
        }
        func anyLabel() -> Int { label ?? generator.integer(in: 0..<classes) }
        return (0..<generator.integer(in: 1..<3)).map { _ in
            Scene(
                detections: (0..<found).map { _ in
                    Detection(box: box(), label: anyLabel(), score: 0.5)
                },
                truths: (0..<there).map { _ in
                    DetectionTruth(
                        box: box(), label: anyLabel(), isCrowd: generator.bernoulli(0.2))
                })
        }
    }

    /// What is found of things that there are: moved boxes, duplicates, wrong classes, boxes where nothing is, few scores.
    static func found(
        _ truths: [DetectionTruth], classes: Int, _ generator: inout Generator
    ) -> [Detection] {
        func score() -> Double { (generator.uniform() * 20).rounded() / 20 }
        func near(_ box: Box) -> Box {
            func moved(_ size: Double) -> Double { size * generator.uniform(-0.25, 0.25) }
            return Box(
                x: box.x + moved(box.width), y: box.y + moved(box.height),
                width: box.width + moved(box.width), height: box.height + moved(box.height))
        }
        func anyLabel() -> Int { generator.integer(in: 0..<classes) }
        var result: [Detection] = []
        for truth in truths {
            for _ in 0..<generator.integer(in: 0..<4) {
                let label = generator.bernoulli(0.85) ? truth.label : anyLabel()
                let box = generator.bernoulli(0.2) ? truth.box : near(truth.box)
                result.append(Detection(box: box, label: label, score: score()))
            }
        }
        for _ in 0..<generator.integer(in: 0..<6) {
            let box = Box(
                x: generator.uniform(0, 400), y: generator.uniform(0, 400),
                width: generator.uniform(5, 200), height: generator.uniform(5, 200))
            result.append(Detection(box: box, label: anyLabel(), score: score() / 2))
        }
        return result
    }
}

extension DetectionRecord {
    init(_ scenes: [Scene], classes: Int) {
        self.init(classes: (0..<classes).map { "class \($0)" })
        for (image, scene) in scenes.enumerated() {
            add(image: image, detections: scene.detections, truths: scene.truths)
        }
    }
}

/// COCO's files, as far as the comparison reads them. Image and category numbers are places plus 1.
struct COCOCase: Encodable {
    struct Numbered: Encodable { let id: Int }
    struct Annotation: Encodable {
        let id, imageId, categoryId: Int
        let bbox: [Double]
        let area: Double
        let iscrowd: Int
    }
    struct Truth: Encodable {
        let images, categories: [Numbered]
        var annotations: [Annotation] = []
    }
    struct Result: Encodable {
        let imageId, categoryId: Int
        let bbox: [Double]
        let score: Double
    }
    var truth: Truth
    var results: [Result] = []

    init(_ scenes: [Scene], classes: Int) {
        truth = Truth(
            images: scenes.indices.map { Numbered(id: $0 + 1) },
            categories: (1...classes).map { Numbered(id: $0) })
        func numbers(_ box: Box) -> [Double] { [box.x, box.y, box.width, box.height] }
        for (image, scene) in scenes.enumerated() {
            truth.annotations += scene.truths.enumerated().map { place, thing in
                Annotation(
                    id: truth.annotations.count + place + 1, imageId: image + 1,
                    categoryId: thing.label + 1, bbox: numbers(thing.box), area: thing.area,
                    iscrowd: thing.isCrowd ? 1 : 0)
            }
            results += scene.detections.map {
                Result(
                    imageId: image + 1, categoryId: $0.label + 1, bbox: numbers($0.box),
                    score: $0.score)
            }
        }
    }
}

/// What pycocotools and the rules of VOC's development kit say of a case.
struct ReferenceFigures: Decodable {
    struct Row: Decodable {
        /// Over all thresholds, by range of areas: all, small, medium, large.
        let precisions: [Double]
        /// The part found, by range of areas.
        let recalls: [Double]
        /// At an overlap of 0.5 at 101 levels of recall.
        let curve: [Double]
    }
    /// COCO's twelve, then VOC's two.
    let numbers: [Double]
    let classes: [Row]

    /// Runs `compare_detection.py`.
    static func of(_ cases: [(scenes: [Scene], classes: Int)], python: String) throws
        -> [ReferenceFigures]
    {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let lines = try cases.map {
            try String(
                decoding: encoder.encode(COCOCase($0.scenes, classes: $0.classes)), as: UTF8.self)
        }
        let file = NSTemporaryDirectory() + "detection-\(UUID()).jsonl"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try (lines.joined(separator: "\n") + "\n").write(
            toFile: file, atomically: true, encoding: .utf8)
        guard let script = Bundle.module.path(forResource: "compare_detection", ofType: "py") else {
            throw CocoaError(.fileNoSuchFile)
        }
        let outcome = try Program.run(python, [script, file])
        guard outcome.code == 0 else {
            throw CocoaError(.featureUnsupported, userInfo: ["errors": outcome.errors])
        }
        return try outcome.output.split(separator: "\n").map {
            try JSONDecoder().decode(ReferenceFigures.self, from: Data($0.utf8))
        }
    }
}
