extension Tensor {
    /// Tensors one after another along a dimension; the other sizes must agree, but a tensor of shape `(0)` goes
    /// with any.
    public static func cat(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
        guard !tensors.isEmpty else { preconditionFailure("cat: no tensors given") }
        let hasEmpty = tensors.contains { $0.ndim == 1 && $0.shape[0] == 0 }
        let shaped = hasEmpty ? tensors.filter { $0.shape != [0] } : tensors
        let first = shaped.first ?? tensors[0]
        precondition(
            first.ndim > 0, "cat: tensors without dimensions cannot be joined; see stack")
        let d = Shape.dimension(dim, of: first.ndim, operation: "cat")
        let dtype = tensors.dropFirst().reduce(first.dtype) { DType.promoted($0, $1.dtype) }
        for tensor in shaped {
            precondition(
                tensor.ndim == first.ndim
                    && first.shape.indices.allSatisfy {
                        $0 == d || tensor.shape[$0] == first.shape[$0]
                    },
                "cat: shapes \(first.shape) and \(tensor.shape) differ outside dimension \(dim)")
        }
        let parts = shaped.isEmpty ? tensors : shaped
        return parts.count == 1
            ? first.to(dtype) : apply(Concatenate(dim: d), parts.map { $0.to(dtype) })[0]
    }

    /// Tensors of one shape along a new dimension.
    public static func stack(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
        precondition(
            tensors.allSatisfy { $0.shape == tensors[0].shape },
            "stack: expected tensors of one shape, got shapes \(tensors.map(\.shape))")
        return cat(tensors.map { $0.unsqueeze(dim) }, dim: dim)
    }

    /// Pieces of the given sizes along a dimension.
    public func split(sizes: [Int], dim: Int = 0) -> [Tensor] {
        precondition(
            sizes.reduce(0, +) == size(dim) && sizes.allSatisfy { $0 >= 0 },
            "split: sizes \(sizes) do not add up to dimension \(dim) of \(shape)")
        var start = 0
        return sizes.map { length in
            defer { start += length }
            return narrow(dim: dim, start: start, length: length)
        }
    }

    /// Pieces of one size along a dimension, the last one smaller where it does not divide.
    public func split(size length: Int, dim: Int = 0) -> [Tensor] {
        precondition(length > 0, "split: expected a size of at least 1, got \(length)")
        let total = size(dim)
        if total == 0 { return [self] }
        return split(
            sizes: Swift.stride(from: 0, to: total, by: length).map {
                Swift.min(length, total - $0)
            }, dim: dim)
    }

    /// `count` pieces along a dimension, as equal as can be with the last ones smaller.
    public func chunk(_ count: Int, dim: Int = 0) -> [Tensor] {
        precondition(count > 0, "chunk: expected at least 1 piece, got \(count)")
        let total = size(dim)
        if total == 0 { return [Tensor](repeating: self, count: count) }
        return split(size: (total + count - 1) / count, dim: dim)
    }

    /// `count` pieces along a dimension whose sizes differ by at most 1, the first ones greater.
    public func tensorSplit(_ count: Int, dim: Int = 0) -> [Tensor] {
        precondition(count > 0, "tensorSplit: expected at least 1 piece, got \(count)")
        let (length, rest) = size(dim).quotientAndRemainder(dividingBy: count)
        return split(sizes: (0..<count).map { length + ($0 < rest ? 1 : 0) }, dim: dim)
    }

    /// Zeros (or `value`) around the last dimensions: pairs (before, after), the last dimension first,
    /// as PyTorch's `pad` counts them. Negative amounts cut off.
    public func pad(_ amounts: [(Int, Int)], value: Double = 0) -> Tensor {
        precondition(
            amounts.count <= ndim, "pad: amounts \(amounts) do not fit shape \(shape)")
        var before = [Int](repeating: 0, count: ndim)
        var after = before
        var kept = self
        for (i, amount) in amounts.enumerated() {
            let d = ndim - 1 - i
            let (left, right) = (Swift.max(0, -amount.0), Swift.max(0, -amount.1))
            precondition(
                left + right <= shape[d],
                "pad: amounts \(amount) cut off more than dimension \(d) of \(shape) has")
            kept = kept.slice(dim: d, from: left, to: shape[d] - right)
            before[d] = Swift.max(0, amount.0)
            after[d] = Swift.max(0, amount.1)
        }
        if before.allSatisfy({ $0 == 0 }) && after.allSatisfy({ $0 == 0 }) { return kept }
        return Tensor.result(ConstantPad(before: before, after: after, value: value), kept)
    }
}

private struct Concatenate: TensorOperation {
    let dim: Int
    private var sizes: [Int] = []

    init(dim: Int) { self.dim = dim }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        sizes = inputs.map { $0.shape[dim] }
        var shape = inputs[0].shape
        shape[dim] = sizes.reduce(0, +)
        let channelsLast = inputs.allSatisfy(\.isChannelsLast) && !inputs[0].isContiguous
        let result = Tensor(
            uninitialized: shape, dtype: inputs[0].dtype, channelsLast: channelsLast)
        var start = 0
        for input in inputs {
            let place = Tensor(
                storage: result.storage, offset: start * result.strides[dim], shape: input.shape,
                strides: result.strides, dtype: input.dtype)
            Kernel.copy(input, into: place)
            start += input.shape[dim]
        }
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        gradients[0].map { $0.split(sizes: sizes, dim: dim) } ?? sizes.map { _ in nil }
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("Concat", inputs, attributes: ["axis": .int(dim)], outputs: outputs)
    }
}

private struct ConstantPad: TensorOperation {
    let before: [Int]
    let after: [Int]
    let value: Double

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let shape = x.shape.indices.map { before[$0] + x.shape[$0] + after[$0] }
        var result = Tensor.full(shape, value, dtype: x.dtype)
        if x.isChannelsLast { result.strides = Shape.channelsLastStrides(shape) }
        Kernel.copy(x, into: interior(of: result, shape: x.shape))
        return [result]
    }

    private func interior(of whole: Tensor, shape: [Int]) -> Tensor {
        let skipped = zip(before, whole.strides).map(*).reduce(0, +)
        return Tensor(
            storage: whole.storage, offset: whole.offset + skipped, shape: shape,
            strides: whole.strides, dtype: whole.dtype)
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0] else { return [nil] }
        let shape = g.shape.indices.map { g.shape[$0] - before[$0] - after[$0] }
        return [
            g.shape.indices.reduce(g) { part, d in
                part.narrow(dim: d, start: before[d], length: shape[d])
            }
        ]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let fill = graph.constant(Tensor.full([], value, dtype: outputs[0].dtype))
        return graph.add(
            "Pad", [inputs[0], graph.constant(before + after), fill],
            attributes: ["mode": .string("constant")], outputs: outputs)
    }
}
