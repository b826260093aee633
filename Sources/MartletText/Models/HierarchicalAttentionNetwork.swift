public import Martlet
public import MartletNN

/// A text as sentences and these as words: a recurrent network and attention over the words of each sentence, then over the
/// sentences (Yang et al., "Hierarchical attention networks for document classification", 2016).
///
/// A sentence ends after a certain id, or with the text.
public final class HierarchicalAttentionNetwork: TextClassifier {
    /// `(vocabulary, embeddingSize)`: a vector for each word.
    public let embedding: Embedding
    /// Over the words of a sentence.
    public let words: GRU
    /// From words to a sentence.
    public let wordAttention: AttentionPooling
    /// Over the sentences of a text.
    public let sentences: GRU
    /// From sentences to a text.
    public let sentenceAttention: AttentionPooling
    /// From a text to the scores.
    public let fc: Linear
    private let sentenceEnd: Int

    /// - Parameters:
    ///   - vocabulary: how many ids there are.
    ///   - sentenceEnd: the id that ends a sentence, and belongs to it.
    ///   - classes: how many classes are scored.
    ///   - embeddingSize: the size of a word's vector.
    ///   - hidden: the size of a direction's state, of words and of sentences.
    ///   - paddingIndex: the id that pads batches: its vector is 0 at first and is not trained.
    public init(
        vocabulary: Int, sentenceEnd: Int, classes: Int = 2, embeddingSize: Int = 128,
        hidden: Int = 50, paddingIndex: Int = 0
    ) {
        self.sentenceEnd = sentenceEnd
        embedding = Embedding(vocabulary, embeddingSize, paddingIdx: paddingIndex)
        words = GRU(embeddingSize, hidden, batchFirst: true, bidirectional: true)
        wordAttention = AttentionPooling(2 * hidden)
        sentences = GRU(2 * hidden, hidden, batchFirst: true, bidirectional: true)
        sentenceAttention = AttentionPooling(2 * hidden)
        fc = Linear(2 * hidden, classes)
    }

    /// Scores `(N, classes)` of embedded texts `(N, T, embeddingSize)`, whose sentences `ids` tell.
    public func scores(embedded: Tensor, ids: Tensor, lengths: Tensor?, _ context: Context)
        -> Tensor
    {
        let lengths =
            lengths ?? Tensor.full([ids.shape[0]], Double(ids.shape[1]), dtype: .int64)
        let plan = Tensor.apply(SentencePlan(end: sentenceEnd), [ids, lengths])
        let (wordRows, wordCounts) = (plan[0], plan[1])
        let (sentenceRows, sentenceCounts) = (plan[2], plan[3])
        let inSentences = wordRows.embedding(embedded.flatten(from: 0, to: 1))
        let read = words(inSentences, lengths: wordCounts, context).output
        let each = wordAttention(read, lengths: wordCounts, context).output
        let inTexts = sentenceRows.embedding(each)
        let whole = sentences(inTexts, lengths: sentenceCounts, context).output
        return fc(sentenceAttention(whole, lengths: sentenceCounts, context).output, context)
    }
}
