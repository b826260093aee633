import Foundation
import MartletData
import MartletMetrics
import MartletVision
import Testing

/// Data sets of YOLO's form.
@Suite struct YOLOTests {
    private let yaml = """
        # as Ultralytics has it
        path: ../datasets/animals
        train: ../train/images
        val: valid/images
        nc: 2
        names:
          0: cat
          1: "big dog"
        """

    private func write(_ url: URL, yaml: String? = nil, labels: String = "0 0.5 0.5 0.25 0.5\n")
        throws
        -> DataFolder
    {
        let folder = DataFolder(url)
        for (part, name) in [("train", "a"), ("train", "b"), ("valid", "c")] {
            try folder.writeImage("\(part)/images/\(name).png")
        }
        try folder.write(labels, "train/labels/a.txt")
        try folder.write("1 0.25 0.25 0.5 0.5", "valid/labels/c.txt")
        try folder.write(yaml ?? self.yaml, "data.yaml")
        return folder
    }

    @Test func aTreeIsFound() throws {
        try withTemporaryFolder { url in
            let folder = try write(url)
            let data = try DetectionData(discovering: folder.path)
            #expect(data.format == .yolo && data.classes == ["cat", "big dog"])
            #expect(data.problems.isEmpty, "\(data.problems)")
            #expect(
                data.train == [
                    AnnotatedImage(
                        path: url.path + "/train/images/a.png",
                        size: ImageSize(height: 24, width: 32),
                        objects: [
                            AnnotatedObject(
                                name: "cat", box: Box(x: 12, y: 6, width: 8, height: 12))
                        ]),
                    AnnotatedImage(
                        path: url.path + "/train/images/b.png",
                        size: ImageSize(height: 24, width: 32), objects: []),
                ])
            #expect(
                data.validation?.first?.objects == [
                    AnnotatedObject(name: "big dog", box: Box(x: 0, y: 0, width: 16, height: 12))
                ])
            try folder.write("0 0.5 0.5 0.5 0.5", "train/labels/gone.txt")
            let more = try DetectionData(discovering: folder.path)
            #expect(more.problems.map(\.kind) == [.missing], "\(more.problems)")
        }
    }

    @Test func labelsBesideTheImagesAreDivided() throws {
        try withTemporaryFolder { url in
            let folder = DataFolder(url)
            for number in 0..<20 {
                try folder.writeImage("\(number).png")
                try folder.write("0 0.5 0.5 0.5 0.5", "\(number).txt")
            }
            try folder.write("cat\ndog\n", "classes.txt")
            let data = try DetectionData(discovering: folder.path)
            #expect(data.format == .yolo && data.classes == ["cat", "dog"])
            #expect((data.train?.count ?? 0) + (data.validation?.count ?? 0) == 20)
            #expect(data.validation?.isEmpty == false)
        }
    }

    @Test("B3: what is wrong in a line is told with its number, and the rest is read")
    func whatIsWrong() throws {
        let cases: [(String, String, String)] = [
            ("2 0.5 0.5 0.5 0.5", "error class", "0 to 1"),
            ("-1 0.5 0.5 0.5 0.5", "error class", "-1"),
            ("0.5 0.5 0.5 0.5 0.5", "error class", "0.5"),
            ("0 0.5 0.5 0.5", "error object", "four"),
            ("0 0.5 0.5 0.5 0.5 0.9", "error object", "four"),
            ("0 nan 0.5 0.5 0.5", "error object", "'0 nan"),
            ("0 0.5 0.5 1e308 0.5", "error box", "0 to 1"),
            ("0 160 120 50 50", "error box", "0 to 1"),
            ("0 0.5 0.5 -0.5 0.5", "error box", "0 to 1"),
            ("cat 0.5 0.5 0.5 0.5", "error object", "'cat"),
            ("0 0.9 0.5 0.5 0.5", "warning box", "cut at its edge"),
            ("0 0.5 0.5 0 0.5", "warning box", "no area"),
            ("0 0.5 0.5 0.25 0.5", "warning duplicate", "both are kept"),
        ]
        for (line, kind, message) in cases {
            try withTemporaryFolder { url in
                let folder = try write(url, labels: "0 0.5 0.5 0.25 0.5\n\n\(line)\r\n")
                let data = try DetectionData(discovering: folder.path, skippingBad: true)
                let problem = try #require(data.problems.first)
                #expect(data.problems.count == 1)
                #expect("\(problem.severity.rawValue) \(problem.kind.rawValue)" == kind, "\(line)")
                #expect(
                    problem.place == "line 3" && problem.message.contains(message), "\(problem)")
                #expect(problem.file == url.path + "/train/labels/a.txt")
                #expect(data.train?.count == (problem.severity == .error ? 1 : 2))
            }
        }
    }

    @Test("B3: names that are none are refused with their line")
    func names() throws {
        let cases: [(String, String)] = [
            ("names: [a, b", "line"), ("train: x", "there are no names"), ("names: 5", "line 1"),
            ("names: {0: a, 2: b}", "line 1: '2'"), ("names: {0: a, x: b}", "line 1: 'x'"),
            ("names: [a, a]", "'a' twice"), ("names: []", "no names"), ("names: [[a]]", "line 1"),
            ("a: &a [1]\nb: [*a, *a]\nc: [*a, *a]\nd: *a", "aliases"), ("names: {0: [a]}", "'0'"),
            ("- 1", "names: ..."), ("train: list.txt\nnames: [a, b]", "'list.txt' is a list"),
            (String(repeating: "[", count: 30_000), "data.yaml"),
        ]
        for (yaml, message) in cases {
            try withTemporaryFolder { url in
                let folder = try write(url, yaml: yaml)
                let error = #expect(throws: DataError.self) {
                    try DetectionData(discovering: folder.path)
                }
                #expect(error?.description.contains(message) == true, "\(yaml): \(error as Any)")
                #expect(error?.path == url.path + "/data.yaml", "\(error as Any)")
            }
        }
    }

    @Test("B2: no path of data.yaml leads out of the folder")
    func pathsStayInside() throws {
        try withTemporaryFolder { url in
            try DataFolder(url).writeImage("outside/x.png")
            let folder = try write(
                url.appendingPathComponent("data"),
                yaml: "train: \(url.path)/outside\nval: ../../outside\nnames: [a, b]")
            let data = try DetectionData(discovering: folder.path)
            let paths = [data.train, data.validation].flatMap { $0 ?? [] }.map(\.path)
            #expect(paths.count == 3 && !paths.contains { $0.contains("outside") })
        }
    }
}
