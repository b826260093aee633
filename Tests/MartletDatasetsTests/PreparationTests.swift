import Foundation
import MartletData
import MartletTesting
import Testing

@testable import MartletDatasets

/// A folder that goes when the closure returns.
func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let path = NSTemporaryDirectory() + "datasets-\(UUID())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

func sha256(_ bytes: [UInt8]) -> String {
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update($0) }
    return "\(hash.digest())"
}

func contents(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

@Suite struct PreparationTests {
    private let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    private func card(
        _ server: TestServer, path: String = "/file.bin", bytes: Int? = nil, sha: String? = nil
    ) -> DatasetCard {
        DatasetCard(
            name: "numbers", summary: "numbers", licence: "none", source: "a test",
            origin: .files([
                RemoteFile(
                    name: "file.bin", url: server.address + path, bytes: bytes ?? self.bytes.count,
                    sha256: sha ?? sha256(self.bytes))
            ]))
    }

    @Test func checksumsAreThoseOfTheStandard() {
        #expect(
            sha256(Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func downloadsAndIsDoneTheSecondTime() throws {
        try withFolder { folder in
            let server = try TestServer(.init(files: ["/file.bin": bytes]))
            var reported: [Int] = []
            let isNew = try card(server).prepare(at: folder + "/deep/set") {
                if case .downloading(let done, let total) = $0 {
                    reported.append(done)
                    #expect(total == bytes.count)
                }
            }
            #expect(isNew && reported.last == bytes.count && reported == reported.sorted())
            #expect(try contents(folder + "/deep/set/file.bin") == bytes)
            #expect(try names(folder + "/deep") == ["set"])
            #expect(try names(folder + "/deep/set") == ["dataset.json", "file.bin"])
            #expect(try card(server).prepare(at: folder + "/deep/set") == false)
            #expect(server.offsets == [0])
        }
    }

    @Test func aBrokenConnectionIsMadeAgainFromWhereItBroke() throws {
        try withFolder { folder in
            let server = try TestServer(
                .init(files: ["/file.bin": bytes], hangUps: [100_000, 0, 150_000]))
            try card(server).prepare(at: folder + "/set")
            #expect(try contents(folder + "/set/file.bin") == bytes)
            #expect(server.offsets == [0, 100_000, 100_000, 250_000])
        }
    }

    @Test func aLaterAttemptGoesOnWhereAnEarlierOneEnded() throws {
        try withFolder { folder in
            let dead = try TestServer(
                .init(files: ["/file.bin": bytes], hangUps: [120_000, 0, 0, 0]))
            let error = #expect(throws: DatasetError.self) {
                try card(dead).prepare(at: folder + "/set")
            }
            #expect(error?.exitCode == 3 && error?.reason.contains("120000 of 300000") == true)
            #expect(try names(folder) == [".set.download"])
            let alive = try TestServer(.init(files: ["/file.bin": bytes]))
            try card(alive).prepare(at: folder + "/set")
            #expect(alive.offsets == [120_000])
            #expect(try contents(folder + "/set/file.bin") == bytes)
            #expect(try names(folder) == ["set"])
        }
    }

    @Test func aServerWithoutRangesSendsTheWholeAgain() throws {
        try withFolder { folder in
            let server = try TestServer(
                .init(files: ["/file.bin": bytes], hasRanges: false, hangUps: [50_000]))
            try card(server).prepare(at: folder + "/set")
            #expect(try contents(folder + "/set/file.bin") == bytes)
            #expect(server.offsets == [0, 50_000, 0])
        }
    }

    @Test func aWrongChecksumIsRefusedAndForgotten() throws {
        try withFolder { folder in
            var other = bytes
            other[77] ^= 1
            let server = try TestServer(.init(files: ["/file.bin": other]))
            let error = #expect(throws: DatasetError.self) {
                try card(server).prepare(at: folder + "/set")
            }
            #expect(error?.exitCode == 3)
            #expect(error?.description.contains(sha256(other)) == true)
            #expect(error?.description.contains(sha256(bytes)) == true)
            #expect(try names(folder).isEmpty)
        }
    }

    @Test func wrongLengthsAndAddressesAreRefused() throws {
        try withFolder { folder in
            let server = try TestServer(
                .init(
                    files: ["/file.bin": bytes],
                    redirects: [
                        "/moved": "/file.bin", "/loop": "/loop", "/local": "file:///etc/passwd",
                    ]))
            func expectRefused(_ card: DatasetCard, _ words: String...) {
                let error = #expect(throws: DatasetError.self) {
                    try card.prepare(at: folder + "/set")
                }
                let text = error.map { "\($0)" } ?? ""
                for word in words { #expect(text.contains(word), "\(word): \(text)") }
                #expect(!FileManager.default.fileExists(atPath: folder + "/set"))
            }
            expectRefused(card(server, bytes: 1000), "more than the 1000 bytes")
            expectRefused(card(server, bytes: 300_001), "has 300000 bytes, expected 300001")
            expectRefused(card(server, path: "/absent"), "404", "/absent")
            expectRefused(card(server, path: "/loop"), "redirect")
            expectRefused(card(server, path: "/local"), "/local")
            let local = DatasetCard(
                name: "numbers", summary: "", licence: "", source: "",
                origin: .files([
                    RemoteFile(
                        name: "file.bin", url: "file:///etc/hostname", bytes: 10, sha256: "")
                ]))
            expectRefused(local, "file:///etc/hostname")
            try card(server, path: "/moved").prepare(at: folder + "/set")
            #expect(try contents(folder + "/set/file.bin") == bytes)
        }
    }

    @Test func aMirrorMayBeAFolderOfThisMachine() throws {
        try withFolder { folder in
            let server = try TestServer(.init(files: [:]))
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/file.bin"))
            try card(server).prepare(at: folder + "/set", from: "file://" + folder)
            #expect(try contents(folder + "/set/file.bin") == bytes)
            #expect(server.offsets.isEmpty)
        }
    }

    @Test func aFolderThatHoldsSomethingElseIsKept() throws {
        try withFolder { folder in
            let server = try TestServer(.init(files: ["/file.bin": bytes]))
            try FileManager.default.createDirectory(
                atPath: folder + "/set", withIntermediateDirectories: false)
            let error = #expect(throws: DatasetError.self) {
                try card(server).prepare(at: folder + "/set")
            }
            #expect(error?.exitCode == 2)
            #expect(try names(folder + "/set").isEmpty)
        }
    }

    @Test func whatIsGeneratedIsCompleteOrAbsent() throws {
        struct Trouble: Error {}
        func card(fails: Bool) -> DatasetCard {
            DatasetCard(
                name: "made", summary: "", licence: "", source: "",
                origin: .generated(bytes: 3) { generation in
                    try Data("\(generation.seed)".utf8).write(
                        to: URL(fileURLWithPath: generation.folder + "/a.txt"))
                    if fails { throw Trouble() }
                    generation.progress(1, 1)
                })
        }
        try withFolder { folder in
            #expect(throws: Trouble.self) { try card(fails: true).prepare(at: folder + "/set") }
            #expect(try names(folder).isEmpty)
            try card(fails: false).prepare(at: folder + "/set", seed: 5)
            #expect(try contents(folder + "/set/a.txt") == Array("5".utf8))
            #expect(try card(fails: false).prepare(at: folder + "/set", seed: 5) == false)
            #expect(throws: DatasetError.self) {
                try card(fails: false).prepare(at: folder + "/set", seed: 6)
            }
        }
    }
}
