public import Martlet

/// Additive attention (Bahdanau, Cho and Bengio 2015): v · tanh(W query + U key) for every key.
public final class BahdanauAttention: Module {
    /// Of queries.
    public let query: Linear
    /// Of keys.
    public let key: Linear
    /// From the hidden sum to a score.
    public let score: Linear

    public init(querySize: Int, keySize: Int, hiddenSize: Int) {
        query = Linear(querySize, hiddenSize)
        key = Linear(keySize, hiddenSize)
        score = Linear(hiddenSize, 1)
    }

    /// What a decoder's steps have in common: the keys' product `(N, S, hiddenSize)`.
    public func projected(_ keys: Tensor, _ context: Context) -> Tensor { key(keys, context) }

    /// - Parameters:
    ///   - query: `(N, querySize)`.
    ///   - keys: `(N, S, keySize)`, which are the values, too.
    ///   - projected: what `projected` gives for the keys; computed when nil.
    ///   - mask: `(N, S)`, true for keys that are seen.
    /// - Returns: the mean of the keys by their weights `(N, keySize)`, and the weights `(N, S)`.
    public func callAsFunction(
        _ query: Tensor, _ keys: Tensor, projected: Tensor? = nil, mask: Tensor? = nil,
        _ context: Context
    ) -> (context: Tensor, weights: Tensor) {
        requireSequence(
            query, keys, self.query.weight.shape[1], key.weight.shape[1], "BahdanauAttention")
        let hidden = self.query(query, context).unsqueeze(1) + (projected ?? key(keys, context))
        return weighted(score(hidden.tanh(), context).squeeze(2), keys, mask)
    }
}

/// Multiplicative attention (Luong, Pham and Manning 2015).
public final class LuongAttention: Module {
    /// How a query and a key make a score.
    public enum Score: Sendable {
        /// query · key; both have one size.
        case dot
        /// query · W key.
        case general
        /// v · tanh(W [query, key]).
        case concat(hiddenSize: Int)
    }

    /// W; nil for `dot`.
    public let weight: Linear?
    /// v, for `concat`.
    public let vector: Linear?
    private let sizes: (query: Int, key: Int)

    public init(_ score: Score, querySize: Int, keySize: Int) {
        sizes = (querySize, keySize)
        switch score {
        case .dot:
            precondition(
                querySize == keySize,
                "LuongAttention: dot needs queries and keys of one size, got \(querySize) and "
                    + "\(keySize)")
            (weight, vector) = (nil, nil)
        case .general: (weight, vector) = (Linear(keySize, querySize, bias: false), nil)
        case .concat(let hidden):
            weight = Linear(querySize + keySize, hidden, bias: false)
            vector = Linear(hidden, 1, bias: false)
        }
    }

    /// The mean of keys `(N, S, keySize)` by their weights for a query `(N, querySize)`, `(N, keySize)`, and the weights
    /// `(N, S)`; `mask` `(N, S)` is true for keys that are seen.
    public func callAsFunction(
        _ query: Tensor, _ keys: Tensor, mask: Tensor? = nil, _ context: Context
    ) -> (context: Tensor, weights: Tensor) {
        requireSequence(query, keys, sizes.query, sizes.key, "LuongAttention")
        if let weight, let vector {
            let wide = query.unsqueeze(1).expand([keys.shape[0], keys.shape[1], query.shape[1]])
            let hidden = weight(Tensor.cat([wide, keys], dim: 2), context).tanh()
            return weighted(vector(hidden, context).squeeze(2), keys, mask)
        }
        let turned = weight.map { $0(keys, context) } ?? keys
        return weighted(turned.matmul(query.unsqueeze(2).to(turned.dtype)).squeeze(2), keys, mask)
    }
}

/// Stops unless a batch has a query and keys of these sizes for each sample.
private func requireSequence(
    _ query: Tensor, _ keys: Tensor, _ querySize: Int, _ keySize: Int, _ layer: String
) {
    precondition(
        query.ndim == 2 && keys.ndim == 3 && query.shape[0] == keys.shape[0]
            && query.shape[1] == querySize && keys.shape[2] == keySize,
        "\(layer): expected a query (N, \(querySize)) and keys (N, S, \(keySize)), got "
            + "\(query.shape) and \(keys.shape)")
}

/// The mean of keys `(N, S, size)` by the softmax of scores `(N, S)`.
private func weighted(_ scores: Tensor, _ keys: Tensor, _ mask: Tensor?) -> (
    context: Tensor, weights: Tensor
) {
    var scores = scores
    if let mask {
        precondition(
            mask.shape == scores.shape && mask.dtype == .bool,
            "attention: expected a mask of bool \(scores.shape), got \(mask.dtype) \(mask.shape)")
        scores = Tensor.where(mask, scores, Tensor.full([], -.infinity, dtype: scores.dtype))
    }
    let weights = scores.softmax(dim: 1)
    return (weights.unsqueeze(1).matmul(keys).squeeze(1), weights)
}
