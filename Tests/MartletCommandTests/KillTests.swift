import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

/// Training that is killed or stopped from outside, at any moment, goes on as if nothing had happened.
@Suite struct KillTests {
    private static let scale =
        ProcessInfo.processInfo.environment["MARTLET_TEST_SCALE"].flatMap { Int($0) } ?? 1
    let words = [
        "train", "classification", "data=data", "model=lenet", "epochs=8", "batch=8",
        "augment.flip=true", "training.accumulate=2", "training.checkpointSteps=1",
        "checkpoint.keep=2", "--out", "run",
    ]

    /// What must not depend on interruptions.
    func result(_ run: String) throws -> [String] {
        let hashes = try ["model", "optimizer", "training"].map {
            "\($0) \(try SHA256.file("\(run)/last/\($0).safetensors"))"
        }
        func lines(_ file: String, without words: [String]) throws -> [String] {
            try String(contentsOfFile: "\(run)/\(file)", encoding: .utf8)
                .split(separator: "\n").map { line in
                    line.split(separator: ",").filter { part in
                        !words.contains { part.contains($0) }
                    }.joined(separator: ",")
                }
        }
        return try hashes + lines("log.jsonl", without: ["second"])
            + lines("last/state.json", without: ["econds"])
            + ["\(try lines("metrics.csv", without: []).count) rows"]
    }

    /// Every checkpoint that has its name is what its manifest says, and the links lead to one.
    func expectIntact(_ run: String, _ label: String) throws {
        struct Manifest: Decodable {
            struct File: Decodable {
                let size: Int
                let sha256: String
            }
            let files: [String: File]
        }
        let manager = FileManager.default
        let names = try manager.contentsOfDirectory(atPath: run + "/checkpoints")
            .filter { !$0.hasPrefix(".") }
        #expect(!names.isEmpty, "\(label)")
        for name in names {
            let folder = "\(run)/checkpoints/\(name)"
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/manifest.json"))
            for (file, expected) in try JSONDecoder().decode(Manifest.self, from: data).files {
                let hash = try SHA256.file("\(folder)/\(file)")
                #expect("\(hash)" == expected.sha256, "\(label): \(name)/\(file)")
            }
        }
        for link in ["best", "last"] {
            #expect(
                manager.fileExists(atPath: "\(run)/\(link)/model.safetensors"), "\(label): \(link)")
        }
    }

    @Test("D1: killed at random moments, every checkpoint loads and the end is the same")
    func killed() throws {
        var generator = SystemRandomNumberGenerator()
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let begin = ContinuousClock.now
            let outcome = try Martlet.start(words, in: folder).finish()
            let seconds = (ContinuousClock.now - begin) / .seconds(1)
            #expect(outcome.code == 0, "\(outcome.errors)")
            let whole = try result(folder + "/run")
            var kills = 0
            while kills < 10 * Self.scale {
                try FileManager.default.removeItem(atPath: folder + "/run")
                var isOver = false
                while !isOver {
                    let isThere = FileManager.default.fileExists(atPath: folder + "/run")
                    let program = try Martlet.start(
                        isThere ? ["train", "--resume", "run"] : words, in: folder)
                    // The number is the seed: a moment of the run, in its own length.
                    let moment = Double.random(in: 0...seconds * 0.6, using: &generator)
                    if kills < 10 * Self.scale {
                        Thread.sleep(forTimeInterval: moment)
                        program.send(SIGKILL)
                    }
                    let ended = try program.finish()
                    isOver = ended.code == 0
                    if !isOver {
                        kills += 1
                        #expect(ended.code == 128 + SIGKILL, "after \(moment) s: \(ended.errors)")
                    }
                    if FileManager.default.fileExists(atPath: folder + "/run") {
                        try expectIntact(folder + "/run", "killed after \(moment) s")
                    }
                }
                #expect(try result(folder + "/run") == whole, "after \(kills) kills")
                let left = try ["", "/run", "/run/checkpoints"].flatMap {
                    try FileManager.default.contentsOfDirectory(atPath: folder + $0)
                }
                #expect(!left.contains { $0.contains(".tmp-") }, "\(left)")
            }
        }
    }

    @Test("D9: a signal ends training after saving, with its exit code, and the end is the same")
    func signals() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            // Without checkpoints within an epoch, so that it is the signal that saves.
            let words =
                words.filter { !$0.hasPrefix("training.checkpointSteps") && $0 != "epochs=8" } + [
                    "epochs=20"
                ]
            let outcome = try Martlet.start(words, in: folder).finish()
            #expect(outcome.code == 0, "\(outcome.errors)")
            let whole = try result(folder + "/run")
            for signal in [SIGINT, SIGTERM, SIGHUP, SIGUSR1] {
                try FileManager.default.removeItem(atPath: folder + "/run")
                let program = try Martlet.start(words, in: folder)
                waitFor(folder + "/run/log.jsonl")
                Thread.sleep(forTimeInterval: Double.random(in: 0...0.05))
                program.send(signal)
                let ended = try program.finish()
                #expect(
                    !ended.crashed && ended.code == 128 + signal, "\(ended.code): \(ended.errors)")
                #expect(ended.errors.contains("martlet train --resume run"), "\(ended.errors)")
                let resumed = try Martlet.run("train", "--resume", "run", in: folder)
                #expect(resumed.code == 0, "\(resumed.errors)")
                #expect(try result(folder + "/run") == whole, "signal \(signal)")
            }
        }
    }

    func waitFor(_ path: String) {
        let deadline = Date(timeIntervalSinceNow: 60)
        while !FileManager.default.fileExists(atPath: path), Date() < deadline {
            Thread.sleep(forTimeInterval: 0.002)
        }
    }

    @Test("D9: a second signal ends training at once, with the last checkpoint intact")
    func secondSignal() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let program = try Martlet.start(
                words.map { $0 == "epochs=8" ? "epochs=100000" : $0 }, in: folder)
            waitFor(folder + "/run/log.jsonl")
            program.send(SIGTERM)
            program.send(SIGINT)
            let ended = try program.finish()
            #expect([128 + SIGINT, 128 + SIGTERM].contains(ended.code), "\(ended.errors)")
            try expectIntact(folder + "/run", "after two signals")
        }
    }

    @Test(
        "D4: a file size limit and a small disk end in an error, with what was saved before intact")
    func limitedSpace() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            for kilobytes in [1, 40, 200, 300] {
                let outcome = try Program.run(
                    "/bin/sh",
                    [
                        "-c", "ulimit -f \(kilobytes * 2); exec \"$0\" \"$@\"", Martlet.path,
                    ] + words.map { $0 == "epochs=8" ? "epochs=2" : $0 }, in: folder)
                #expect(!outcome.crashed, "\(kilobytes): \(outcome.errors)")
                #expect([0, 6].contains(outcome.code), "\(kilobytes): \(outcome.errors)")
                if FileManager.default.fileExists(atPath: folder + "/run") {
                    try expectIntact(folder + "/run", "\(kilobytes) KiB")
                    try FileManager.default.removeItem(atPath: folder + "/run")
                } else {
                    #expect(
                        outcome.code == 6 && outcome.errors.contains("run"), "\(outcome.errors)")
                }
            }
        }
    }

    @Test func resumeFromTheCommandLine() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let short = words.map { $0 == "epochs=8" ? "epochs=2" : $0 }
            #expect(try Martlet.start(short, in: folder).finish().code == 0)
            let again = try Martlet.run("train", "--resume", "run", in: folder)
            #expect(again.code == 0 && again.errors.contains("has trained its 2 epochs"))
            let more = try Martlet.run("train", "--resume", "run", "epochs=3", in: folder)
            #expect(
                more.code == 0 && more.errors.contains("goes on after epoch 2"), "\(more.errors)")
            let log = try String(contentsOfFile: folder + "/run/log.jsonl", encoding: .utf8)
            #expect(log.split(separator: "\n").count == 3)

            let changed = try Martlet.run(
                "train", "--resume", "run", "lr=1", "epochs=4", in: folder)
            #expect(
                changed.code == 2 && changed.errors.contains("lr: the run has"), "\(changed.errors)"
            )
            let allowed = try Martlet.run(
                "train", "--resume", "run", "lr=0.001", "epochs=4", "--allow-change", "lr",
                in: folder)
            #expect(allowed.code == 0, "\(allowed.errors)")
            let typo = try Martlet.run("train", "--resume", "run", "epoch=4", in: folder)
            #expect(typo.code == 2 && typo.errors.contains("\"epochs\""), "\(typo.errors)")
            let absent = try Martlet.run("train", "--resume", "absent", in: folder)
            #expect(absent.code == 2 && absent.errors.contains("absent"), "\(absent.errors)")
            let nothing = try Martlet.run("train", in: folder)
            #expect(nothing.code == 2 && nothing.errors.contains("--resume"), "\(nothing.errors)")

            // Data that moved are the same data; other data are not.
            #expect(try shell("mv \(folder)/data \(folder)/moved") == 0)
            let gone = try Martlet.run("train", "--resume", "run", "epochs=5", in: folder)
            #expect(gone.code == 3, "\(gone.errors)")
            let moved = try Martlet.run(
                "train", "--resume", "run", "epochs=5", "data=moved", in: folder)
            #expect(moved.code == 0, "\(moved.errors)")
            #expect(try shell("rm \(folder)/moved/train/dark/3.png") == 0)
            let fewer = try Martlet.run("train", "--resume", "run", "epochs=6", in: folder)
            #expect(
                fewer.code == 2 && fewer.errors.contains("are not the run's"), "\(fewer.errors)")

            // A damaged newest checkpoint.
            let newest = folder + "/run/last/optimizer.safetensors"
            #expect(truncate(newest, 100) == 0)
            let strict = try Martlet.run(
                "train", "--resume", "run", "--strict-resume", "--allow-change", "data", "epochs=6",
                in: folder)
            #expect(strict.code == 4 && strict.errors.contains("optimizer.safetensors"))
            let lenient = try Martlet.run(
                "train", "--resume", "run", "--allow-change", "data", "epochs=6", in: folder)
            #expect(lenient.code == 0 && lenient.errors.contains("damaged"), "\(lenient.errors)")
        }
    }

    @Test func lrFindSuggestsARate() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let outcome = try Martlet.run(
                "lr-find", "classification", "data=data", "model=lenet", "batch=8", "--steps", "40",
                in: folder)
            #expect(outcome.code == 0 && outcome.output.hasPrefix("lr="), "\(outcome.errors)")
            #expect(FileManager.default.fileExists(atPath: folder + "/lr-find.png"))
        }
    }
}
