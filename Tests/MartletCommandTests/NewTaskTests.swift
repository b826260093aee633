import Foundation
import MartletTesting
import Testing

/// `martlet new-task`; scripts/packages.sh builds, tests and uses what it writes.
@Suite struct NewTaskTests {
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private func make(_ name: String, _ more: String..., in folder: String) throws
        -> Program.Outcome
    {
        try Martlet.start(
            ["new-task", name, "--at", "package", "--martlet", Self.repository] + more, in: folder
        ).finish()
    }

    @Test func aPackageIsWritten() throws {
        try withFolder { folder in
            let outcome = try make("word-count", in: folder)
            #expect(outcome.code == 0 && outcome.output == "package\n", "\(outcome.errors)")
            let found = FileManager.default.enumerator(atPath: folder + "/package")?
                .compactMap { $0 as? String }.filter { $0.contains(".") }
            #expect(
                Set(found ?? []) == [
                    "Package.swift", "README.md", ".gitignore", "Sources/word-count/main.swift",
                    "Sources/WordCountTask/WordCountTask.swift",
                    "Sources/WordCountTask/WordCountData.swift",
                    "Tests/WordCountTaskTests/WordCountTaskTests.swift",
                    "Tests/WordCountTaskTests/ConformanceTests.swift",
                ])
            for name in found ?? [] {
                let text = try String(contentsOfFile: "\(folder)/package/\(name)", encoding: .utf8)
                #expect(
                    !text.contains("@Name@") && !text.contains("@name@") && text.hasSuffix("\n"))
                // The template's own indentation is gone.
                #expect(!text.hasPrefix(" "))
            }
            let manifest = try String(
                contentsOfFile: folder + "/package/Package.swift", encoding: .utf8)
            #expect(manifest.contains(".package(path: \"\(Self.repository)\")"))
            let again = try make("word-count", in: folder)
            #expect(again.code == 2 && again.errors.contains("--at package: it exists already"))
        }
    }

    @Test(arguments: ["", "Word", "a b", "1st", "a/b", "é", "classification", "martlet"])
    func aNameThatCannotBe(_ name: String) throws {
        try withFolder { folder in
            let outcome = try make(name, in: folder)
            #expect(outcome.code == 2 && !outcome.errors.isEmpty, "\(outcome.errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test func aRepositoryByURL() throws {
        try withFolder { folder in
            let outcome = try Martlet.run(
                "new-task", "mine", "--at", "p", "--martlet",
                "https://example.org/team/Martlet.git",
                in: folder)
            #expect(outcome.code == 0, "\(outcome.errors)")
            let manifest = try String(contentsOfFile: folder + "/p/Package.swift", encoding: .utf8)
            #expect(
                manifest.contains("url: \"https://example.org/team/Martlet.git\", branch: \"main\"")
            )
            #expect(manifest.contains("package: \"martlet\""))
            let absent = try Martlet.run(
                "new-task", "mine", "--at", "q", "--martlet", "nowhere", in: folder)
            #expect(
                absent.code == 2 && absent.errors.contains("--martlet nowhere: expected a folder"))
        }
    }
}
