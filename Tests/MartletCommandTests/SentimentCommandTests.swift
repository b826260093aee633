import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

/// Text classification as its user meets it: trained, judged, applied and exported from the command line.
@Suite struct SentimentCommandTests {
    /// A table of short reviews whose class one word decides.
    private func reviews(_ count: Int, from first: Int = 0) -> String {
        let rows = (first..<(first + count)).map { number in
            let noun = ["room", "film", "soup", "phone", "plot"][number % 5]
            let isGood = number % 2 == 0
            let word = (isGood ? ["lovely", "great"] : ["awful", "poor"])[number / 2 % 2]
            let text = "The \(noun) number \(number) was \(word), and that is it."
            return "\(isGood ? "positive" : "negative"),\"\(text)\""
        }
        return (["label,text"] + rows).joined(separator: "\n") + "\n"
    }

    private let small = [
        "network.hidden=16", "network.embedding=16", "network.layers=1", "batch=8",
        "lr=0.02",
    ]

    private func withModel(
        _ words: [String] = [], epochs: Int = 8,
        _ body: (_ folder: String, _ log: String) throws -> Void
    ) throws {
        try withFolder { folder in
            try reviews(64).write(
                toFile: folder + "/shop_train.csv", atomically: true, encoding: .utf8)
            try reviews(16, from: 64).write(
                toFile: folder + "/shop_validation.csv", atomically: true, encoding: .utf8)
            let training = try Martlet.start(
                ["train", "sentiment", "data=shop_train.csv", "epochs=\(epochs)", "--out", "run"]
                    + small + words,
                in: folder
            ).finish()
            #expect(training.code == 0, "\(training.errors)")
            try body(folder, training.errors)
        }
    }

    private func pipe(_ text: String, _ arguments: String, in folder: String) throws
        -> Program.Outcome
    {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/input.txt"))
        return try Program.run(
            "/bin/sh", ["-c", "'\(Martlet.path)' \(arguments) < input.txt"], in: folder)
    }

    @Test("what was found beside the file, what is read of texts and the baseline are said")
    func trainingSaysWhatItDoes() throws {
        try withModel { folder, log in
            #expect(log.contains("shop_train.csv, with shop_validation.csv beside it"), "\(log)")
            #expect(log.contains("tokens: english"), "\(log)")
            #expect(log.contains("baseline: TF-IDF of"), "\(log)")
            let evaluation = try Martlet.run("evaluate", "run", "--json", in: folder)
            for name in ["accuracy", "macroF1", "microF1", "MCC", "rocAUC"] {
                #expect(evaluation.output.contains("\"\(name)\": 1"), "\(evaluation.output)")
            }
            let table = try Martlet.run("evaluate", "run", "--out", "judged", in: folder)
            #expect(table.output.contains("tokens  accuracy  texts"), "\(table.output)")
            for name in ["confusion.png", "roc.png", "length.png", "predictions.csv"] {
                #expect(FileManager.default.fileExists(atPath: "\(folder)/judged/\(name)"))
            }
            let report = try String(contentsOfFile: folder + "/run/report.html", encoding: .utf8)
            #expect(report.contains("<blockquote>The "))
        }
    }

    @Test("texts are given as words, in files and on standard input, and answered in order")
    func predictsTexts() throws {
        try withModel { folder, _ in
            let words = try Martlet.run(
                "predict", "run", "--text", "a lovely film", "--text", "-- an awful film",
                in: folder)
            let lines = words.output.split(separator: "\n")
            #expect(lines.count == 2, "\(words.errors)")
            #expect(lines.first?.hasPrefix("positive ") ?? false)
            #expect(lines.last?.hasPrefix("negative ") ?? false)
            #expect(lines.last?.hasSuffix("\t-- an awful film") ?? false)

            // More lines than go through at once; empty ones keep their places.
            let texts = (0..<150).map {
                $0 % 50 == 7 ? "" : "it was \($0 % 3 == 0 ? "awful" : "great")"
            }
            let streamed = try pipe(
                texts.joined(separator: "\n"), "predict run - --json", in: folder)
            let answers = try streamed.output.split(separator: "\n").map { line in
                try #require(
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            }
            #expect(answers.map { $0["input"] as? String } == texts.map { $0 })
            #expect(answers[3]["source"] as? String == "line 4")
            let one = try Martlet.run("predict", "run", "shop_validation.csv", "--json", in: folder)
            #expect(one.output.components(separatedBy: "\"input\"").count == 17)
            #expect(one.output.contains("shop_validation.csv line 2"))
        }
    }

    @Test("attributions say which words decide, as numbers, in colours and on a page")
    func explains() throws {
        try withModel { folder, _ in
            let explained = try Martlet.run(
                "predict", "run", "--text", "The <b>soup</b> was awful & more", "--json",
                "predict.attributions=true", "--out", "why", in: folder)
            #expect(explained.code == 0, "\(explained.errors)")
            let answers = try JSONSerialization.jsonObject(with: Data(explained.output.utf8))
            let answer = try #require((answers as? [[String: Any]])?.first)
            let tokens = try #require(answer["tokens"] as? [[String: Any]])
            let strongest = tokens.max {
                ($0["attribution"] as? Double ?? 0) < ($1["attribution"] as? Double ?? 0)
            }
            #expect(strongest?["token"] as? String == "awful", "\(tokens)")
            #expect(strongest?["start"] as? Int == 20 && strongest?["end"] as? Int == 25)
            let page = try String(
                contentsOfFile: folder + "/why/attributions.html", encoding: .utf8)
            #expect(page.contains(">awful</span>") && page.contains("&lt;b&gt;"))
            #expect(!page.contains("<b>soup"))
        }
    }

    @Test("the model file has all that texts need: nothing else is looked at")
    func modelFileIsEnough() throws {
        let words = ["tokenizer.name=bpe", "tokenizer.size=300", "clean.stopWords=stop.txt"]
        try withFolder { folder in
            try reviews(64).write(
                toFile: folder + "/a.csv", atomically: true, encoding: .utf8)
            try "number\nthat\n".write(
                toFile: folder + "/stop.txt", atomically: true, encoding: .utf8)
            let training = try Martlet.start(
                ["train", "sentiment", "data=a.csv", "epochs=2", "--out", "run"] + small + words,
                in: folder
            ).finish()
            #expect(training.code == 0, "\(training.errors)")
            #expect(training.errors.contains("a tenth is held out"))
            let before = try Martlet.run("predict", "run", "--text", "a poor plot", in: folder)
            try FileManager.default.copyItem(
                atPath: folder + "/run/best/model.safetensors", toPath: folder + "/m.safetensors")
            let held = try Martlet.run("evaluate", "m.safetensors", "--json", in: folder)
            #expect(held.output.contains("\"n\": 6"), "\(held.output) \(held.errors)")
            for name in ["stop.txt", "a.csv", "run"] {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
            let after = try Martlet.run(
                "predict", "m.safetensors", "--text", "a poor plot", in: folder)
            #expect(after.output == before.output && after.code == 0, "\(after.errors)")
            let export = try Martlet.run("export", "m.safetensors", "--format", "onnx", in: folder)
            #expect(export.code == 0, "\(export.errors)")
            for name in ["m.safetensors", "model.onnx"] {
                let shown = try Martlet.run("inspect", name, in: folder)
                #expect(shown.code == 0, "\(name): \(shown.errors)")
                #expect(shown.output.contains(" bytes)"), "\(shown.output)")
                #expect(shown.output.utf8.count < 8000, "\(shown.output.utf8.count)")
            }
        }
    }

    @Test("a model file whose texts and network do not go together is refused")
    func contradictoryModelFiles() throws {
        try withModel(epochs: 1) { folder, _ in
            let model = try Safetensors.read(folder + "/run/best/model.safetensors")
            func refuses(_ edit: (inout [String: String]) throws -> Void) throws {
                var metadata = model.metadata
                try edit(&metadata)
                try Safetensors.write(
                    model.tensors, metadata: metadata, to: folder + "/other.safetensors")
                let outcome = try Martlet.run(
                    "predict", "other.safetensors", "--text", "a lovely film", in: folder)
                #expect(outcome.code == 4, "\(outcome.output) \(outcome.errors)")
                #expect(outcome.errors.contains("other.safetensors"), "\(outcome.errors)")
            }
            func replace(_ key: String, _ old: String, _ new: String) throws {
                try refuses { metadata in
                    let text = try #require(metadata[key])
                    #expect(text.contains(old), "\(text)")
                    metadata[key] = text.replacing(old, with: new)
                }
            }
            for model in ["han", "fasttext"] {
                try replace("martlet.options", "\"textrcnn\"", "\"\(model)\"")
            }
            let key = "martlet.task.metadata"
            try replace(key, #"\"pairBuckets\":0"#, #"\"pairBuckets\":-7"#)
            try replace(key, #"\"pairBuckets\":0"#, #"\"pairBuckets\":9007199254740993"#)
            try replace(key, #"\"marksSentences\":false"#, #"\"marksSentences\":true"#)
            try replace(key, #"\"maximumLength\":256"#, #"\"maximumLength\":0"#)
            try replace(key, #"<unk>"#, #"<pad>"#)
        }
    }

    @Test("mistakes are named with what was meant")
    func mistakesAreNamed() throws {
        try withModel { folder, _ in
            func fails(_ code: Int32, _ text: String, _ words: String...) throws {
                let outcome = try Martlet.start(words, in: folder).finish()
                #expect(outcome.code == code, "\(words): \(outcome.errors)")
                #expect(outcome.errors.contains(text), "\(words): \(outcome.errors)")
            }
            try fails(2, "texts are given with --text", "predict", "run", "a lovely film")
            try fails(2, "expected files, folders, patterns or texts", "predict", "run")
            try fails(
                3, "did you mean \"text\"?", "predict", "run", "shop_train.csv", "table.text=txet")
            try fails(
                2, "did you mean \"lstm\"?", "train", "sentiment", "data=shop_train.csv",
                "model=lsmt", "--out", "x")
            try fails(
                2, "tokenizer.maximumSize: expected at least 5, for the special tokens <pad>",
                "train", "sentiment", "data=shop_train.csv", "tokenizer.maximumSize=4", "--out", "x"
            )
            try fails(
                2, "network.layers: fasttext has nothing of the kind", "train", "sentiment",
                "data=shop_train.csv", "model=fasttext", "network.layers=2", "--out", "x")
            try fails(
                2, "tokenizer.dictionary", "train", "sentiment", "data=shop_train.csv",
                "tokenizer.name=chinese", "--out", "x")
            try "label,text\n1,\"open\n".write(
                toFile: folder + "/bad.csv", atomically: true, encoding: .utf8)
            try fails(
                3, "bad.csv: line 2: a quote is opened", "train", "sentiment", "data=bad.csv",
                "--out", "x")
            let stream = try pipe("a great film\n\u{0}\n", "predict run -", in: folder)
            #expect(stream.code == 0)
            let bytes = try Program.run(
                "/bin/sh",
                ["-c", "printf 'a great film\\n\\377\\n' | '\(Martlet.path)' predict run -"],
                in: folder)
            #expect(bytes.code == 3 && bytes.output.hasPrefix("positive "))
            #expect(
                bytes.errors.contains("standard input: line 2: there are bytes that are no UTF-8"))
        }
    }

    @Test(
        "hostile texts are predicted for, whatever cuts them",
        arguments: ["characters", "english", "words", "whitespace", "regex", "bpe", "unigram"])
    func hostileTexts(tokenizer: String) throws {
        let words = ["tokenizer.name=\(tokenizer)", "tokenizer.size=300"]
        try withModel(words, epochs: 1) { folder, _ in
            let marks = String(repeating: "\u{301}\u{323}", count: 20_000)
            let texts = [
                "", " \t ", "\u{0}", "a\u{0}b", "\u{FEFF}\u{FFFF}\u{10FFFF}", "\u{E000}\u{378}",
                "نص عربي \u{202E}gnirts\u{202C} עברית", "e" + marks, "👩‍👩‍👧‍👦🇨🇳🏳️‍🌈", "zzyzx qwrtp",
                "好坏 good плохо 良い 나쁨 ดีมาก", "&#0;&#x110000;&amp;&nosuch;<<<<>>>><b", "<b",
                "\u{1B}[31mred",
                String(repeating: "<", count: 100_000), String(repeating: "&#", count: 50_000),
                String(repeating: "a", count: 1_000_000), String(repeating: "好", count: 300_000),
                String(repeating: "ha ", count: 300_000), String(repeating: "[", count: 100_000),
                String(repeating: "@", count: 100_000),
                String(repeating: "\u{200D}", count: 100_000),
            ]
            try Data((texts.joined(separator: "\n") + "\n").utf8).write(
                to: URL(fileURLWithPath: folder + "/hostile.txt"))
            let outcome = try Martlet.run("predict", "run", "hostile.txt", "--json", in: folder)
            #expect(outcome.code == 0, "\(outcome.errors)")
            let answers = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
            #expect((answers as? [Any])?.count == texts.count)
            let shown = try Martlet.run(
                "predict", "run", "--text", "\u{1B}[31mred\u{7}\u{202E}", in: folder)
            #expect(shown.code == 0 && !shown.output.contains("\u{1B}"), "\(shown.errors)")
        }
    }

    @Test("random bytes in a file are predicted for or refused by name")
    func randomBytes() throws {
        try withModel(epochs: 1) { folder, _ in
            var generator = Generator(seed: UInt64(Fuzzing.seed)).stream("random texts")
            for number in 0..<20 {
                let bytes = (0..<(number * 40)).map { _ in
                    UInt8(generator.integer(in: (number % 2 == 0 ? 0 : 0x20)..<256))
                }
                for name in ["x.txt", "x.csv", "x.jsonl"] {
                    try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
                    let outcome = try Martlet.run("predict", "run", name, in: folder)
                    #expect(
                        outcome.code == 0 || outcome.code == 3 && outcome.errors.contains(name),
                        "\(bytes): \(outcome.errors)")
                }
            }
        }
    }

    @Test func baselineIsOneCommand() throws {
        try withFolder { folder in
            try reviews(80).write(
                toFile: folder + "/a.csv", atomically: true, encoding: .utf8)
            let outcome = try Martlet.run("baseline", "sentiment", "data=a.csv", in: folder)
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("accuracy 1"), "\(outcome.output)")
            #expect(outcome.output.contains("what speaks most for each class"))
            let none = try Martlet.run("baseline", "classification", "data=.", in: folder)
            #expect(none.code == 2 && none.errors.contains("the task classification has none"))
        }
    }

    @Test("data check finds duplicates, contradictions, leaks and bad rows")
    func checksData() throws {
        try withFolder { folder in
            let train = "label,text\n1,same\n1,same\n0,same\n1,other\n,none\n0,bad\n"
            let validation = "label,text\n1,other\n0,fine\n"
            try train.write(toFile: folder + "/train.csv", atomically: true, encoding: .utf8)
            try validation.write(toFile: folder + "/dev.csv", atomically: true, encoding: .utf8)
            let outcome = try Martlet.run("data", "check", "sentiment", "data=.", in: folder)
            #expect(outcome.code == 3, "\(outcome.errors)")
            for text in [
                "line 6: the row has no class", "train.csv line 3: the same text as",
                "train.csv line 4: the same text has the class 1",
                "dev.csv line 2: the same text is in train",
            ] {
                #expect(outcome.output.contains(text), "\(outcome.output)")
            }
        }
    }
}
