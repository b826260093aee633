internal import CKernels

extension Tensor {
    /// Stops when an index is outside the dimension it selects from; returns the indices as `int64`,
    /// counted from the front.
    private func checkedIndices(_ indices: Tensor, dim: Int, operation: String) -> Tensor {
        precondition(
            !indices.dtype.isFloatingPoint && indices.dtype != .bool,
            "\(operation): expected integer indices, got \(indices.dtype)")
        let size = shape[dim]
        var result = noGrad { indices.to(.int64).contiguous() }
        func firstBad(_ x: Tensor) -> Int {
            Int(
                mt_first_out_of_range(
                    Int64(x.count), x.pointer.assumingMemoryBound(to: Int64.self), Int64(size)))
        }
        if firstBad(result) < 0 { return result }
        result = Tensor.where(result.lt(0), result + size, result)
        let bad = firstBad(result)
        precondition(
            bad < 0,
            "\(operation): index \(bad < 0 ? 0 : indices.array(as: Int.self)[Swift.max(bad, 0)]) is outside "
                + "dimension \(dim) of \(shape)")
        return result
    }

    /// The entries at some indices (a vector) of a dimension.
    public func indexSelect(dim: Int, _ indices: Tensor) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "indexSelect")
        precondition(
            indices.ndim == 1, "indexSelect: expected a vector of indices, got \(indices.shape)")
        let checked = checkedIndices(indices, dim: d, operation: "indexSelect")
        return Tensor.result(IndexSelect(dim: d), self, checked)
    }

    /// result[i][j][k] = self[i][indices[i][j][k]][k], for dim 1 of 3 (PyTorch's `gather`).
    public func gather(dim: Int, _ indices: Tensor) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "gather")
        let fits =
            indices.ndim == ndim
            && shape.indices.allSatisfy { $0 == d || indices.shape[$0] == shape[$0] }
        precondition(
            fits,
            "gather: indices \(indices.shape) must have the sizes of \(shape) outside dimension \(dim)"
        )
        let checked = checkedIndices(indices, dim: d, operation: "gather")
        return Tensor.result(Gather(dim: d), self, checked)
    }

    /// A copy in which `source` has been added at the places that `indices` name along a dimension
    /// (PyTorch's `scatter_add`).
    public func scatterAdd(dim: Int, _ indices: Tensor, _ source: Tensor) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "scatterAdd")
        precondition(
            indices.shape == source.shape
                && indices.ndim == ndim
                && shape.indices.allSatisfy { $0 == d || indices.shape[$0] == shape[$0] },
            "scatterAdd: indices \(indices.shape), source \(source.shape) and \(shape) do not fit")
        let checked = checkedIndices(indices, dim: d, operation: "scatterAdd")
        return Tensor.result(ScatterAdd(dim: d), self, checked, source.to(dtype))
    }

    /// 1 at each index and 0 elsewhere along a new last dimension, as `int64`.
    public func oneHot(classes: Int) -> Tensor {
        let zeros = Tensor.zeros(shape + [classes], dtype: .int64)
        return noGrad {
            zeros.scatterAdd(
                dim: -1, unsqueeze(-1), Tensor.ones(shape + [1], dtype: .int64))
        }
    }

    /// The elements where a mask of the same shape holds, as a vector.
    public func maskedSelect(_ mask: Tensor) -> Tensor {
        let shape = Shape.broadcast(self.shape, mask.shape, operation: "maskedSelect")
        let places = mask.expand(shape).nonzeroPlaces()
        return expand(shape).reshape([-1]).indexSelect(dim: 0, places)
    }

    /// Where the elements are not zero: indices `(n, ndim)`.
    public func nonzero() -> Tensor {
        let places = nonzeroPlaces()
        var columns: [Tensor] = []
        var rest = places
        for size in shape.reversed() {
            let extent = Tensor(Swift.max(size, 1))
            columns.insert(rest.remainder(extent), at: 0)
            rest = rest.floorDivide(extent)
        }
        return columns.isEmpty
            ? Tensor(uninitialized: [places.count, 0], dtype: .int64)
            : Tensor.stack(columns, dim: 1)
    }

    private func nonzeroPlaces() -> Tensor {
        let flags = noGrad { to(.bool).contiguous() }
        let pointer = flags.pointer.assumingMemoryBound(to: Bool.self)
        let found = mt_nonzero(Int64(flags.count), pointer, nil)
        let places = Tensor(uninitialized: [Int(found)], dtype: .int64)
        _ = mt_nonzero(
            Int64(flags.count), pointer, places.freshPointer.assumingMemoryBound(to: Int64.self))
        return places
    }
}

extension Tensor {
    fileprivate var indexPointer: UnsafePointer<Int64> {
        pointer.assumingMemoryBound(to: Int64.self)
    }
}

private struct IndexSelect: Operation {
    let dim: Int
    private var indices: Tensor?
    private var inputShape: [Int] = []

    init(dim: Int) { self.dim = dim }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0].materializedIfNeeded
        inputShape = x.shape
        if needsGradient[0] { indices = inputs[1] }
        var shape = x.shape
        shape[dim] = inputs[1].count
        let result = Tensor(uninitialized: shape, dtype: x.dtype)
        let (outer, n, inner) = Extent.around(dim, x.shape)
        mt_index_select(
            x.dtype.kernel, outer, n, inner, Int64(inputs[1].count), inputs[1].indexPointer,
            x.pointer, result.freshPointer)
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0]?.materializedIfNeeded, let indices else { return [nil, nil] }
        let result = Tensor.zeros(inputShape, dtype: g.dtype)
        let (outer, n, inner) = Extent.around(dim, inputShape)
        mt_index_add(
            g.dtype.kernel, outer, n, inner, Int64(indices.count), indices.indexPointer, g.pointer,
            result.freshPointer)
        return [result, nil]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("Gather", inputs, attributes: ["axis": .int(dim)], outputs: outputs)
    }
}

private struct Gather: Operation {
    let dim: Int
    private var indices: Tensor?
    private var inputShape: [Int] = []

    init(dim: Int) { self.dim = dim }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0].materializedIfNeeded
        inputShape = x.shape
        if needsGradient[0] { indices = inputs[1] }
        let result = Tensor(uninitialized: inputs[1].shape, dtype: x.dtype)
        let (outer, n, inner) = Extent.around(dim, x.shape)
        mt_gather(
            x.dtype.kernel, outer, n, inner, Int64(inputs[1].size(dim)), inputs[1].indexPointer,
            x.pointer, result.freshPointer)
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let indices else { return [nil, nil] }
        return [Tensor.zeros(inputShape, dtype: g.dtype).scatterAdd(dim: dim, indices, g), nil]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("GatherElements", inputs, attributes: ["axis": .int(dim)], outputs: outputs)
    }
}

private struct ScatterAdd: Operation {
    let dim: Int
    private var indices: Tensor?

    init(dim: Int) { self.dim = dim }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[2] { indices = inputs[1] }
        let result = inputs[0].materialized(strides: Shape.contiguousStrides(inputs[0].shape))
        let source = inputs[2].materializedIfNeeded
        let (outer, n, inner) = Extent.around(dim, result.shape)
        mt_scatter_add(
            result.dtype.kernel, outer, n, inner, Int64(source.size(dim)), inputs[1].indexPointer,
            source.pointer, result.freshPointer)
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0] else { return [nil, nil, nil] }
        return [g, nil, indices.map { g.gather(dim: dim, $0) }]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add(
            "ScatterElements", inputs,
            attributes: ["axis": .int(dim), "reduction": .string("add")], outputs: outputs)
    }
}
