import Foundation
import Martlet
import MartletTesting
import Testing

@testable import MartletText

/// Counts, weights and classifiers against scikit-learn's.
@Suite struct FeatureTests {
    private struct Fixture: Decodable {
        let documents: [[String]]
        let cases: [Case]
        let classifiers: [Classifier]
    }

    private struct Case: Decodable {
        let ngrams: [Int]
        let minimumDocuments: Int
        let maximumFeatures: Int?
        let isBinary: Bool
        let isSublinear: Bool
        let features: [String]
        let counts: [[[Double]]]
        let weights: [[[Double]]]
    }

    private struct Classifier: Decodable {
        let classes: Int
        let c: Double
        let labels: [Int]
        let weights: [[Double]]
        let biases: [Double]
        let probabilities: [[Double]]
    }

    private let fixture: Fixture

    init() throws {
        let url = try #require(
            Bundle.module.url(forResource: "Fixtures/text_features", withExtension: "json"))
        fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
    }

    private func expectRows(_ matrix: TermMatrix, _ expected: [[[Double]]], _ what: String) {
        #expect(matrix.documents == expected.count, "\(what)")
        for (document, row) in expected.enumerated() {
            let entries = matrix.entries(of: document)
            #expect(entries.map { $0.feature } == row.map { Int($0[0]) }, "\(what) of \(document)")
            for (entry, other) in zip(entries, row) {
                #expect(abs(entry.value - other[1]) < 1e-12, "\(what) of \(document)")
            }
        }
    }

    @Test func countsAndWeights() {
        for other in fixture.cases {
            let bag = BagOfWords(
                fitting: fixture.documents, ngrams: other.ngrams[0]...other.ngrams[1],
                minimumDocuments: other.minimumDocuments, maximumFeatures: other.maximumFeatures,
                isBinary: other.isBinary)
            // Strings that are canonically equivalent are equal in Swift.
            #expect(bag.features.map { Array($0.utf8) } == other.features.map { Array($0.utf8) })
            let counts = bag.transform(fixture.documents)
            expectRows(counts, other.counts, "counts")
            let weights = TFIDF(fitting: counts, isSublinear: other.isSublinear)
                .transform(counts)
            expectRows(weights, other.weights, "weights")
        }
    }

    @Test func classifiers() {
        let counts = BagOfWords(fitting: fixture.documents, ngrams: 1...1)
            .transform(fixture.documents)
        let features = TFIDF(fitting: counts).transform(counts)
        for other in fixture.classifiers {
            let classifier = LinearTextClassifier(
                fitting: features, labels: other.labels, classes: other.classes, c: other.c,
                tolerance: 1e-6)
            expectClose(classifier.weights, Tensor(other.weights), rtol: 0, atol: 1e-4, "weights")
            expectClose(classifier.biases, Tensor(other.biases), rtol: 0, atol: 1e-4, "biases")
            let probabilities = classifier.probabilities(features)
            expectClose(
                probabilities, Tensor(other.probabilities), rtol: 0, atol: 1e-4, "probabilities")
            #expect(
                classifier.predictions(features)
                    == Tensor(other.probabilities).argmax(dim: 1).array(as: Int.self))
        }
    }

    /// The gradient that L-BFGS follows is that of the loss.
    @Test(arguments: [1, 3]) func gradient(width: Int) {
        let bag = BagOfWords(fitting: fixture.documents, ngrams: 1...1)
        let features = bag.transform(fixture.documents)
        let loss = LogisticLoss(
            features: features, labels: fixture.classifiers[width == 1 ? 0 : 2].labels,
            width: width, c: 0.7)
        var generator = Generator(seed: 1)
        var weights = (0..<features.features * width).map { _ in generator.normal() }
        let biases = (0..<width).map { _ in generator.normal() }
        let gradients = loss.evaluate(weights: weights, biases: biases).gradients
        for i in weights.indices {
            let before = weights[i]
            weights[i] = before + 1e-5
            let above = loss.evaluate(weights: weights, biases: biases).value
            weights[i] = before - 1e-5
            let below = loss.evaluate(weights: weights, biases: biases).value
            weights[i] = before
            #expect(abs((above - below) / 2e-5 - gradients.weights[i]) < 1e-6)
        }
    }

    @Test func featuresDoNotDependOnOrder() {
        let bag = BagOfWords(fitting: fixture.documents, maximumFeatures: 20)
        let reversed = BagOfWords(fitting: fixture.documents.reversed(), maximumFeatures: 20)
        #expect(bag.features == reversed.features)
        #expect(
            bag.transform(fixture.documents) == reversed.transform(fixture.documents))
    }

    @Test func unknownTokensBreakNGrams() {
        let bag = BagOfWords(fitting: [["a", "b", "c"]], ngrams: 1...3)
        #expect(bag.features == ["a", "a b", "a b c", "b", "b c", "c"])
        let counts = bag.transform([["a", "x", "b", "c"], [], ["x"], ["c", "a", "b"]])
        #expect(counts.entries(of: 0).map { bag.features[$0.feature] } == ["a", "b", "b c", "c"])
        #expect(counts.entries(of: 1).isEmpty && counts.entries(of: 2).isEmpty)
        #expect(counts.entries(of: 3).map { bag.features[$0.feature] } == ["a", "a b", "b", "c"])
    }

    @Test func nothingToCount() {
        let bag = BagOfWords(fitting: [[], []])
        #expect(bag.features.isEmpty)
        let weights = TFIDF(fitting: bag.transform([[]])).transform(bag.transform([["a"]]))
        #expect(weights.documents == 1 && weights.values.isEmpty)
    }

    @Test func strongestFeatures() {
        let documents = [["good", "room"], ["bad", "room"], ["good"], ["bad"]]
        let bag = BagOfWords(fitting: documents, ngrams: 1...1)
        let classifier = LinearTextClassifier(
            fitting: bag.transform(documents), labels: [1, 0, 1, 0], classes: 2)
        let best = classifier.strongestFeatures(of: 1, names: bag.features, count: 1)
        let worst = classifier.strongestFeatures(of: 0, names: bag.features, count: 1)
        #expect(best.map { $0.feature } == ["good"] && worst.map { $0.feature } == ["bad"])
        #expect(best[0].weight > 0 && abs(best[0].weight - worst[0].weight) < 1e-6)
    }
}
