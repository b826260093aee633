internal import Glibc

/// Counts of features, weighted by how rare the features are: term frequency times inverse document frequency, each document
/// then of length 1, as scikit-learn's `TfidfTransformer` has it.
///
/// The inverse document frequency is ln((1 + n) / (1 + d)) + 1 for a feature that is in d of n documents (Spärck Jones, "A
/// statistical interpretation of term specificity and its application in retrieval", 1972; smoothed as if one more document
/// had every feature).
public struct TFIDF: Sendable {
    /// What each feature is multiplied with.
    public let inverseDocumentFrequencies: [Double]
    /// Whether a count c is taken as 1 + ln c.
    public let isSublinear: Bool

    /// Learns how rare features are.
    ///
    /// - Parameters:
    ///   - counts: what `BagOfWords` counted in the documents to learn from.
    ///   - isSublinear: whether to take a count c as 1 + ln c, so that repetition matters less.
    public init(fitting counts: TermMatrix, isSublinear: Bool = false) {
        let documents = Double(counts.documents)
        inverseDocumentFrequencies = counts.documentFrequencies.map {
            log((1 + documents) / (1 + Double($0))) + 1
        }
        self.isSublinear = isSublinear
    }

    /// The weights of counts. A document without features has none.
    public func transform(_ counts: TermMatrix) -> TermMatrix {
        precondition(
            counts.features == inverseDocumentFrequencies.count,
            "TFIDF.transform: expected counts of \(inverseDocumentFrequencies.count) features, got "
                + "\(counts.features)")
        var result = counts
        for document in 0..<counts.documents {
            var squares = 0.0
            for entry in counts.range(of: document) {
                let count = counts.values[entry]
                let weight =
                    (isSublinear ? 1 + log(count) : count)
                    * inverseDocumentFrequencies[Int(counts.columns[entry])]
                result.values[entry] = weight
                squares += weight * weight
            }
            let length = squares.squareRoot()
            for entry in counts.range(of: document) { result.values[entry] /= length }
        }
        return result
    }
}
