import Foundation
import MartletTesting
import Testing

@testable import MartletText

/// Reviews cut with jieba's own dictionary and model, against jieba itself.
@Suite(.serialized) struct JiebaTests {
    private struct Result: Decodable {
        let cuts: ChineseSupport.Cuts
        /// The sum of the frequencies with the user's words, and some texts cut with them.
        let total: Int
        let userCuts: ChineseSupport.Cuts
    }

    /// Writes the reviews, each so manieth, and how many bytes their tokens have, to the last path, from the files before it;
    /// pieces of them as a user's words beside it, and what comes of these.
    private static let script = """
        import csv, json, logging, sys
        import jieba
        jieba.setLogLevel(logging.ERROR)
        step, *files, target = sys.argv[1:]
        texts = []
        for file in files:
            with open(file, encoding="utf-8-sig", newline="") as lines:
                texts += [row["review"] for row in csv.DictReader(lines)]
        texts = texts[::int(step)]
        def cut(text, hmm):
            return [len(word.encode()) for word in jieba.cut(text, HMM=hmm)]
        def cuts(texts):
            model = [cut(text, True) for text in texts]
            return {"texts": texts, "model": model, "plain": [cut(text, False) for text in texts]}
        result = {"cuts": cuts(texts)}
        with open(target + ".txt", "w", encoding="utf-8", newline="") as file:
            for i, text in enumerate(texts[:400]):
                word = " ".join(text[i % 30:i % 30 + 2 + i % 3].split())
                file.write(word + ["", " 9 n", " nr", " 0"][i % 7 % 4] + "\\n")
        jieba.load_userdict(target + ".txt")
        result["total"], result["userCuts"] = jieba.dt.total, cuts(texts[:600])
        json.dump(result, open(target, "w"))
        print(jieba.__version__)
        """

    @Test(
        "reviews are cut as by jieba",
        .enabled(
            if: ChineseSupport.python != nil && ChineseSupport.data != nil,
            "MARTLET_PYTHON or MARTLET_DATA is not set"))
    func reviews() throws {
        let data = try #require(ChineseSupport.data)
        try ChineseSupport.withJieba { folder in
            let step = Fuzzing.scale > 1 ? 1 : 10
            let files = ChineseSupport.reviews.map { "\(data)/sentiment/\($0).csv" }
            let target = folder + "/cuts.json"
            let version = try ChineseSupport.run(["-c", Self.script, "\(step)"] + files + [target])
            let result: Result = try ChineseSupport.read(target)
            var dictionary = try ChineseDictionary(path: folder + "/dict.txt")
            let model = try UnknownWordModel(path: folder + "/model.json")
            let cuts = result.cuts
            let count = cuts.check(dictionary, model)
            try dictionary.addWords(path: target + ".txt")
            #expect(dictionary.total == result.total)
            result.userCuts.check(dictionary, model)
            let characters = cuts.texts.reduce(0) { $0 + $1.unicodeScalars.count }
            print(
                "\(cuts.texts.count) reviews with \(characters) characters, \(count) tokens:",
                "compared with jieba \(version)", terminator: "")
            #expect(cuts.texts.count > 1000)
        }
    }

    /// Cuts the file's reviews and prints the seconds it took, for each word it reads.
    private static let timing = """
        import csv, logging, sys, time
        import jieba
        jieba.setLogLevel(logging.ERROR)
        jieba.initialize()
        with open(sys.argv[1], encoding="utf-8-sig", newline="") as lines:
            texts = [row["review"] for row in csv.DictReader(lines)]
        hmm = sys.argv[2] == "model"
        for text in texts[:200]: jieba.lcut(text, HMM=hmm)
        start = time.perf_counter()
        count = sum(len(jieba.lcut(text, HMM=hmm)) for text in texts)
        print(time.perf_counter() - start, count, sum(len(text.encode()) for text in texts))
        """

    @Test(
        "how long the reviews take",
        .enabled(
            if: ProcessInfo.processInfo.environment["MARTLET_TEST_TIMING"] == "1"
                && ChineseSupport.python != nil && ChineseSupport.data != nil,
            "MARTLET_TEST_TIMING is not 1"))
    func speed() throws {
        let file = "\(try #require(ChineseSupport.data))/sentiment/chnsenticorp_train.csv"
        try ChineseSupport.withJieba { folder in
            let target = folder + "/cuts.json"
            try ChineseSupport.run(["-c", Self.script, "1", file, target])
            let cuts = (try ChineseSupport.read(target) as Result).cuts
            let clock = ContinuousClock()
            var loads: [Duration] = []
            var dictionary = ChineseDictionary(counting: [:])
            let before = Self.residentBytes()
            for _ in 0..<5 {
                loads.append(
                    try clock.measure {
                        dictionary = try ChineseDictionary(path: folder + "/dict.txt")
                    })
            }
            let model = try UnknownWordModel(path: folder + "/model.json")
            let modelLoad = try clock.measure {
                _ = try UnknownWordModel(path: folder + "/model.json")
            }
            print(
                "loading the dictionary: \(loads); the model: \(modelLoad); resident memory grew by",
                "\((Self.residentBytes() - before) >> 20) MiB")
            for kind in ["model", "plain"] {
                let segmenter = ChineseSegmenter(
                    dictionary: dictionary, model: kind == "model" ? model : nil)
                for _ in 0..<3 {
                    let other = try ChineseSupport.run(["-c", Self.timing, file, kind])
                        .split(separator: " ")
                    let seconds = try #require(Double(other[0]))
                    var (ranges, tokens) = (0, 0)
                    let fast = clock.measure {
                        for text in cuts.texts { ranges += segmenter.ranges(text).count }
                    }
                    let full = clock.measure {
                        for text in cuts.texts { tokens += segmenter.tokens(text).count }
                    }
                    #expect("\(ranges)" == other[1] && tokens == ranges)
                    print(
                        "\(kind): jieba \(seconds) s, ranges \(fast) (\(seconds / fast.seconds) times),",
                        "tokens \(full) (\(seconds / full.seconds) times);",
                        "\(ranges) tokens of", other[2], terminator: "")
                }
            }
        }
    }
}

extension JiebaTests {
    /// The memory that the process has.
    private static func residentBytes() -> Int {
        let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return pages.flatMap { Int($0.split(separator: " ")[1]) }.map { $0 << 12 } ?? 0
    }
}

extension Duration {
    fileprivate var seconds: Double { self / .seconds(1) }
}
