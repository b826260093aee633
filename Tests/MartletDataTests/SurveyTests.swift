import Foundation
import MartletData
import Testing

/// Folders as the world holds them: everything that is wrong is listed, and the order never depends on the disk's.
@Suite struct SurveyTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func link(_ name: String, to destination: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.file(name), withDestinationPath: destination)
    }

    private func relative(_ paths: [String]) -> [String] {
        paths.map { String($0.dropFirst(folder.path.count + 1)) }
    }

    @Test("B5: every problem of class folders is listed, not only the first") func listsEverything()
        throws
    {
        for name in [
            "a/1.png", "a/.hidden.png", "a/notes.txt", "a/sub/2.png", "b/x\ny\u{1F600}.png",
            "b/3.jpg/4.png", ".git/1.png", "A/5.png", "__MACOSX/a/1.png",
        ] {
            try folder.write("x", name)
        }
        try folder.write("", "b/empty.png")
        for name in ["d", "e"] {
            try FileManager.default.createDirectory(
                atPath: folder.file(name), withIntermediateDirectories: true)
        }
        let outside = try TemporaryFolder()
        try outside.write("x", "9.png")
        try link("a/loop", to: "..")
        try link("a/self", to: ".")
        try link("a/out", to: outside.path)
        try link("b/gone.png", to: "nowhere")
        try #require(mkfifo(folder.file("b/pipe.png"), 0o600) == 0)
        let survey = FolderSurvey(folder.path)
        #expect(survey.classes == ["A", "a", "b", "d", "e"])
        let files = relative(survey.items.map(\.path))
        #expect(
            files == [
                "A/5.png", "a/1.png", "a/out/9.png", "a/sub/2.png", "b/3.jpg/4.png",
                "b/empty.png", "b/x\ny\u{1F600}.png",
            ], "\(files)")
        #expect(
            relative(survey.errors.map(\.path)) == ["b/gone.png", "b/pipe.png", "d", "e"],
            "\(survey.errors)")
        #expect(
            relative(survey.hidden) == [".git", "__MACOSX", "a/.hidden.png"], "\(survey.hidden)")
        #expect(relative(survey.ignored) == ["a/notes.txt"])
        #expect(relative(survey.loops) == ["a/loop", "a/self"], "\(survey.loops)")
    }

    @Test("B5: a folder with a name that is not UTF-8 is an error, and the others are read on")
    func namesThatAreNotUTF8() throws {
        try folder.write("x", "a/1.png")
        try folder.write("x", "b/2.png")
        let name = Array(folder.file("a/").utf8CString.dropLast()) + [-1, 46, 112, 110, 103, 0]
        let descriptor = open(name, O_CREAT | O_WRONLY, 0o600)
        try #require(descriptor >= 0)
        close(descriptor)
        defer { unlink(name) }
        let survey = FolderSurvey(folder.path)
        #expect(survey.errors.count == 1 && survey.errors[0].description.contains("not UTF-8"))
        #expect(relative(survey.items.map(\.path)) == ["b/2.png"])
    }

    @Test("B5: the order of files does not depend on the order of the folder", arguments: 1...3)
    func orderIsThatOfBytes(seed: Int) throws {
        var names = (0..<40).map { "c\($0 % 3)/\($0 * 7919 % 1000)é.png" }
        for step in names.indices { names.swapAt(step, (step * seed * 31 + seed) % names.count) }
        for name in names { try folder.write("x", name) }
        let found = relative(try LabelledFiles(folder.path).items.map(\.path))
        #expect(found == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    @Test("B5: parts with other classes, and what is in each, are listed")
    func partsAreHeldTogether()
        throws
    {
        for name in ["train/cat/1.png", "train/dog/2.png", "val/cat/3.png", "val/cow/4.png"] {
            try folder.write("x", name)
        }
        let survey = LabelledSurvey(folder.path)
        #expect(survey.parts.map(\.name) == ["train", "val"])
        #expect(survey.parts.map(\.images.count) == [2, 2])
        #expect(
            survey.errors.count == 1 && survey.errors[0].description.contains("only it has 'cow'"))
    }

    @Test("A7: every damaged IDX file of a set is listed with its byte") func everyIDXFile() throws
    {
        let header: [UInt8] = [0, 0, 8, 3] + big(2) + big(2) + big(2)
        let images = header + [UInt8](repeating: 7, count: 8)
        let labels: [UInt8] = [0, 0, 8, 1] + big(2) + [0, 1]
        try folder.write(Array(images.dropLast()), "train-images-idx3-ubyte")
        try folder.write(labels + [9], "train-labels-idx1-ubyte")
        try folder.write([1] + images.dropFirst(), "t10k-images-idx3-ubyte")
        try folder.write(labels, "t10k-labels-idx1-ubyte")
        let survey = LabelledSurvey(folder.path)
        let text = survey.errors.map(\.description)
        #expect(text.count == 3, "\(text)")
        for words in [
            ["train-images-idx3-ubyte", "byte 4"], ["train-labels-idx1-ubyte", "byte 10"],
            ["t10k-images-idx3-ubyte", "byte 0"],
        ] {
            #expect(
                text.contains { line in words.allSatisfy(line.contains) }, "\(words) in \(text)")
        }
        try folder.write(images, "train-images-idx3-ubyte")
        try folder.write(labels, "train-labels-idx1-ubyte")
        try folder.write(images, "t10k-images-idx3-ubyte")
        let whole = LabelledSurvey(folder.path)
        #expect(whole.errors.isEmpty && whole.parts.map(\.name) == ["train", "test"])
    }

    @Test func whatIsNoDataSetIsAnError() throws {
        #expect(LabelledSurvey(folder.path).errors.map(\.problem) == ["the folder is empty"])
        let survey = LabelledSurvey(folder.file("absent"))
        #expect(survey.errors.count == 1 && survey.parts.isEmpty)
    }
}
