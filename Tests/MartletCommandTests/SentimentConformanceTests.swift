import Foundation
import Martlet
import MartletConformance
import MartletData
import MartletPipeline
import MartletText
import SentimentTask
import Testing

/// What every task promises, of text classification.
@Suite struct SentimentConformanceTests {
    /// Class folders of short texts; the word that decides stands among others.
    private func writeTexts(_ root: String, perClass: Int = 12) throws {
        for part in ["train", "val"] {
            for (name, word) in [("bad", "awful"), ("good", "lovely")] {
                let folder = "\(root)/\(part)/\(name)"
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true)
                for number in 0..<perClass {
                    let noun = ["room", "film", "soup", "phone"][number % 4]
                    let more = String(repeating: " and so on", count: number % 5)
                    try "The \(noun) was \(word)\(more).".write(
                        toFile: "\(folder)/\(number).txt", atomically: true, encoding: .utf8)
                }
            }
        }
    }

    /// Settings of a small network.
    private func sizes(_ model: String, dropout: Bool = true) throws -> [String] {
        let architecture = try #require(TextClassifiers.named(model))
        var words = ["model=\(model)"]
        if architecture.hidden != nil { words.append("network.hidden=8") }
        if architecture.layers != nil { words.append("network.layers=1") }
        if architecture.dropout != nil && !dropout { words.append("network.dropout=0") }
        return words
    }

    private func withKit(
        _ words: [String] = ["network.hidden=8"],
        _ body: (_ kit: ConformanceKit<SentimentTask>, _ data: String) throws -> Void
    ) throws {
        try withFolder { folder in
            let data = folder + "/data"
            try writeTexts(data)
            try body(
                ConformanceKit(
                    [
                        "data=\(data)", "batch=8", "epochs=2",
                        "network.embedding=8", "baseline=false",
                    ] + words), data)
        }
    }

    private static let models = TextClassifiers.all.map(\.name)

    @Test("every network learns a few texts by heart", arguments: models)
    func overfits(model: String) throws {
        // The mean of vectors alone moves slowly.
        let lr = model == "fasttext" ? 0.2 : 0.02
        try withKit(sizes(model, dropout: false) + ["lr=\(lr)"]) { kit, _ in
            try kit.overfits("epochs=60", below: 0.05)
        }
    }

    @Test("D5: an interrupted and resumed classification of texts ends as an uninterrupted one")
    func resumesExactly() throws {
        try withKit { kit, _ in try kit.resumesExactly() }
        try withKit(["text.batchTokens=60"]) { kit, _ in try kit.resumesExactly() }
    }

    @Test("a text's classes do not depend on the texts beside it", arguments: models)
    func predictsEachAlone(model: String) throws {
        try withKit(sizes(model)) { kit, data in
            try kit.predictsEachAlone(
                [0, 1, 4, 7].map { "\(data)/val/good/\($0).txt" }, tolerance: 0)
        }
    }

    @Test("the ONNX file computes what the network computes", arguments: models)
    func exportsItsNetwork(model: String) throws {
        try withKit(sizes(model)) { kit, _ in try kit.exportsItsNetwork(tolerance: 1e-5) }
    }

    @Test("damaged texts are refused by name, or predicted for")
    func refusesDamagedInputs() throws {
        try withKit { kit, data in
            try kit.refusesDamagedInputs(
                [data + "/val/good/1.txt", data + "/val/bad/4.txt"],
                words: ["\u{FEFF}", "\u{202E}", "&#0;", "\n", "\""])
        }
    }

    @Test("B6: damaged texts are skipped and listed")
    func skipsDamagedSamples() throws {
        try withKit { kit, _ in
            try kit.skipsDamagedSamples { data in
                // No UTF-8, and no text.
                let damaged = [
                    "train/bad/0.txt": Data([0xFF, 0x80, 0x20]), "val/good/3.txt": Data(),
                ]
                for (name, contents) in damaged {
                    try contents.write(to: URL(fileURLWithPath: "\(data)/\(name)"))
                }
                return Set(damaged.keys.map { "\(data)/\($0)" })
            }
        }
    }
}
