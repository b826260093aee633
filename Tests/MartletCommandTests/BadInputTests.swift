import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

/// What goes wrong outside ends with a message that names it and the exit code of its kind, never with a crash.
@Suite struct BadInputTests {
    private func expectFailure(
        _ outcome: Program.Outcome, code: Int32, naming words: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(!outcome.crashed, "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.code == code, "\(outcome.errors)", sourceLocation: sourceLocation)
        for word in words {
            #expect(
                outcome.errors.contains(word), "\"\(word)\" in \(outcome.errors)",
                sourceLocation: sourceLocation)
        }
    }

    private func train(_ folder: String, _ settings: String...) throws -> Program.Outcome {
        try Martlet.start(
            ["train", "classification", "data=data", "epochs=1", "--out", "run"] + settings,
            in: folder
        ).finish()
    }

    @Test func pathsOfOneLetter() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/d")
            try "epochs: 1\n".write(toFile: folder + "/c", atomically: true, encoding: .utf8)
            let commands = [
                ["train", "classification", "data=d", "model=mlp", "--config", "c", "--out", "r"],
                ["export", "r", "--format", "onnx", "--out", "m"],
                ["export", "r", "--format", "safetensors", "--out", "w"],
                ["evaluate", "r", "--out", "e"], ["runs", "."], ["report", "r"],
            ]
            for words in commands {
                let outcome = try Program.run(Martlet.path, words, in: folder)
                #expect(outcome.code == 0, "\(words): \(outcome.errors)")
            }
            let refused = try Martlet.run("convert", "w", "p", in: folder)
            #expect(refused.code == 2, "\(refused.errors)")
        }
    }

    @Test func aTruncatedImage() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let path = folder + "/data/train/dark/3.png"
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
            expectFailure(try train(folder), code: 3, naming: "train/dark/3.png")
            #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
        }
    }

    @Test func aFileThatIsNoImage() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            try Data("hello".utf8).write(
                to: URL(fileURLWithPath: folder + "/data/test/light/x.png"))
            expectFailure(try train(folder), code: 3, naming: "test/light/x.png")
        }
    }

    @Test func anEmptyClass() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            for part in ["train", "test"] {
                try FileManager.default.createDirectory(
                    atPath: folder + "/data/\(part)/empty", withIntermediateDirectories: false)
            }
            expectFailure(try train(folder), code: 3, naming: "empty")
        }
    }

    @Test func classesThatDifferBetweenParts() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            try FileManager.default.moveItem(
                atPath: folder + "/data/test/light", toPath: folder + "/data/test/bright")
            expectFailure(try train(folder), code: 3, naming: "bright")
        }
    }

    /// A pair of IDX files: `count` images of 4 x 4 and their labels.
    private func writeIDX(_ folder: String, count: Int = 6, labels: [UInt8] = [0, 1, 0, 1, 0, 1])
        throws
    {
        func header(_ magic: [UInt8], _ sizes: [Int]) -> Data {
            Data(
                magic
                    + sizes.flatMap {
                        [
                            UInt8($0 >> 24), UInt8($0 >> 16 & 255), UInt8($0 >> 8 & 255),
                            UInt8($0 & 255),
                        ]
                    })
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for part in ["train", "t10k"] {
            let images =
                header([0, 0, 8, 3], [count, 4, 4]) + Data((0..<count * 16).map { UInt8($0 % 251) })
            try images.write(to: URL(fileURLWithPath: "\(folder)/\(part)-images-idx3-ubyte"))
            try (header([0, 0, 8, 1], [labels.count]) + Data(labels))
                .write(to: URL(fileURLWithPath: "\(folder)/\(part)-labels-idx1-ubyte"))
        }
    }

    @Test func anIDXFileCutShort() throws {
        try withFolder { folder in
            try writeIDX(folder + "/data")
            let path = folder + "/data/train-images-idx3-ubyte"
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try whole.dropLast(5).write(to: URL(fileURLWithPath: path))
            expectFailure(try train(folder), code: 3, naming: "train-images-idx3-ubyte")
        }
    }

    @Test func anIDXFileWithTheWrongMagic() throws {
        try withFolder { folder in
            try writeIDX(folder + "/data")
            let path = folder + "/data/train-images-idx3-ubyte"
            var whole = try Data(contentsOf: URL(fileURLWithPath: path))
            whole[0] = 9
            try whole.write(to: URL(fileURLWithPath: path))
            expectFailure(try train(folder), code: 3, naming: "train-images-idx3-ubyte", "byte 0")
        }
    }

    @Test func aLabelBeyondTheClasses() throws {
        try withFolder { folder in
            try writeIDX(folder + "/data", labels: [0, 1, 0, 200, 0, 1])
            expectFailure(try train(folder), code: 3, naming: "200", "train-labels-idx1-ubyte")
        }
    }

    @Test func aTypoInAKey() throws {
        try withFolder { folder in
            expectFailure(
                try train(folder, "optimizer.wieghtDecay=1"), code: 2,
                naming: "optimizer.weightDecay")
            expectFailure(try train(folder, "lr=fast"), code: 2, naming: "lr", "a number", "fast")
            expectFailure(
                try train(folder, "model=resnet81", "weights=w"), code: 2, naming: "resnet18",
                "data: data cannot be read", "weights: w cannot be read")
        }
    }

    @Test func unknownTasksModelsAndOptions() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            expectFailure(
                try Martlet.run("train", "clasification", "data=data", in: folder), code: 2,
                naming: "classification")
            expectFailure(try train(folder, "model=mnist-cn"), code: 2, naming: "mnist-cnn")
            expectFailure(
                try Martlet.run("train", "classification", "--nonsense", in: folder), code: 2,
                naming: "nonsense")
        }
    }

    @Test func aModelFileThatIsNone() throws {
        try withFolder { folder in
            let path = folder + "/m.safetensors"
            try Data("not weights".utf8).write(to: URL(fileURLWithPath: path))
            expectFailure(
                try Martlet.run("evaluate", "m.safetensors", in: folder), code: 4,
                naming: "m.safetensors")
            expectFailure(
                try Martlet.run("evaluate", "absent", in: folder), code: 2, naming: "absent")
        }
    }

    @Test func aModelFileOfAnotherTaskOrShape() throws {
        try withFolder { folder in
            func write(_ metadata: [String: String]) throws {
                try Safetensors.write(
                    [("fc.weight", Tensor([1, 2]))], metadata: metadata,
                    to: folder + "/m.safetensors")
            }
            func evaluate() throws -> Program.Outcome {
                try Martlet.run("evaluate", "m.safetensors", in: folder)
            }
            try write([:])
            expectFailure(try evaluate(), code: 4, naming: "m.safetensors", "weights=")
            let good = [
                "martlet.task": "translation", "martlet.version": "1", "martlet.options": "{}",
                "martlet.task.metadata": "{}",
            ]
            try write(good)
            expectFailure(try evaluate(), code: 4, naming: "m.safetensors", "translation")
            try write(good.merging(["martlet.version": "7"]) { $1 })
            expectFailure(try evaluate(), code: 4, naming: "m.safetensors", "version 1", "7")
            try write(good.merging(["martlet.task": "classification"]) { $1 })
            expectFailure(try evaluate(), code: 4, naming: "classes")
            let huge =
                #"{"channels":1,"mean":[0],"std":[1],"resize":{"antialias":true,"#
                + #""interpolation":"bilinear","size":[2000000000,2000000000]}}"#
            try write(
                good.merging([
                    "martlet.task": "classification",
                    "martlet.options": #"{"model":"lenet"}"#,
                    "martlet.task.metadata": String(
                        decoding: JSONEncoder().encode(
                            ["classes": #"["a","b"]"#, "preprocessing": huge]), as: UTF8.self),
                ]) { $1 })
            expectFailure(try evaluate(), code: 4, naming: "preprocessing")
        }
    }

    @Test func weightsThatDoNotFit() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            try Safetensors.write(
                [
                    ("fc.bias", Tensor([1, 2])), ("fc.weight", Tensor([1, 2])),
                    ("gamma", Tensor([1])),
                ],
                to: folder + "/w.safetensors")
            let outcome = try train(folder, "model=mnist-cnn", "weights=w.safetensors")
            #expect(outcome.code == 0, "\(outcome.errors)")
            for words in [
                "loaded 1 tensor;", "missing: conv.0.weight", "unexpected: gamma", "fc.weight ([2]",
            ] { #expect(outcome.errors.contains(words), "\(words): \(outcome.errors)") }
            try FileManager.default.removeItem(atPath: folder + "/run")
            try Safetensors.write([("gamma", Tensor([1]))], to: folder + "/w.safetensors")
            expectFailure(
                try train(folder, "model=mnist-cnn", "weights=w.safetensors"), code: 4,
                naming: "w.safetensors", "none of its tensors")
            #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
        }
    }

    @Test func aReadOnlyFolder() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let disk = folder + "/disk"
            try FileManager.default.createDirectory(
                atPath: disk, withIntermediateDirectories: false)
            // Root may write anywhere that is not mounted read-only.
            let isRoot = getuid() == 0
            guard
                try shell(
                    isRoot ? "mount -t tmpfs -o ro tmpfs \(disk)" : "chmod a-w \(disk)") == 0
            else {
                print("a read-only folder: skipped, this system does not let root mount")
                return
            }
            defer { _ = try? shell(isRoot ? "umount \(disk)" : "chmod u+w \(disk)") }
            let outcome = try Martlet.run(
                "train", "classification", "data=data", "epochs=1", "model=lenet", "--out",
                "disk/run", in: folder)
            expectFailure(outcome, code: 6, naming: "disk/run")
            let trained = try train(folder)
            #expect(trained.code == 0, "\(trained.errors)")
            for words in [
                ["export", "run", "--format", "onnx", "--out", "disk/m.onnx"],
                ["export", "run", "--format", "safetensors", "--out", "disk/m.safetensors"],
                ["predict", "run", "data/test/dark", "--out", "disk/seen"],
                ["evaluate", "run", "--out", "disk/test"],
            ] {
                let outcome = try Martlet.start(words, in: folder).finish()
                expectFailure(outcome, code: 6, naming: "disk/")
            }
        }
    }

    @Test func anOutputThatCannotBeWritten() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let inside = try Martlet.run(
                "train", "classification", "data=data", "--out", "/proc/run", in: folder)
            expectFailure(inside, code: 6, naming: "/proc/run")
            try FileManager.default.createDirectory(
                atPath: folder + "/run", withIntermediateDirectories: false)
            expectFailure(try train(folder), code: 2, naming: "run", "exists already")
        }
    }

    @Test func aFullDisk() throws {
        guard getuid() == 0 else {
            print("a full disk: skipped, mounting a small file system needs root")
            return
        }
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let disk = folder + "/disk"
            try FileManager.default.createDirectory(
                atPath: disk, withIntermediateDirectories: false)
            let mount = try shell("mount -t tmpfs -o size=64k tmpfs \(disk)")
            guard mount == 0 else {
                print("a full disk: skipped, this system does not let root mount")
                return
            }
            defer { _ = try? shell("umount \(disk)") }
            let outcome = try Martlet.run(
                "train", "classification", "data=data", "epochs=1", "model=lenet", "--out",
                "disk/run", in: folder)
            expectFailure(outcome, code: 6, naming: "disk/run", "space")
            let left =
                FileManager.default.enumerator(atPath: disk)?.compactMap { $0 as? String } ?? []
            #expect(!left.contains { $0.contains("model.safetensors") }, "\(left)")
        }
    }

    @Test func ctrlCSavesAndStops() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let started = try Martlet.start(
                [
                    "train", "classification", "data=data", "model=mnist-cnn", "epochs=100000",
                    "batch=8", "--out", "run",
                ], in: folder)
            let deadline = Date(timeIntervalSinceNow: 60)
            while !FileManager.default.fileExists(atPath: folder + "/run/last"), Date() < deadline {
                Thread.sleep(forTimeInterval: 0.05)
            }
            started.interrupt()
            let outcome = try started.finish()
            expectFailure(outcome, code: 130, naming: "Ctrl-C", "run/last")
            let evaluate = try Martlet.run(
                "evaluate", "run/last/model.safetensors", "--json", in: folder)
            #expect(evaluate.code == 0, "\(evaluate.errors)")
        }
    }
}
