import Foundation
import MartletTesting
import Testing

@Suite struct DatasetsTests {
    @Test func cardsAreListedAndShown() throws {
        try withFolder { folder in
            let list = try Martlet.run("datasets", in: folder)
            #expect(list.code == 0, "\(list.errors)")
            for name in ["shapes", "fashion-mnist", "mnist", "cifar-10"] {
                #expect(list.output.contains("\n\(name) "), "\(name) in \(list.output)")
            }
            let json = try Martlet.run("datasets", "list", "--json", in: folder)
            let cards = try #require(
                JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
            #expect(
                cards.contains {
                    $0["name"] as? String == "mnist" && $0["task"] as? String == "classification"
                })
            let show = try Martlet.run("datasets", "show", "cifar-10", in: folder)
            #expect(show.output.contains("cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"))
            let typo = try Martlet.run("datasets", "show", "fashion-mnits", in: folder)
            #expect(typo.code == 2 && typo.errors.contains("\"fashion-mnist\""))
            let made = try Martlet.run("datasets", "make", "mnist", in: folder)
            #expect(made.code == 2 && made.errors.contains("prepare mnist"))
        }
    }

    @Test func shapesAreTheSameForASeedAndAreLearnt() throws {
        try withFolder { folder in
            for words in [["a"], ["b"], ["c", "--seed", "1"]] {
                let outcome = try Martlet.start(
                    ["datasets", "make", "shapes", "--at"] + words, in: folder
                ).finish()
                #expect(outcome.code == 0 && outcome.output == words[0] + "\n", "\(outcome.errors)")
            }
            #expect(try shell("diff -r \(folder)/a \(folder)/b") == 0)
            #expect(
                try shell("cmp -s \(folder)/a/train/star/0000.png \(folder)/c/train/star/0000.png")
                    == 1)
            let again = try Martlet.run("datasets", "prepare", "shapes", "--at", "a", in: folder)
            #expect(again.code == 0 && again.errors.contains("there already"))
            let check = try Martlet.run("data", "check", "classification", "data=a", in: folder)
            #expect(
                check.code == 0 && check.output.contains("0 errors, 0 warnings"), "\(check.output)")
            let train = try Martlet.run(
                "train", "classification", "data=a", "model=lenet", "epochs=14", "batch=32",
                "optimizer.name=adam", "lr=0.003", "--out", "run", in: folder)
            #expect(train.code == 0, "\(train.errors)")
            let evaluate = try Martlet.run("evaluate", "run", "--json", in: folder)
            let values = try #require(
                JSONSerialization.jsonObject(with: Data(evaluate.output.utf8)) as? [String: Double])
            #expect((values["accuracy"] ?? 0) > 0.95, "\(evaluate.output)")
        }
    }

    @Test func aServerThatIsNotThereIsNamed() throws {
        try withFolder { folder in
            let outcome = try Martlet.run(
                "datasets", "prepare", "mnist", "--at", "m", "--from", "http://127.0.0.1:9/x",
                in: folder)
            #expect(outcome.code == 3 && !outcome.crashed, "\(outcome.errors)")
            #expect(outcome.errors.contains("http://127.0.0.1:9/x/train-images-idx3-ubyte.gz"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/m"))
        }
    }

    @Test func aPlanSaysWhatTrainingTakes() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data", perClass: 40)
            let words = [
                "plan", "classification", "data=data", "model=lenet", "batch=16", "epochs=3",
            ]
            let table = try Martlet.start(words, in: folder).finish()
            #expect(table.code == 0, "\(table.errors)")
            for row in ["parameters", "multiply-adds", "peak memory", "a checkpoint"] {
                #expect(table.output.contains(row), "\(row) in \(table.output)")
            }
            let json = try Martlet.start(words + ["--json"], in: folder).finish()
            let plan = try #require(
                JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
            #expect(plan["stepsPerEpoch"] as? Int == 5)
            #expect(plan["batch"] as? Int == 16)
            #expect((plan["secondsPerEpoch"] as? Double ?? 0) > 0)
            #expect((plan["multiplyAdds"] as? Int ?? 0) > 10_000)
            // Nothing is left behind, and the checkpoint is as large as the plan says.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["data"])
            let train = try Martlet.start(
                ["train"] + words.dropFirst() + ["--out", "run"], in: folder
            ).finish()
            #expect(train.code == 0, "\(train.errors)")
            let sizes = try ["model", "optimizer"].map { name in
                try #require(
                    FileManager.default.attributesOfItem(
                        atPath: "\(folder)/run/last/\(name).safetensors")[.size] as? Int)
            }
            let planned = try #require(plan["checkpointBytes"] as? Int)
            let real = sizes.reduce(0, +)
            #expect(planned <= real && real - planned < 20_000, "\(planned) of \(real)")
        }
    }
}
