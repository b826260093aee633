public import Martlet
public import MartletNN

/// A text as sentences and these as words: a recurrent network and attention over the words of each sentence, then over the
/// sentences (Yang et al., "Hierarchical attention networks for document classification", 2016).
///
/// A sentence ends after a certain id, or with the text. Where that is decides what is computed, so that the network has no
/// ONNX form: exporting it throws `ONNXFormError`.
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

/// Where the words of sentences `(sentences, words)` and the sentences of texts `(N, sentences)` are among the rows of all
/// words and of all sentences, each followed by how many there are.
private struct SentencePlan: TensorOperation {
    let end: Int

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let (texts, steps) = (inputs[0].shape[0], inputs[0].shape[1])
        let ids = inputs[0].array(as: Int.self)
        var sentences: [[Int]] = []
        var rows: [[Int]] = []
        for (text, length) in inputs[1].array(as: Int.self).enumerated() {
            let first = text * steps
            var (own, start) = ([Int](), first)
            for place in first..<(first + length)
            where ids[place] == end || place + 1 == first + length {
                own.append(sentences.count)
                sentences.append(Array(start...place))
                start = place + 1
            }
            rows.append(own)
        }
        precondition(rows.count == texts, "HierarchicalAttentionNetwork: a length is missing")
        return [padded(sentences), counts(sentences), padded(rows), counts(rows)]
    }

    /// Rows of one length; what is filled in is row 0, which counts nothing.
    private func padded(_ rows: [[Int]]) -> Tensor {
        let width = rows.map(\.count).max() ?? 0
        let filled = rows.flatMap { $0 + [Int](repeating: 0, count: width - $0.count) }
        return Tensor(filled, shape: [rows.count, width])
    }

    private func counts(_ rows: [[Int]]) -> Tensor { Tensor(rows.map(\.count)) }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] { [nil, nil] }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        throw ONNXFormError(
            operation: "HierarchicalAttentionNetwork",
            reason: "where sentences end decides what is computed")
    }
}
