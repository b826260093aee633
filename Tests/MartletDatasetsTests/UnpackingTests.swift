import Foundation
import MartletData
import MartletTesting
import Testing

@testable import MartletDatasets

/// Archives as the world holds them: what is not plainly inside the folder is refused by name.
@Suite struct UnpackingTests {
    /// One entry of a tar archive, as POSIX's ustar has it.
    private func entry(
        _ name: String, _ body: String = "", type: Character = "0", link: String = ""
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (place, byte) in text.utf8.enumerated() { block[offset + place] = byte }
        }
        func octal(_ number: Int, _ width: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        put(name, at: 0)
        put(octal(0o644, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(body.utf8.count, 11), at: 124)
        put(octal(0, 11), at: 136)
        put("        ", at: 148)
        put(String(type), at: 156)
        put(link, at: 157)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(block.reduce(0) { $0 + Int($1) }, 6) + "\0", at: 148)
        let padding = (512 - body.utf8.count % 512) % 512
        return block + Array(body.utf8) + [UInt8](repeating: 0, count: padding)
    }

    private func unpack(_ entries: [UInt8]..., limit: Int = 1000, in folder: String) throws {
        let archive = folder + "/archive.tar"
        let bytes = entries.flatMap { $0 } + [UInt8](repeating: 0, count: 1024)
        try Data(bytes).write(to: URL(fileURLWithPath: archive))
        try FileManager.default.createDirectory(
            atPath: folder + "/into", withIntermediateDirectories: true)
        try Unpacking.unpack(archive, into: folder + "/into", limit: limit)
    }

    @Test func filesAndFoldersAreUnpacked() throws {
        try withFolder { folder in
            try unpack(
                entry("a/", type: "5"), entry("a/b.txt", "hello"), entry("./c/d/e.txt", "world"),
                in: folder)
            #expect(try contents(folder + "/into/a/b.txt") == Array("hello".utf8))
            #expect(try contents(folder + "/into/c/d/e.txt") == Array("world".utf8))
        }
    }

    @Test(arguments: ["tar.gz", "tar.xz", "tar.bz2"]) func compressedOnesToo(ending: String) throws
    {
        try withFolder { folder in
            try Data("hello".utf8).write(to: URL(fileURLWithPath: folder + "/x.txt"))
            let made = try Program.run(
                "/bin/tar", ["-caf", "x.\(ending)", "x.txt"], in: folder)
            try #require(made.code == 0, "\(made.errors)")
            try FileManager.default.createDirectory(
                atPath: folder + "/into", withIntermediateDirectories: true)
            try Unpacking.unpack(folder + "/x.\(ending)", into: folder + "/into", limit: 5)
            #expect(try contents(folder + "/into/x.txt") == Array("hello".utf8))
            // Cut anywhere, it is an error and not a shorter file.
            let whole = try contents(folder + "/x.\(ending)")
            for percent in stride(from: 5, to: 95, by: 10) {
                try Data(whole.prefix(whole.count * percent / 100)).write(
                    to: URL(fileURLWithPath: folder + "/cut"))
                let into = folder + "/into-\(percent)"
                try FileManager.default.createDirectory(
                    atPath: into, withIntermediateDirectories: true)
                #expect(throws: DataError.self, "cut at \(percent) %") {
                    try Unpacking.unpack(folder + "/cut", into: into, limit: 100)
                }
            }
        }
    }

    @Test func whatLeadsOutsideIsRefusedByName() throws {
        for (bad, words) in [
            (entry("../out.txt", "x"), ["../out.txt", "leads outside"]),
            (entry("a/../../out.txt", "x"), ["a/../../out.txt", "leads outside"]),
            (entry("/tmp/out.txt", "x"), ["/tmp/out.txt", "leads outside"]),
            (entry("a\\..\\out.txt", "x"), ["leads outside"]),
            (entry("link", type: "2", link: "/etc/passwd"), ["\"link\"", "it is a link"]),
            (entry("hard", type: "1", link: "a.txt"), ["\"hard\"", "it is a link"]),
            (entry("pipe", type: "6"), ["\"pipe\"", "neither a file nor a folder"]),
            (entry("device", type: "3"), ["\"device\"", "neither"]),
            (entry("a.txt", "y"), ["\"a.txt\"", "comes twice"]),
        ] {
            try withFolder { folder in
                let error = #expect(throws: DataError.self) {
                    try unpack(entry("a.txt", "x"), bad, in: folder)
                }
                let text = error.map { "\($0)" } ?? ""
                for word in words { #expect(text.contains(word), "\(word): \(text)") }
                let (beside, inside) = (try names(folder), try names(folder + "/into"))
                #expect(beside == ["archive.tar", "into"] && inside == ["a.txt"])
            }
        }
    }

    @Test func moreThanTheLimitIsRefused() throws {
        try withFolder { folder in
            let error = #expect(throws: DataError.self) {
                try unpack(
                    entry("a", String(repeating: "x", count: 600)),
                    entry("b", String(repeating: "x", count: 600)), in: folder)
            }
            #expect(error?.description.contains("more than the 1000 bytes") == true)
        }
    }

    @Test func aDamagedArchiveLeavesNoFolder() throws {
        try withFolder { folder in
            let junk = Array("this is no archive at all".utf8)
            let server = try TestServer(.init(files: ["/a.tar": junk]))
            let card = DatasetCard(
                name: "junk", summary: "", licence: "", source: "",
                origin: .files([
                    RemoteFile(
                        name: "a.tar", url: server.address + "/a.tar", bytes: junk.count,
                        sha256: sha256(junk), form: .archive(unpackedLimit: 100))
                ]))
            let error = #expect(throws: DataError.self) { try card.prepare(at: folder + "/set") }
            #expect(error?.exitCode == 3)
            #expect(!FileManager.default.fileExists(atPath: folder + "/set"))
        }
    }
}
