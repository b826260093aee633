import Foundation
import MartletData
import MartletTesting
import Testing

@testable import MartletText

/// Tokenisers that Python trains on reviews, which then must cut the same; skipped without `MARTLET_PYTHON` and
/// `MARTLET_DATA`.
@Suite(.serialized, .enabled(if: SubwordReference.python != nil && dataFolder != nil))
struct SubwordReferenceTests {
    @Test(
        "ids equal those of Hugging Face tokenizers and sentencepiece, of files as read and as written"
    )
    func equal() throws {
        let reference = try SubwordReference()
        defer { reference.remove() }
        try reference.train()
        let files = try FileManager.default.contentsOfDirectory(atPath: reference.folder)
            .filter { $0.hasSuffix(".json") || $0.hasSuffix(".model") }.sorted()
        #expect(files.count == 8)
        let reads = try reference.ids(files)
        for (file, expected) in zip(files, reads) {
            let path = reference.folder + "/" + file
            let tokenizer = try SubwordReference.tokenizer(path)
            var wrong = 0
            for (line, ids) in zip(reference.lines, expected)
            where tokenizer.encode(line).ids != ids {
                wrong += 1
                if wrong == 1 {
                    Issue.record(
                        "\(file): \(line.debugDescription): \(tokenizer.encode(line).tokens)")
                }
            }
            #expect(wrong == 0 && expected.count == reference.lines.count, "\(file)")
            let written = reference.folder + "/written-" + file
            if file.hasSuffix(".json") {
                try tokenizer.write(json: written)
            } else {
                try tokenizer.write(sentencePiece: written)
            }
            print("SUBWORDS \(file): \(expected.count) lines, \(wrong) differ")
        }
        for (index, ids) in try reference.ids(files.map { "written-" + $0 }).enumerated() {
            #expect(ids == reads[index], "\(files[index]) as written")
        }
    }

    @Test("merges and words that are learnt equal those of Hugging Face tokenizers")
    func trained() throws {
        let reference = try SubwordReference()
        defer { reference.remove() }
        for kind in ["bpe", "characters", "words"] {
            let path = reference.folder + "/trained-\(kind).json"
            _ = try reference.run(["learn", kind, path, reference.texts])
            let expected = try SubwordTokenizer(json: path)
            var trainer = SubwordTrainer(kind == "words" ? .wordLevel : .bpe())
            trainer.vocabularySize = kind == "words" ? 3000 : 6000
            trainer.specialTokens = ["<unk>", "<s>"]
            if kind == "words" { trainer.unknownToken = "<unk>" }
            trainer.preTokenizer = kind == "bpe" ? .byteLevel(addsPrefixSpace: false) : .whitespace
            if kind == "bpe" { trainer.alphabet = SubwordTrainer.bytes }
            let tokenizer = trainer.train(reference.lines)
            #expect(tokenizer.model.json == expected.model.json, "\(kind)")
            print("SUBWORDS \(kind): \(tokenizer.vocabularySize) tokens learnt")
        }
    }

    @Test(
        "throughput against Python's, on one core",
        .enabled(if: ProcessInfo.processInfo.environment["MARTLET_TEST_TIMING"] == "1"))
    func timing() throws {
        let reference = try SubwordReference()
        defer { reference.remove() }
        try reference.train()
        let bytes = reference.lines.reduce(0) { $0 + $1.utf8.count }
        for file in [
            "bpe.json", "qwen2.json", "bert.json", "unigram.json", "sp-bpe.model",
            "sp-unigram.model",
        ] {
            let path = reference.folder + "/" + file
            var (ours, theirs) = (Double.infinity, Double.infinity)
            for _ in 0..<3 {
                let tokenizer = try SubwordReference.tokenizer(path)
                var count = 0
                let time = ContinuousClock().measure {
                    for line in reference.lines { count += tokenizer.encode(line).count }
                }
                #expect(count > 0)
                ours = min(ours, time / .seconds(1))
                theirs = min(
                    theirs,
                    Double(
                        try reference.run(["time", path, reference.texts])
                            .trimmingCharacters(in: .whitespacesAndNewlines)) ?? .infinity)
            }
            let speed = Double(bytes) / ours / 1e6
            print(
                "SUBWORDS \(file): \(String(format: "%.1f", speed)) MB/s, "
                    + "\(String(format: "%.2f", theirs / ours)) times Python's")
        }
    }
}

/// A folder with lines of reviews, and the program that is compared with.
struct SubwordReference {
    static let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"]

    let folder: String
    let texts: String
    let lines: [String]

    init() throws {
        folder = NSTemporaryDirectory() + "martlet-subwords-\(UUID())"
        texts = folder + "/texts.txt"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var lines: [String] = []
        for name in ["chnsenticorp_train", "weibo_senti_100k"] {
            let path = try #require(dataFolder) + "/sentiment/\(name).csv"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            lines += text.split(whereSeparator: \.isNewline).map(String.init)
        }
        let count = Fuzzing.scale > 1 ? 10000 : 500
        let step = max(1, lines.count / count)
        lines = stride(from: 0, to: lines.count, by: step).prefix(count).map { lines[$0] }
        // Some of the hostile texts, as far as they are lines.
        lines += (SubwordFixtures.all?.texts ?? []).filter { !$0.contains { $0.isNewline } }
        self.lines = lines
        try lines.joined(separator: "\n").write(toFile: texts, atomically: false, encoding: .utf8)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    func run(_ arguments: [String]) throws -> String {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Reference/subwords.py").path
        let outcome = try Program.run(try #require(Self.python), [script] + arguments)
        guard outcome.code == 0 else { throw FuzzingError(description: outcome.errors) }
        return outcome.output
    }

    /// Trains tokenisers of all kinds, into the folder.
    func train() throws {
        _ = try run(["train", folder, texts, Fuzzing.scale > 1 ? "8000" : "4000"])
    }

    /// What files of the folder make of the lines: for each file the ids of each line.
    func ids(_ files: [String]) throws -> [[[Int]]] {
        let output = try run(["encode", texts] + files.map { folder + "/" + $0 })
        return try JSONDecoder().decode([[[Int]]].self, from: Data(output.utf8))
    }

    static func tokenizer(_ path: String) throws -> SubwordTokenizer {
        path.hasSuffix(".model")
            ? try SubwordTokenizer(sentencePiece: path) : try SubwordTokenizer(json: path)
    }
}
