import Foundation
import Martlet
import MartletData
import MartletText
import Testing

/// The baseline of Chinese reviews: TF-IDF of characters and pairs of them, and logistic regression.
@Suite struct BaselineTests {
    private static let environment = ProcessInfo.processInfo.environment

    private func reviews(_ part: String, in folder: String) throws -> ([[String]], [Int]) {
        let table = try CSVTable("\(folder)/sentiment/chnsenticorp_\(part).csv")
        return (
            try table.texts("review").map { $0.unicodeScalars.map { String($0) } },
            try table.texts("label").map { $0 == "1" ? 1 : 0 }
        )
    }

    /// scikit-learn 1.9.1 finds as many features and has as many right (Tests/Reference/text_features.py).
    @Test(.enabled(if: environment["MARTLET_DATA"] != nil, "MARTLET_DATA is not set"))
    func chineseReviews() throws {
        let folder = try #require(Self.environment["MARTLET_DATA"])
        let (texts, labels) = try reviews("train", in: folder)
        let (others, expected) = try reviews("validation", in: folder)
        let bag = BagOfWords(fitting: texts, minimumDocuments: 2)
        #expect(bag.features.count == 79_949)
        let counts = bag.transform(texts)
        let weights = TFIDF(fitting: counts, isSublinear: true)
        let classifier = LinearTextClassifier(
            fitting: weights.transform(counts), labels: labels, classes: 2)
        let predictions = classifier.predictions(weights.transform(bag.transform(others)))
        let right = zip(predictions, expected).count { $0 == $1 }
        #expect(abs(right - 1063) <= 2 && expected.count == 1200, "\(right) are right")
        let strongest = classifier.strongestFeatures(of: 0, names: bag.features, count: 8)
        #expect(strongest.map { $0.feature }.contains("差"))
    }
}
