public import Martlet
public import MartletNN

/// Translation with attention (Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to align and
/// translate", 2015): a bidirectional GRU reads the source, a GRU cell writes the target and looks at all of the source at
/// each step.
public final class Seq2Seq: Module {
    public let sourceEmbedding: Embedding
    public let targetEmbedding: Embedding
    public let encoder: GRU
    /// From both directions' last states to the decoder's first.
    public let bridge: Linear
    public let cell: GRUCell
    public let attention: BahdanauAttention
    public let output: Linear

    public init(sourceVocabulary: Int, targetVocabulary: Int, hidden: Int = 256) {
        sourceEmbedding = Embedding(sourceVocabulary, hidden)
        targetEmbedding = Embedding(targetVocabulary, hidden)
        encoder = GRU(hidden, hidden, batchFirst: true, bidirectional: true)
        bridge = Linear(2 * hidden, hidden)
        cell = GRUCell(3 * hidden, hidden)
        attention = BahdanauAttention(querySize: hidden, keySize: 2 * hidden, hiddenSize: hidden)
        output = Linear(3 * hidden, targetVocabulary)
    }

    /// Of source ids `(N, S)` and the target's ids so far `(N, T)` the scores of each next one `(N, T, targetVocabulary)`.
    public func callAsFunction(_ source: Tensor, _ target: Tensor, _ context: Context) -> Tensor {
        let (memory, last) = encoder(sourceEmbedding(source, context), context)
        var state = bridge(
            Tensor.cat([last.select(dim: 0, index: 0), last.select(dim: 0, index: 1)], dim: 1),
            context
        ).tanh()
        let keys = attention.projected(memory, context)
        let words = targetEmbedding(target, context).unbind(dim: 1)
        let outputs = words.map { word in
            let seen = attention(state, memory, projected: keys, context).context
            state = cell(Tensor.cat([word, seen], dim: 1), state, context)
            return Tensor.cat([state, seen], dim: 1)
        }
        return output(Tensor.stack(outputs, dim: 1), context)
    }
}
