internal import CKernels

/// Adds up, or takes an extreme of, some dimensions.
private struct Reduce: TensorOperation {
    enum Kind {
        case sum, mean, max, min, prod, logSumExp

        var kernel: mt_reduce_op {
            switch self {
            case .sum, .mean: MT_SUM
            case .max: MT_MAX
            case .min: MT_MIN
            case .prod: MT_PROD
            case .logSumExp: MT_LOGSUMEXP
            }
        }

        var onnx: String {
            switch self {
            case .sum: "ReduceSum"
            case .mean: "ReduceMean"
            case .max: "ReduceMax"
            case .min: "ReduceMin"
            case .prod: "ReduceProd"
            case .logSumExp: "ReduceLogSumExp"
            }
        }
    }

    let kind: Kind
    let dims: [Int]
    private var input: Tensor?
    private var output: SavedOutput?
    private var shape: [Int] = []

    init(_ kind: Kind, dims: [Int]) {
        self.kind = kind
        self.dims = dims
    }

    var name: String { kind == .logSumExp ? "logSumExp" : "\(kind)" }

    /// The result keeps the reduced dimensions with size 1.
    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        shape = x.shape
        var y = Reduction.run(kind.kernel, x, dims: dims)
        if kind == .mean {
            y = y * (1 / Double(dims.reduce(1) { $0 * shape[$1] }))
        }
        if needsGradient[0] && kind != .sum && kind != .mean {
            input = x
            output = SavedOutput(y)
        }
        return [y]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0] else { return [nil] }
        switch kind {
        case .sum: return [g.expand(shape)]
        case .mean:
            return [(g * (1 / Double(dims.reduce(1) { $0 * shape[$1] }))).expand(shape)]
        case .max, .min:
            // Equal extremes share the gradient evenly, as PyTorch's amax does.
            guard let input, let output = output?.value else { return [nil] }
            let hit = input.detach().eq(output.detach()).to(g.dtype)
            return [hit * (g / hit.sum(dims: dims, keepDim: true))]
        case .logSumExp:
            guard let input, let output = output?.value else { return [nil] }
            return [g * (input - output).exp()]
        case .prod:
            guard let input else { return [nil] }
            return [g * productOfOthers(input)]
        }
    }

    /// For each element the product of the others along the reduced dimensions, right where there are
    /// zeros too.
    private func productOfOthers(_ x: Tensor) -> Tensor {
        let kept = x.shape.indices.filter { !dims.contains($0) }
        let order = kept + dims
        let moved = x.permute(order)
        let rows = moved.reshape([kept.reduce(1) { $0 * x.shape[$1] }, -1])
        let ones = Tensor.ones([rows.shape[0], 1], dtype: x.dtype)
        let n = rows.shape[1]
        let below = Tensor.cat([ones, rows.slice(dim: 1, to: n - 1)], dim: 1).cumprod(dim: 1)
        let flipped = rows.flip([1])
        let above = Tensor.cat([ones, flipped.slice(dim: 1, to: n - 1)], dim: 1)
            .cumprod(dim: 1).flip([1])
        var inverse = order
        for (to, from) in order.enumerated() { inverse[from] = to }
        return (below * above).reshape(moved.shape).permute(inverse)
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        // In opset 17 only ReduceSum takes its axes as an input.
        if kind == .sum {
            return graph.add(
                kind.onnx, [inputs[0], graph.constant(dims)], attributes: ["keepdims": .int(1)],
                outputs: outputs)
        }
        return graph.add(
            kind.onnx, inputs, attributes: ["axes": .ints(dims), "keepdims": .int(1)],
            outputs: outputs)
    }
}

/// Reductions that are not recorded.
enum Reduction {
    /// The reduced dimensions stay with size 1.
    static func run(_ kernel: mt_reduce_op, _ x: Tensor, dims: [Int]) -> Tensor {
        var shape = x.shape
        for d in dims { shape[d] = 1 }
        let dtype: DType =
            switch kernel {
            case MT_ARGMAX, MT_ARGMIN: .int64
            case MT_ANY, MT_ALL: .bool
            case MT_SUM, MT_PROD: x.dtype.accumulated
            default: x.dtype
            }
        let result = Tensor(uninitialized: shape, dtype: dtype)
        if result.count == 0 { return result }
        let reduced = x.shape.indices.map { dims.contains($0) }
        Kernel.withDimensions(x.shape, x.strides, x.strides) { n, shape, strides, _ in
            reduced.withUnsafeBufferPointer { flags in
                withUnsafePointer(to: false) { none in
                    mt_reduce(
                        kernel, x.dtype.kernel, n, shape, strides, flags.baseAddress ?? none,
                        x.pointer, result.freshPointer)
                }
            }
        }
        return result
    }
}

extension Tensor {
    private func reduce(_ kind: Reduce.Kind, _ dims: [Int]?, keepDim: Bool) -> Tensor {
        let reduced = Shape.dimensions(dims, of: ndim, operation: "\(kind)")
        if kind == .max || kind == .min {
            precondition(
                reduced.allSatisfy { shape[$0] > 0 },
                "\(kind): no element to choose from in shape \(shape)")
        }
        let result = Tensor.result(Reduce(kind, dims: reduced), self)
        return keepDim ? result : result.dropping(reduced)
    }

    private func dropping(_ dims: [Int]) -> Tensor {
        reshape(shape.indices.filter { !dims.contains($0) }.map { shape[$0] })
    }

    /// The sum over some dimensions (nil: all). Integers and bools add up in `int64`.
    public func sum(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        reduce(.sum, dims, keepDim: keepDim)
    }

    /// The mean over some dimensions (nil: all) of a floating-point tensor.
    public func mean(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        precondition(dtype.isFloatingPoint, "mean: expected a floating-point tensor, got \(dtype)")
        return reduce(.mean, dims, keepDim: keepDim)
    }

    /// The greatest element over some dimensions (nil: all); equal ones share the gradient.
    public func max(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        reduce(.max, dims, keepDim: keepDim)
    }

    /// The least element over some dimensions (nil: all); equal ones share the gradient.
    public func min(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        reduce(.min, dims, keepDim: keepDim)
    }

    /// The product over some dimensions (nil: all).
    public func prod(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        reduce(.prod, dims, keepDim: keepDim)
    }

    /// log(sum(exp(x))) over some dimensions, without overflow.
    public func logSumExp(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        precondition(
            dtype.isFloatingPoint, "logSumExp: expected a floating-point tensor, got \(dtype)")
        return reduce(.logSumExp, dims, keepDim: keepDim)
    }

    /// The variance over some dimensions (nil: all): the sum of squared distances from the mean
    /// divided by the number of elements less `correction`.
    public func variance(dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false)
        -> Tensor
    {
        let reduced = Shape.dimensions(dims, of: ndim, operation: "variance")
        let n = reduced.reduce(1) { $0 * shape[$1] }
        let centred = self - mean(dims: reduced, keepDim: true)
        return centred.square().sum(dims: reduced, keepDim: keepDim)
            * (1 / Swift.max(0, Double(n) - correction))
    }

    /// The square root of `variance`.
    public func std(dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false) -> Tensor {
        variance(dims: dims, correction: correction, keepDim: keepDim).sqrt()
    }

    private func chosen(_ kernel: mt_reduce_op, _ dim: Int?, keepDim: Bool, _ operation: String)
        -> Tensor
    {
        let dims = Shape.dimensions(dim.map { [$0] }, of: ndim, operation: operation)
        precondition(
            dims.allSatisfy { shape[$0] > 0 },
            "\(operation): no element to choose from in shape \(shape)")
        let result = Reduction.run(kernel, self, dims: dims)
        return keepDim ? result : result.dropping(dims)
    }

    /// Where the greatest element is along a dimension (nil: in the flattened tensor), the first of
    /// equals.
    public func argmax(dim: Int? = nil, keepDim: Bool = false) -> Tensor {
        chosen(MT_ARGMAX, dim, keepDim: keepDim, "argmax")
    }

    /// Where the least element is along a dimension (nil: in the flattened tensor), the first of
    /// equals.
    public func argmin(dim: Int? = nil, keepDim: Bool = false) -> Tensor {
        chosen(MT_ARGMIN, dim, keepDim: keepDim, "argmin")
    }

    /// Whether any element over some dimensions (nil: all) is not zero.
    public func any(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        let reduced = Shape.dimensions(dims, of: ndim, operation: "any")
        let result = Reduction.run(MT_ANY, self, dims: reduced)
        return keepDim ? result : result.dropping(reduced)
    }

    /// Whether every element over some dimensions (nil: all) is not zero.
    public func all(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        let reduced = Shape.dimensions(dims, of: ndim, operation: "all")
        let result = Reduction.run(MT_ALL, self, dims: reduced)
        return keepDim ? result : result.dropping(reduced)
    }
}
