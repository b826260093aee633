public import Martlet

/// Attention of several heads (Vaswani et al. 2017).
///
/// Masks have PyTorch's sense here: of `bool`, true is what must not be seen.
public final class MultiheadAttention: Module {
    /// `(3 * embedDim, embedDim)`: of queries, keys and values; nil where keys or values have sizes of their own.
    public let inProjWeight: Parameter?
    /// `(embedDim, embedDim)`, where keys or values have sizes of their own.
    public let qProjWeight: Parameter?
    /// `(embedDim, kdim)`.
    public let kProjWeight: Parameter?
    /// `(embedDim, vdim)`.
    public let vProjWeight: Parameter?
    /// `(3 * embedDim)`; nil without biases.
    public let inProjBias: Parameter?
    public let outProj: OutProjection

    private let options: Options

    private struct Options {
        let size: Int
        let heads: Int
        let dropout: Double
        let batchFirst: Bool
    }

    /// - Parameters:
    ///   - dropout: of the weights, in training.
    ///   - kdim: the size of keys; nil for `embedDim`.
    ///   - vdim: the size of values; nil for `embedDim`.
    ///   - batchFirst: `(N, T, E)` in place of `(T, N, E)`.
    public convenience init(
        _ embedDim: Int, _ numHeads: Int, dropout: Double = 0, bias: Bool = true, kdim: Int? = nil,
        vdim: Int? = nil, batchFirst: Bool = false
    ) {
        self.init(
            embedDim, numHeads, dropout: dropout, bias: bias, kdim: kdim, vdim: vdim,
            batchFirst: batchFirst, output: .fanIn(embedDim))
    }

    init(
        _ embedDim: Int, _ numHeads: Int, dropout: Double, bias: Bool = true, kdim: Int? = nil,
        vdim: Int? = nil, batchFirst: Bool, output: Initializer
    ) {
        precondition(
            embedDim > 0 && numHeads > 0 && embedDim % numHeads == 0,
            "MultiheadAttention: \(embedDim) does not divide into \(numHeads) heads")
        precondition(
            dropout >= 0 && dropout < 1,
            "MultiheadAttention: expected a dropout in 0 ..< 1, got \(dropout)")
        func projection(_ rows: Int, _ size: Int) -> Parameter {
            Parameter([rows, size], .xavierUniform())
        }
        let (kdim, vdim) = (kdim ?? embedDim, vdim ?? embedDim)
        let joined = kdim == embedDim && vdim == embedDim
        inProjWeight = joined ? projection(3 * embedDim, embedDim) : nil
        qProjWeight = joined ? nil : projection(embedDim, embedDim)
        kProjWeight = joined ? nil : projection(embedDim, kdim)
        vProjWeight = joined ? nil : projection(embedDim, vdim)
        inProjBias = bias ? Parameter([3 * embedDim], .zeros) : nil
        outProj = OutProjection(embedDim, bias: bias, weights: output)
        options = Options(size: embedDim, heads: numHeads, dropout: dropout, batchFirst: batchFirst)
    }

    /// The last product, whose bias starts as 0.
    public final class OutProjection: Layer {
        /// `(embedDim, embedDim)`.
        public let weight: Parameter
        /// `(embedDim)`; nil without biases.
        public let bias: Parameter?

        init(_ size: Int, bias: Bool, weights: Initializer) {
            weight = Parameter([size, size], weights)
            self.bias = bias ? Parameter([size], .zeros) : nil
        }

        public func forward(_ x: Tensor, _ context: Context) -> Tensor {
            x.linear(
                weight.value, bias: bias?.value, precision: context.precision,
                isBatchInvariant: context.isBatchInvariant)
        }
    }

    /// - Parameters:
    ///   - query: `(L, N, embedDim)`, or `(N, L, embedDim)` with `batchFirst`.
    ///   - key: `(S, N, kdim)`, or batch first; the queries when nil.
    ///   - value: `(S, N, vdim)`, or batch first; the keys when nil.
    ///   - keyPaddingMask: `(N, S)`: of `bool`, true for keys that no query sees; of numbers, added to the scores.
    ///   - attentionMask: `(L, S)` or `(N * heads, L, S)`, likewise for pairs.
    ///   - isCausal: query i sees keys 0 ... i.
    /// - Returns: a tensor of the queries' shape.
    public func callAsFunction(
        _ query: Tensor, key: Tensor? = nil, value: Tensor? = nil, keyPaddingMask: Tensor? = nil,
        attentionMask: Tensor? = nil, isCausal: Bool = false, _ context: Context
    ) -> Tensor {
        let (q, k, v) = projected(query, key, value, context)
        let mask = mask(keyPaddingMask, attentionMask, q.shape, k.shape[2])
        let heads =
            context.isTraining && options.dropout > 0
            ? scaledDotProductAttention(
                q, k, v, mask: mask, dropout: options.dropout, isCausal: isCausal,
                generator: &context.generator)
            : scaledDotProductAttention(q, k, v, mask: mask, isCausal: isCausal)
        return joined(heads, context)
    }

    /// Attention with its weights `(N, L, S)`, the mean of all heads; slower, for looking at.
    public func withWeights(
        _ query: Tensor, key: Tensor? = nil, value: Tensor? = nil, keyPaddingMask: Tensor? = nil,
        attentionMask: Tensor? = nil, _ context: Context
    ) -> (output: Tensor, weights: Tensor) {
        let (q, k, v) = projected(query, key, value, context)
        let scale = 1 / Double(q.shape[3]).squareRoot()
        var scores = (q * scale).matmul(k.transpose(-1, -2))
        if let mask = mask(keyPaddingMask, attentionMask, q.shape, k.shape[2]) {
            scores = scores + MultiheadAttention.added(mask, q.dtype, seen: true)
        }
        var weights = scores.softmax(dim: -1)
        if context.isTraining {
            weights = weights.dropout(options.dropout, generator: &context.generator)
        }
        return (joined(weights.matmul(v), context), weights.mean(dims: [1]))
    }

    /// Queries, keys and values `(N, heads, T, embedDim / heads)`.
    private func projected(
        _ query: Tensor, _ key: Tensor?, _ value: Tensor?, _ context: Context
    ) -> (Tensor, Tensor, Tensor) {
        let size = options.size
        precondition(
            query.ndim == 3 && query.shape[2] == size,
            "MultiheadAttention: expected queries of 3 dimensions, the last \(size), got "
                + "\(query.shape)")
        func heads(_ x: Tensor) -> Tensor {
            let split = x.reshape(
                Array(x.shape.prefix(2)) + [options.heads, size / options.heads])
            return split.permute(options.batchFirst ? [0, 2, 1, 3] : [1, 2, 0, 3])
        }
        if key == nil && value == nil, let inProjWeight {
            let whole = query.linear(
                inProjWeight.value, bias: inProjBias?.value, precision: context.precision,
                isBatchInvariant: context.isBatchInvariant)
            let parts = Tensor.apply(Thirds(), [whole]).map(heads)
            return (parts[0], parts[1], parts[2])
        }
        let key = key ?? query
        let value = value ?? key
        for (x, weight, name) in [(key, kProjWeight, "keys"), (value, vProjWeight, "values")] {
            let wanted = weight?.shape[1] ?? size
            precondition(
                x.ndim == 3 && x.shape[2] == wanted,
                "MultiheadAttention: expected \(name) of 3 dimensions, the last \(wanted), got "
                    + "\(x.shape)")
        }
        let own = [qProjWeight, kProjWeight, vProjWeight]
        let parts = [query, key, value].enumerated().map { i, x in
            let weight =
                own[i]?.value
                ?? (inProjWeight ?? outProj.weight).value.narrow(
                    dim: 0, start: i * size, length: size)
            let bias = inProjBias?.value.narrow(dim: 0, start: i * size, length: size)
            return heads(
                x.linear(
                    weight, bias: bias, precision: context.precision,
                    isBatchInvariant: context.isBatchInvariant))
        }
        return (parts[0], parts[1], parts[2])
    }

    /// Heads `(N, heads, L, size)` side by side, and the last product.
    private func joined(_ heads: Tensor, _ context: Context) -> Tensor {
        let ordered = heads.permute(options.batchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3])
        return outProj(ordered.flatten(from: 2), context)
    }

    /// Both masks as one that broadcasts to `(N, heads, L, S)`, in the sense of `scaledDotProductAttention`.
    private func mask(_ padding: Tensor?, _ pairs: Tensor?, _ queries: [Int], _ keys: Int)
        -> Tensor?
    {
        var found: [Tensor] = []
        if let padding {
            precondition(
                padding.shape == [queries[0], keys],
                "MultiheadAttention: expected a keyPaddingMask \([queries[0], keys]), got "
                    + "\(padding.shape)")
            found.append(padding.reshape([queries[0], 1, 1, keys]))
        }
        if let pairs {
            let each = [queries[0] * options.heads, queries[2], keys]
            precondition(
                pairs.shape == [queries[2], keys] || pairs.shape == each,
                "MultiheadAttention: expected an attentionMask \([queries[2], keys]) or \(each), got "
                    + "\(pairs.shape)")
            found.append(
                pairs.ndim == 2
                    ? pairs : pairs.reshape([queries[0], options.heads, queries[2], keys]))
        }
        guard let first = found.first else { return nil }
        if found.allSatisfy({ $0.dtype == .bool }) {
            return found.dropFirst().reduce(first) { $0.logicalOr($1) }.logicalNot()
        }
        let numbers = found.map { MultiheadAttention.added($0, .float32, seen: false) }
        return numbers.dropFirst().reduce(numbers[0], +)
    }

    /// A mask as what is added to the scores: of `bool`, `seen` is what adds nothing.
    private static func added(_ mask: Tensor, _ dtype: DType, seen: Bool) -> Tensor {
        guard mask.dtype == .bool else { return mask.to(dtype) }
        let (nothing, never) = (Tensor.zeros([]), Tensor.full([], -.infinity))
        return Tensor.where(mask, seen ? nothing : never, seen ? never : nothing).to(dtype)
    }
}

/// Queries, keys and values from `(..., 3 * size)`; their gradients come back in one tensor.
private struct Thirds: TensorOperation {
    private var type: TensorType?

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let parts = inputs[0].chunk(3, dim: -1)
        type = parts[0].type
        return parts
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let type else { return [nil] }
        let parts = gradients.map { $0 ?? Tensor.zeros(type.shape, dtype: type.dtype) }
        return [Tensor.cat(parts, dim: -1)]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("Split", inputs, attributes: ["axis": .int(-1)], outputs: outputs)
    }
}
