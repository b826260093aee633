public import Martlet
public import MartletNN

/// Convolutions of several widths over the words, the greatest of each filter over time, dropout, linear (Kim,
/// "Convolutional neural networks for sentence classification", 2014).
public final class TextCNN: TextClassifier {
    /// `(vocabulary, embeddingSize)`: a vector for each word.
    public let embedding: Embedding
    /// For each width k `(filters, k * embeddingSize)`: a filter over k words that follow each other, as PyTorch's
    /// `Conv2d(1, filters, (k, embeddingSize))` has it but for the shape.
    public let convs: [Linear]
    /// From all filters to the scores.
    public let fc: Linear
    private let widths: [Int]
    private let dropout: Dropout

    /// - Parameters:
    ///   - vocabulary: how many ids there are.
    ///   - classes: how many classes are scored.
    ///   - embeddingSize: the size of a word's vector.
    ///   - widths: how many words each kind of filter sees.
    ///   - filters: how many there are of each kind.
    ///   - dropout: the probability to drop what is pooled, in training.
    ///   - paddingIndex: the id that pads batches: its vector is 0 at first and is not trained.
    public init(
        vocabulary: Int, classes: Int = 2, embeddingSize: Int = 128, widths: [Int] = [3, 4, 5],
        filters: Int = 100, dropout: Double = 0.5, paddingIndex: Int = 0
    ) {
        precondition(
            !widths.isEmpty && widths.allSatisfy { $0 > 0 },
            "TextCNN: expected positive widths, got \(widths)")
        self.widths = widths
        embedding = Embedding(vocabulary, embeddingSize, paddingIdx: paddingIndex)
        convs = widths.map { Linear($0 * embeddingSize, filters) }
        fc = Linear(filters * widths.count, classes)
        self.dropout = Dropout(dropout)
    }

    /// Scores `(N, classes)` of embedded texts `(N, T, embeddingSize)`. A text that is shorter than a filter goes on with
    /// zeros; those that are not see no padding.
    public func scores(embedded: Tensor, ids: Tensor, lengths: Tensor?, _ context: Context)
        -> Tensor
    {
        let lengths =
            lengths ?? Tensor.full([ids.shape[0]], Double(ids.shape[1]), dtype: .int64)
        let valid = embedded.validSteps(lengths).unsqueeze(2)
        let words = Tensor.where(valid, embedded, Tensor.zeros([], dtype: embedded.dtype))
        let pooled = zip(widths, convs).map { width, conv in
            // The window of each step: the step itself and those after it, side by side.
            let windows = Tensor.cat(
                (0..<width).map { words.pad([(0, 0), (0, $0)]).slice(dim: 1, from: $0) }, dim: 2)
            let within = (lengths - (width - 1)).maximum(Tensor(1))
            return conv(windows, context).relu().greatestOfSteps(within)
        }
        return fc(dropout(Tensor.cat(pooled, dim: 1), context), context)
    }
}
