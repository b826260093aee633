public import Martlet
public import MartletNN

/// The mean of the vectors of a text's words and word pairs, linear (Joulin et al., "Bag of tricks for efficient text
/// classification", 2017). Pairs are ids as words are: see ``features(of:vocabulary:buckets:)``.
public final class FastText: TextClassifier {
    /// `(vocabulary + buckets, embeddingSize)`: a vector for each word and each bucket of pairs.
    public let embedding: Embedding
    /// From the mean to the scores.
    public let fc: Linear

    /// - Parameters:
    ///   - vocabulary: how many words there are.
    ///   - classes: how many classes are scored.
    ///   - embeddingSize: the size of a vector.
    ///   - buckets: how many vectors word pairs share; 0 for none.
    ///   - paddingIndex: the id that pads batches: its vector is 0 at first and is not trained.
    public init(
        vocabulary: Int, classes: Int = 2, embeddingSize: Int = 100, buckets: Int = 0,
        paddingIndex: Int = 0
    ) {
        precondition(buckets >= 0, "FastText: expected 0 or more buckets, got \(buckets)")
        embedding = Embedding(vocabulary + buckets, embeddingSize, paddingIdx: paddingIndex)
        fc = Linear(embeddingSize, classes)
    }

    /// Scores `(N, classes)` of embedded texts `(N, T, embeddingSize)`.
    public func scores(embedded: Tensor, ids: Tensor, lengths: Tensor?, _ context: Context)
        -> Tensor
    {
        fc(embedded.meanOfSteps(lengths), context)
    }

    /// A text's words followed by its pairs of neighbouring words: n words give 2 n - 1 ids, or n without buckets.
    ///
    /// A pair's id is `vocabulary` plus its hash (FNV-1a of both ids as 4 bytes each, little-endian) modulo `buckets`.
    ///
    /// - Parameters:
    ///   - words: ids in 0 ..< vocabulary.
    ///   - vocabulary: how many words there are.
    ///   - buckets: how many ids pairs share.
    public static func features(of words: [Int], vocabulary: Int, buckets: Int) -> [Int] {
        guard buckets > 0 else { return words }
        let pairs = zip(words, words.dropFirst()).map { first, second in
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for id in [first, second] {
                for shift in [0, 8, 16, 24] {
                    hash = (hash ^ UInt64(id >> shift & 0xFF)) &* 0x100_0000_01B3
                }
            }
            return vocabulary + Int(hash % UInt64(buckets))
        }
        return words + pairs
    }

    /// What each word has of values that words and their pairs have: those of a pair go to its two words by halves.
    ///
    /// - Parameters:
    ///   - values: of the words, followed by those of the pairs, if there are any: see ``features(of:vocabulary:buckets:)``.
    ///   - words: how many words there are.
    public static func sharedAmongWords(_ values: [Float], words: Int) -> [Float] {
        precondition(
            values.count == words || values.count == max(words, 2 * words - 1),
            "FastText.sharedAmongWords: \(values.count) values of \(words) words and their pairs")
        var shared = Array(values.prefix(words))
        for (first, value) in values.dropFirst(words).enumerated() {
            shared[first] += value / 2
            shared[first + 1] += value / 2
        }
        return shared
    }
}
