import Foundation
import Martlet
import MartletTesting
import MartletVision
import Testing

private let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"]

/// `martlet evaluate detection --pred FILE --truth FILE`.
@Suite struct EvaluateResultsTests {
    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func json(_ value: Any, to path: String) throws {
        try JSONSerialization.data(withJSONObject: value).write(to: URL(fileURLWithPath: path))
    }

    /// COCO's files with ids that are no places, crowds, equal scores and a class without truths.
    private func writeCOCO(_ folder: String, _ generator: inout Generator) throws {
        let categories = [90, 3, 7, 12]
        let images = (0..<12).map { 1000 - $0 * 7 }
        func number(_ range: ClosedRange<Double>) -> Double {
            (generator.uniform(range.lowerBound, range.upperBound) * 100).rounded() / 100
        }
        var annotations: [[String: Any]] = []
        var results: [[String: Any]] = []
        for image in images {
            for _ in 0..<generator.integer(in: 0..<6) {
                let box = [number(0...300), number(0...300), number(5...200), number(5...200)]
                let category = categories[generator.integer(in: 0..<3)]
                annotations.append([
                    "id": annotations.count + 1, "image_id": image, "category_id": category,
                    "bbox": box, "area": box[2] * box[3] * 0.8,
                    "iscrowd": generator.bernoulli(0.1) ? 1 : 0,
                ])
                for _ in 0..<generator.integer(in: 0..<4) {
                    results.append([
                        "image_id": image,
                        "category_id": generator.bernoulli(0.8)
                            ? category : categories[generator.integer(in: 0..<4)],
                        "bbox": zip(box, [2, 3, 2, 3]).map {
                            $0 + (number(-0.1...0.1) * box[$1] * 100).rounded() / 100
                        },
                        "score": (generator.uniform() * 10).rounded() / 10,
                    ])
                }
            }
        }
        let truth: [String: Any] = [
            "images": images.map {
                ["id": $0, "file_name": "\($0).jpg", "width": 640, "height": 480]
            },
            "categories": categories.map { ["id": $0, "name": "class \($0)"] },
            "annotations": annotations,
        ]
        try json(truth, to: folder + "/truth.json")
        try json(results, to: folder + "/results.json")
    }

    private static let script = """
        import contextlib, io, json, sys
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO(sys.argv[1])
            e = COCOeval(truth, truth.loadRes(sys.argv[2]), "bbox")
            e.evaluate()
            e.accumulate()
            e.summarize()
        print(json.dumps([e.stats.tolist(), e.eval["precision"][:, :, :, 0, 2].mean((0, 1)).tolist()]))
        """

    @Test(
        "the figures of results in files are pycocotools'",
        .enabled(if: python != nil, "needs MARTLET_PYTHON: run scripts/test.sh"))
    func equalsPycocotools() throws {
        let keys = [
            "mAP", "mAP_50", "mAP_75", "mAP_small", "mAP_medium", "mAP_large", "AR_1", "AR_10",
            "AR_100", "AR_small", "AR_medium", "AR_large",
        ]
        var generator = Generator(seed: UInt64(Fuzzing.seed)).stream("results")
        try withFolder { folder in
            for _ in 0..<3 {
                try writeCOCO(folder, &generator)
                let outcome = try Martlet.run(
                    "evaluate", "detection", "--pred", "results.json", "--truth", "truth.json",
                    "--json", in: folder)
                try #require(outcome.code == 0, "\(outcome.errors)")
                #expect(outcome.output.split(whereSeparator: \.isNewline).count == 1)
                let figures = try #require(
                    JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                        as? [String: Any])
                let reference = try Program.run(
                    #require(python),
                    ["-c", Self.script, folder + "/truth.json", folder + "/results.json"])
                try #require(reference.code == 0, "\(reference.errors)")
                let expected = try JSONDecoder().decode(
                    [[Double]].self, from: Data(reference.output.utf8))
                for (key, value) in zip(keys, expected[0]) {
                    let found = try #require(figures[key] as? Double)
                    #expect(
                        abs(found - value) <= 1e-6,
                        "seed \(Fuzzing.seed): \(key) is \(found), expected \(value)")
                }
                let rows = try #require(figures["classes"] as? [[String: Any]])
                #expect(
                    rows.map { $0["name"] as? String } == [3, 7, 12, 90].map { "class \($0)" })
                for (row, value) in zip(rows, expected[1]) {
                    #expect(abs(try #require(row["AP"] as? Double) - value) <= 1e-6)
                }
                #expect(figures["n"] as? Int == 12 && figures["VOC_2007"] is Double)
            }
        }
    }

    /// A cat of 20 pixels in each of two images and a difficult dog in one.
    private func writeVOC(_ folder: String) throws {
        for name in ["Annotations", "JPEGImages", "ImageSets/Main"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/voc/\(name)", withIntermediateDirectories: true)
        }
        func object(_ name: String, _ first: Int, difficult: Int) -> String {
            """
            <object><name>\(name)</name><difficult>\(difficult)</difficult><bndbox><xmin>\(first)</xmin>
            <ymin>1</ymin><xmax>\(first + 19)</xmax><ymax>20</ymax></bndbox></object>
            """
        }
        let image = Image(
            height: 64, width: 64, channels: 1, samples: [UInt8](repeating: 9, count: 64 * 64))
        for (name, objects) in [
            ("000001", object("cat", 1, difficult: 0)),
            ("000002", object("cat", 11, difficult: 0) + object("dog", 41, difficult: 1)),
            ("000003", object("cat", 1, difficult: 0)),
        ] {
            try write(
                "<annotation><filename>\(name).png</filename>\(objects)</annotation>",
                to: "\(folder)/voc/Annotations/\(name).xml")
            try image.pngData().write(
                to: URL(fileURLWithPath: "\(folder)/voc/JPEGImages/\(name).png"))
        }
        try write("000003\n", to: folder + "/voc/ImageSets/Main/train.txt")
        try write("000001\n000002\n", to: folder + "/voc/ImageSets/Main/test.txt")
    }

    @Test("results are held against a tree of Pascal VOC, images and classes named or numbered")
    func vocTree() throws {
        try withFolder { folder in
            try writeVOC(folder)
            // The first is right, the second not counted, the third wrong.
            try write(
                """
                [{"image_id": "000001", "category_id": 1, "bbox": [0, 0, 20, 20], "score": 0.9},
                 {"image_id": 2, "category_id": "dog", "bbox": [40, 0, 20, 20], "score": 0.8},
                 {"image_id": 2, "category_id": "cat", "bbox": [40, 0, 20, 20], "score": 0.7}]
                """, to: folder + "/results.json")
            let arguments = ["evaluate", "detection", "--pred", "results.json", "--truth", "voc"]
            let table = try Martlet.start(arguments + ["--out", "figures"], in: folder).finish()
            try #require(table.code == 0, "\(table.errors)")
            for word in ["cat", "dog", "undefined", "VOC 2007, 11 points", "0.5000"] {
                #expect(table.output.contains(word), "\(table.output)")
            }
            #expect(table.errors.contains("judged in"))
            let text = try Martlet.start(arguments + ["--json"], in: folder).finish().output
            #expect(
                try String(contentsOfFile: folder + "/figures/metrics.json", encoding: .utf8)
                    == text)
            let figures = try #require(
                JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect(figures["VOC_2012"] as? Double == 0.5 && figures["n"] as? Int == 2)
            #expect(figures["mAP_large"] as? Double == -1)
            // Those of 2007 at recalls of 0, 0.1 ... 0.5.
            let points = try #require(figures["VOC_2007"] as? Double)
            #expect(abs(points - 6.0 / 11) < 1e-9)
            #expect((figures["confusion"] as? [[Int]]) == [[1, 0, 1], [0, 0, 0], [0, 0, 0]])
        }
    }

    @Test("what evaluate cannot measure is an error of usage or of data that says what it is about")
    func errors() throws {
        try withFolder { folder in
            try writeVOC(folder)
            var generator = Generator(seed: 1)
            try writeCOCO(folder, &generator)
            try write(
                #"[{"image_id": 5, "category_id": 3, "bbox": [0, 0, 1, 1], "score": 1}]"#,
                to: folder + "/other.json")
            for (arguments, code, message) in [
                ("detection --pred results.json", 2, "--pred and --truth go together"),
                ("detection --truth truth.json", 2, "--pred and --truth go together"),
                ("detection lr=1 --pred results.json --truth truth.json", 2, "lr=1"),
                ("detections --pred results.json --truth truth.json", 2, "\"detection\""),
                ("classification --pred results.json --truth truth.json", 2, "classification"),
                ("detection --pred none.json --truth truth.json", 3, "none.json"),
                ("detection --pred results.json --truth none.json", 3, "none.json"),
                ("detection --pred other.json --truth truth.json", 3, "no image 5"),
                ("detection --pred results.json --truth voc", 3, "no image "),
                ("detection --pred truth.json --truth truth.json", 3, "truth.json: byte 0"),
                ("detection --pred results.json --truth results.json", 3, "results.json: byte 0"),
            ] {
                let outcome = try Martlet.start(
                    ["evaluate"] + arguments.split(separator: " ").map(String.init), in: folder
                ).finish()
                #expect(outcome.code == code, "\(arguments): \(outcome.errors)")
                #expect(outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
                #expect(outcome.output.isEmpty)
            }
        }
    }
}
