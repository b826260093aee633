import Foundation
import MartletTesting
import Testing

@testable import MartletText

/// What the tests of the segmenter share.
enum ChineseSupport {
    /// The Python that has jieba, where one is there.
    static let python = ProcessInfo.processInfo.environment["MARTLET_PYTHON"]
    /// The folder with larger data, where one is there.
    static let data = ProcessInfo.processInfo.environment["MARTLET_DATA"]
    static let reviews = ["chnsenticorp_train", "chnsenticorp_validation", "weibo_senti_100k"]

    /// Texts, and how many bytes the tokens have that jieba cuts them into.
    struct Cuts: Decodable {
        let texts: [String]
        /// With the model of unknown words.
        let model: [[Int]]
        /// Without.
        let plain: [[Int]]

        /// Checks that a segmenter cuts all texts the same; returns how many tokens there were.
        @discardableResult
        func check(
            _ dictionary: ChineseDictionary, _ model: UnknownWordModel,
            sourceLocation: SourceLocation = #_sourceLocation
        ) -> Int {
            var count = 0
            for (segmenter, lengths) in [
                (ChineseSegmenter(dictionary: dictionary, model: model), self.model),
                (ChineseSegmenter(dictionary: dictionary), plain),
            ] {
                for (text, lengths) in zip(texts, lengths) {
                    let ranges = segmenter.ranges(text)
                    count += ranges.count
                    guard ranges.map(\.count) != lengths else { continue }
                    #expect(
                        ranges.map(\.count) == lengths,
                        "\(segmenter.tokens(text).map(\.text)), model: \(segmenter.model != nil)",
                        sourceLocation: sourceLocation)
                }
            }
            return count
        }
    }

    /// The file that `Tests/Reference/chinese.py` wrote.
    struct Fixture: Decodable {
        let cuts: Cuts
        let user: User
        let operations: Operations

        struct User: Decodable {
            let total: Int
            let cuts: Cuts
        }

        struct Operations: Decodable {
            let steps: [Step]
            let total: Int
            let cuts: Cuts
        }

        struct Step: Decodable {
            let parts: [String]
            let joining: Int
            let separating: Int
            let add: Int?
        }
    }

    static func fixture() throws -> Fixture {
        try read(try path("chinese.json"))
    }

    static func dictionary() throws -> ChineseDictionary {
        try ChineseDictionary(path: path("chinese-dictionary.txt"))
    }

    static func model() throws -> UnknownWordModel {
        try UnknownWordModel(path: path("chinese-model.json"))
    }

    static func path(_ name: String) throws -> String {
        try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/\(name)").path
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    static func read<Value: Decodable>(_ path: String) throws -> Value {
        try JSONDecoder().decode(
            Value.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Calls the closure with the path of a file of these bytes.
    static func withFile<R>(_ bytes: [UInt8], _ body: (String) throws -> R) throws -> R {
        let path = NSTemporaryDirectory() + "martlet-chinese-\(UUID())"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { unlink(path) }
        return try body(path)
    }

    /// Calls the closure with a folder with jieba's own dictionary and model.
    static func withJieba<R>(_ body: (String) throws -> R) throws -> R {
        let folder = NSTemporaryDirectory() + "martlet-jieba-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let script = root.appendingPathComponent("../../../scripts/jieba-model.py").standardized
        try run([script.path, folder])
        return try body(folder)
    }

    /// Runs Python and returns what it printed.
    @discardableResult
    static func run(_ arguments: [String]) throws -> String {
        let outcome = try Program.run(#require(python), arguments)
        try #require(outcome.code == 0, "\(outcome.errors)")
        return outcome.output
    }
}
