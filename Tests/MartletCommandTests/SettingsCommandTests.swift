import Foundation
import MartletTesting
import Testing

/// Settings as the command line takes them, shows them and keeps them.
@Suite struct SettingsCommandTests {
    private func read(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test("H1, H3: what is wrong with settings and paths is told at once, before data are read")
    func allAtOnce() throws {
        try withFolder { folder in
            // Reading these data would fail with another code.
            try FileManager.default.createDirectory(
                atPath: folder + "/data/train", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(
                atPath: folder + "/run", withIntermediateDirectories: false)
            try "trainer:\n  epoch: 3\nimage:\n  channels: 2\n".write(
                toFile: folder + "/c.yaml", atomically: true, encoding: .utf8)
            let outcome = try Martlet.run(
                "train", "classification", "data=data", "weights=absent", "stem=0", "model=lente",
                "--config", "c.yaml", "--config", "d.yaml", "--out", "run", in: folder)
            #expect(outcome.code == 2)
            let lines = outcome.errors.split(separator: "\n")
            let expected = [
                "d.yaml: it cannot be read",
                "\"trainer.epoch\" (c.yaml:2); did you mean \"epochs\"?",
                "stem: expected a whole number from 1 to 4096, or auto, got \"0\"",
                "did you mean \"lenet\"?", "image.channels (c.yaml:4): expected 1 or 3",
                "weights: absent cannot be read", "--out run: it exists already",
            ]
            #expect(lines.count == expected.count, "\(outcome.errors)")
            for (line, expected) in zip(lines, expected) {
                #expect(line.contains(expected), "\(expected) in \(outcome.errors)")
            }
        }
    }

    @Test("H3: a run folder that cannot be made is found before data are read")
    func outThatCannotBeMade() throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/data/train", withIntermediateDirectories: true)
            try "".write(toFile: folder + "/file", atomically: true, encoding: .utf8)
            let outcome = try Martlet.run(
                "train", "classification", "data=data", "--out", "file/run", in: folder)
            #expect(outcome.code == 6)
            #expect(
                outcome.errors.contains("file/run: cannot make the run folder: Not a directory"))
            let nameless = try Martlet.run(
                "train", "classification", "data=data", "--out", "", in: folder)
            #expect(nameless.code == 2 && nameless.errors.contains("--out: expected the name"))
            let none = try Martlet.run("train", "classification", in: folder)
            #expect(none.code == 2 && none.errors.contains("data: expected data=DIR"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/runs"))
        }
    }

    @Test("H2: --print-config shows every value with its origin, and needs no data")
    func printConfig() throws {
        try withFolder { folder in
            try "inherit: base.yaml\nepochs: 7\n".write(
                toFile: folder + "/c.yaml", atomically: true, encoding: .utf8)
            try "epochs: 5\noptimizer:\n  name: lion\n".write(
                toFile: folder + "/base.yaml", atomically: true, encoding: .utf8)
            let outcome = try Martlet.run(
                "train", "classification", "--config", "c.yaml", "data=a b", "--print-config",
                in: folder)
            #expect(outcome.code == 0, "\(outcome.errors)")
            let lines = outcome.output.split(separator: "\n").map {
                $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
            }
            for line in [
                "data: \"a b\" # command line", "epochs: 7 # c.yaml:2", "name: lion # base.yaml:3",
                "batch: auto # default", "seed: 0 # default", "optimizer:", "image:",
                "milestones: [] # default",
            ] { #expect(lines.contains(line), "\(line) in \(outcome.output)") }
        }
    }

    @Test("a run's own config.yaml gives the same run again")
    func runAgain() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            try "schedule: {name: cosine, warmupSteps: 2}\nimage:\n  size: 16\n".write(
                toFile: folder + "/c.yaml", atomically: true, encoding: .utf8)
            let first = try Martlet.run(
                "train", "classification", "data=data", "model=lenet", "epochs=2", "batch=8",
                "seed=3", "optimizer.name=nadam", "--config", "c.yaml", "--out", "a", in: folder)
            #expect(first.code == 0, "\(first.errors)")
            let again = try Martlet.run(
                "train", "classification", "--config", "a/config.yaml", "--out", "b", in: folder)
            #expect(again.code == 0, "\(again.errors)")
            let logs = try ["a", "b"].map { run in
                try read("\(folder)/\(run)/log.jsonl").split(separator: "\n").map { line in
                    line.split(separator: ",").filter { !$0.contains("second") }.joined()
                }
            }
            #expect(logs[0] == logs[1] && logs[0].count == 2)
            func parts(_ run: String) throws -> [[String]] {
                try read("\(folder)/\(run)/config.yaml").split(separator: "\n").map { line in
                    line.components(separatedBy: "# ").map {
                        $0.trimmingCharacters(in: .whitespaces)
                    }
                }
            }
            let (made, kept) = (try parts("a"), try parts("b"))
            #expect(made.map(\.[0]) == kept.map(\.[0]))
            for origin in ["default", "command line", "derived", "c.yaml:1", "c.yaml:3"] {
                #expect(made.contains { $0.last == origin }, "\(origin)")
            }
            #expect(kept.allSatisfy { $0.count == 1 || $0[1].hasPrefix("a/config.yaml:") })
            #expect(kept.count > 40)
        }
    }

    @Test(
        "H1: commands and tasks that are none are answered with the nearest",
        arguments: [
            (["trian"], "command \"trian\"; did you mean \"train\"?"),
            (["help", "clasification"], "\"clasification\"; did you mean \"classification\"?"),
            (["help", "evalute"], "did you mean \"evaluate\"?"),
            (["schema", "clasification"], "did you mean \"classification\"?"),
            (["train", "clasification", "data=d"], "did you mean \"classification\"?"),
            (["train", "classification", "--dry-rn"], "--dry-run"),
        ])
    func nearestName(_ words: [String], _ expected: String) throws {
        try withFolder { folder in
            let outcome = try Martlet.start(words, in: folder).finish()
            #expect(outcome.code == 2 && outcome.output.isEmpty)
            #expect(outcome.errors.contains(expected), "\(outcome.errors)")
        }
    }

    @Test func helpIsThere() throws {
        try withFolder { folder in
            for words in [["--help"], ["help"], ["help", "train"], ["train", "--help"]] {
                let outcome = try Martlet.start(words, in: folder).finish()
                #expect(outcome.code == 0 && outcome.output.contains("USAGE: martlet"))
            }
        }
    }
}
