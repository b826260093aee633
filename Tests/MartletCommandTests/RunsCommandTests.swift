import Foundation
import MartletTesting
import Testing

/// What a run leaves to look at, and the commands that read it.
@Suite struct RunsCommandTests {
    private static let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"]

    /// Class folders whose names mean something in HTML, in CSV and in a shell.
    private let hostile = ["a<b>&\"c'", "x,y\n<script>alert(1);"]

    private func writeHostileData(_ folder: String) throws {
        try writeClassFolders(folder)
        for part in ["train", "test"] {
            for (name, other) in zip(["dark", "light"], hostile) {
                try FileManager.default.moveItem(
                    atPath: "\(folder)/\(part)/\(name)", toPath: "\(folder)/\(part)/\(other)")
            }
        }
    }

    private func train(_ words: String..., out: String, in folder: String) throws {
        let arguments =
            ["train", "classification", "data=data", "model=lenet", "epochs=2", "batch=8"] + words
        let outcome = try Martlet.start(arguments + ["--out", out], in: folder).finish()
        try #require(outcome.code == 0, "\(outcome.errors)")
    }

    @Test func runsAreListedAndCompared() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            try train(out: "runs-a", in: folder)
            try train("lr=0.0005", "seed=3", out: "runs-b", in: folder)
            _ = try shell("cd \(folder) && mkdir runs && mv runs-a runs/a && mv runs-b runs/b")

            let list = try Martlet.run("runs", in: folder)
            let lines = list.output.split(separator: "\n")
            #expect(list.code == 0 && lines.count == 3, "\(list.output) \(list.errors)")
            #expect(lines[0].hasPrefix("name"))
            #expect(lines[1].hasPrefix("b") && lines[2].hasPrefix("a"))
            #expect(lines[1].contains("lenet") && lines[1].contains("2/2"))
            #expect(lines[1].hasSuffix("finished"))
            let json = try Martlet.run("runs", "runs", "--json", in: folder)
            let listed = try #require(
                JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
            #expect(listed.map { $0["name"] as? String } == ["b", "a"])
            #expect(listed[0]["metric"] as? String == "accuracy" && listed[0]["best"] is NSNumber)

            let compare = try Martlet.run("runs", "compare", "runs/a", "runs/b", in: folder)
            #expect(compare.code == 0, "\(compare.errors)")
            for word in ["lr ", "0.0005", "seed ", "accuracy", "over 24 samples", "interval"] {
                #expect(compare.output.contains(word), "\(word) in \(compare.output)")
            }
            #expect(!compare.output.contains("model "), "\(compare.output)")
            let first = try Martlet.run(
                "runs", "compare", "runs/a", "runs/b", "--json", in: folder)
            let second = try Martlet.run(
                "runs", "compare", "runs/a", "runs/b", "--json", in: folder)
            #expect(first.output == second.output)
            let object = try #require(
                JSONSerialization.jsonObject(with: Data(first.output.utf8)) as? [String: Any])
            let difference = try #require((object["differences"] as? [[String: Any]])?.first)
            #expect(difference["samples"] as? Int == 24 && difference["low"] is NSNumber)
        }
    }

    @Test func wrongUseIsRefused() throws {
        try withFolder { folder in
            for arguments in [
                ["runs"], ["runs", "compare", "a"], ["runs", "compare", "a", "b"], ["report", "a"],
                ["runs", "compare", "a", "b", "--seed", "-1"],
            ] {
                let outcome = try Martlet.start(arguments, in: folder).finish()
                #expect(outcome.code == 2 && !outcome.errors.isEmpty, "\(arguments) \(outcome)")
            }
            let folders = try shell("mkdir -p \(folder)/runs")
            let empty = try Martlet.run("runs", in: folder)
            #expect(folders == 0 && empty.code == 0 && empty.output.isEmpty)
            #expect(try Martlet.run("runs", "--json", in: folder).output.hasPrefix("["))
        }
    }

    @Test func namesFromOutsideCannotChangeAReport() throws {
        try withFolder { folder in
            try writeHostileData(folder + "/data")
            try train(out: "run", in: folder)
            let page = try String(contentsOfFile: folder + "/run/report.html", encoding: .utf8)
            #expect(!page.contains("<script") && !page.contains("http://"))
            #expect(!page.contains("https://") && !page.contains("a<b>"))
            #expect(page.contains("a&lt;b&gt;&amp;&quot;c&#39;"))
            #expect(page.contains("src=\"data:image/png;base64,iVBOR"))
            #expect(page.contains("<svg") && page.utf8.count < 500_000, "\(page.utf8.count)")

            let again = try Martlet.run("report", "run", "--out", "again.html", in: folder)
            #expect(again.code == 0 && again.output == "again.html\n", "\(again.errors)")
            #expect(try String(contentsOfFile: folder + "/again.html", encoding: .utf8) == page)
            guard let python = RunsCommandTests.python else { return }
            let check = try Program.run(
                python,
                [
                    "-c",
                    """
                    import sys, csv
                    from xml.etree import ElementTree
                    tree = ElementTree.parse("run/report.html")
                    text = "".join(tree.getroot().itertext())
                    assert all(name in text for name in sys.argv[1:]), text
                    assert not tree.findall(".//script") and tree.findall(".//svg")
                    rows = list(csv.DictReader(open("run/predictions.csv", newline="")))
                    assert len(rows) == 24 and {r["truth"] for r in rows} == set(sys.argv[1:]), rows
                    assert all(float(r["accuracy"]) == (r["truth"] == r["prediction"]) for r in rows)
                    assert all(r["id"].startswith("test/") for r in rows), rows[0]
                    """,
                ] + hostile, in: folder)
            #expect(check.code == 0, "\(check.errors)")
        }
    }

    @Test(.enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func tensorBoardReadsARun() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            try train(out: "run", in: folder)
            let check = try Program.run(
                try #require(RunsCommandTests.python),
                [
                    "-c",
                    """
                    import json
                    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
                    ea = EventAccumulator("run", size_guidance={})
                    ea.Reload()
                    log = [json.loads(line) for line in open("run/log.jsonl")]
                    for tag, key in [("train/loss", "train_loss"), ("run/lr", "lr"),
                                     ("validation/accuracy", "val_accuracy")]:
                        values = ea.Scalars(tag)
                        assert [v.step for v in values] == [3, 6], values
                        assert all(abs(v.value - r[key]) <= 1e-6 * abs(r[key])
                                   for v, r in zip(values, log)), (values, log)
                    tags = ea.Tags()
                    assert set(tags["images"]) == {"confusion", "mistakes"}, tags
                    assert all(t.startswith("weights/") for t in tags["histograms"]), tags
                    assert len(tags["histograms"]) == 10, tags
                    assert {"precision_recall/dark", "precision_recall/light", "settings"} <= set(tags["tensors"])
                    """,
                ], in: folder)
            #expect(check.code == 0, "\(check.errors)")
        }
    }
}
