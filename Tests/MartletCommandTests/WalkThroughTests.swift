import Foundation
import Testing

/// What a user does, from training to export.
@Suite struct WalkThroughTests {
    @Test func trainEvaluatePredictExport() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let train = try Martlet.run(
                "train", "classification", "data=data", "model=lenet", "epochs=6", "batch=8",
                "--out", "run", in: folder)
            #expect(train.code == 0, "\(train.errors)")
            #expect(train.errors.contains("class folders in data: 2 classes"))

            let records = try String(contentsOfFile: folder + "/run/log.jsonl", encoding: .utf8)
                .split(separator: "\n")
            #expect(records.count == 6)
            let record = try #require(
                JSONSerialization.jsonObject(with: Data(records[5].utf8)) as? [String: Any])
            for key in [
                "epoch", "train_loss", "val_loss", "val_accuracy", "lr", "seconds",
                "samples_per_second",
            ] { #expect(record[key] is NSNumber, "\(key)") }

            let evaluate = try Martlet.run("evaluate", "run", "--json", in: folder)
            let metrics = try #require(
                JSONSerialization.jsonObject(with: Data(evaluate.output.utf8)) as? [String: Double])
            #expect(metrics["accuracy"] == 1)
            #expect(metrics["n"] == 24)
            #expect(Set(metrics.keys) == ["accuracy", "top5", "macroF1", "loss", "n"])

            // A folder's other files are no inputs.
            try Data("notes".utf8).write(
                to: URL(fileURLWithPath: folder + "/data/test/dark/notes.txt"))
            let predict = try Martlet.run(
                "predict", "run/best/model.safetensors", "data/test/dark", "data/test/light/1*.png",
                "--out", "seen", in: folder)
            #expect(predict.code == 0, "\(predict.errors)")
            let lines = predict.output.split(separator: "\n")
            #expect(lines.count == 15)
            #expect(lines[0].hasPrefix("data/test/dark/0.png: dark"))
            #expect(lines[14].contains("light"))
            #expect(FileManager.default.fileExists(atPath: folder + "/seen/predictions.png"))

            let export = try Martlet.run(
                "export", "run", "--format", "onnx", "--out", "m.onnx", in: folder)
            #expect(export.code == 0, "\(export.errors)")
            let inspect = try Martlet.run("inspect", "m.onnx", in: folder)
            #expect(inspect.output.contains("[\"dark\",\"light\"]"))
        }
    }

    /// CIFAR-10's photographs as class folders choose the recipe for small colour images.
    @Test(.enabled(if: largerData != nil, "MARTLET_DATA is not set"))
    func smallColourImagesHaveTheirRecipe() throws {
        let archive = try #require(largerData) + "/cifar10-test.tar.xz"
        try withFolder { folder in
            for part in ["train", "test"] {
                let place = "\(folder)/data/\(part)"
                let unpacked = try shell(
                    "mkdir -p \(place) && tar xf \(archive) -C \(place) --strip-components=1 "
                        + "--wildcards 'test/*/000*.jpg'")
                try #require(unpacked == 0)
            }
            let train = try Martlet.run(
                "train", "classification", "data=data", "epochs=1", "batch=30", "--out", "run",
                in: folder)
            #expect(train.code == 0, "\(train.errors)")
            #expect(train.errors.contains("10 classes, 100 training and 100 test images"))
            let settings = try String(contentsOfFile: folder + "/run/config.yaml", encoding: .utf8)
            for line in [
                "model: resnet18", "stem: 64", "  cropPadding: 4", "  flip: true", "  name: sgd",
                "  name: onecycle", "lr: 0.1", "  weightDecay: 0.0005", "batch: 30",
            ] {
                let isThere = settings.split(separator: "\n").contains {
                    $0.hasPrefix(line + " ") && $0.contains("# ")
                }
                #expect(isThere, "\(line) in \(settings)")
            }
        }
    }

    /// Training looks at val/ alone, here with its classes swapped; evaluate looks at test/.
    @Test func checkpointsAreNotChosenByTheTestPart() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let swapped = try shell(
                "cd \(folder)/data && mkdir val && cp -r test/dark val/light && cp -r test/light val/dark"
            )
            try #require(swapped == 0)
            let train = try Martlet.run(
                "train", "classification", "data=data", "model=lenet", "epochs=6", "batch=8",
                "--out", "run", in: folder)
            #expect(train.code == 0, "\(train.errors)")
            let log = try String(contentsOfFile: folder + "/run/log.jsonl", encoding: .utf8)
            let last = try #require(log.split(separator: "\n").last)
            #expect(last.contains("\"val_accuracy\": 0,"), "\(last)")
            let evaluate = try Martlet.run(
                "evaluate", "run/last/model.safetensors", "--json", in: folder)
            #expect(evaluate.output.contains("\"accuracy\": 1,"), "\(evaluate.output)")
        }
    }

    @Test func tasksAndTheirSettingsAreListed() throws {
        try withFolder { folder in
            let tasks = try Martlet.run("tasks", in: folder)
            #expect(tasks.output.hasPrefix("classification\t"))
            let settings = try Martlet.run("tasks", "classification", in: folder)
            let words = settings.output.split(separator: "\n").map {
                $0.split(separator: " ").prefix(2).joined(separator: " ")
            }
            for line in [
                "data \"\"", "epochs auto", "optimizer.weightDecay auto", "augment.flip auto",
                "topk 5", "schedule.milestones []",
            ] { #expect(words.contains(line), "\(line) in \(settings.output)") }
            let help = try Martlet.run("help", "classification", in: folder)
            #expect(help.output == settings.output)
            let unknown = try Martlet.run("tasks", "clasification", in: folder)
            #expect(unknown.code == 2 && unknown.errors.contains("\"classification\""))
        }
    }

    @Test func theSameSeedGivesTheSameLosses() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let losses = try ["1", "2", "1"].enumerated().map { run, threads in
                let outcome = try Martlet.run(
                    "train", "classification", "data=data", "model=mnist-cnn", "epochs=2",
                    "batch=8", "threads=\(threads)", "--out", "run\(run)", in: folder)
                #expect(outcome.code == 0, "\(outcome.errors)")
                let log = try String(
                    contentsOfFile: folder + "/run\(run)/log.jsonl", encoding: .utf8)
                return log.split(separator: "\n").map { line in
                    line.split(separator: ",").filter { $0.contains("loss") }.joined()
                }
            }
            #expect(losses[0] == losses[1])
            #expect(losses[0] == losses[2])
        }
    }
}
