internal import CKernels

extension Tensor {
    /// Sums of everything up to and including each element along a dimension.
    public func cumsum(dim: Int) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "cumsum")
        return Tensor.result(CumulativeSum(dim: d), self)
    }

    /// Products of everything up to and including each element along a dimension.
    public func cumprod(dim: Int) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "cumprod")
        return Tensor.result(CumulativeProduct(dim: d), self)
    }

    /// The elements in order along a dimension, and where each was; equal ones keep their order.
    /// Gradients flow through the values.
    public func sort(dim: Int = -1, descending: Bool = false) -> (values: Tensor, indices: Tensor) {
        let d = Shape.dimension(dim, of: ndim, operation: "sort")
        let (outer, n, inner) = Extent.around(d, shape)
        let source = materializedIfNeeded
        let indices = Tensor(uninitialized: shape, dtype: .int64)
        let values = Tensor(uninitialized: shape, dtype: dtype)
        mt_sort(
            dtype.kernel, outer, n, inner, descending, source.pointer, values.freshPointer,
            indices.freshPointer.assumingMemoryBound(to: Int64.self))
        return (edge == nil ? values : gather(dim: d, indices), indices)
    }

    /// The `k` greatest (or least) elements along a dimension, in order, and where each was.
    /// Gradients flow through the values.
    public func topk(_ k: Int, dim: Int = -1, largest: Bool = true) -> (
        values: Tensor, indices: Tensor
    ) {
        let d = Shape.dimension(dim, of: ndim, operation: "topk")
        let (least, most) = ndim == 0 ? (1, 1) : (0, shape[d])
        precondition(
            k >= least && k <= most,
            "topk: k = \(k) is outside \(least) ... \(most), the size of dimension \(dim)")
        if ndim == 0 { return (self, Tensor(0)) }
        let (outer, n, inner) = Extent.around(d, shape)
        let source = materializedIfNeeded
        var resultShape = shape
        resultShape[d] = k
        let values = Tensor(uninitialized: resultShape, dtype: dtype)
        let indices = Tensor(uninitialized: resultShape, dtype: .int64)
        mt_topk(
            dtype.kernel, outer, n, inner, Int64(k), largest, source.pointer,
            values.freshPointer, indices.freshPointer.assumingMemoryBound(to: Int64.self))
        return (edge == nil ? values : gather(dim: d, indices), indices)
    }

    /// Row-major, not recorded.
    var materializedIfNeeded: Tensor {
        isContiguous ? self : materialized(strides: Shape.contiguousStrides(shape))
    }
}

/// A shape seen from one dimension: how many before it, along it, after it.
enum Extent {
    static func around(_ dim: Int, _ shape: [Int]) -> (Int64, Int64, Int64) {
        guard !shape.isEmpty else { return (1, 1, 1) }
        return (
            Int64(shape[..<dim].reduce(1, *)), Int64(shape[dim]),
            Int64(shape[(dim + 1)...].reduce(1, *))
        )
    }
}

private enum Cumulative {
    static func run(_ kernel: mt_reduce_op, _ x: Tensor, dim: Int) -> Tensor {
        let source = x.materializedIfNeeded
        let result = Tensor(uninitialized: x.shape, dtype: x.dtype)
        let (outer, n, inner) = Extent.around(dim, x.shape)
        mt_cumulative(
            kernel, x.dtype.kernel, outer, n, inner, source.pointer, result.freshPointer)
        return result
    }
}

private struct CumulativeSum: TensorOperation {
    let dim: Int

    var name: String { "cumsum" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        [Cumulative.run(MT_SUM, inputs[0].to(inputs[0].dtype.accumulated), dim: dim)]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        [gradients[0]?.flip([dim]).cumsum(dim: dim).flip([dim])]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("CumSum", [inputs[0], graph.constant(Tensor(dim))], outputs: outputs)
    }
}

private struct CumulativeProduct: TensorOperation {
    let dim: Int
    private var input: Tensor?

    init(dim: Int) { self.dim = dim }

    var name: String { "cumprod" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[0] { input = inputs[0] }
        return [Cumulative.run(MT_PROD, inputs[0].to(inputs[0].dtype.accumulated), dim: dim)]
    }

    /// d y_j / d x_i for i <= j is the product of the others up to j: the product before i times the products from
    /// i + 1 on, right where there are zeros too, at the cost of a row for each element.
    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let x = input else { return [nil] }
        if x.count == 0 || x.ndim == 0 { return [g] }
        let rows = x.transpose(dim, -1)  // (..., n)
        let n = rows.shape[rows.ndim - 1]
        // (..., i, j): 1 up to i, x_j from i + 1 on.
        let places = Tensor.arange(n)
        let later = places.unsqueeze(0).gt(places.unsqueeze(1))
        let spread = Tensor.where(later, rows.unsqueeze(-2), Tensor.ones([], dtype: x.dtype))
        let from = spread.cumprod(dim: -1)
        let reached = places.unsqueeze(0).ge(places.unsqueeze(1)).to(x.dtype)
        let ones = Tensor.ones(Array(rows.shape.dropLast()) + [1], dtype: x.dtype)
        let before = Tensor.cat([ones, rows.slice(dim: -1, to: n - 1)], dim: -1).cumprod(dim: -1)
        let slopes = from * reached * before.unsqueeze(-1)
        let result = (slopes * g.transpose(dim, -1).unsqueeze(-2)).sum(dims: [-1])
        return [result.transpose(dim, -1)]
    }
}
