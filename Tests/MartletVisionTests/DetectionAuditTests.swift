import Foundation
import Martlet
import MartletData
import MartletMetrics
import MartletTesting
import MartletVision
import Testing

/// What `martlet data check` finds in annotated images.
@Suite struct DetectionAuditTests {
    private func find(_ audit: DetectionAudit) -> [String] {
        audit.problems.map {
            "\($0.severity.rawValue) \($0.kind.rawValue) \(($0.file as NSString).lastPathComponent)"
                + ($0.place.map { " \($0)" } ?? "")
        }
    }

    @Test func goodDataAreClean() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            try folder.writeTree()
            for (index, name) in ["a", "b", "c", "d", "e"].enumerated() {
                let samples = (0..<24 * 32).map { UInt8(($0 * 7 + index * 13) % 256) }
                let image = Image(height: 24, width: 32, channels: 1, samples: samples)
                try folder.write(image.pngData(), "JPEGImages/\(name).png")
            }
            var told: [Int] = []
            let audit = try DetectionAudit(url.path, workers: 1) { done, total in
                told.append(done)
                #expect(total == 5)
            }
            #expect(audit.problems.isEmpty, "\(audit.problems)")
            #expect(told.last == 5 && audit.sizes.map(\.count) == [5])
            #expect(audit.parts.map(\.name) == ["train", "val"] && audit.parts[0].images == 3)
            #expect(audit.parts[0].objects.map(\.count) == [1, 2])
            #expect(audit.scales.small == 5 && audit.withoutObjects == 0)
            #expect(audit.summary.hasPrefix("Pascal VOC in \(url.path): 3 train and 2 validation"))
        }
    }

    @Test("B5: one pass lists every damaged file, bad box, double image and odd class")
    func everythingAtOnce() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            try folder.writeTree()
            func image(_ name: String, _ image: Image) throws {
                try folder.write(image.pngData(), "JPEGImages/\(name).png")
            }
            // a: damaged; b: half as large; c: another shape; d: as e, and in the same part; f: as g, in another part.
            try folder.write(
                pattern(height: 24, width: 32).pngData().prefix(200), "JPEGImages/a.png")
            try image("b", pattern(height: 12, width: 16))
            try image("c", pattern(height: 32, width: 24))
            for name in ["f", "g", "h", "i"] {
                try image(name, pattern(height: 24, width: 32, channels: name == "i" ? 1 : 3))
            }
            try image("f", pattern(height: 48, width: 64))
            try image("g", pattern(height: 48, width: 64))
            try folder.write(folder.annotation("cat", filename: "f.png"), "Annotations/f.xml")
            try folder.write(
                folder.annotation("zebra", filename: "g.png", corners: "3 3 5 12"),
                "Annotations/g.xml")
            try folder.write(
                "<annotation><object/><object><name>x</name></object></annotation>",
                "Annotations/h.xml")
            try folder.write("<annotation/>", "Annotations/i.xml")
            try folder.write("a\nb\nc\nf\nh\ni\nnone\n", "ImageSets/Main/train.txt")
            try folder.write("d\ne\ng\n", "ImageSets/Main/val.txt")
            let audit = try DetectionAudit(url.path, workers: 2)
            #expect(
                find(audit) == [
                    "error object h.xml line 1", "error object h.xml line 1",
                    "error missing train.txt line 7", "warning tiny g.png",
                    "error unreadable a.png", "warning size b.png", "error size c.png",
                    "warning size f.png", "warning duplicate e.png", "warning size g.png",
                    "warning leakage g.png", "warning class \(url.lastPathComponent)",
                ], "\(find(audit))")
            #expect(audit.withoutObjects == 1)
        }
    }

    @Test func whatCannotBeToldIsAnError() throws {
        try withTemporaryFolder { url in
            let audit = try DetectionAudit(url.path + "/absent", workers: 1)
            #expect(find(audit) == ["error unreadable absent"] && audit.parts.isEmpty)
            let folder = DataFolder(url)
            try folder.write("<annotation/>", "x/a.xml")
            let none = try DetectionAudit(url.path, workers: 1)
            #expect(none.problems.count == 2, "\(none.problems)")
        }
    }

    @Test("A13, B1, B2: mutants of annotations are used, or listed in one pass with file and line")
    func mutants() throws {
        let seed = UInt64(Fuzzing.seed)
        print("seed \(seed)")
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            let text = folder.annotation("cat").replacingOccurrences(
                of: "</annotation>",
                with: "<object><name>dog</name><difficult>1</difficult><bndbox><xmin>5</xmin>"
                    + "<ymin>6</ymin><xmax>30.5</xmax><ymax>20</ymax></bndbox></object></annotation>"
            )
            var mutations = Mutations(
                of: [Array(text.utf8)], words: AnnotationFuzzTests.words,
                generator: Generator(seed: seed).stream("audit"))
            let image = try pattern(height: 24, width: 32).pngData()
            let count = 200 * Fuzzing.scale
            var generator = Generator(seed: seed).stream("numbers")
            let numbers = ["0", "-5", "70", "5.5", "31", "1e308", "nan", ""]
            for number in 0..<count {
                var bytes = mutations.next()
                if number % 2 == 1 {
                    // What tools get wrong: one of the numbers.
                    let old = ["32", "24", "2", "10", "30.5", "20"][generator.integer(in: 0..<6)]
                    let new = numbers[generator.integer(in: 0..<numbers.count)]
                    bytes = Array(text.replacing(">\(old)<", with: ">\(new)<").utf8)
                }
                try folder.write(Data(bytes), "Annotations/\(number).xml")
                try folder.write(image, "JPEGImages/\(number).png")
            }
            let data = try DetectionData(discovering: url.path, skippingBad: true)
            let used = Set(
                [data.train, data.validation].compactMap { $0 }.joined()
                    .map { ($0.path as NSString).lastPathComponent.replacing(".png", with: ".xml") }
            )
            let errors = data.problems.filter { $0.severity == .error }
            let refused = Set(errors.map { ($0.file as NSString).lastPathComponent })
            #expect(used.isDisjoint(with: refused) && used.count + refused.count == count)
            #expect(used.count > count / 10 && refused.count > count / 10)
            for problem in data.problems where problem.kind != .classes {
                #expect(problem.place?.hasPrefix("line ") == true, "\(problem)")
            }
            let audit = try DetectionAudit(url.path, workers: 1)
            let told = audit.problems.filter { $0.severity == .error && $0.file.hasSuffix(".xml") }
            #expect(told == errors)
        }
    }
}
