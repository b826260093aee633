import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

/// `--dry-run` against the run it stands for.
@Suite struct DryRunTests {
    /// Right and wrong values of some settings.
    private let choices: [[String]] = [
        ["model=lenet", "model=lenet", "model=mnist-cnn", "model=lennet"],
        [
            "", "image.size=20", "image.size=5", "image.size=0", "image.channels=3",
            "image.channels=2",
        ],
        [
            "", "optimizer.name=lion", "optimizer.name=adagrad", "optimizer.name=rmsprop",
            "optimizer.name=adadelta", "optimizer.name=sdg", "optimizer.momentum=1",
        ],
        [
            "", "schedule.name=plateau", "schedule.name=restarts", "schedule.name=polynomial",
            "schedule.name=multistep", "schedule.name=noam", "schedule.warmupEpochs=0.5",
        ],
        ["", "", "batch=4", "batch=100", "batch=0", "batch=many"],
        ["", "", "", "weights=good.safetensors", "weights=bad.safetensors", "weights=absent"],
        ["", "precision=bf16", "augment.flip=true", "augment.cropPadding=2", "training.workers=0"],
        [
            "data=data", "data=data", "data=data", "data=data", "data=half", "data=absent",
            "data=broken",
        ],
        ["--out=run", "--out=run", "--out=run", "--out=made", "--out=file/run"],
    ]

    @Test("H5: what a dry run accepts starts, what it refuses does not")
    func agreesWithTheRun() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("dry runs: seed \(seed)")
        var random = Generator(seed: seed)
        let scale = ProcessInfo.processInfo.environment["MARTLET_TEST_SCALE"].flatMap(Int.init) ?? 1
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            // Nothing to evaluate on, and an image that is none.
            try writeClassFolders(folder + "/half")
            try FileManager.default.removeItem(atPath: folder + "/half/test")
            try writeClassFolders(folder + "/broken")
            for name in ["broken/train/dark/3.png", "bad.safetensors", "file"] {
                try Data("no".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            }
            try Safetensors.write([("fc.bias", Tensor([1, 2]))], to: folder + "/good.safetensors")
            try FileManager.default.createDirectory(
                atPath: folder + "/made", withIntermediateDirectories: false)
            let names = try Set(FileManager.default.contentsOfDirectory(atPath: folder))

            var accepted = 0
            for _ in 0..<(16 * scale) {
                // Mostly right, so that some are accepted.
                let words =
                    choices.enumerated().map { i, choice in
                        choice[random.bernoulli(0.85) ? 0 : random.integer(in: 0..<choice.count)]
                    }.filter { !$0.isEmpty } + ["epochs=1", "training.limitBatches=1"]
                func train(_ more: [String]) throws -> Program.Outcome {
                    let outcome = try Martlet.start(
                        ["train", "classification"] + words + more, in: folder
                    ).finish()
                    #expect(!outcome.crashed, "\(words): \(outcome.errors)")
                    return outcome
                }
                let rehearsal = try train(["--dry-run"])
                #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == names)
                #expect(rehearsal.output.isEmpty)
                let run = try train([])
                #expect(rehearsal.code == run.code, "\(words): \(rehearsal.errors) \(run.errors)")
                if run.code == 0 {
                    accepted += 1
                    #expect(rehearsal.errors.contains("dry run: everything is there to train"))
                    try FileManager.default.removeItem(atPath: folder + "/run")
                } else {
                    #expect(
                        try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == names)
                    #expect(rehearsal.errors == run.errors, "\(words)")
                }
            }
            print("dry runs: \(accepted) accepted")
        }
    }

    @Test("H5: a dry run opens the data, builds the network and leaves nothing behind")
    func leavesNothing() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let outcome = try Martlet.run(
                "train", "classification", "data=data", "model=lenet", "--dry-run", in: folder)
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("2 classes, 24 training and 24 test images"))
            #expect(outcome.errors.contains("lenet with "))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["data"])
        }
    }
}
