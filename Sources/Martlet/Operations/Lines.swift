internal import CKernels

/// A tensor seen from one dimension: how many before it, along it, after it.
enum Extent {
    static func around(_ dim: Int, _ shape: [Int]) -> (Int64, Int64, Int64) {
        guard !shape.isEmpty else { return (1, 1, 1) }
        return (
            Int64(shape[..<dim].reduce(1, *)), Int64(shape[dim]),
            Int64(shape[(dim + 1)...].reduce(1, *))
        )
    }
}

/// The lines of elements along one dimension of a tensor without gaps, in the order of its memory: an operation on each line
/// does not care which order the other dimensions are in.
struct Lines {
    /// The tensor, dense.
    let source: Tensor
    let dim: Int
    let outer: Int64
    /// The elements of a line.
    let count: Int64
    let inner: Int64

    init(_ x: Tensor, dim: Int) {
        source = x.isDense ? x : x.materializedIfNeeded
        self.dim = dim
        if x.ndim == 0 || x.shape[dim] > 1 && source.isContiguous || x.count == 0 {
            (outer, count, inner) = Extent.around(dim, x.shape)
        } else if x.shape[dim] == 1 {
            (outer, count, inner) = (Int64(x.count), 1, 1)
        } else {
            count = Int64(x.shape[dim])
            inner = Int64(source.strides[dim])
            outer = Int64(x.count) / (count * inner)
        }
    }

    /// A tensor for `n` numbers from each line, which lies in memory as the source does; of one number the dimension may go.
    func results(_ n: Int, dtype: DType, keepDim: Bool = true) -> Tensor {
        var (shape, strides) = (source.shape, source.strides)
        guard !shape.isEmpty else { return Tensor(uninitialized: [], dtype: dtype) }
        if n != shape[dim] {
            if shape[dim] > 1 {
                let step = strides[dim]
                for d in strides.indices where strides[d] > step {
                    strides[d] = strides[d] / shape[dim] * n
                }
            } else {
                strides = strides.map { $0 * n }
                strides[dim] = 1
            }
            shape[dim] = n
        }
        if !keepDim {
            shape.remove(at: dim)
            strides.remove(at: dim)
        }
        return Tensor(uninitialized: shape, strides: strides, dtype: dtype)
    }
}

extension Tensor {
    /// Row-major, not recorded.
    var materializedIfNeeded: Tensor {
        isContiguous ? self : materialized(strides: Shape.contiguousStrides(shape))
    }

    /// A vector of the elements, in the order of memory where that is without gaps: for what does not depend on the order.
    var inMemoryOrder: Tensor {
        guard isDense && edge == nil else { return flatten() }
        return Tensor(
            storage: storage, offset: offset, shape: [count], strides: [1], dtype: dtype)
    }

    /// What a kernel chooses from each line along a dimension: `n` elements and where they are. Gradients flow through
    /// the elements.
    func chosen(
        _ n: Int, dim: Int, keepDim: Bool = true,
        _ kernel: (Lines, UnsafeMutableRawPointer, UnsafeMutablePointer<Int64>) -> Void
    ) -> (values: Tensor, indices: Tensor) {
        let lines = Lines(self, dim: dim)
        // To gather them, the dimension is needed.
        let keeps = keepDim || edge != nil
        let values = lines.results(n, dtype: dtype, keepDim: keeps)
        let indices = lines.results(n, dtype: .int64, keepDim: keeps)
        if values.count > 0 {
            kernel(
                lines, values.freshPointer,
                indices.freshPointer.assumingMemoryBound(to: Int64.self))
        }
        if edge == nil { return (values, indices) }
        let own = gather(dim: dim, indices)
        return keepDim || ndim == 0 ? (own, indices) : (own.squeeze(dim), indices.squeeze(dim))
    }
}
