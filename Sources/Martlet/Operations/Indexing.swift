internal import CKernels

extension Tensor {
    /// Stops when an index is outside the dimension it selects from; returns the indices as `int64`, without gaps,
    /// counted from the front.
    func checkedIndices(_ indices: Tensor, dim: Int, operation: String) -> Tensor {
        precondition(
            !indices.dtype.isFloatingPoint && indices.dtype != .bool,
            "\(operation): expected integer indices, got \(indices.dtype)")
        let size = ndim == 0 ? 1 : shape[dim]
        let whole = noGrad { indices.to(.int64) }
        let given = whole.isDense ? whole : whole.materializedIfNeeded
        func firstBad(_ x: Tensor) -> Int {
            Int(mt_first_out_of_range(Int64(x.count), x.indexPointer, Int64(size)))
        }
        if firstBad(given) < 0 { return given }
        let result = Tensor.where(given.lt(0), given + size, given)
        let bad = firstBad(result)
        precondition(
            bad < 0,
            "\(operation): index \(given.indexPointer[Swift.max(bad, 0)]) is outside dimension "
                + "\(dim) of \(shape)")
        return result
    }

    /// The entries at some indices (a vector) of a dimension. Here as everywhere, negative indices count from the end.
    public func indexSelect(dim: Int, _ indices: Tensor) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "indexSelect")
        precondition(
            indices.ndim == 1 && (ndim > 0 || indices.count == 1),
            "indexSelect: expected a vector of indices, got \(indices.shape) for shape \(shape)")
        if ndim == 0 { return reshape([1]).indexSelect(dim: 0, indices).reshape([]) }
        return entries(d, indices, operation: "indexSelect")
    }

    /// The entries at some indices (a vector), given the dimension counted from the front.
    func entries(_ d: Int, _ indices: Tensor, operation: String) -> Tensor {
        let checked = checkedIndices(indices, dim: d, operation: operation)
        return ThreadFlags.onlyCompute(self)
            ? IndexSelect(dim: d).output(for: self, checked)
            : Tensor.result(IndexSelect(dim: d), self, checked)
    }

    /// result[i][j][k] = self[i][indices[i][j][k]][k], for dim 1 of 3 (PyTorch's `gather`); the indices may have fewer
    /// entries than this tensor along the other dimensions.
    public func gather(dim: Int, _ indices: Tensor) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "gather")
        let x = narrowed(to: indices.shape, except: d, operation: "gather")
        let checked = checkedIndices(indices, dim: d, operation: "gather")
        return ThreadFlags.onlyCompute(x)
            ? Gather(dim: d).output(for: x, checked) : Tensor.result(Gather(dim: d), x, checked)
    }

    /// The first entries of every dimension but one, as many as the indices have.
    func narrowed(to indices: [Int], except dim: Int, operation: String) -> Tensor {
        precondition(
            indices.count == ndim
                && shape.indices.allSatisfy { $0 == dim || indices[$0] <= shape[$0] },
            "\(operation): indices of shape \(indices) do not fit \(shape) outside dimension \(dim)"
        )
        if indices == shape { return self }
        return shape.indices.reduce(self) { x, d in
            d == dim ? x : x.narrow(dim: d, start: 0, length: indices[d])
        }
    }

    /// `gather` with indices that broadcast against this tensor outside the dimension; without one both are flattened
    /// (PyTorch's `take_along_dim`).
    public func takeAlongDim(_ indices: Tensor, dim: Int? = nil) -> Tensor {
        guard let dim else { return flatten().gather(dim: 0, indices.flatten()) }
        let d = Shape.dimension(dim, of: ndim, operation: "takeAlongDim")
        precondition(
            indices.ndim == ndim,
            "takeAlongDim: expected indices of \(ndim) dimensions, got shape \(indices.shape)")
        var common = shape
        for i in shape.indices where i != d {
            common[i] =
                Shape.broadcast([shape[i]], [indices.shape[i]], operation: "takeAlongDim")[0]
        }
        var places = common
        places[d] = indices.shape[d]
        return expand(common).gather(dim: d, indices.expand(places))
    }

    /// The elements at places of the flattened tensor, in the indices' shape.
    public func take(_ indices: Tensor) -> Tensor {
        flatten().indexSelect(dim: 0, indices.reshape([-1])).reshape(indices.shape)
    }

    /// 1 at each index and 0 elsewhere along a new last dimension, as `int64`.
    public func oneHot(classes: Int) -> Tensor {
        precondition(
            !dtype.isFloatingPoint && dtype != .bool, "oneHot: expected integers, got \(dtype)")
        precondition(
            count == 0
                || min().item(as: Int.self) >= 0 && max().item(as: Int.self) < classes,
            "oneHot: a class is outside 0 ..< \(classes)")
        let zeros = Tensor.zeros(shape + [classes], dtype: .int64)
        return noGrad {
            zeros.scatterAdd(
                dim: -1, unsqueeze(-1), Tensor.ones(shape + [1], dtype: .int64))
        }
    }

    /// The elements where a mask of the same shape holds, as a vector.
    public func maskedSelect(_ mask: Tensor) -> Tensor {
        precondition(
            mask.dtype == .bool, "maskedSelect: expected a mask of bools, got \(mask.dtype)")
        let shape = Shape.broadcast(self.shape, mask.shape, operation: "maskedSelect")
        let (x, flags) = (expand(shape), mask.expand(shape).materializedIfNeeded)
        if edge != nil {
            let places = noGrad { flags.reshape([-1]).nonzero().reshape([-1]) }
            return x.reshape([-1]).indexSelect(dim: 0, places)
        }
        let source = x.materializedIfNeeded
        let found = mt_count_nonzero(DType.bool.kernel, Int64(flags.count), flags.pointer)
        let result = Tensor(uninitialized: [Int(found)], dtype: dtype)
        mt_masked_select(
            dtype.kernel, Int64(flags.count), flags.pointer.assumingMemoryBound(to: Bool.self),
            source.pointer, result.freshPointer)
        return result
    }

    /// Where the elements are not zero: indices `(n, ndim)`.
    public func nonzero() -> Tensor {
        let flags = noGrad { to(.bool).contiguous() }
        let found = mt_count_nonzero(DType.bool.kernel, Int64(count), flags.pointer)
        let places = Tensor(uninitialized: [Int(found), ndim], dtype: .int64)
        Kernel.withInt64(shape) {
            mt_nonzero(
                Int32(ndim), $0, flags.pointer.assumingMemoryBound(to: Bool.self),
                places.freshPointer.assumingMemoryBound(to: Int64.self))
        }
        return places
    }
}

extension Tensor {
    var indexPointer: UnsafePointer<Int64> {
        pointer.assumingMemoryBound(to: Int64.self)
    }
}

private struct IndexSelect: TensorOperation {
    let dim: Int
    private var indices: Tensor?
    private var inputShape: [Int] = []

    init(dim: Int) { self.dim = dim }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        inputShape = inputs[0].shape
        if needsGradient[0] { indices = inputs[1] }
        return [output(for: inputs[0], inputs[1])]
    }

    func output(for x: Tensor, _ indices: Tensor) -> Tensor {
        if let order = Tensor.rowMajorOrder(x), let moved = order.firstIndex(of: dim) {
            return IndexSelect(dim: moved).output(for: x.permute(order), indices)
                .permutedBack(order)
        }
        let x = x.materializedIfNeeded
        var shape = x.shape
        shape[dim] = indices.count
        let result = Tensor(uninitialized: shape, dtype: x.dtype)
        let (outer, n, inner) = Extent.around(dim, x.shape)
        mt_index_select(
            x.dtype.kernel, outer, n, inner, Int64(indices.count), indices.indexPointer, x.pointer,
            result.freshPointer)
        return result
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let indices else { return [nil, nil] }
        return [
            Tensor.zeros(inputShape, dtype: g.dtype).indexAdd(dim: dim, indices, g), nil,
        ]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("Gather", inputs, attributes: ["axis": .int(dim)], outputs: outputs)
    }
}

private struct Gather: TensorOperation {
    let dim: Int
    private var indices: Tensor?
    private var inputShape: [Int] = []

    init(dim: Int) { self.dim = dim }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        inputShape = inputs[0].shape
        if needsGradient[0] { indices = inputs[1] }
        return [output(for: inputs[0], inputs[1])]
    }

    func output(for x: Tensor, _ indices: Tensor) -> Tensor {
        if let order = Tensor.rowMajorOrder(x, indices), let moved = order.firstIndex(of: dim) {
            return Gather(dim: moved).output(for: x.permute(order), indices.permute(order))
                .permutedBack(order)
        }
        let (x, indices) = (x.materializedIfNeeded, indices.materializedIfNeeded)
        let result = Tensor(uninitialized: indices.shape, dtype: x.dtype)
        let (outer, n, inner) = Extent.around(dim, x.shape)
        mt_gather(
            x.dtype.kernel, outer, n, inner, Extent.around(dim, indices.shape).1,
            indices.indexPointer, x.pointer, result.freshPointer)
        return result
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
