internal import CKernels

extension Tensor {
    /// Which steps of sequences `(N, T, ...)` lie within their lengths: `(N, T)` of `bool`.
    ///
    /// - Parameter lengths: integers `(N)`. They, and T, may differ from run to run in a graph written down.
    public func validSteps(_ lengths: Tensor) -> Tensor {
        precondition(
            ndim >= 2 && lengths.shape == [shape[0]] && !lengths.dtype.isFloatingPoint,
            "validSteps: expected sequences (N, T, ...) and integer lengths (N), got \(shape) and "
                + "\(lengths.dtype) \(lengths.shape)")
        // No gradient flows through, so that there is nothing to record but for a trace.
        return GradientMode.current == .tracing
            ? Tensor.result(ValidSteps(), lengths.to(.int64), self)
            : noGrad { ValidSteps.mask(lengths, steps: shape[1]) }
    }

    /// The steps of sequences `(N, T, size)`, each times its weight `(N, T)`, added up in order: `(N, size)`.
    ///
    /// Steps of weight 0 are left out whatever they hold, so that the result is the same bits with any amount of padding and
    /// in any batch. Floating-point tensors of one type.
    public func weightedSteps(_ weights: Tensor) -> Tensor {
        precondition(
            ndim == 3 && weights.shape == Array(shape[..<2]) && dtype.isFloatingPoint
                && weights.dtype == dtype,
            "weightedSteps: expected sequences (N, T, size) and weights (N, T) of one type, got "
                + "\(dtype) \(shape) and \(weights.dtype) \(weights.shape)")
        if dtype.isHalf { return to(.float32).weightedSteps(weights.to(.float32)).to(dtype) }
        return Tensor.result(WeightedSteps(), self, weights)
    }

    /// As many of this table's first rows as another tensor has along a dimension: positions of sequences `(N, T, size)`.
    /// T may differ from run to run in a graph written down.
    ///
    /// - Parameters:
    ///   - x: the tensor whose size counts.
    ///   - dim: the dimension of `x`.
    public func firstRows(asManyAs x: Tensor, dim: Int) -> Tensor {
        let d = Shape.dimension(dim, of: x.ndim, operation: "firstRows")
        precondition(
            ndim >= 1 && x.ndim >= 1 && x.shape[d] <= shape[0],
            "firstRows: dimension \(dim) of \(x.shape) has more than the table's rows: \(shape)")
        return Tensor.result(FirstRows(dim: d), self, x)
    }
}

/// From lengths and sequences.
private struct ValidSteps: TensorOperation {
    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        [ValidSteps.mask(inputs[0], steps: inputs[1].shape[1])]
    }

    static func mask(_ lengths: Tensor, steps: Int) -> Tensor {
        Tensor.arange(steps).lt(lengths.unsqueeze(1))
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] { [nil, nil] }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let (lengths, x) = (inputs[0], inputs[1].type)
        let steps = graph.size(of: inputs[1], dimension: 1, isScalar: true)
        let numbers = graph.add(
            "Range", [graph.constant(Tensor(0)), steps, graph.constant(Tensor(1))], [x.shape[1]])
        let column = graph.add("Reshape", [lengths, graph.constant([-1, 1])], [x.shape[0], 1])
        return graph.add("Greater", [column, numbers], outputs: outputs)
    }
}

/// From sequences and weights.
private struct WeightedSteps: TensorOperation {
    private var x: Tensor?
    private var weights: Tensor?

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let (x, weights) = (inputs[0].materializedIfNeeded, inputs[1].materializedIfNeeded)
        if needsGradient[1] { self.x = inputs[0] }
        if needsGradient[0] { self.weights = inputs[1] }
        let result = Tensor(uninitialized: [x.shape[0], x.shape[2]], dtype: x.dtype)
        if result.count > 0 {
            mt_weighted_steps(
                x.dtype.kernel, Int64(x.shape[0]), Int64(x.shape[1]), Int64(x.shape[2]), x.pointer,
                weights.pointer, result.freshPointer)
        }
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0]?.unsqueeze(1) else { return [nil, nil] }
        return [weights.map { $0.unsqueeze(2) * g }, x.map { ($0 * g).sum(dims: [2]) }]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let x = inputs[0].type
        let row = TensorType(shape: [x.shape[0], 1, x.shape[1]], dtype: x.dtype)
        let sums = TensorType(shape: [x.shape[0], 1, x.shape[2]], dtype: x.dtype)
        let weights = graph.add(
            "Reshape", [inputs[1], graph.constant([0, 1, -1])], outputs: [row])
        let product = graph.add("MatMul", weights + [inputs[0]], outputs: [sums])
        return graph.add(
            "Reshape", product + [graph.constant([0, x.shape[2]])], outputs: outputs)
    }
}

/// From a table and the tensor whose size counts.
private struct FirstRows: TensorOperation {
    let dim: Int
    private var shape: [Int] = []

    init(dim: Int) { self.dim = dim }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        shape = inputs[0].shape
        return [inputs[0].narrow(dim: 0, start: 0, length: inputs[1].shape[dim])]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0] else { return [nil, nil] }
        let rest = [(Int, Int)](repeating: (0, 0), count: shape.count - 1)
        return [g.pad(rest + [(0, shape[0] - g.shape[0])]), nil]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let count = graph.add(
            "Shape", [inputs[1]], attributes: ["start": .int(dim), "end": .int(dim + 1)],
            outputs: [TensorType(shape: [1], dtype: .int64)])
        let zero = graph.constant([0])
        return graph.add("Slice", [inputs[0], zero] + count + [zero], outputs: outputs)
    }
}
