import Foundation
import MartletData
import Testing

private struct Stop: Error {}

@Suite struct AtomicFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func appearsComplete() throws {
        let path = folder.file("a.txt")
        let file = try AtomicFile(path)
        try file.write("one ")
        try file.write(Array("two".utf8))
        #expect(try folder.names() != ["a.txt"])
        #expect(!FileManager.default.fileExists(atPath: path))
        try file.commit()
        #expect(try folder.names() == ["a.txt"])
        #expect(try folder.bytes("a.txt") == Array("one two".utf8))
        #expect(file.byteCount == 7)
    }

    @Test func failureKeepsTheOldFile() throws {
        try folder.write("old", "a.txt")
        #expect(throws: Stop.self) {
            try AtomicFile.write(to: folder.file("a.txt")) { file in
                try file.write("new and half wr")
                throw Stop()
            }
        }
        #expect(try folder.names() == ["a.txt"])
        #expect(try folder.bytes("a.txt") == Array("old".utf8))
    }

    @Test func droppedFileLeavesNothing() throws {
        do {
            let file = try AtomicFile(folder.file("a.txt"))
            try file.write("text")
        }
        #expect(try folder.names() == [])
    }

    @Test func replacesAndKeepsPermissions() throws {
        let path = try folder.write("old", "a.txt")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        try AtomicFile.write("new", to: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o640)
        #expect(try folder.bytes("a.txt") == Array("new".utf8))
    }

    @Test func missingFolderIsAnError() throws {
        expectError(DiskError.self, mentioning: ["nowhere/a.txt", "create", "No such file"]) {
            try AtomicFile(folder.file("nowhere/a.txt"))
        }
        expectError(DiskError.self, mentioning: ["Is a directory"]) {
            try AtomicFile(folder.path)
        }
    }

    @Test func fullDeviceIsADiskError() throws {
        let error = #expect(throws: DiskError.self) {
            try AtomicFile.write("text", to: "/dev/full")
        }
        #expect(error?.isOutOfSpace == true)
        #expect(error?.exitCode == 6)
        #expect(error?.description == "/dev/full: cannot write: No space left on device")
    }

    @Test func devicesAreNotReplaced() throws {
        try AtomicFile.write("text", to: "/dev/null")
        let attributes = try FileManager.default.attributesOfItem(atPath: "/dev/null")
        #expect(attributes[.type] as? FileAttributeType == .typeCharacterSpecial)
    }

    @Test func symbolicLinksStay() throws {
        try folder.write("old", "real.txt")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link.txt"), withDestinationPath: "real.txt")
        try AtomicFile.write("new", to: folder.file("link.txt"))
        #expect(try folder.bytes("real.txt") == Array("new".utf8))
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link.txt"))
                == "real.txt")
    }

    @Test func linksAreReplacedAtOnce() throws {
        try AtomicFile.link(folder.file("last"), to: "one")
        try AtomicFile.link(folder.file("last"), to: "two")
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("last")) == "two")
        #expect(try folder.names() == ["last"])
    }

    @Test func abandonedTemporariesAreRemoved() throws {
        // No process has this number: it is above the kernel's limit of 2^22.
        try folder.write("x", ".a.txt.tmp-99999999-1")
        try folder.write("x", ".run.tmp-99999999-2/inside")
        try folder.write("x", ".mine.tmp-\(getpid())-1")
        try folder.write("x", ".other-1-2")
        let removed = AtomicFile.removeAbandoned(in: folder.path)
        #expect(removed == [".a.txt.tmp-99999999-1", ".run.tmp-99999999-2"])
        #expect(try folder.names() == [".mine.tmp-\(getpid())-1", ".other-1-2"])
    }

    @Test func abandonedTemporariesOfOneTarget() throws {
        try folder.write("x", ".a.tmp-99999999-1")
        try folder.write("x", ".b.tmp-99999999-1")
        try folder.write("x", ".a.tmp-\(getpid())-1")
        #expect(AtomicFile.removeAbandoned(in: folder.path, of: "a") == [".a.tmp-99999999-1"])
        // A process that has made none yet may have the number of an earlier one.
        #expect(
            AtomicFile.removeAbandoned(in: folder.path, ownNumber: true)
                == [".a.tmp-\(getpid())-1", ".b.tmp-99999999-1"])
    }

    @Test func directoriesAreRenamedAndRemoved() throws {
        try folder.write("1", "run/a")
        try folder.write("2", "other/a")
        expectError(DiskError.self, mentioning: ["other", "File exists"]) {
            try AtomicDirectory.rename(folder.file("run"), to: folder.file("other"))
        }
        try AtomicDirectory.rename(folder.file("run"), to: folder.file("walk"))
        #expect(try folder.bytes("walk/a") == Array("1".utf8))
        try AtomicDirectory.remove(folder.file("walk"))
        #expect(try folder.names() == ["other"])
        expectError(DiskError.self, mentioning: ["walk", "remove", "No such file"]) {
            try AtomicDirectory.remove(folder.file("walk"))
        }
    }

    @Test func directoryAppearsComplete() throws {
        let target = folder.file("run")
        try AtomicDirectory.write(to: target) { directory in
            try AtomicFile.write("1", to: directory.file("a"))
            #expect(!FileManager.default.fileExists(atPath: target))
        }
        #expect(try folder.names() == ["run"])
        #expect(try folder.bytes("run/a") == Array("1".utf8))
    }

    @Test func directoryNeverReplaces() throws {
        try folder.write("old", "run/a")
        expectError(DiskError.self, mentioning: ["run", "File exists"]) {
            try AtomicDirectory.write(to: folder.file("run")) { directory in
                try AtomicFile.write("new", to: directory.file("a"))
            }
        }
        #expect(throws: Stop.self) {
            try AtomicDirectory.write(to: folder.file("other")) { directory in
                try AtomicFile.write("new", to: directory.file("a"))
                throw Stop()
            }
        }
        #expect(try folder.names() == ["run"])
        #expect(try folder.bytes("run/a") == Array("old".utf8))
    }
}
