internal import CKernels

extension Tensor {
    /// Sums of everything up to and including each element along a dimension.
    public func cumsum(dim: Int) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "cumsum")
        return Tensor.result(CumulativeSum(dim: d), self)
    }

    /// Products of everything up to and including each element along a dimension; not recorded for
    /// gradients.
    func cumprod(dim: Int) -> Tensor {
        Cumulative.run(MT_PROD, self, dim: Shape.dimension(dim, of: ndim, operation: "cumprod"))
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
        precondition(
            ndim > 0 && k >= 0 && k <= shape[d],
            "topk: k = \(k) is outside 0 ... \(ndim > 0 ? shape[d] : 0), the size of dimension \(dim)"
        )
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

private struct CumulativeSum: Operation {
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
