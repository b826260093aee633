internal import CKernels

extension Tensor {
    /// Stops when an index is outside the dimension it selects from; returns the indices as `int64`,
    /// counted from the front.
    func checkedIndices(_ indices: Tensor, dim: Int, operation: String) -> Tensor {
        precondition(
            !indices.dtype.isFloatingPoint && indices.dtype != .bool,
            "\(operation): expected integer indices, got \(indices.dtype)")
        let size = ndim == 0 ? 1 : shape[dim]
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

    /// The entries at some indices (a vector) of a dimension. Here as everywhere, negative indices count from the end.
    public func indexSelect(dim: Int, _ indices: Tensor) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "indexSelect")
        precondition(
            indices.ndim == 1 && (ndim > 0 || indices.count == 1),
            "indexSelect: expected a vector of indices, got \(indices.shape) for shape \(shape)")
        if ndim == 0 { return reshape([1]).indexSelect(dim: 0, indices).reshape([]) }
        let checked = checkedIndices(indices, dim: d, operation: "indexSelect")
        return Tensor.result(IndexSelect(dim: d), self, checked)
    }

    /// result[i][j][k] = self[i][indices[i][j][k]][k], for dim 1 of 3 (PyTorch's `gather`); the indices may have fewer
    /// entries than this tensor along the other dimensions.
    public func gather(dim: Int, _ indices: Tensor) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "gather")
        let x = narrowed(to: indices.shape, except: d, operation: "gather")
        let checked = checkedIndices(indices, dim: d, operation: "gather")
        return Tensor.result(Gather(dim: d), x, checked)
    }

    /// The first entries of every dimension but one, as many as the indices have.
    func narrowed(to indices: [Int], except dim: Int, operation: String) -> Tensor {
        precondition(
            indices.count == ndim
                && shape.indices.allSatisfy { $0 == dim || indices[$0] <= shape[$0] },
            "\(operation): indices of shape \(indices) do not fit \(shape) outside dimension \(dim)"
        )
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
        let x = inputs[0].materializedIfNeeded
        inputShape = x.shape
        if needsGradient[0] { indices = inputs[1] }
        let result = Tensor(uninitialized: inputs[1].shape, dtype: x.dtype)
        let (outer, n, inner) = Extent.around(dim, x.shape)
        mt_gather(
            x.dtype.kernel, outer, n, inner, Extent.around(dim, inputs[1].shape).1,
            inputs[1].indexPointer,
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
