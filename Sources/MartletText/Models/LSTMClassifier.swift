public import Martlet
public import MartletNN

/// Word ids `(N, T)` to scores `(N, classes)`: embedding, bidirectional LSTM, the greatest output over time, linear.
public final class LSTMClassifier: Layer {
    /// `(vocabulary, dimension)`: a vector for each word.
    public let embedding: Embedding
    /// Both directions over the words.
    public let rnn: LSTM
    /// From the greatest outputs to the scores.
    public let fc: Linear

    public init(
        vocabulary: Int, classes: Int = 2, embeddingSize: Int = 128, hidden: Int = 128,
        layers: Int = 2, paddingIndex: Int = 0
    ) {
        embedding = Embedding(vocabulary, embeddingSize, paddingIdx: paddingIndex)
        rnn = LSTM(embeddingSize, hidden, numLayers: layers, batchFirst: true, bidirectional: true)
        fc = Linear(2 * hidden, classes)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        let outputs = rnn(embedding(x, context), context).output
        return fc(outputs.max(dims: [1]), context)
    }
}
