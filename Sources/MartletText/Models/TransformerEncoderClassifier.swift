public import Martlet
public import MartletNN

/// Embedding and positions, the encoder layers of a transformer (Vaswani et al. 2017), the mean over time, linear.
public final class TransformerEncoderClassifier: TextClassifier {
    /// The sizes of the parts; small by default, for training from scratch on a few thousand texts.
    public struct Options: Sendable {
        /// How many ids there are.
        public var vocabulary: Int
        /// How many classes are scored.
        public var classes: Int
        /// The size of a word's vector, and of all that layers hand on.
        public var size = 128
        /// How many heads attention has.
        public var heads = 4
        /// How many encoder layers there are.
        public var layers = 2
        /// The width of the feed-forward part of a layer.
        public var feedforwardSize = 256
        /// The probability to drop embedded words and what layers add to them, in training.
        public var dropout = 0.1
        /// The most ids a text may have.
        public var maximumLength = 1024
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

    /// `(vocabulary, size)`: a vector for each word.
    public let embedding: Embedding
    /// The layers, normalised before each part.
    public let encoder: TransformerEncoder
    /// From the mean to the scores.
    public let fc: Linear
    /// `(maximumLength, size)`: sines and cosines.
    private let positions: Tensor
    private let dropout: Dropout

    /// A network with the given parts, whose parameters have not been drawn yet: see `Module.initialize`.
    public init(_ options: Options) {
        var layer = TransformerOptions()
        layer.feedforwardSize = options.feedforwardSize
        layer.dropout = options.dropout
        layer.normFirst = true
        layer.batchFirst = true
        embedding = Embedding(options.vocabulary, options.size, paddingIdx: options.paddingIndex)
        let own = layer
        encoder = TransformerEncoder(
            (0..<options.layers).map { _ in
                TransformerEncoderLayer(options.size, options.heads, own)
            }, norm: LayerNorm(options.size))
        fc = Linear(options.size, options.classes)
        positions = PositionalEncoding.table(options.maximumLength, options.size)
        dropout = Dropout(options.dropout)
    }

    /// Scores `(N, classes)` of embedded texts `(N, T, size)`; T is at most `maximumLength`.
    public func scores(embedded: Tensor, ids: Tensor, lengths: Tensor?, _ context: Context)
        -> Tensor
    {
        precondition(
            embedded.shape[1] <= positions.shape[0],
            "TransformerEncoderClassifier: expected at most \(positions.shape[0]) ids in a text, got "
                + "\(embedded.shape[1])")
        let places = positions.to(embedded.dtype).firstRows(asManyAs: embedded, dim: 1)
        let x = dropout(embedded + places, context)
        let hidden = lengths.map { lengths in
            Tensor.where(
                x.validSteps(lengths), Tensor.zeros([]), Tensor.full([], -.infinity))
        }
        return fc(encoder(x, keyPaddingMask: hidden, context).meanOfSteps(lengths), context)
    }
}
