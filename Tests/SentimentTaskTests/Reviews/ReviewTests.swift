import Foundation
import Martlet
import MartletData
import MartletText
import Testing

@testable import SentimentTask

/// What reviews are made of, and what their labels follow from.
@Suite struct ReviewTests {
    private static func reviews(
        _ language: ReviewLanguage, _ count: Int, noise: Double = 0
    ) -> [Review] {
        let grammar = ReviewGrammar(language, noise: noise)
        let generator = Generator(seed: 7)
        return (0..<count).map { grammar.review($0, generator: generator) }
    }

    @Test(arguments: ReviewLanguage.allCases)
    func numbersAndSeedsDecide(language: ReviewLanguage) {
        let grammar = ReviewGrammar(language)
        let generator = Generator(seed: 3)
        let forward = (0..<50).map { grammar.review($0, generator: generator) }
        let backward = (0..<50).reversed().map { grammar.review($0, generator: generator) }
        #expect(forward == backward.reversed())
        #expect(forward != (0..<50).map { grammar.review($0, generator: Generator(seed: 4)) })
        #expect(forward.count { $0.isPositive } == 25)
    }

    /// Each word of praise or blame says nothing about the review by itself.
    @Test(arguments: ReviewLanguage.allCases) func wordsAreBalanced(language: ReviewLanguage) {
        let reviews = Self.reviews(language, 8000)
        let bag = BagOfWords(
            fitting: reviews.map { tokens($0.text, language) }, ngrams: 1...2, isBinary: true)
        var positive = [Int](repeating: 0, count: bag.features.count)
        var all = positive
        for part in [true, false] {
            let texts = reviews.filter { $0.isPositive == part }.map { tokens($0.text, language) }
            for column in bag.transform(texts).columns {
                all[Int(column)] += 1
                if part { positive[Int(column)] += 1 }
            }
        }
        let places = Dictionary(
            uniqueKeysWithValues: bag.features.enumerated().map { ($0.element, $0.offset) })
        var found = 0
        let polarities = polarities(language)
        let verbs =
            language == .english
            ? [
                "liked", "disliked", "pleased", "happy", "regretted", "recommend", "worth",
                "complain",
            ]
            : ["满意", "失望", "惊喜", "头疼", "后悔", "推荐", "值得"]
        var sums = [true: (positive: 0, all: 0), false: (positive: 0, all: 0)]
        for word in verbs + polarities.keys {
            let name = tokens(word, language).joined(separator: " ")
            guard let feature = places[name] else { continue }
            if let praises = polarities[word] {
                sums[praises]?.positive += positive[feature]
                sums[praises]?.all += all[feature]
            }
            guard all[feature] >= 60 else { continue }
            found += 1
            let share = Double(positive[feature]) / Double(all[feature])
            // Four standard deviations.
            let bound = 0.02 + 2 / Double(all[feature]).squareRoot()
            #expect(abs(share - 0.5) < bound, "\(word): \(share) of \(all[feature])")
        }
        #expect(found > 50)
        for (praises, sum) in sums {
            let share = Double(sum.positive) / Double(sum.all)
            #expect(abs(share - 0.5) < 0.03, "\(praises): \(share)")
        }
    }

    @Test func englishIsWellFormed() {
        for review in Self.reviews(.english, 2000) {
            let text = review.text
            #expect(!text.contains("  ") && !text.contains(" .") && !text.contains("{"), "\(text)")
            #expect(text.last.map { ".!".contains($0) } ?? false, "\(text)")
            #expect(text.first?.isUppercase ?? false, "\(text)")
            let words = text.split(separator: " ").map { $0.lowercased() }
            for (word, next) in zip(words, words.dropFirst()) where ["a", "an"].contains(word) {
                let isVowel = "aeiou".contains(next.prefix(1)) && !next.hasPrefix("use")
                #expect((word == "an") == isVowel, "\(text)")
            }
        }
    }

    @Test func chineseIsWellFormed() {
        for review in Self.reviews(.chinese, 2000) {
            let text = review.text
            #expect(!text.contains(" ") && !text.contains("{") && !text.contains("，，"), "\(text)")
            #expect(text.last.map { "。！".contains($0) } ?? false, "\(text)")
            #expect(!text.contains { $0.isASCII }, "\(text)")
            #expect(!text.contains("不不") && !text.contains("很很"), "\(text)")
        }
    }

    @Test(arguments: ReviewLanguage.allCases) func noiseIsByChoice(language: ReviewLanguage) {
        let plain = Self.reviews(language, 2000)
        let careless = Self.reviews(language, 2000, noise: 0.05)
        let changed = zip(plain, careless).count { $0.text != $1.text }
        #expect((100...500).contains(changed), "\(changed) of 2000")
        #expect(zip(plain, careless).allSatisfy { $0.isPositive == $1.isPositive })
    }

    /// Reviews hardly ever come twice, so that there are millions.
    @Test(arguments: ReviewLanguage.allCases) func manyReviews(language: ReviewLanguage) {
        let distinct = Set(Self.reviews(language, 8000).map(\.text)).count
        #expect(distinct > 7900, "\(distinct) of 8000")
    }

    @Test(arguments: ReviewLanguage.allCases) func files(language: ReviewLanguage) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/reviews-\(UUID())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let grammar = ReviewGrammar(language, noise: 0.1)
        try grammar.write(to: folder, train: 400, validation: 100, generator: Generator(seed: 1))
        let train = try CSVTable("\(folder)/train.csv")
        let validation = try CSVTable("\(folder)/validation.csv")
        #expect(train.columns == ["label", "text"] && train.rows.count == 400)
        let texts = try train.texts("text") + validation.texts("text")
        #expect(Set(texts).count == 500)
        let labels = try validation.texts("label")
        #expect(labels.count { $0 == "positive" } == 50 && labels.count { $0 == "negative" } == 50)
    }

    /// Every gap can be filled, and every symbol can express both polarities.
    @Test(arguments: ReviewLanguage.allCases) func grammarsAreComplete(language: ReviewLanguage) {
        let grammar = language == .english ? English.grammar : Chinese.grammar
        let lexicon = language == .english ? English.lexicon : Chinese.lexicon
        for domain in lexicon.domains {
            let symbols = grammar.symbols + domain.grammar.symbols
            for templates in symbols.compactMap({ domain.grammar[$0] ?? grammar[$0] }) {
                for isPositive in [true, false] {
                    #expect(templates.contains { ($0.onlyPositive ?? isPositive) == isPositive })
                }
                for case .slot(let slot) in templates.flatMap(\.pieces) {
                    var derivation = Derivation(grammar, lexicon, Generator(seed: 1))
                    let isWord =
                        ["adj", "more", "extreme", "whole", "same"].contains(slot.symbol)
                        || lexicon.word(slot.symbol, &derivation) != nil
                    #expect(isWord || symbols.contains(slot.symbol), "\(slot.symbol)")
                }
            }
        }
    }

    @Test func quotes() {
        #expect(ReviewGrammar.quoted("a b") == "a b")
        #expect(ReviewGrammar.quoted("a, \"b\"") == "\"a, \"\"b\"\"\"")
        #expect(ReviewGrammar.quoted("a\nb") == "\"a\nb\"")
    }
}
