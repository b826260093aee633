public import Martlet
public import MartletNN

/// Embedding, a recurrent network, pooling over time, linear.
public final class RecurrentClassifier: TextClassifier {
    /// What the recurrent network is made of.
    public enum Cell: String, CaseIterable, Sendable {
        /// Long short-term memory (Hochreiter and Schmidhuber 1997).
        case lstm
        /// Gated recurrent units (Cho et al. 2014).
        case gru
    }

    /// The sizes and kinds of the parts.
    public struct Options: Sendable {
        /// How many ids there are.
        public var vocabulary: Int
        /// How many classes are scored.
        public var classes: Int
        /// The size of a word's vector.
        public var embeddingSize = 128
        /// What the recurrent network is made of.
        public var cell = Cell.lstm
        /// The size of a direction's state.
        public var hidden = 128
        /// How many recurrent layers there are.
        public var layers = 2
        /// Whether a second half of each layer reads backwards.
        public var isBidirectional = true
        /// The probability to drop outputs between layers, and what is pooled, in training.
        public var dropout = 0.0
        /// How the steps of a text become one vector.
        public var pooling = TextPooling.max
        /// The id that pads batches: its vector is 0 at first and is not trained.
        public var paddingIndex = 0

        /// - Parameters:
        ///   - vocabulary: how many ids there are.
        ///   - classes: how many classes are scored.
        public init(vocabulary: Int, classes: Int = 2) {
            self.vocabulary = vocabulary
            self.classes = classes
        }
    }

    /// `(vocabulary, embeddingSize)`: a vector for each word.
    public let embedding: Embedding
    /// An `LSTM` or a `GRU` over the words.
    public let rnn: RecurrentLayer
    /// For ``TextPooling/attention``; nil for any other pooling.
    public let attention: AttentionPooling?
    /// From what is pooled to the scores.
    public let fc: Linear
    private let dropout: Dropout
    private let options: Options

    /// A network with the given parts, whose parameters have not been drawn yet: see `Module.initialize`.
    public init(_ options: Options) {
        self.options = options
        embedding = Embedding(
            options.vocabulary, options.embeddingSize, paddingIdx: options.paddingIndex)
        rnn = RecurrentClassifier.layers(options)
        let width = options.hidden * (options.isBidirectional ? 2 : 1)
        attention = options.pooling == .attention ? AttentionPooling(width) : nil
        fc = Linear(width, options.classes)
        dropout = Dropout(options.dropout)
    }

    private static func layers(_ options: Options) -> RecurrentLayer {
        switch options.cell {
        case .lstm:
            LSTM(
                options.embeddingSize, options.hidden, numLayers: options.layers, batchFirst: true,
                dropout: options.dropout, bidirectional: options.isBidirectional)
        case .gru:
            GRU(
                options.embeddingSize, options.hidden, numLayers: options.layers, batchFirst: true,
                dropout: options.dropout, bidirectional: options.isBidirectional)
        }
    }

    /// Scores `(N, classes)` of embedded texts `(N, T, embeddingSize)`.
    public func scores(embedded: Tensor, ids: Tensor, lengths: Tensor?, _ context: Context)
        -> Tensor
    {
        let states = rnn.run(embedded, states: nil, lengths: lengths, context)
        return fc(dropout(pooled(states.output, states.h, lengths, context), context), context)
    }

    private func pooled(_ steps: Tensor, _ last: Tensor, _ lengths: Tensor?, _ context: Context)
        -> Tensor
    {
        switch options.pooling {
        case .mean: return steps.meanOfSteps(lengths)
        case .max: return steps.greatestOfSteps(lengths)
        case .attention:
            guard let attention else { preconditionFailure("RecurrentClassifier: no attention") }
            return attention(steps, lengths: lengths, context).output
        case .last:
            // (layers * directions, N, hidden): the last layer's directions side by side.
            let directions = options.isBidirectional ? 2 : 1
            return last.narrow(
                dim: 0, start: (options.layers - 1) * directions, length: directions
            ).transpose(0, 1).flatten(from: 1)
        }
    }
}
