import Foundation
import Martlet
import MartletData
import MartletMetrics
import MartletTesting
import MartletVision
import Testing

/// Data sets written in one format after the other.
@Suite struct DetectionWriterTests {
    /// Names that formats could stumble over.
    private static let names = [
        "cat", "a & b <c>", "\"quoted\"", "yes", "1", "Straße \u{1F6B2}", "with: colon", "#hash",
    ]

    /// Pascal VOC's files in parts, with random boxes of up to six decimals, marks, an image without objects, and files of
    /// the same name in both parts.
    private func writeSource(_ folder: DataFolder, images: Int, _ generator: inout Generator) throws
    {
        for number in 0..<images {
            let part = number % 3 == 2 ? "valid" : "train"
            let name = number < 2 ? "same" : "image \(number)"
            let path = "\(part)/\(number < 2 ? "sub\(number)/" : "")\(name)"
            let size = ImageSize(
                height: generator.integer(in: 20..<60), width: generator.integer(in: 20..<60))
            try folder.write(
                pattern(height: size.height, width: size.width).pngData(), path + ".png")
            let objects = (0..<(number == 3 ? 0 : 1 + generator.integer(in: 0..<5))).map { _ in
                let box = box(within: size, &generator)
                return AnnotatedObject(
                    name: Self.names[generator.integer(in: 0..<Self.names.count)], box: box,
                    isDifficult: generator.integer(in: 0..<4) == 0,
                    isTruncated: generator.integer(in: 0..<4) == 0,
                    isOccluded: generator.integer(in: 0..<4) == 0)
            }
            let annotation = VOCAnnotation(filename: name + ".png", size: size, objects: objects)
            try folder.write(annotation.xml, path + ".xml")
        }
    }

    private func box(within size: ImageSize, _ generator: inout Generator) -> Box {
        // Whole pixels, halves, hundredths, millionths.
        let grid = [1, 2, 100, 1_000_000][generator.integer(in: 0..<4)]
        func side(_ length: Int) -> (Double, Double) {
            let start = generator.integer(in: 0..<(length * grid - grid))
            let end = generator.integer(in: (start + grid)..<(length * grid + 1))
            return (Double(start) / Double(grid), Double(end - start) / Double(grid))
        }
        let (x, width) = side(size.width)
        let (y, height) = side(size.height)
        return Box(x: x, y: y, width: width, height: height)
    }

    /// What a data set says, by parts and sizes; the names of files may change on the way.
    private func contents(_ data: DetectionData, marks: Bool) -> [String] {
        let parts = [("train", data.train), ("val", data.validation), ("test", data.test)]
        return parts.flatMap { name, images in
            (images ?? []).map { image in
                let objects = image.objects.map { object in
                    "\(object.name) \(object.box)"
                        + (marks
                            ? " \(object.isDifficult) \(object.isTruncated) \(object.isOccluded)"
                            : "")
                }
                return "\(name) \(image.size) \(objects.sorted())"
            }
        }.sorted()
    }

    @Test("boxes go from Pascal VOC to COCO, to YOLO and back, and stay the same")
    func aRoundTrip() throws {
        var generator = Generator(seed: UInt64(Fuzzing.seed)).stream("formats")
        print("seed \(Fuzzing.seed)")
        try withTemporaryFolder { url in
            let source = DataFolder(url.appendingPathComponent("source"))
            try writeSource(source, images: 24, &generator)
            let first = try DetectionData(discovering: source.path)
            #expect(first.problems.isEmpty, "\(first.problems)")
            #expect((first.train?.count, first.validation?.count) == (16, 8))
            var data = first
            for (step, format) in [
                DetectionData.Format.voc, .coco, .voc, .coco, .yolo, .voc, .yolo, .coco,
            ].enumerated() {
                let target = "\(url.path)/\(step)-\(format.rawValue)"
                let losses = try data.write(as: format, to: target)
                let next = try DetectionData(discovering: target)
                #expect(next.format == format && next.problems.isEmpty, "\(next.problems)")
                // Only YOLO's files have no place for marks.
                let isMarked = step < 4
                #expect(
                    contents(next, marks: isMarked) == contents(first, marks: isMarked),
                    "step \(step)")
                #expect(Set(next.classes) == Set(first.classes))
                #expect(losses.isEmpty == (step != 4), "\(losses)")
                if let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"] {
                    try compare(next, with: python)
                }
                data = next
            }
        }
    }

    /// Holds a data set against what other programs read.
    private func compare(_ data: DetectionData, with python: String) throws {
        struct Entry: Decodable {
            enum Value: Decodable {
                case text(String), number(Double)
                init(from decoder: any Decoder) throws {
                    let container = try decoder.singleValueContainer()
                    if let text = try? container.decode(String.self) {
                        self = .text(text)
                    } else {
                        self = .number(try container.decode(Double.self))
                    }
                }
            }
            let part: String
            let name: String
            let width: Int
            let height: Int
            let objects: [[Value]]
        }
        let script = Fixtures.folder.appendingPathComponent("read_detection.py").path
        let outcome = try Program.run(python, [script, data.path])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let entries = try outcome.output.split(separator: "\n").map {
            try JSONDecoder().decode(Entry.self, from: Data($0.utf8))
        }
        let parts = [("train", data.train), ("val", data.validation)]
        let images = parts.flatMap { name, images in (images ?? []).map { (name, $0) } }
        #expect(entries.count == images.count)
        for (part, image) in images {
            let name = (image.path as NSString).lastPathComponent
            let entry = try #require(entries.first { $0.part == part && $0.name == name })
            #expect(image.size == ImageSize(height: entry.height, width: entry.width))
            try #require(entry.objects.count == image.objects.count)
            for (object, values) in zip(image.objects, entry.objects) {
                let box = object.box
                let expected = [box.x, box.y, box.width, box.height]
                guard case .text(let label) = values[0] else {
                    Issue.record("no name")
                    return
                }
                #expect(label == object.name)
                for (value, number) in zip(values.dropFirst(), expected) {
                    guard case .number(let other) = value else { continue }
                    #expect(abs(other - number) < 1e-9)
                }
                if case .number(let mark) = values[5], data.format == .voc {
                    #expect((mark == 1) == object.isDifficult)
                }
            }
        }
    }

    @Test func whatAFormatCannotHoldIsTold() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url.appendingPathComponent("data"))
            for name in ["a", "b"] { try folder.writeImage("\(name).png") }
            try folder.write(
                """
                {"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
                "annotations": [
                {"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2, 9, 9], "iscrowd": 1},
                {"id": 2, "image_id": 2, "category_id": 7, "bbox": [1, 2, 9, 9], "area": 12.5}],
                "categories": [{"id": 9, "name": "dog"}, {"id": 7, "name": "cat"}]}
                """, "_annotations.coco.json")
            let data = try DetectionData(discovering: folder.path)
            #expect(data.classes == ["cat", "dog"])
            let voc = try data.write(as: .voc, to: url.path + "/voc")
            #expect(voc.count == 3 && voc[2].contains("'dog'"), "\(voc)")
            let yolo = try data.write(as: .yolo, to: url.path + "/yolo")
            #expect(yolo.count == 2, "\(yolo)")
            #expect(try data.write(as: .coco, to: url.path + "/coco") == [])
            let crowd = try DetectionData(discovering: url.path + "/voc")
            let objects = [crowd.train, crowd.validation].compactMap { $0 }.joined().flatMap(
                \.objects)
            #expect(objects.count { $0.isDifficult } == 1)
            let again = try DetectionData(discovering: url.path + "/coco")
            let areas = [again.train, again.validation].compactMap { $0 }.joined()
                .flatMap(\.objects).map(\.area)
            #expect(Set(areas) == [81, 12.5])
        }
    }

    @Test func classesThatXMLCannotHoldAreRefused() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url.appendingPathComponent("data"))
            try folder.writeImage("a.png")
            try folder.write(
                """
                {"images": [{"id": 1, "file_name": "a.png"}], "annotations": [],
                "categories": [{"id": 1, "name": "c\\u0001t"}]}
                """, "_annotations.coco.json")
            let data = try DetectionData(discovering: folder.path)
            #expect(throws: DataError.self) { try data.write(as: .voc, to: url.path + "/voc") }
            #expect(!FileManager.default.fileExists(atPath: url.path + "/voc"))
            _ = try data.write(as: .yolo, to: url.path + "/yolo")
            #expect(try DetectionData(discovering: url.path + "/yolo").classes == ["c\u{1}t"])
        }
    }

    @Test("D3, H3: a folder is not overwritten, and a disk that fails leaves none behind")
    func wholeOrNotAtAll() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url.appendingPathComponent("data"))
            try folder.writeTree()
            let data = try DetectionData(discovering: folder.path)
            let target = url.path + "/out"
            for format in DetectionData.Format.allCases {
                var (call, failures) = (0, 0)
                var fault: DiskFault
                repeat {
                    call += 1
                    fault = DiskFault(call: call, code: ENOSPC)
                    do {
                        try DiskFault.$current.withValue(fault) {
                            _ = try data.write(as: format, to: target)
                        }
                    } catch let error as DiskError {
                        #expect(error.code == ENOSPC)
                        failures += 1
                    }
                    // In place of a hard link that fails a file is copied.
                    if FileManager.default.fileExists(atPath: target) {
                        try FileManager.default.removeItem(atPath: target)
                    }
                    let left = try FileManager.default.contentsOfDirectory(atPath: url.path)
                    #expect(left == ["data"], "call \(call): \(left)")
                } while fault.calls >= call
                #expect(failures > 10)
                _ = try data.write(as: format, to: target)
                let before = try FileManager.default.subpathsOfDirectory(atPath: target)
                #expect(throws: DiskError.self) { try data.write(as: format, to: target) }
                #expect(try FileManager.default.subpathsOfDirectory(atPath: target) == before)
                try FileManager.default.removeItem(atPath: target)
            }
        }
    }
}
