import Foundation
import MartletTesting
import MartletVision
import Testing

/// `martlet data convert`, and what reading annotations never does.
@Suite struct DataConvertTests {
    private let annotation = """
        <annotation><filename>a.png</filename><size><width>12</width><height>12</height></size>
        <object><name>cat</name><bndbox><xmin>2</xmin><ymin>3</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>
        </object></annotation>
        """

    private func write(_ folder: String, annotations: [String: String]) throws {
        for name in ["Annotations", "JPEGImages"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/data/\(name)", withIntermediateDirectories: true)
        }
        for (name, text) in annotations {
            let samples = (0..<144).map { UInt8(($0 * 7 + name.utf8.count) % 256) }
            let image = Image(height: 12, width: 12, channels: 1, samples: samples)
            try image.pngData().write(
                to: URL(fileURLWithPath: "\(folder)/data/JPEGImages/\(name).png"))
            try Data(text.utf8).write(
                to: URL(fileURLWithPath: "\(folder)/data/Annotations/\(name).xml"))
        }
    }

    @Test func annotationsAreConverted() throws {
        try withFolder { folder in
            try write(folder, annotations: ["a": annotation, "bb": annotation])
            for (source, format, said) in [
                (
                    "data", "coco",
                    "COCO in coco: 1 train and 1 validation images, 1 class, 2 objects"
                ),
                ("coco", "yolo", "YOLO in yolo:"), ("yolo", "voc", "Pascal VOC in voc:"),
                ("coco/annotations/instances_train.json", "voc", "Pascal VOC in voc-1:"),
            ] {
                let out = source.hasSuffix("json") ? "voc-1" : format
                let outcome = try Martlet.run(
                    "data", "convert", source, "--to", format, "--out", out, in: folder)
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(outcome.output.hasPrefix(said), "\(outcome.output)")
            }
            #expect(
                try String(contentsOfFile: folder + "/voc/Annotations/a.xml", encoding: .utf8)
                    .contains("<xmax>9</xmax>"))
            let again = try Martlet.run(
                "data", "convert", "data", "--to", "coco", "--out", "coco", in: folder)
            #expect(again.code == 2 && again.errors.contains("exists already"))
            let format = try Martlet.run(
                "data", "convert", "data", "--to", "tfrecord", "--out", "x", in: folder)
            #expect(format.code == 2 && format.errors.contains("voc, coco, yolo"))
            let absent = try Martlet.run(
                "data", "convert", "absent", "--to", "coco", "--out", "x", in: folder)
            #expect(absent.code == 3 && absent.errors.contains("absent"))
        }
    }

    @Test func whatIsLostAndWhatIsWrongIsSaid() throws {
        try withFolder { folder in
            let difficult = annotation.replacingOccurrences(
                of: "</object>", with: "<difficult>1</difficult></object>")
            let wide = annotation.replacingOccurrences(of: ">9</xmax>", with: ">90</xmax>")
            try write(folder, annotations: ["a": difficult, "bb": wide])
            let outcome = try Martlet.run(
                "data", "convert", "data", "--to", "yolo", "--out", "yolo", in: folder)
            #expect(outcome.code == 0)
            #expect(outcome.errors.contains("YOLO has no place for difficult: 1 objects"))
            #expect(outcome.errors.contains("bb.xml: line 2: the box from"), "\(outcome.errors)")
            let swapped = annotation.replacingOccurrences(of: ">9</xmax>", with: ">1</xmax>")
            try write(folder, annotations: ["a": swapped])
            let refused = try Martlet.run(
                "data", "convert", "data", "--to", "yolo", "--out", "new", in: folder)
            #expect(refused.code == 3 && refused.errors.contains("a.xml: line 2: the corners"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/new"))
        }
    }

    @Test(
        "B1: no annotation makes another file or a connection be opened",
        .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/strace"), "no strace here"))
    func nothingElseIsOpened() throws {
        try withFolder { folder in
            let secret = folder + "/secret"
            try Data("the secret".utf8).write(to: URL(fileURLWithPath: secret))
            func with(_ type: String, _ use: String = "") -> String {
                type + annotation.replacingOccurrences(of: "cat", with: "cat\(use)")
            }
            let include =
                "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"\(secret)\"/>"
            let hostile = [
                with("<!DOCTYPE a SYSTEM \"\(secret)\">"),
                with("<!DOCTYPE a SYSTEM \"http://127.0.0.1:9/a.dtd\">"),
                with("<!DOCTYPE a PUBLIC \"x\" \"file://\(secret)\">"),
                with("<!DOCTYPE a [<!ENTITY x SYSTEM \"file://\(secret)\">]>", "&x;"),
                with("<!DOCTYPE a [<!ENTITY % x SYSTEM \"http://127.0.0.1:9/\"> %x;]>"),
                with("", include),
                with("<?xml-stylesheet href=\"\(secret)\"?>"),
                with("").replacingOccurrences(
                    of: "<annotation>",
                    with: "<annotation xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                        + "xsi:noNamespaceSchemaLocation=\"\(secret)\">"),
                with("").replacingOccurrences(of: "a.png", with: secret),
                with("").replacingOccurrences(of: "a.png", with: "../../../secret"),
            ]
            for (number, text) in hostile.enumerated() {
                try? FileManager.default.removeItem(atPath: folder + "/data")
                try? FileManager.default.removeItem(atPath: folder + "/out")
                try write(folder, annotations: ["a": text])
                let outcome = try Program.run(
                    "/usr/bin/strace",
                    [
                        "-f", "-e", "trace=%file,%network", "-o", "trace", Martlet.path, "data",
                        "convert", "data", "--to", "coco", "--out", "out",
                    ],
                    in: folder)
                #expect([0, 3].contains(outcome.code), "\(number): \(outcome.errors)")
                let trace = try String(contentsOfFile: folder + "/trace", encoding: .utf8)
                #expect(
                    trace.contains("Annotations/a.xml\""), "strace saw nothing: \(outcome.errors)")
                #expect(!trace.contains("secret"), "\(number): \(text)")
                #expect(!trace.contains("AF_INET"), "\(number): \(text)")
            }
        }
    }
}
