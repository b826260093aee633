internal import CKernels

extension SparseTensor {
    /// The product of this matrix `(m, k)` and a dense one `(k, n)` or a vector `(k)`: `(m, n)` or `(m)` (PyTorch's
    /// `sparse.mm`). Floating-point types only. Gradients flow to the values and to the dense operand, and have gradients of
    /// their own.
    public func matmul(_ dense: Tensor) -> Tensor {
        precondition(
            ndim == 2 && sparseDims == 2 && (1...2).contains(dense.ndim)
                && dense.shape[0] == shape[1],
            "SparseTensor.matmul: a matrix of shape \(shape) with \(sparseDims) sparse dimensions does not fit "
                + "\(dense.shape)")
        let dtype = DType.promoted(self.dtype, dense.dtype)
        precondition(
            dtype.isFloatingPoint,
            "SparseTensor.matmul: expected floating-point tensors, got \(self.dtype) and \(dense.dtype)"
        )
        // Half types add up in float32.
        let wide: DType = dtype == .float64 ? .float64 : .float32
        let matrix = dense.ndim == 1 ? dense.unsqueeze(1) : dense
        let pattern = SparsePattern(
            shape: (shape[0], shape[1]), rows: indices.select(dim: 0, index: 0),
            columns: indices.select(dim: 0, index: 1))
        let product = Tensor.result(
            SparseMatmul(pattern: pattern), values.to(wide), matrix.to(wide)
        ).to(dtype)
        return dense.ndim == 1 ? product.squeeze(1) : product
    }
}

/// Where a sparse matrix has entries.
private struct SparsePattern {
    let shape: (rows: Int, columns: Int)
    /// `(entries)` each.
    let rows: Tensor
    let columns: Tensor

    var transposed: SparsePattern {
        SparsePattern(shape: (shape.columns, shape.rows), rows: columns, columns: rows)
    }
}

/// A sparse matrix, of values `(entries)`, times a dense one.
private struct SparseMatmul: TensorOperation {
    let pattern: SparsePattern
    private var values: Tensor?
    private var dense: Tensor?

    init(pattern: SparsePattern) { self.pattern = pattern }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[0] { dense = inputs[1] }
        if needsGradient[1] { values = inputs[0] }
        let (x, y) = (inputs[0].materializedIfNeeded, inputs[1].materializedIfNeeded)
        let entries = Int64(x.count)
        let starts = Tensor(uninitialized: [pattern.shape.rows + 1], dtype: .int64)
        let order = Tensor(uninitialized: [x.count], dtype: .int64)
        mt_group_rows(
            Int64(pattern.shape.rows), entries, pattern.rows.indexPointer,
            starts.freshPointer.assumingMemoryBound(to: Int64.self),
            order.freshPointer.assumingMemoryBound(to: Int64.self))
        let result = Tensor(uninitialized: [pattern.shape.rows, y.shape[1]], dtype: y.dtype)
        mt_sparse_matmul(
            y.dtype.kernel, Int64(pattern.shape.rows), Int64(y.shape[1]), starts.indexPointer,
            order.indexPointer, pattern.columns.indexPointer, x.pointer, y.pointer,
            result.freshPointer)
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0] else { return [nil, nil] }
        return [
            dense.map { Tensor.result(SampledMatmul(pattern: pattern), g, $0) },
            values.map { Tensor.result(SparseMatmul(pattern: pattern.transposed), $0, g) },
        ]
    }
}

/// The elements of x yᵀ at the places of a pattern's entries, `(entries)`, for matrices `(m, n)` and `(k, n)`.
private struct SampledMatmul: TensorOperation {
    let pattern: SparsePattern
    private var x: Tensor?
    private var y: Tensor?

    init(pattern: SparsePattern) { self.pattern = pattern }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[0] { y = inputs[1] }
        if needsGradient[1] { x = inputs[0] }
        let (x, y) = (inputs[0].materializedIfNeeded, inputs[1].materializedIfNeeded)
        let result = Tensor(uninitialized: pattern.rows.shape, dtype: x.dtype)
        mt_sampled_matmul(
            x.dtype.kernel, Int64(result.count), Int64(x.shape[1]), pattern.rows.indexPointer,
            pattern.columns.indexPointer, x.pointer, y.pointer, result.freshPointer)
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0] else { return [nil, nil] }
        return [
            y.map { Tensor.result(SparseMatmul(pattern: pattern), g, $0) },
            x.map { Tensor.result(SparseMatmul(pattern: pattern.transposed), g, $0) },
        ]
    }
}
