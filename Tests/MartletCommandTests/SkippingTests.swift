import Foundation
import Martlet
import MartletTesting
import MartletVision
import Testing

/// Damaged samples in training: an error that names the first, or left out, counted and listed.
@Suite struct SkippingTests {
    /// Class folders of which some files are cut short; returns their paths.
    private func writeDamaged(_ root: String, _ damaged: Int) throws -> Set<String> {
        try writeClassFolders(root, perClass: 20)
        var random = Generator(seed: 7)
        let numbers = random.permutation(40).prefix(damaged)
        return try Set(
            numbers.map { number in
                let name = "train/\(number < 20 ? "dark" : "light")/\(number % 20).png"
                let file = URL(fileURLWithPath: "\(root)/\(name)")
                let whole = try Data(contentsOf: file)
                try whole.prefix(whole.count - 20).write(to: file)
                return name
            })
    }

    @Test("B6: training skips damaged images, tells which, and lists them in the run folder")
    func trainingSkips() throws {
        try withFolder { folder in
            let damaged = try writeDamaged(folder + "/data", 5)
            var losses: [String] = []
            for workers in [1, 3] {
                let outcome = try Martlet.run(
                    "train", "classification", "data=data", "model=lenet", "epochs=2", "batch=8",
                    "samples.onBad=skip", "samples.maxBad=0.2", "training.workers=\(workers)",
                    "--out", "run\(workers)", in: folder)
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(outcome.errors.contains("skipped 5 samples"), "\(outcome.errors)")
                let list = try String(
                    contentsOfFile: "\(folder)/run\(workers)/skipped.jsonl", encoding: .utf8)
                let found = try list.split(separator: "\n").map {
                    try JSONDecoder().decode([String: String].self, from: Data($0.utf8))
                }
                #expect(
                    Set(found.map { String(($0["sample"] ?? "").dropFirst(5)) }) == damaged,
                    "\(list)")
                #expect(found.allSatisfy { $0["reason"]?.isEmpty == false })
                let log = try String(
                    contentsOfFile: "\(folder)/run\(workers)/log.jsonl", encoding: .utf8)
                losses += log.split(separator: "\n").map {
                    $0.split(separator: ",").filter { $0.contains("loss") }.joined()
                }
            }
            #expect(losses.count == 4 && losses[0...1] == losses[2...3])
        }
    }

    @Test("B6: more damaged images than samples.maxBad end training before it begins")
    func theCap() throws {
        try withFolder { folder in
            _ = try writeDamaged(folder + "/data", 3)
            let outcome = try Martlet.run(
                "train", "classification", "data=data", "model=lenet", "epochs=1",
                "samples.onBad=skip", "samples.maxBad=0.05", "--out", "run", in: folder)
            #expect(outcome.code == 3 && !outcome.crashed, "\(outcome.errors)")
            #expect(outcome.errors.contains("3 of 40 samples cannot be read"), "\(outcome.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
            let strict = try Martlet.run(
                "train", "classification", "data=data", "model=lenet", "epochs=1", "--out", "run",
                in: folder)
            #expect(strict.code == 3 && strict.errors.contains(".png"), "\(strict.errors)")
        }
    }

    @Test("B8: images that are in the training and in the validation part are warned of")
    func leakage() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data", perClass: 4)
            let copied = try shell(
                "cd \(folder)/data && rm test/*/* && cp train/dark/1.png test/dark/x.png "
                    + "&& cp train/light/2.png test/light/y.png")
            try #require(copied == 0)
            let outcome = try Martlet.run(
                "train", "classification", "data=data", "model=lenet", "epochs=1", "--out", "run",
                in: folder)
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(
                outcome.errors.contains("2 of the 2 images to evaluate on are also trained on"),
                "\(outcome.errors)")
            #expect(outcome.errors.contains("data/test/dark/x.png is data/train/dark/1.png"))
        }
    }

    @Test("B8: the classes are saved with the model, and other ones are refused at evaluation")
    func labelMap() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let train = try Martlet.run(
                "train", "classification", "data=data", "model=lenet", "epochs=1", "--out", "run",
                in: folder)
            #expect(train.code == 0, "\(train.errors)")
            let changed = try shell(
                "cd \(folder) && cp -r data other && mv other/train/dark other/train/zebra && "
                    + "mv other/test/dark other/test/zebra && cp -r data fewer && "
                    + "rm -r fewer/*/light")
            try #require(changed == 0)
            for name in ["other", "fewer"] {
                let evaluate = try Martlet.run("evaluate", "run", "data=\(name)", in: folder)
                #expect(evaluate.code == 2, "\(evaluate.errors)")
                #expect(
                    evaluate.errors.contains("[\"dark\", \"light\"]"), "\(evaluate.errors)")
            }
            let same = try Martlet.run("evaluate", "run", "data=data", in: folder)
            #expect(same.code == 0, "\(same.errors)")
        }
    }
}
