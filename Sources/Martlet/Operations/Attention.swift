internal import CKernels

/// softmax(Q Kᵀ scale + mask) V, the attention of Vaswani et al. 2017, for every batch and head.
///
/// The weights of a block of queries at a time are held and none are kept: the gradient computes them again.
///
/// - Parameters:
///   - query: `(..., L, E)`.
///   - key: `(..., S, E)`.
///   - value: `(..., S, Ev)`; at most two leading sizes, the same in all three.
///   - mask: broadcasts to `(..., L, S)`: of `bool`, true where a key is seen; of numbers, what is added to the scores.
///     It gets no gradient. A query that sees no key gives 0.
///   - isCausal: query i sees keys 0 ... i.
///   - scale: 1 / √E when nil.
/// - Returns: `(..., L, Ev)`.
public func scaledDotProductAttention(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor? = nil, isCausal: Bool = false,
    scale: Double? = nil
) -> Tensor {
    var generator = Generator(seed: 0)
    return scaledDotProductAttention(
        query, key, value, mask: mask, dropout: 0, isCausal: isCausal, scale: scale,
        generator: &generator)
}

/// Attention whose weights are dropped with probability `dropout`, as in training.
public func scaledDotProductAttention(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor? = nil, dropout: Double,
    isCausal: Bool = false, scale: Double? = nil, generator: inout Generator
) -> Tensor {
    precondition(
        dropout >= 0 && dropout < 1,
        "scaledDotProductAttention: expected a dropout in 0 ..< 1, got \(dropout)")
    let rank = query.ndim
    let lead = Array(query.shape.dropLast(2))
    precondition(
        (2...4).contains(rank) && key.ndim == rank && value.ndim == rank
            && Array(key.shape.dropLast(2)) == lead && Array(value.shape.dropLast(2)) == lead
            && key.shape[rank - 1] == query.shape[rank - 1]
            && key.shape[rank - 2] == value.shape[rank - 2],
        "scaledDotProductAttention: expected queries (..., L, E), keys (..., S, E) and values "
            + "(..., S, Ev), got \(query.shape), \(key.shape) and \(value.shape)")
    let dtype: DType = query.dtype == .float64 ? .float64 : .float32
    let (queries, keys) = (query.shape[rank - 2], key.shape[rank - 2])
    var inputs = [query, key, value].map { $0.to(dtype) }
    if let mask {
        precondition(
            !mask.requiresGrad || GradientMode.current == .tracing,
            "scaledDotProductAttention: a mask gets no gradient; detach it")
        precondition(
            Shape.broadcast(
                mask.shape, lead + [queries, keys], operation: "scaledDotProductAttention")
                == lead + [queries, keys],
            "scaledDotProductAttention: expected a mask for \(lead + [queries, keys]), got "
                + "\(mask.shape)")
        inputs.append(
            mask.dtype == .bool
                ? Tensor.where(
                    mask, Tensor.zeros([], dtype: dtype),
                    Tensor.full([], -.infinity, dtype: dtype)) : mask.to(dtype))
    }
    let weights = lead.reduce(1, *) * queries * keys
    let operation = Attention(
        causal: isCausal, scale: scale ?? 1 / Double(max(query.shape[rank - 1], 1)).squareRoot(),
        dropout: dropout, generator: generator,
        offset: dropout > 0 ? generator.advance(weights) : 0)
    return Tensor.apply(operation, inputs)[0].to(query.dtype)
}

private struct Attention: TensorOperation {
    var isOnceDifferentiable: Bool { true }
    let causal: Bool
    let scale: Double
    let dropout: Double
    let generator: Generator
    let offset: UInt64
    private var saved: (inputs: [Tensor], output: Tensor, logSum: Tensor)?

    init(causal: Bool, scale: Double, dropout: Double, generator: Generator, offset: UInt64) {
        self.causal = causal
        self.scale = scale
        self.dropout = dropout
        self.generator = generator
        self.offset = offset
    }

    var name: String { "scaledDotProductAttention" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        var heads = inputs.prefix(3).map(\.asHeads)
        if inputs.count > 3 { heads.append(inputs[3].asMask(for: heads[0], heads[1])) }
        let output = Tensor.heads(like: heads[0], size: heads[2].shape[3])
        let logSum = Tensor(uninitialized: Array(heads[0].shape.dropLast()), dtype: output.dtype)
        var call = description(heads, output, logSum)
        withExtendedLifetime((heads, output, logSum)) { mt_attention_forward(&call) }
        if needsGradient.contains(true) { saved = (heads, output, logSum) }
        return [output.withoutHeads(inputs[0].ndim)]
    }

    private func description(_ inputs: [Tensor], _ output: Tensor, _ logSum: Tensor)
        -> mt_attention
    {
        let (q, k, v) = (inputs[0], inputs[1], inputs[2])
        var call = mt_attention()
        call.type = q.dtype.kernel
        (call.batch, call.heads) = (Int64(q.shape[0]), Int64(q.shape[1]))
        (call.queries, call.keys) = (Int64(q.shape[2]), Int64(k.shape[2]))
        (call.size, call.value_size) = (Int64(q.shape[3]), Int64(v.shape[3]))
        (call.scale, call.causal, call.dropout) = (scale, causal, dropout)
        (call.key, call.stream, call.offset) = (generator.seed, generator.stream, offset)
        (call.q, call.k, call.v, call.out) = (q.rows, k.rows, v.rows, output.rows)
        if inputs.count > 3 {
            call.mask = inputs[3].rows
            call.mask_column = Int64(inputs[3].strides[3])
        }
        call.log_sum = logSum.freshPointer
        return call
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let gradient = gradients[0], let (inputs, output, logSum) = saved else {
            return [nil, nil, nil]
        }
        let rank = gradient.ndim
        let grad = gradient.asHeads
        let results = inputs.prefix(3).map { Tensor.heads(like: $0, size: $0.shape[3]) }
        if inputs[0].shape[2] == 0 { return results.map { $0.zerosLike().withoutHeads(rank) } }
        var call = description(inputs, output, logSum)
        call.grad_out = grad.rows
        (call.grad_q, call.grad_k, call.grad_v) = (
            results[0].rows, results[1].rows, results[2].rows
        )
        withExtendedLifetime((grad, results)) { mt_attention_backward(&call) }
        return results.map { $0.withoutHeads(rank) } + (inputs.count > 3 ? [nil] : [])
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let (q, k) = (inputs[0].type, inputs[1].type)
        let rank = q.shape.count
        var order = Array(0..<rank)
        order.swapAt(rank - 1, rank - 2)
        let turned = graph.add(
            "Transpose", [inputs[1]], attributes: ["perm": .ints(order)],
            outputs: [TensorType(shape: order.map { k.shape[$0] }, dtype: k.dtype)])
        let type = TensorType(
            shape: q.shape.dropLast() + [k.shape[rank - 2]], dtype: q.dtype)
        func node(_ name: String, _ values: [ONNXValue]) -> [ONNXValue] {
            graph.add(name, values, outputs: [type])
        }
        var scores = node("MatMul", [inputs[0]] + turned)
        scores = node("Mul", scores + [graph.constant(Tensor.full([], scale, dtype: q.dtype))])
        if inputs.count > 3 { scores = node("Add", scores + [inputs[3]]) }
        if causal {
            let seen = Tensor.arange(type.shape[rank - 2]).unsqueeze(1)
                .ge(Tensor.arange(type.shape[rank - 1]))
            let mask = Tensor.where(
                seen, Tensor.zeros([], dtype: q.dtype),
                Tensor.full([], -.infinity, dtype: q.dtype))
            scores = node("Add", scores + [graph.constant(mask.contiguous())])
        }
        let weights = graph.add(
            "Softmax", scores, attributes: ["axis": .int(-1)], outputs: [type])
        return graph.add("MatMul", weights + [inputs[2]], outputs: outputs)
    }
}

extension Tensor {
    /// `(batch, heads, rows, size)` with rows of neighbouring elements.
    fileprivate var asHeads: Tensor {
        let shaped = reshape([Int](repeating: 1, count: 4 - ndim) + shape)
        return shaped.strides[3] == 1 || shaped.shape[3] == 1
            ? shaped : shaped.materializedIfNeeded
    }

    /// A mask with strides for every head, query and key.
    fileprivate func asMask(for queries: Tensor, _ keys: Tensor) -> Tensor {
        expand(Array(queries.shape.dropLast()) + [keys.shape[2]])
    }

    /// Uninitialised `(batch, heads, rows, size)`, in memory `(batch, rows, heads, size)`: heads side by side are free.
    fileprivate static func heads(like x: Tensor, size: Int) -> Tensor {
        Tensor(uninitialized: [x.shape[0], x.shape[2], x.shape[1], size], dtype: x.dtype)
            .transpose(1, 2)
    }

    fileprivate func withoutHeads(_ rank: Int) -> Tensor {
        reshape(Array(shape.suffix(rank)))
    }

    fileprivate var rows: mt_heads {
        mt_heads(
            data: freshPointer, batch: Int64(strides[0]), head: Int64(strides[1]),
            row: Int64(strides[2]))
    }
}
