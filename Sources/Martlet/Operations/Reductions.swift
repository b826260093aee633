internal import CKernels

/// Adds up, or takes an extreme of, some dimensions.
private struct Reduce: DirectOperation {
    enum Kind {
        case sum, mean, max, min, prod, logSumExp, norm
        /// Divided by the number of elements less `correction`.
        case variance(correction: Double)

        var kernel: mt_reduce_op {
            switch self {
            case .sum, .mean: MT_SUM
            case .max: MT_MAX
            case .min: MT_MIN
            case .prod: MT_PROD
            case .logSumExp: MT_LOGSUMEXP
            case .norm: MT_NORM
            case .variance: MT_VARIANCE
            }
        }

        var name: String {
            switch self {
            case .sum: "sum"
            case .mean: "mean"
            case .max: "max"
            case .min: "min"
            case .prod: "prod"
            case .logSumExp: "logSumExp"
            case .norm: "norm"
            case .variance: "variance"
            }
        }

        /// The factor of a sum of `count` elements.
        func scale(_ count: Int) -> Double {
            switch self {
            case .mean: 1 / Double(count)
            case .variance(let correction): 1 / Swift.max(0, Double(count) - correction)
            default: 1
            }
        }
    }

    let kind: Kind
    let dims: DimensionSet
    let keepDim: Bool
    private var input: Tensor?
    private var output: SavedOutput?
    private var shape: [Int] = []

    init(_ kind: Kind, dims: DimensionSet, keepDim: Bool) {
        self.kind = kind
        self.dims = dims
        self.keepDim = keepDim
    }

    var name: String { kind.name }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        shape = x.shape
        let y = output(for: x)
        if needsGradient[0] {
            switch kind {
            case .sum, .mean: break
            case .variance: input = x
            default:
                input = x
                output = SavedOutput(y)
            }
        }
        return [y]
    }

    func output(for x: Tensor) -> Tensor {
        Reduction.run(
            kind.kernel, x, dims: dims, keepDim: keepDim, scale: kind.scale(dims.count(in: x.shape))
        )
    }

    /// With the reduced dimensions, of size 1.
    private func kept(_ x: Tensor) -> Tensor {
        keepDim ? x : x.reshape(dims.dropped(from: shape, keepDim: true))
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0].map(kept) else { return [nil] }
        let scale = kind.scale(dims.count(in: shape))
        switch kind {
        case .sum: return [g.expand(shape)]
        case .mean: return [(g * scale).expand(shape)]
        case .variance:
            guard let input else { return [nil] }
            return [(input - input.mean(dims: dims.list, keepDim: true)) * (g * (2 * scale))]
        case .norm:
            // At 0 the gradient is taken as 0.
            guard let input, let output = (output?.value).map(kept) else { return [nil] }
            let safe = Tensor.where(output.detach().eq(0), output.detach().onesLike(), output)
            return [input * (g / safe)]
        case .max, .min:
            // Equal extremes share the gradient evenly, as PyTorch's amax does.
            guard let input, let output = (output?.value).map(kept) else { return [nil] }
            let hit = input.detach().eq(output.detach()).to(g.dtype)
            return [hit * (g / hit.sum(dims: dims.list, keepDim: true))]
        case .logSumExp:
            guard let input, let output = (output?.value).map(kept) else { return [nil] }
            return [g * (input - output).exp()]
        case .prod:
            guard let input else { return [nil] }
            return [g * productOfOthers(input, dims.list)]
        }
    }

    /// For each element the product of the others along the reduced dimensions, right where there are
    /// zeros too.
    private func productOfOthers(_ x: Tensor, _ dims: [Int]) -> Tensor {
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
        let x = inputs[0]
        func reduced(_ type: String, _ x: ONNXValue, keepDim: Bool, outputs: [TensorType])
            -> [ONNXValue]
        {
            // In opset 17 only ReduceSum takes its axes as an input.
            let isSum = type == "ReduceSum"
            var attributes: [String: ONNXAttribute] = ["keepdims": .int(keepDim ? 1 : 0)]
            if !isSum { attributes["axes"] = .ints(dims.list) }
            return graph.add(
                type, isSum ? [x, graph.constant(dims.list)] : [x], attributes: attributes,
                outputs: outputs)
        }
        let type: String
        switch kind {
        case .sum: type = "ReduceSum"
        case .mean: type = "ReduceMean"
        case .max: type = "ReduceMax"
        case .min: type = "ReduceMin"
        case .prod: type = "ReduceProd"
        case .logSumExp: type = "ReduceLogSumExp"
        case .norm: type = "ReduceL2"
        case .variance:
            var keptType = x.type
            keptType.shape = dims.dropped(from: shape, keepDim: true)
            let mean = reduced("ReduceMean", x, keepDim: true, outputs: [keptType])[0]
            let centred = graph.add("Sub", [x, mean], outputs: [x.type])[0]
            let squares = graph.add("Mul", [centred, centred], outputs: [x.type])[0]
            let sum = reduced("ReduceSum", squares, keepDim: keepDim, outputs: outputs)[0]
            let scale = Tensor.full(
                [], kind.scale(dims.count(in: shape)), dtype: outputs[0].dtype)
            return graph.add("Mul", [sum, graph.constant(scale)], outputs: outputs)
        }
        return reduced(type, x, keepDim: keepDim, outputs: outputs)
    }
}

/// Reductions that are not recorded.
enum Reduction {
    /// - Parameter scale: a factor of sums and variances of real numbers.
    static func run(
        _ kernel: mt_reduce_op, _ x: Tensor, dims: DimensionSet, keepDim: Bool = false,
        scale: Double = 1
    ) -> Tensor {
        let dtype: DType =
            switch kernel {
            case MT_ARGMAX, MT_ARGMIN: .int64
            case MT_ANY, MT_ALL: .bool
            case MT_SUM, MT_PROD: x.dtype.accumulated
            default: x.dtype
            }
        let result = Tensor(
            uninitialized: dims.dropped(from: x.shape, keepDim: keepDim), dtype: dtype)
        if result.count == 0 { return result }
        Kernel.withDimensions(x.shape, x.strides, x.strides) { n, shape, strides, _ in
            mt_reduce(
                kernel, x.dtype.kernel, n, shape, strides, dims.bits, scale, x.pointer,
                result.freshPointer)
        }
        return result
    }
}

extension Tensor {
    private func reduce(_ kind: Reduce.Kind, _ dims: [Int]?, keepDim: Bool) -> Tensor {
        let reduced = DimensionSet(dims, of: ndim, operation: kind.name)
        switch kind {
        case .max, .min:
            precondition(
                reduced.count(in: shape) > 0,
                "\(kind.name): no element to choose from in shape \(shape)")
        case .sum, .prod: break
        default:
            precondition(
                dtype.isFloatingPoint,
                "\(kind.name): expected a floating-point tensor, got \(dtype)")
        }
        return Tensor.result(Reduce(kind, dims: reduced, keepDim: keepDim), self)
    }

    /// The sum over some dimensions (nil: all). Integers and bools add up in `int64`.
    public func sum(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        reduce(.sum, dims, keepDim: keepDim)
    }

    /// The mean over some dimensions (nil: all) of a floating-point tensor.
    public func mean(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        reduce(.mean, dims, keepDim: keepDim)
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

    /// log(sum(exp(x))) over some dimensions, without overflow. Integers become `float32`.
    public func logSumExp(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        (dtype.isFloatingPoint ? self : to(.float32)).reduce(.logSumExp, dims, keepDim: keepDim)
    }

    /// The variance over some dimensions (nil: all): the sum of squared distances from the mean
    /// divided by the number of elements less `correction`.
    public func variance(dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false)
        -> Tensor
    {
        reduce(.variance(correction: correction), dims, keepDim: keepDim)
    }

    /// The square root of the sum of squares over some dimensions (nil: all); its gradient at 0 is taken as 0.
    func euclideanNorm(dims: [Int]?, keepDim: Bool) -> Tensor {
        reduce(.norm, dims, keepDim: keepDim)
    }

    /// The square root of `variance`.
    public func std(dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false) -> Tensor {
        variance(dims: dims, correction: correction, keepDim: keepDim).sqrt()
    }

    private func chosen(_ kernel: mt_reduce_op, _ dim: Int?, keepDim: Bool, _ operation: String)
        -> Tensor
    {
        let dims = DimensionSet(dim.map { [$0] }, of: ndim, operation: operation)
        precondition(
            dims.count(in: shape) > 0, "\(operation): no element to choose from in shape \(shape)")
        return Reduction.run(kernel, self, dims: dims, keepDim: keepDim)
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
        Reduction.run(
            MT_ANY, self, dims: DimensionSet(dims, of: ndim, operation: "any"), keepDim: keepDim)
    }

    /// Whether every element over some dimensions (nil: all) is not zero.
    public func all(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        Reduction.run(
            MT_ALL, self, dims: DimensionSet(dims, of: ndim, operation: "all"), keepDim: keepDim)
    }
}
