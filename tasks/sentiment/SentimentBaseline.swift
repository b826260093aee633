internal import Foundation
internal import Martlet
internal import MartletData
public import MartletPipeline
internal import MartletText

extension SentimentTask {
    /// TF-IDF of n-grams of tokens, and logistic regression: what a network is compared with.
    public static func baseline(_ options: SentimentOptions) throws -> Baseline {
        let data = try TextData(
            discovering: options.data, format: options.tableFormat, onBad: options.badRows)
        guard let train = data.train, let held = data.validation ?? data.test else {
            throw ConfigurationError([
                "data \(options.data): expected texts to train and to evaluate on; found \(data)"
            ])
        }
        Log.info("data: \(data)")
        let vectorizer = try SentimentRecipe.settle(options, train)
        let start = ContinuousClock.now
        let baseline = LinearBaseline(train, vectorizer, classes: data.classes.count)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let evaluation = baseline.evaluation(on: held, classes: data.classes)
        let text = """
            \(baseline.summary), fitted to \(train.count) texts in \((seconds * 10).rounded() / 10) s, \
            on \(held.count) texts:

            \(evaluation.report)

            what speaks most for each class:
            \(baseline.strongest(classes: data.classes))
            """
        return Baseline(values: evaluation.values, text: text)
    }
}

/// TF-IDF of n-grams of tokens, and logistic regression.
struct LinearBaseline {
    private static let ngrams = 1...2
    private let vectorizer: TextVectorizer
    private let bag: BagOfWords
    private let weighting: TFIDF
    private let classifier: LinearTextClassifier

    /// Fits it to texts, all tokens of each.
    init(_ texts: LabelledTexts, _ vectorizer: TextVectorizer, classes: Int) {
        self.vectorizer = vectorizer
        let documents = vectorizer.tokens(texts.items.map(\.text))
        bag = BagOfWords(fitting: documents, ngrams: LinearBaseline.ngrams, minimumDocuments: 2)
        let counts = bag.transform(documents)
        weighting = TFIDF(fitting: counts, isSublinear: true)
        classifier = LinearTextClassifier(
            fitting: weighting.transform(counts), labels: texts.labels, classes: max(2, classes),
            c: 10)
    }

    var summary: String {
        let (low, high) = (LinearBaseline.ngrams.lowerBound, LinearBaseline.ngrams.upperBound)
        return "TF-IDF of \(bag.features.count) n-grams of \(low) to \(high) "
            + "\(vectorizer.form.tokenizer.name) and logistic regression"
    }

    /// How well it does on texts.
    func evaluation(on texts: LabelledTexts, classes: [String]) -> SentimentEvaluation {
        let documents = vectorizer.tokens(texts.items.map(\.text))
        let probabilities = classifier.probabilities(weighting.transform(bag.transform(documents)))
        var evaluation = SentimentEvaluation(classes: classes)
        evaluation.update(
            // Their logarithms are logits whose softmax they are.
            logits: (probabilities + 1e-12).log().to(.float32), labels: texts.labels,
            indices: Array(0..<texts.count), texts: texts.items.map { ($0.text, $0.source) },
            tokens: documents.map(\.count))
        return evaluation
    }

    /// A line a class.
    func strongest(classes: [String]) -> String {
        classes.enumerated().map { index, name in
            let features = classifier.strongestFeatures(of: index, names: bag.features, count: 12)
            return
                "\(name): \(features.map { TextSpans.plain($0.feature) }.joined(separator: ", "))"
        }.joined(separator: "\n")
    }
}
