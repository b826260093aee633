import Foundation
import MartletData
import MartletMetrics
import MartletTesting
import MartletVision
import Testing

/// A folder of annotated images for one test.
struct DataFolder {
    let path: String

    init(_ url: URL) { path = url.path }

    func write(_ text: String, _ name: String) throws {
        try write(Data(text.utf8), name)
    }

    func write(_ data: Data, _ name: String) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    func writeImage(_ name: String, height: Int = 24, width: Int = 32) throws {
        try write(pattern(height: height, width: width).pngData(), name)
    }

    /// An annotation of a box of a class; `filename` where it is to say one.
    func annotation(_ name: String, filename: String? = nil, corners: String = "2 3 10 12")
        -> String
    {
        let numbers = corners.split(separator: " ")
        return """
            <annotation>
            \(filename.map { "<filename>\($0)</filename>" } ?? "")
            <size><width>32</width><height>24</height></size>
            <object><name>\(name)</name>
            <bndbox><xmin>\(numbers[0])</xmin><ymin>\(numbers[1])</ymin>
            <xmax>\(numbers[2])</xmax><ymax>\(numbers[3])</ymax></bndbox>
            </object></annotation>
            """
    }

    /// Pascal VOC's tree with images `a` to `e`.
    func writeTree() throws {
        for (index, name) in ["a", "b", "c", "d", "e"].enumerated() {
            try writeImage("JPEGImages/\(name).png")
            try write(
                annotation(index % 2 == 0 ? "cat" : "bird", filename: name + ".png"),
                "Annotations/\(name).xml")
        }
        try write("a\nb\r\nc\n", "ImageSets/Main/train.txt")
        try write("d\ne", "ImageSets/Main/val.txt")
        try write("a\nb\nc\nd\ne\n", "ImageSets/Main/trainval.txt")
    }
}

private func names(_ images: [AnnotatedImage]?) -> [String]? {
    images?.map { ($0.path as NSString).lastPathComponent }
}

/// Finding out what a folder of annotated images is.
@Suite struct DetectionDataTests {
    @Test func aTreeOfPascalVOCIsFound() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            try folder.writeTree()
            let data = try DetectionData(discovering: url.path)
            #expect(data.format == .voc && data.classes == ["bird", "cat"])
            #expect(names(data.train) == ["a.png", "b.png", "c.png"])
            #expect(names(data.validation) == ["d.png", "e.png"] && data.test == nil)
            #expect(
                data.train?.first
                    == AnnotatedImage(
                        path: url.path + "/JPEGImages/a.png",
                        size: ImageSize(height: 24, width: 32),
                        objects: [
                            AnnotatedObject(name: "cat", box: Box(x: 1, y: 2, width: 9, height: 10))
                        ]))
            #expect(
                data.description
                    == "Pascal VOC in \(url.path): 3 train and 2 validation images, 2 classes, 5 objects"
            )
            #expect(data.problems.isEmpty)
            // What lies in a folder of its own is found there, as unpacking leaves it.
            try withTemporaryFolder { outer in
                try FileManager.default.copyItem(
                    at: url, to: outer.appendingPathComponent("VOC2007"))
                let nested = try DetectionData(discovering: outer.path)
                #expect(names(nested.train) == names(data.train))
            }
        }
    }

    @Test func listsOfBothPartsAreDivided() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            try folder.writeTree()
            try FileManager.default.removeItem(atPath: url.path + "/ImageSets/Main/train.txt")
            let rest = try DetectionData(discovering: url.path)
            #expect(names(rest.train) == ["a.png", "b.png", "c.png"])
            try FileManager.default.removeItem(atPath: url.path + "/ImageSets/Main/val.txt")
            // Marks of lists of one class are passed over.
            try folder.write("a  1\nb -1\nc  0\nd  1\ne  1\n", "ImageSets/Main/trainval.txt")
            let divided = try DetectionData(discovering: url.path)
            #expect((divided.train?.count ?? 0) + (divided.validation?.count ?? 0) == 5)
            #expect(divided.validation?.isEmpty == false && divided.train?.isEmpty == false)
            #expect(divided.description.contains("every tenth image"))
        }
    }

    @Test func annotationsBesideImagesAreDividedByName() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            for number in 0..<100 {
                try folder.writeImage("images/\(number % 3)/\(number).png")
                try folder.write(folder.annotation("cat"), "images/\(number % 3)/\(number).xml")
            }
            let data = try DetectionData(discovering: url.path)
            let held = Set(names(data.validation) ?? [])
            #expect((3...20).contains(held.count))
            #expect(data.train?.count == 100 - held.count)
            // More images change nothing about the ones that are there.
            for number in 100..<120 {
                try folder.writeImage("more/\(number).png")
                try folder.write(folder.annotation("cat"), "more/\(number).xml")
            }
            let more = try DetectionData(discovering: url.path)
            #expect(held.isSubset(of: names(more.validation) ?? []))
            #expect(Set(names(more.train) ?? []).isSuperset(of: names(data.train) ?? []))
        }
    }

    @Test func foldersOfPartsAreFound() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            for (part, count) in [("train", 3), ("valid", 2), ("test", 1)] {
                for number in 0..<count {
                    // The same names in every part.
                    try folder.writeImage("\(part)/\(number).png")
                    try folder.write(folder.annotation(part), "\(part)/\(number).xml")
                }
            }
            try folder.writeImage("train/lonely.png")
            let data = try DetectionData(discovering: url.path)
            #expect(data.train?.count == 3 && data.validation?.count == 2)
            #expect(data.test?.count == 1 && data.classes == ["test", "train", "valid"])
            #expect(data.validation?[0].objects[0].name == "valid")
            #expect(data.problems.map(\.kind) == [.unannotated], "\(data.problems)")
        }
    }

    @Test("B2, B5: what is wrong in one file does not hide what is wrong in others")
    func everythingAtOnce() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            try folder.writeTree()
            try folder.write(
                folder.annotation("cat", corners: "10 3 2 12"), "Annotations/a.xml")
            try folder.write("<annotation>", "Annotations/b.xml")
            try FileManager.default.removeItem(atPath: url.path + "/JPEGImages/d.png")
            try folder.write(
                "a\nb\nc\nc\nabsent\n../../../etc/passwd\n", "ImageSets/Main/train.txt")
            let error = try #require(throws: DataError.self) {
                try DetectionData(discovering: url.path)
            }
            #expect(
                error.description.contains("4 more") && error.description.contains("a.xml: line 5"),
                "\(error)")
            let data = try DetectionData(discovering: url.path, skippingBad: true)
            #expect(names(data.train) == ["c.png"] && names(data.validation) == ["e.png"])
            let places = data.problems.map {
                "\($0.severity) \($0.kind) \(($0.file as NSString).lastPathComponent) \($0.place ?? "-")"
            }
            #expect(
                places == [
                    "warning duplicate train.txt line 4", "error box a.xml line 5",
                    "error unreadable b.xml line 1", "error missing train.txt line 5",
                    "error missing train.txt line 6", "error missing d.xml line 2",
                ], "\(places)")
        }
    }

    @Test("B2: a filename leads nowhere outside the images' folder")
    func filenamesStayInside() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            try folder.writeImage("secret.png")
            try folder.writeImage("data/JPEGImages/inside.png")
            for (name, filename) in [
                ("b", "../../secret.png"), ("c", "\(url.path)/secret.png"), ("d", ".."),
                ("e", "../../etc/passwd"),
            ] {
                try folder.write(
                    folder.annotation("cat", filename: filename), "data/Annotations/\(name).xml")
            }
            try folder.write(
                folder.annotation("cat", filename: "../../x/inside.png"), "data/Annotations/a.xml")
            let data = try DetectionData(discovering: url.path + "/data", skippingBad: true)
            #expect(names(data.train) == ["inside.png"])
            #expect(data.problems.count { $0.kind == .missing && $0.severity == .error } == 4)
            #expect(data.problems.allSatisfy { $0.place == "line 2" })
        }
    }

    @Test func oddNamesAreToldOf() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            try folder.writeTree()
            try folder.write(
                folder.annotation("Cat", filename: "e.png"), "Annotations/a.xml")
            try folder.write("c\nd\ne\n", "ImageSets/Main/val.txt")
            let data = try DetectionData(discovering: url.path)
            #expect(data.problems.map(\.kind) == [.path, .classes, .leakage], "\(data.problems)")
            #expect(data.problems[1].message.contains("'Cat' and 'cat'"))
            #expect(data.classes == ["Cat", "bird", "cat"])
        }
    }

    @Test func aFingerprintIsOfWhatTheDataSay() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            try folder.writeTree()
            let data = try DetectionData(discovering: url.path)
            #expect(
                data.fingerprint == (try DetectionData(discovering: url.path + "/")).fingerprint)
            try withTemporaryFolder { other in
                let copy = other.appendingPathComponent("copy")
                try FileManager.default.copyItem(at: url, to: copy)
                #expect(data.fingerprint == (try DetectionData(discovering: copy.path)).fingerprint)
            }
            try folder.write(
                folder.annotation("cat", filename: "a.png", corners: "2 3 10 13"),
                "Annotations/a.xml")
            #expect(data.fingerprint != (try DetectionData(discovering: url.path)).fingerprint)
        }
    }

    @Test func whatIsNoDataIsNamed() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            func expectError(_ path: String, _ words: String) {
                let error = #expect(throws: DataError.self) { try DetectionData(discovering: path) }
                #expect(error?.description.contains(words) == true, "\(error as Any)")
            }
            expectError(url.path + "/absent", "No such file")
            expectError(url.path, "no known data set")
            try folder.writeImage("a.png")
            expectError(url.path, "no known data set")
            expectError(url.path + "/a.png", "it is a file")
            try folder.write("<annotation/>", "train/b.xml")
            expectError(url.path, "no image 'b'")
        }
    }

    @Test(.enabled(if: largerData != nil, "MARTLET_DATA is not set")) func bloodCells() throws {
        let data = try DetectionData(discovering: (largerData ?? "") + "/bccd")
        #expect(data.classes == ["Platelets", "RBC", "WBC"])
        #expect(data.train?.count == 205 && data.validation?.count == 87)
        print("\(data)\n\(data.problems.count) problems, the first: \(data.problems.prefix(3))")
    }
}

/// A folder with larger data sets, where there is one.
let largerData = ProcessInfo.processInfo.environment["MARTLET_DATA"]
