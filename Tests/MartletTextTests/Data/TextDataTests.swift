import Foundation
import MartletData
import MartletTesting
import MartletText
import Testing

/// A folder that is gone when the test ends.
private final class Folder {
    let path = NSTemporaryDirectory() + "martlet-texts-\(UUID())"

    init(_ files: [String: String]) throws {
        for (name, text) in files {
            let url = URL(fileURLWithPath: "\(path)/\(name)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct TextDataTests {
    @Test func tablesNamedAlikeAreFoundBesideIt() throws {
        let folder = try Folder([
            "hotel_train.csv": "label,review\n1,good\n0,\"bad, \"\"very\"\"\nbad\"\n",
            "hotel_dev.csv": "\u{FEFF}label,review\n1,fine\n",
            "hotel_test.tsv": "label\treview\n1\tanother ending\n",
            "shop_dev.csv": "label,review\n2,of another set\n",
        ])
        let data = try TextData(discovering: folder.path + "/hotel_train.csv")
        #expect(data.classes == ["0", "1"])
        #expect(data.train?.items.map(\.text) == ["good", "bad, \"very\"\nbad"])
        #expect(data.train?.labels == [1, 0])
        #expect(data.train?.items[1].source == "hotel_train.csv line 3")
        #expect(data.validation?.items.map(\.text) == ["fine"])
        #expect(data.test == nil && !data.isHeldOut)
        #expect(data.description.contains("hotel_train.csv, with hotel_dev.csv beside it"))
        #expect(data.description.contains("2 classes (0, 1), 2 training and 1 validation texts"))
    }

    @Test func aTenthOfEachClassIsHeldOutWhereNothingElseIsThere() throws {
        let rows = (0..<40).map { "\($0 % 4 == 0 ? "spam" : "ham"),text \($0)" }
        let folder = try Folder(["mail.csv": "class,text\n" + rows.joined(separator: "\n")])
        let data = try TextData(discovering: folder.path + "/mail.csv")
        #expect(data.isHeldOut && data.classes == ["ham", "spam"])
        #expect(data.train?.count == 36 && data.validation?.count == 4)
        #expect(data.validation?.labels.sorted() == [0, 0, 0, 1])
        let all = try TextData(discovering: folder.path + "/mail.csv", holdsOut: false)
        #expect(all.train?.count == 40 && all.validation == nil)
        let folderItself = try TextData(discovering: folder.path)
        #expect(folderItself.validation?.items == data.validation?.items)
    }

    @Test func jsonLinesAreRead() throws {
        let folder = try Folder([
            "train.jsonl": """
            {"id": 1, "text": "a \\u597d", "label": "pos", "more": [1, {"x": 2}]}

            {"text": "b", "label": "neg", "id": 2, "more": null}
            """,
            "validation.jsonl": #"{"text": "c", "label": "pos"}"#,
        ])
        let data = try TextData(discovering: folder.path)
        #expect(data.classes == ["neg", "pos"])
        #expect(data.train?.items.map(\.text) == ["a 好", "b"])
        #expect(data.validation?.count == 1)
    }

    @Test func classFoldersOfTextFilesAreRead() throws {
        let folder = try Folder([
            "train/pos/1.txt": "good\nfilm", "train/neg/1.txt": "bad film",
            "test/pos/1.txt": "fine", "test/neg/a.txt": "poor",
        ])
        let data = try TextData(discovering: folder.path)
        #expect(data.classes == ["neg", "pos"])
        #expect(data.train?.items.map(\.text) == ["bad film", "good\nfilm"])
        #expect(data.train?.items[1].source == "pos/1.txt")
        #expect(data.test?.count == 2 && data.validation == nil)
    }

    @Test func columnsAreGivenByNameOrNumber() throws {
        let folder = try Folder(["x.csv": "1,first\n2,second\n1,third\n2,fourth\n"])
        let format = TableFormat(text: "2", label: "1", hasHeader: false)
        let data = try TextData(discovering: folder.path + "/x.csv", format: format)
        #expect((data.train?.count ?? 0) + (data.validation?.count ?? 0) == 4)
        let path = folder.path + "/x.csv"
        let error = #expect(throws: DataError.self) {
            try TextData(discovering: path, format: TableFormat(text: "frist"))
        }
        #expect(error?.description.contains("did you mean \"first\"?") ?? false)
        let guess = #expect(throws: DataError.self) { try TextData(discovering: path) }
        #expect(guess?.description.contains("the columns are \"1\", \"first\"") ?? false)
    }

    @Test(arguments: [
        ("label,text\n1,a\n,b\n", "line 3: the row has no class"),
        ("label,text\n1,a\n0,  \n", "line 3: the row has no text"),
        ("label,text\n1,a\n0,b,c\n", "line 3: the row has more than 2 fields"),
        ("label,text\n1,\"a\n", "line 2: a quote is opened and never closed"),
        ("label,text\n", "there is but a header"),
    ])
    func badRowsAreNamedByLine(_ text: String, _ expected: String) throws {
        let folder = try Folder(["x.csv": text])
        let error = #expect(throws: DataError.self) {
            try TextData(discovering: folder.path + "/x.csv")
        }
        #expect(error?.description.contains(expected) ?? false, "\(String(describing: error))")
    }

    @Test func badRowsAreLeftOutWhereThatIsAllowed() throws {
        let rows = (0..<20).map { "\($0 % 2),text \($0)" }.joined(separator: "\n")
        let folder = try Folder(["x.csv": "label,text\n\(rows)\n1,\n1,a,b\n"])
        let path = folder.path + "/x.csv"
        let data = try TextData(discovering: path, onBad: .skip(maxShare: 0.2), holdsOut: false)
        #expect(data.train?.count == 20 && data.train?.problems.count == 2)
        #expect(data.description.contains("2 rows that cannot be read are left out"))
        #expect(throws: DataError.self) {
            try TextData(discovering: path, onBad: .skip(maxShare: 0.05))
        }
    }

    @Test func aClassThatWasNotTrainedOnIsAnError() throws {
        let folder = try Folder([
            "train.csv": "label,text\npos,a\nneg,b\n", "val.csv": "label,text\npso,c\n",
        ])
        let error = #expect(throws: DataError.self) { try TextData(discovering: folder.path) }
        #expect(error?.place == "line 2")
        #expect(error?.description.contains("did you mean \"pos\"?") ?? false)
    }

    @Test func otherEncodingsAreFoundAndSaid() throws {
        let rows = (0..<30).map { "\($0 % 2),酒店的房间很干净，服务员也非常热情，下次还会再来第\($0)次" }
        let folder = try Folder([:])
        try FileManager.default.createDirectory(
            atPath: folder.path, withIntermediateDirectories: true)
        let text = "label,text\n" + rows.joined(separator: "\n")
        try text.write(toFile: folder.path + "/utf8", atomically: true, encoding: .utf8)
        let iconv = try Program.run(
            "/bin/sh", ["-c", "iconv -f UTF-8 -t GB18030 utf8 > x.csv"], in: folder.path)
        #expect(iconv.code == 0)
        let data = try TextData(discovering: folder.path + "/x.csv", holdsOut: false)
        #expect(data.train?.items[3].text == "酒店的房间很干净，服务员也非常热情，下次还会再来第3次")
        #expect(data.description.contains("read as GB18030"))
        // A single damaged byte among many good ones is damage, not another encoding.
        var damaged = Data(text.utf8)
        damaged[40] = 0xFF
        try damaged.write(to: URL(fileURLWithPath: folder.path + "/y.csv"))
        let error = #expect(throws: DataError.self) {
            try TextData(discovering: folder.path + "/y.csv")
        }
        #expect(error?.place == "line 2")
    }

    @Test func whatIsNoDataIsNamed() throws {
        let folder = try Folder(["a.csv": "label,text\n1,a\n", "b.csv": "label,text\n1,a\n"])
        let error = #expect(throws: DataError.self) { try TextData(discovering: folder.path) }
        #expect(error?.problem == "which of a.csv, b.csv is to train on?")
        for path in [folder.path + "/c.csv", folder.path + "/c", "/etc/hostname"] {
            #expect(throws: DataError.self) { try TextData(discovering: path) }
        }
    }

    @Test func endlessTextsAreRefusedByTheirLine() throws {
        let folder = try Folder(["a.txt": "short\n"])
        let path = folder.path + "/a.txt"
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        // 257 MiB of NUL, which take no room on a disk.
        try file.truncate(atOffset: 257 << 20)
        let error = #expect(throws: DataError.self) { try TextFile.texts(path, TableFormat()) }
        #expect(error?.place == "line 2")
        #expect(error?.problem == "a text of 269484026 bytes, more than 268435456")
    }
}
