import Foundation
import MartletTesting
import Testing

@Suite struct ReplayCommandTests {
    @Test("E3: a batch that went wrong is kept, and martlet replay goes through it again")
    func replays() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let train = try Martlet.run(
                "train", "classification", "data=data", "model=lenet", "epochs=9", "batch=8",
                "optimizer.name=sgd", "schedule.name=constant", "lr=1000", "--out", "run",
                in: folder)
            #expect(train.code == 5, "\(train.errors)")
            #expect(train.errors.contains("martlet replay run goes through it again"))
            let replay = try Martlet.run("replay", "run", in: folder)
            #expect(replay.code == 0, "\(replay.errors)")
            #expect(replay.output.hasPrefix("in training: phase train, epoch "), "\(replay.output)")
            #expect(replay.output.contains("the operation that made the first NaN"))
            let json = try Martlet.run("replay", "run", "--json", in: folder)
            let object = try #require(
                JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
            let problem = try #require(object["problem"] as? [String: Any])
            #expect((problem["samples"] as? [String])?.count == 8)
            #expect(train.errors.contains(try #require(problem["what"] as? String)))

            let moved = try shell(
                "cd \(folder) && mv data moved && cp moved/train/dark/0.png moved/train/dark/zz.png"
            )
            try #require(moved == 0)
            let other = try Martlet.run("replay", "run", "data=moved", in: folder)
            #expect(other.code == 3 && !other.crashed, "\(other.errors)")
        }
    }

    @Test("E3: a run without such a batch, and no run at all, are refused")
    func nothingToReplay() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let train = try Martlet.run(
                "train", "classification", "data=data", "model=lenet", "epochs=1", "--out", "run",
                in: folder)
            #expect(train.code == 0, "\(train.errors)")
            let none = try Martlet.run("replay", "run", in: folder)
            #expect(none.code == 2 && none.errors.contains("keeps no batch"), "\(none.errors)")
            let absent = try Martlet.run("replay", "absent", in: folder)
            #expect(absent.code == 2 && !absent.crashed, "\(absent.errors)")
        }
    }
}
