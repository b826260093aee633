import Foundation
import Martlet
import MartletData
import MartletMetrics
import MartletTesting
import Testing

@testable import MartletVision

/// Mutants of good annotations: read, with warnings, or refused by an error that names the file; never a crash, a wait or much
/// memory. `MARTLET_TEST_SCALE` tries more.
@Suite struct AnnotationFuzzTests {
    static let words = [
        "<annotation>", "</object>", "<object>", "<xmin>", "</xmin>", "<bndbox>", "1e308", "nan",
        "inf", "-1", "0", "999999999999", "&amp;", "&lt", "&#x0;", "&#65;", "<![CDATA[",
        "<!DOCTYPE a>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>", "&x;", "<!--", "]]>",
        "\u{FEFF}",
        "<?xml version='1.0' encoding='UTF-16'?>", "<?xml version='1.0' encoding='EBCDIC'?>",
        "xmlns:a=''",
        "<a:b>",
    ]

    private static let xml = """
        <?xml version="1.0" encoding="UTF-8"?>
        <annotation>
          <filename>a.png</filename>
          <size><width>64</width><height>48</height><depth>3</depth></size>
          <object>
            <name>person &amp; dog</name>
            <truncated>1</truncated>
            <difficult>0</difficult>
            <bndbox><xmax>20</xmax><xmin>1</xmin><ymin>3</ymin><ymax>48</ymax></bndbox>
          </object>
          <object>
            <name>cat</name>
            <bndbox><xmin>5.5</xmin><ymin>6</ymin><xmax>7</xmax><ymax>8</ymax></bndbox>
            <occluded>1</occluded><difficult>1</difficult>
          </object>
        </annotation>
        """

    private static let json = """
        {"info": {"a": [1, -2.5e3, true, false, null, "\\u00e9\\ud83d\\ude00"]}, "images": [
        {"id": 1, "file_name": "a.png", "width": 64, "height": 48}, {"id": 2, "file_name": "b.png"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 2.5, 30, 20], "area": 5,
        "iscrowd": 0, "segmentation": [[1, 2, 3, 4]]},
        {"id": 2, "image_id": 2, "category_id": 4, "bbox": [0, 0, 9, 9], "iscrowd": 1}],
        "categories": [{"id": 3, "name": "cat"}, {"id": 4, "name": "dog"}]}
        """

    /// Whether what was found is sound: boxes that networks can learn from, problems that name a file.
    private static func check(_ images: [AnnotatedImage], _ problems: [AnnotationProblem]) throws {
        for image in images {
            let whole = Box(
                x: 0, y: 0, width: Double(image.size.width), height: Double(image.size.height))
            for object in image.objects
            where !(object.box.area > 0) || object.box.clipped(to: whole) != object.box
                || object.name.isEmpty
            {
                throw FuzzingError(description: "\(object) in \(image.size)")
            }
        }
        for problem in problems where !problem.file.hasPrefix("/") || problem.message.isEmpty {
            throw FuzzingError(description: "\(problem)")
        }
    }

    private static func acceptsXML(_ path: String) throws -> Bool {
        do {
            var problems: [AnnotationProblem] = []
            let annotation = try VOCAnnotation(path: path, problems: &problems)
            let size = annotation.size ?? ImageSize(1 << 30)
            try check(
                [AnnotatedImage(path: path, size: size, objects: annotation.objects)], problems)
            return problems.allSatisfy { $0.severity == .warning }
        } catch let error as DataError {
            guard error.path == path else { throw error }
            return false
        }
    }

    private func report(_ result: ExitTest.Result?) {
        let text = Fuzzing.report(result?.standardOutputContent ?? [])
        print(text)
        #expect(text.contains("mutants in"), "\(text)")
    }

    @Test("A13, B1, B2: mutants of Pascal VOC's files")
    func voc() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            try Fuzzing.run(
                "voc", seeds: [Array(AnnotationFuzzTests.xml.utf8)],
                words: AnnotationFuzzTests.words, read: AnnotationFuzzTests.acceptsXML)
        }
        report(result)
    }

    @Test("A13, B3: mutants of COCO's files")
    func coco() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let words = [
                "\"bbox\"", "\"id\"", "[", "]", "{", "}", ",", ":", "null", "true", "1e999", "-0",
                "NaN",
                "\\ud800", "\\u0000", "\"images\": [", "\u{FEFF}", "18446744073709551616",
                "\"area\": ",
            ]
            try AnnotationFuzzTests.fuzz(
                "coco", "_annotations.coco.json", Array(AnnotationFuzzTests.json.utf8), words)
        }
        report(result)
    }

    @Test("A13, B3: mutants of YOLO's labels")
    func yolo() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let words = [
                "nan", "1e308", "-0.5", "\n", "0 0.5 0.5 0.5 0.5", "0x1", "1.0000001", "\u{FEFF}",
            ]
            try AnnotationFuzzTests.fuzz(
                "yolo", "a.txt", Array("0 0.5 0.5 0.25 0.125\n1 0.25 0.75 0.5 0.5\n".utf8), words)
        }
        report(result)
    }

    @Test("A13, B3: mutants of YOLO's data.yaml")
    func yaml() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let words = [
                "- ", ": ", "*a", "&a ", "[", "{", "}", "]", "\t", "names:", "!!int ", "|", "'",
                "\"", "../",
            ]
            try AnnotationFuzzTests.fuzz(
                "yaml", "data.yaml",
                Array(
                    "path: .\ntrain: images\nval: [images]\nnames:\n  0: cat\n  1: \"dog\"\n".utf8),
                words)
        }
        report(result)
    }

    /// Feeds mutants of one file of a data set to what finds data sets.
    private static func fuzz(
        _ name: String, _ file: String, _ seed: [UInt8], _ words: [String]
    ) throws {
        let folder = NSTemporaryDirectory() + "martlet-annotations-\(name)-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for image in ["a", "b"] {
            try pattern(height: 48, width: 64).pngData().write(
                to: URL(fileURLWithPath: "\(folder)/\(image).png"))
        }
        if name == "yolo" {
            try Data("cat\ndog\n".utf8).write(to: URL(fileURLWithPath: folder + "/classes.txt"))
        }
        func accepts(_ path: String) throws -> Bool {
            let target = folder + "/" + file
            try? FileManager.default.removeItem(atPath: target)
            try FileManager.default.linkItem(atPath: path, toPath: target)
            do {
                let data = try DetectionData(discovering: folder, skippingBad: true)
                let images = [data.train, data.validation, data.test].compactMap { $0 }
                try check(images.flatMap { $0 }, data.problems)
                return data.problems.allSatisfy { $0.severity == .warning }
            } catch let error as DataError {
                guard error.path.hasPrefix(folder) else { throw error }
                return false
            }
        }
        try Fuzzing.run(name, seeds: [seed], words: words, count: 2000, read: accepts)
    }
}
