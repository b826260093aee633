public import Martlet
public import MartletNN

/// Each word between what a recurrent network makes of the words before and after it; of that the greatest over time, linear
/// (Lai et al., "Recurrent convolutional neural networks for text classification", 2015; the contexts come from an LSTM and
/// take in the word itself).
public final class TextRCNN: TextClassifier {
    /// `(vocabulary, embeddingSize)`: a vector for each word.
    public let embedding: Embedding
    /// The contexts to the left and to the right.
    public let rnn: LSTM
    /// From a word between its contexts to what is pooled.
    public let projection: Linear
    /// From what is pooled to the scores.
    public let fc: Linear
    private let hidden: Int
    private let dropout: Dropout

    /// - Parameters:
    ///   - vocabulary: how many ids there are.
    ///   - classes: how many classes are scored.
    ///   - embeddingSize: the size of a word's vector.
    ///   - hidden: the size of each context.
    ///   - layers: how many layers the recurrent network has; between them values are dropped too.
    ///   - features: how many numbers are pooled.
    ///   - dropout: the probability to drop what is pooled, in training.
    ///   - paddingIndex: the id that pads batches: its vector is 0 at first and is not trained.
    public init(
        vocabulary: Int, classes: Int = 2, embeddingSize: Int = 128, hidden: Int = 128,
        layers: Int = 1, features: Int = 128, dropout: Double = 0, paddingIndex: Int = 0
    ) {
        self.hidden = hidden
        embedding = Embedding(vocabulary, embeddingSize, paddingIdx: paddingIndex)
        rnn = LSTM(
            embeddingSize, hidden, numLayers: layers, batchFirst: true,
            dropout: layers > 1 ? dropout : 0, bidirectional: true)
        projection = Linear(2 * hidden + embeddingSize, features)
        fc = Linear(features, classes)
        self.dropout = Dropout(dropout)
    }

    /// Scores `(N, classes)` of embedded texts `(N, T, embeddingSize)`.
    public func scores(embedded: Tensor, ids: Tensor, lengths: Tensor?, _ context: Context)
        -> Tensor
    {
        let contexts = rnn(embedded, lengths: lengths, context).output
        let words = Tensor.cat(
            [
                contexts.slice(dim: 2, to: hidden), embedded.to(contexts.dtype),
                contexts.slice(dim: 2, from: hidden),
            ], dim: 2)
        let pooled = projection(words, context).tanh().greatestOfSteps(lengths)
        return fc(dropout(pooled, context), context)
    }
}
