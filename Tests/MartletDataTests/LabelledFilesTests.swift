import Foundation
import MartletData
import Testing

@Suite struct LabelledFilesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func link(_ name: String, to destination: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.file(name), withDestinationPath: destination)
    }

    func paths() throws -> [String] {
        try LabelledFiles(folder.path).items.map {
            String($0.path.dropFirst(folder.path.count + 1))
        }
    }

    @Test func ordersByBytes() throws {
        for name in [
            "b/10.jpg", "b/9.jpg", "b/A.jpg", "é/1.jpg", "z/1.jpg", "B/x y\n\u{1F600}.jpg",
        ] {
            try folder.write("x", name)
        }
        #expect(
            try paths() == [
                "B/x y\n\u{1F600}.jpg", "b/10.jpg", "b/9.jpg", "b/A.jpg", "z/1.jpg", "é/1.jpg",
            ])
        let files = try LabelledFiles(folder.path)
        #expect(files.classes == ["B", "b", "z", "é"] && files.counts == [1, 3, 1, 1])
        #expect(files.items.map(\.label) == [0, 1, 1, 1, 2, 3])
    }

    @Test func takesWantedFilesOnly() throws {
        for name in [
            "a/1.JPG", "a/2.jpeg", "a/3.txt", "a/.hidden.jpg", "a/deep/er/4.webp", "a/jpg",
            ".hidden/1.jpg", "__MACOSX/a/1.jpg", "top.jpg",
        ] {
            try folder.write("x", name)
        }
        let files = try LabelledFiles(folder.path)
        #expect(try paths() == ["a/1.JPG", "a/2.jpeg", "a/deep/er/4.webp"])
        #expect(files.ignoredCount == 2)
        #expect(try LabelledFiles(folder.path, extensions: ["txt"]).items.count == 1)
    }

    @Test func emptyClassIsAnError() throws {
        try folder.write("x", "cat/1.jpg")
        try folder.write("x", "dog/1.txt")
        expectError(
            DataError.self, mentioning: ["/dog", "the class 'dog' has no files", "jpg"]
        ) { try LabelledFiles(folder.path) }
        expectError(DataError.self, mentioning: ["/cat", "no folders", "each class"]) {
            try LabelledFiles(folder.file("cat"))
        }
    }

    @Test func linksThatLeadBackEnd() throws {
        try folder.write("x", "a/1.jpg")
        try folder.write("x", "b/2.jpg")
        try link("a/loop", to: "..")
        try link("a/self", to: ".")
        try link("c", to: "b")
        try link("b/also.jpg", to: "../a/1.jpg")
        let found = try paths()
        #expect(found.contains("a/1.jpg") && found.contains("b/2.jpg"))
        #expect(found.contains("c/2.jpg") && found.contains("b/also.jpg"))
        #expect(found.count < 20)
    }

    @Test func whatIsNoFileIsAnError() throws {
        try folder.write("x", "a/1.jpg")
        try link("a/gone.jpg", to: "nowhere")
        expectError(DataError.self, mentioning: ["a/gone.jpg", "leads to no file"]) {
            try LabelledFiles(folder.path)
        }
        try FileManager.default.removeItem(atPath: folder.file("a/gone.jpg"))
        try #require(mkfifo(folder.file("a/pipe.jpg"), 0o600) == 0)
        expectError(DataError.self, mentioning: ["a/pipe.jpg", "neither"]) {
            try LabelledFiles(folder.path)
        }
    }

    @Test func namesThatAreNotUTF8AreErrors() throws {
        try folder.write("x", "a/1.jpg")
        let name = Array(folder.file("a/").utf8CString.dropLast()) + [-1, 46, 106, 112, 103, 0]
        let descriptor = open(name, O_CREAT | O_WRONLY, 0o600)
        try #require(descriptor >= 0)
        close(descriptor)
        expectError(DataError.self, mentioning: ["/a", "not UTF-8"]) {
            try LabelledFiles(folder.path)
        }
        unlink(name)
    }
}
