import Foundation
import MartletTesting
import MartletVision
import Testing

/// `martlet data check`: everything that is wrong, with its place, in words and for scripts.
@Suite struct DataCheckTests {
    private struct Report: Decodable {
        struct Problem: Decodable {
            let severity: String
            let kind: String
            let file: String?
            let place: String?
            let text: String
        }
        struct Part: Decodable {
            struct Count: Decodable {
                let name: String
                let count: Int
            }
            let name: String
            let samples: Int
            let groups: [Count]
        }
        let problems: [Problem]
        let parts: [Part]
        let counts: [Part.Count]

        func files(_ kind: String, _ severity: String) -> [String] {
            problems.filter { $0.kind == kind && $0.severity == severity }.map { $0.file ?? "" }
        }
    }

    private func check(
        _ folder: String, task: String = "classification"
    ) throws -> (code: Int32, report: Report) {
        let outcome = try Martlet.run("data", "check", task, "data=data", "--json", in: folder)
        #expect(!outcome.crashed, "\(outcome.errors)")
        return (
            outcome.code, try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        )
    }

    private func picture(_ number: Int, size: Int = 12, channels: Int = 1) -> Image {
        let samples = (0..<size * size * channels).map { UInt8(($0 * 7 + number * 13) % 256) }
        return Image(height: size, width: size, channels: channels, samples: samples)
    }

    @Test func goodDataAreClean() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let outcome = try Martlet.run(
                "data", "check", "classification", "data=data", in: folder)
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("train  test\n"), "\(outcome.output)")
            #expect(outcome.output.contains("0 errors"), "\(outcome.output)")
        }
    }

    @Test("B5: one run lists every damaged file, odd name, link and class") func everythingAtOnce()
        throws
    {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let train = folder + "/data/train"
            func write(_ data: Data, _ name: String) throws {
                try data.write(to: URL(fileURLWithPath: "\(train)/\(name)"))
            }
            let whole = try picture(1).pngData()
            try write(whole.prefix(whole.count / 2), "dark/cut.png")
            try write(Data("hello".utf8), "dark/text.png")
            try write(Data(), "dark/nothing.png")
            try write(picture(2).jpegData(), "dark/jpeg.png")
            try write(picture(3, size: 20).pngData(), "light/large.png")
            try write(picture(4, channels: 3).pngData(), "light/colour.png")
            try write(Data("x".utf8), "dark/.hidden")
            try write(Data("x".utf8), "dark/notes.txt")
            // The same picture again in its class, in another class, and in another part.
            try write(picture(100).pngData(), "dark/a.png")
            try write(picture(100).pngData(level: 0), "dark/b.png")
            try write(picture(100).pngData(), "light/c.png")
            try write(
                Data(contentsOf: URL(fileURLWithPath: train + "/light/7.png")), "light/unique.png")
            try FileManager.default.removeItem(atPath: train + "/light/7.png")
            let manager = FileManager.default
            try manager.createSymbolicLink(
                atPath: train + "/dark/loop", withDestinationPath: "..")
            try manager.createSymbolicLink(
                atPath: train + "/dark/gone.png", withDestinationPath: "nowhere")
            try manager.createDirectory(
                atPath: train + "/void", withIntermediateDirectories: false)

            let (code, report) = try check(folder)
            #expect(code == 3)
            #expect(
                report.files("unreadable", "error") == [
                    "data/train/dark/cut.png", "data/train/dark/nothing.png",
                    "data/train/dark/text.png",
                ], "\(report.problems)")
            #expect(
                Set(report.files("layout", "error")) == [
                    "data/train/dark/gone.png", "data/train/void", "data/test",
                ])
            #expect(report.files("ending", "warning") == ["data/train/dark/jpeg.png"])
            #expect(report.files("duplicate", "warning") == ["data/train/dark/b.png"])
            #expect(report.files("conflict", "warning") == ["data/train/light/c.png"])
            #expect(report.files("loop", "warning") == ["data/train/dark/loop"])
            #expect(report.files("hidden", "note") == ["data/train/dark/.hidden"])
            #expect(report.files("ignored", "note") == ["data/train/dark/notes.txt"])
            #expect(report.files("channels", "warning").count == 1)
            // The writer draws the same pictures for both parts.
            #expect(report.files("leakage", "warning").count == 24)
            #expect(report.counts.contains { $0.name == "20x20" && $0.count == 1 })
            let dark = report.parts[0].groups.first { $0.name == "dark" }
            #expect(report.parts.map(\.name) == ["train", "test"] && dark?.count == 18)
        }
    }

    @Test("B2, B5: one run lists every bad annotation with its line") func badAnnotations() throws {
        try withFolder { folder in
            let manager = FileManager.default
            for name in ["Annotations", "JPEGImages"] {
                try manager.createDirectory(
                    atPath: "\(folder)/data/\(name)", withIntermediateDirectories: true)
            }
            let corners = [
                "<xmin>2</xmin><ymin>3</ymin><xmax>9</xmax><ymax>9</ymax>",
                "<xmin>9</xmin><ymin>3</ymin><xmax>2</xmax><ymax>9</ymax>",
                "<xmin>2</xmin><ymin>3</ymin><xmax>40</xmax><ymax>9</ymax>", "<xmin>2</xmin>",
            ]
            for (number, corners) in corners.enumerated() {
                let text = """
                    <annotation><size><width>12</width><height>12</height></size>
                    <object><name>cat</name>
                    <bndbox>\(corners)</bndbox></object></annotation>
                    """
                try Data(text.utf8).write(
                    to: URL(fileURLWithPath: "\(folder)/data/Annotations/\(number).xml"))
                try picture(number).pngData().write(
                    to: URL(fileURLWithPath: "\(folder)/data/JPEGImages/\(number).png"))
            }
            let (code, report) = try check(folder, task: "detection")
            #expect(code == 3)
            #expect(
                report.files("box", "error") == [
                    "data/Annotations/1.xml", "data/Annotations/3.xml",
                ], "\(report.problems)")
            #expect(report.files("box", "warning") == ["data/Annotations/2.xml"])
            let places = report.problems.filter { $0.kind == "box" }.map(\.place)
            #expect(places == ["line 3", "line 2", "line 3"], "\(report.problems)")
            #expect(report.parts.map(\.samples).reduce(0, +) == 2)
            #expect(report.parts[0].groups.map(\.name) == ["cat"])
        }
    }

    @Test func classesOfVeryDifferentSizesAreToldOf() throws {
        try withFolder { folder in
            for (name, count) in [("much", 20), ("little", 2)] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/data/\(name)", withIntermediateDirectories: true)
                for number in 0..<count {
                    try picture(number + count).pngData().write(
                        to: URL(fileURLWithPath: "\(folder)/data/\(name)/\(number).png"))
                }
            }
            let (code, report) = try check(folder)
            #expect(code == 0)
            #expect(report.files("balance", "warning").count == 1, "\(report.problems)")
        }
    }

    @Test func whatCannotBeCheckedIsNamed() throws {
        try withFolder { folder in
            let absent = try Martlet.run(
                "data", "check", "classification", "data=absent", in: folder)
            #expect(absent.code == 3 && absent.output.contains("absent"), "\(absent.errors)")
            let none = try Martlet.run("data", "check", "classification", in: folder)
            #expect(none.code == 2 && none.errors.contains("data="))
            let typo = try Martlet.run("data", "check", "clasification", "data=x", in: folder)
            #expect(typo.code == 2 && typo.errors.contains("\"classification\""))
        }
    }

    @Test("C2: only JPEG, PNG, BMP and WebP by their first bytes are read, whatever the name says")
    func onlyAllowedFormats() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let magics: [(String, [UInt8])] = [
                ("gif", Array("GIF89a".utf8)), ("tiff", Array("II*\0".utf8)),
                ("svg", Array("<svg xmlns=\"x\">".utf8)), ("pxm", Array("P7\n".utf8)),
                ("hdr", Array("#?RADIANCE\n".utf8)), ("sun", [0x59, 0xa6, 0x6a, 0x95]),
                ("jp2", [0, 0, 0, 12] + Array("jP  ".utf8)), ("exr", [0x76, 0x2f, 0x31, 0x01]),
                ("zip", Array("PK\u{3}\u{4}".utf8)), ("pdf", Array("%PDF-1.4".utf8)),
            ]
            for (name, magic) in magics {
                let bytes = magic + [UInt8](repeating: 1, count: 200)
                try Data(bytes).write(
                    to: URL(fileURLWithPath: "\(folder)/data/train/dark/\(name).png"))
            }
            let (code, report) = try check(folder)
            #expect(code == 3)
            #expect(
                report.files("unreadable", "error")
                    == magics.map { "data/train/dark/\($0.0).png" }.sorted())
        }
    }
}
