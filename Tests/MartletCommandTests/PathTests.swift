import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

/// Paths that are wrong are told before any work, and nothing that exists is overwritten.
@Suite struct PathTests {
    /// Words, with the exit code and what the message says.
    private typealias Row = (words: [String], code: Int32, says: [String])

    /// Every file of a folder and what it holds; folders and links with their names.
    private func contents(_ folder: String) throws -> [String: Data] {
        var result: [String: Data] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
            result[name] = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
        }
        return result
    }

    private func makeRun(_ folder: String) throws {
        try writeClassFolders(folder + "/data")
        let trained = try Martlet.run(
            "train", "classification", "data=data", "model=mlp", "epochs=1", "batch=8", "--out",
            "run", in: folder)
        #expect(trained.code == 0, "\(trained.errors)")
        try "precious".write(toFile: folder + "/file", atomically: true, encoding: .utf8)
        #expect(try shell("mkdir \(folder)/folder && ln -s nowhere \(folder)/dangling") == 0)
    }

    private let train = ["train", "classification", "model=mlp", "epochs=1"]

    @Test("H3: paths that are missing, or there already, are told before any work by every command")
    func everyCommand() throws {
        // What would fail in another way if it were read: the paths come first.
        let bad = "data=unreadable"
        let rows: [Row] = [
            (train + ["data=absent"], 2, ["data: absent cannot be read"]),
            (train + ["data=data", "weights=absent"], 2, ["weights: absent cannot be read"]),
            (train + ["data=data", "--config", "absent.yaml"], 2, ["absent.yaml"]),
            (train + [bad, "--out", "folder"], 2, ["folder: it exists already"]),
            (train + [bad, "--out", "file"], 2, ["file: it exists already"]),
            (train + ["data=data", "--out", "file/run"], 6, ["file/run"]),
            (["train", "--resume", "absent"], 2, ["absent"]),
            (["train", "--resume", "data"], 2, ["data", "run folder"]),
            (["plan", "classification", "data=absent"], 2, ["data: absent cannot be read"]),
            (["lr-find", "classification", "data=absent"], 2, ["data: absent cannot be read"]),
            (["data", "check", "classification", "data=absent"], 3, ["absent"]),
            (["evaluate", "absent"], 2, ["absent: no such file or run folder"]),
            (["evaluate", "data"], 2, ["data: expected a run folder"]),
            (["evaluate", "run", "data=absent"], 3, ["absent"]),
            (
                ["evaluate", "run", "data=absent", "--out", "folder"], 2,
                ["folder: it exists already"]
            ),
            (["evaluate", "run", "data=absent", "--out", "file"], 2, ["file: it exists already"]),
            (
                ["evaluate", "run", "data=absent", "--out", "no/where"], 6,
                ["no/where: cannot create"]
            ),
            (["evaluate", "run", "data=absent", "--out", "file/e"], 6, ["file/e: cannot create"]),
            (["evaluate", "run", "--out", ""], 2, ["--out: expected a name"]),
            (["predict", "absent", "data/test/dark"], 2, ["absent"]),
            (["predict", "run", "absent.png"], 2, ["absent.png: no such file"]),
            (
                ["predict", "run", "absent.png", "--out", "folder"], 2,
                ["folder: it exists already"]
            ),
            (
                ["predict", "run", "absent.png", "--out", "no/where"], 6,
                ["no/where: cannot create"]
            ),
            (["export", "absent", "--format", "onnx"], 2, ["absent"]),
            (
                ["export", "run", "--format", "onnx", "--out", "file"], 2,
                ["file: it exists already"]
            ),
            (["export", "absent", "--format", "onnx", "--out", "file"], 2, ["file: it exists"]),
            (
                ["export", "run", "--format", "safetensors", "--out", "file"], 2,
                ["file: it exists"]
            ),
            (["export", "run", "--format", "onnx", "--out", "folder"], 2, ["folder: it exists"]),
            (
                ["export", "run", "--format", "onnx", "--out", "dangling"], 2,
                ["dangling: it exists"]
            ),
            (["export", "run", "--format", "onnx", "--out", "no/m"], 6, ["no/m: cannot create"]),
            (["convert", "absent.pth", "w.safetensors"], 4, ["absent.pth: cannot open"]),
            (
                ["convert", "run/best/model.safetensors", "run/best/model.safetensors"], 2,
                ["it exists already"]
            ),
            (
                ["convert", "absent.pth", "no/w.safetensors"], 6,
                ["no/w.safetensors: cannot create"]
            ),
            (["inspect", "absent.safetensors"], 4, ["absent.safetensors"]),
            (["report", "absent"], 2, ["absent"]),
            (["report", "run", "--out", "file"], 2, ["file: it exists already"]),
            (["report", "run", "--out", "no/r.html"], 6, ["no/r.html: cannot create"]),
            (["runs", "absent"], 2, ["absent"]),
            (["runs", "compare", "run", "absent"], 2, ["absent"]),
        ]
        try withFolder { folder in
            try makeRun(folder)
            // Read as data, it is an error of another kind.
            #expect(try shell("mkdir -p \(folder)/unreadable/train/empty") == 0)
            let before = try contents(folder)
            #expect(before.count > 60)
            for row in rows {
                let outcome = try Martlet.start(row.words, in: folder).finish()
                #expect(outcome.code == row.code, "\(row.words): \(outcome.errors)")
                for word in row.says {
                    #expect(outcome.errors.contains(word), "\(row.words): \(outcome.errors)")
                }
                #expect(try contents(folder) == before, "\(row.words) changed the folder")
            }
            // What is no file is written to.
            let sent = try Martlet.run(
                "export", "run", "--format", "safetensors", "--out", "/dev/null", in: folder)
            #expect(sent.code == 0, "\(sent.errors)")
        }
    }

    @Test("H3: what may not be read or written is told by its name, before any work")
    func permissions() throws {
        try withFolder { folder in
            try makeRun(folder)
            // Root may do anything, and so becomes nobody.
            let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", Martlet.path]
            func run(_ words: [String]) throws -> Program.Outcome {
                getuid() == 0
                    ? try Program.run("/usr/bin/setpriv", nobody + words, in: folder)
                    : try Program.run(Martlet.path, words, in: folder)
            }
            guard try run(["--version"]).code == 0 else {
                print("permissions: skipped, the program cannot be run as another user here")
                return
            }
            #expect(
                try shell(
                    """
                    cd \(folder) && cp -r run closed && chmod 000 closed/checkpoints && cp -r data hidden
                    chmod 000 hidden && cp run/best/model.safetensors m.safetensors
                    chmod 000 m.safetensors && chmod 555 .
                    """) == 0)
            defer { _ = try? shell("chmod -R u+rwX \(folder)") }
            let rows: [Row] = [
                (
                    train + ["data=hidden", "--out", "a"], 2,
                    ["data: hidden cannot be read: Permission"]
                ),
                (
                    train + ["data=data", "--out", "a"], 6,
                    ["a: cannot make the run folder: Permission"]
                ),
                (["data", "check", "classification", "data=hidden"], 3, ["hidden"]),
                (["evaluate", "closed"], 2, ["closed: best/model", "Permission denied"]),
                (["evaluate", "m.safetensors"], 4, ["m.safetensors", "Permission denied"]),
                (["evaluate", "run", "data=hidden"], 3, ["hidden"]),
                (
                    ["evaluate", "run", "data=hidden", "--out", "a"], 6,
                    ["a: cannot create: Permission"]
                ),
                (
                    ["predict", "run", "data/test/dark", "--out", "a"], 6,
                    ["a: cannot create: Perm"]
                ),
                (
                    ["export", "run", "--format", "onnx", "--out", "a"], 6,
                    ["a: cannot create: Perm"]
                ),
                (["convert", "m.safetensors", "a.pth"], 6, ["a.pth: cannot create: Permission"]),
                (["convert", "m.safetensors", "/tmp/\(UUID()).pth"], 4, ["Permission denied"]),
                (["report", "run", "--out", "a"], 6, ["a: cannot create: Permission denied"]),
            ]
            for row in rows {
                let outcome = try run(row.words)
                #expect(outcome.code == row.code, "\(row.words): \(outcome.errors)")
                for word in row.says {
                    #expect(outcome.errors.contains(word), "\(row.words): \(outcome.errors)")
                }
            }
        }
    }
}
