public import Martlet

/// A learnt vector for each of a number of things: indices `(...)` give `(..., embeddingDim)`.
public final class Embedding: Layer {
    /// `(numEmbeddings, embeddingDim)`, drawn from N(0, 1).
    public let weight: Parameter
    /// The row that starts as 0 and is not trained.
    public let paddingIdx: Int?
    /// The greatest norm a row that is used may have: those above it are scaled down to it, for good, in each forward pass,
    /// before they are used. nil for none.
    public let maxNorm: Double?
    /// Which norm that is: 2 for the Euclidean.
    public let normType: Double

    /// - Parameters:
    ///   - paddingIdx: the id whose vector is 0 at first and is not trained.
    ///   - maxNorm: the greatest norm of a vector: used ones beyond it are scaled back in place; nil for any.
    ///   - normType: which norm that is.
    public init(
        _ numEmbeddings: Int, _ embeddingDim: Int, paddingIdx: Int? = nil, maxNorm: Double? = nil,
        normType: Double = 2
    ) {
        weight = embeddingTable("Embedding", numEmbeddings, embeddingDim, paddingIdx)
        self.paddingIdx = paddingIdx
        self.maxNorm = maxNorm
        self.normType = normType
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        weight.limitRows(x, maxNorm, normType)
        return x.embedding(weight.value, paddingIdx: paddingIdx)
    }
}

/// The sum, mean or maximum of the vectors of each bag of things.
public final class EmbeddingBag: Layer {
    /// `(numEmbeddings, embeddingDim)`, drawn from N(0, 1).
    public let weight: Parameter
    public let mode: BagMode
    /// A row that starts as 0 and does not count.
    public let paddingIdx: Int?
    /// The greatest norm a row that is used may have: see `Embedding`.
    public let maxNorm: Double?
    /// Which norm that is: 2 for the Euclidean.
    public let normType: Double

    /// - Parameters:
    ///   - paddingIdx: the id whose vector is 0 at first and is not trained.
    ///   - maxNorm: the greatest norm of a vector: used ones beyond it are scaled back in place; nil for any.
    ///   - normType: which norm that is.
    public init(
        _ numEmbeddings: Int, _ embeddingDim: Int, mode: BagMode = .mean, paddingIdx: Int? = nil,
        maxNorm: Double? = nil, normType: Double = 2
    ) {
        weight = embeddingTable("EmbeddingBag", numEmbeddings, embeddingDim, paddingIdx)
        self.mode = mode
        self.paddingIdx = paddingIdx
        self.maxNorm = maxNorm
        self.normType = normType
    }

    /// Bags of one size: indices `(bags, n)` give `(bags, embeddingDim)`.
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        callAsFunction(x, offsets: nil, context)
    }

    /// Indices `(n)` in bags that start at `offsets` `(bags)`, or `(bags, n)` without, each perhaps with a factor.
    public func callAsFunction(
        _ x: Tensor, offsets: Tensor?, perSampleWeights: Tensor? = nil, _ context: Context
    ) -> Tensor {
        weight.limitRows(x, maxNorm, normType)
        return x.embeddingBag(
            weight.value, offsets: offsets, mode: mode, perSampleWeights: perSampleWeights,
            paddingIdx: paddingIdx)
    }
}

private func embeddingTable(_ name: String, _ rows: Int, _ size: Int, _ padding: Int?) -> Parameter
{
    precondition(
        rows > 0 && size > 0, "\(name): sizes must be positive, got \(rows) and \(size)")
    let row = padding.map { $0 < 0 ? $0 + rows : $0 }
    precondition(
        row.map { $0 >= 0 && $0 < rows } ?? true,
        "\(name): paddingIdx \(padding ?? 0) is outside the \(rows) rows")
    return Parameter(
        [rows, size],
        Initializer { shape, generator in
            var table = Tensor.randn(shape, generator: &generator)
            if let row { table[row] = Tensor.zeros([size]) }
            return table
        })
}

extension Parameter {
    /// Scales the rows at these indices whose norm is above the limit down to it.
    fileprivate func limitRows(_ indices: Tensor, _ maxNorm: Double?, _ normType: Double) {
        guard let maxNorm else { return }
        update { $0.limitRows(indices, maxNorm: maxNorm, normType: normType) }
    }
}
