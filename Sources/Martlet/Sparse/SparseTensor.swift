internal import CKernels

/// A tensor most of whose elements are zero, as a list of the others: their indices and values (PyTorch's
/// `sparse_coo_tensor`).
///
/// The first dimensions are sparse; the values may have dimensions of their own, which follow them. Entries at the same
/// indices add up. Gradients flow to and through `values`:
///
/// ```swift
/// let a = SparseTensor(indices: Tensor([[0, 1, 1], [2, 0, 2]]), values: Tensor([3.0, 4, 5]), shape: [2, 3])
/// a.toDense()      // [[0, 0, 3], [4, 0, 5]]
/// a.matmul(x)      // as a.toDense().matmul(x), of the entries alone
/// ```
public struct SparseTensor: Sendable {
    /// `(sparseDims, nnz)`, int64: where each entry is.
    public let indices: Tensor
    /// `(nnz, ...)`: what each entry is; one number, or as many as the dimensions that are not sparse have.
    public let values: Tensor
    /// The size of each dimension, sparse ones first.
    public let shape: [Int]
    /// Whether the entries are known to be in row-major order, each place once.
    public let isCoalesced: Bool

    /// - Parameters:
    ///   - indices: `(sparseDims, nnz)` integers of 0 or more.
    ///   - values: `(nnz, ...)`.
    ///   - shape: sparse dimensions, then the values' own; nil for the least that holds every entry.
    public init(indices: Tensor, values: Tensor, shape: [Int]? = nil) {
        precondition(
            indices.ndim == 2 && !indices.dtype.isFloatingPoint && indices.dtype != .bool
                && values.ndim > 0 && values.shape[0] == indices.shape[1],
            "SparseTensor: expected integer indices (dimensions, entries) and values (entries, ...), got "
                + "\(indices.dtype) \(indices.shape) and \(values.shape)")
        let places = noGrad { indices.detach().to(.int64).contiguous() }
        let dims = places.shape[0]
        let own = Array(values.shape.dropFirst())
        let sizes = shape ?? SparseTensor.leastSizes(places) + own
        precondition(
            sizes.count == dims + own.count && Array(sizes.dropFirst(dims)) == own
                && sizes.allSatisfy { $0 >= 0 },
            "SparseTensor: expected \(dims) sizes followed by \(own), got shape \(sizes)")
        precondition(
            SparseTensor.placeCount(sizes.prefix(dims)) != nil,
            "SparseTensor: the sparse dimensions of \(sizes) have more than \(Int.max) places")
        for (dim, row) in places.unbind(dim: 0).enumerated() {
            let bad = Int(
                mt_first_out_of_range(Int64(row.count), row.indexPointer, Int64(sizes[dim])))
            precondition(
                bad < 0,
                "SparseTensor: index \(bad < 0 ? 0 : row.array(as: Int.self)[Swift.max(bad, 0)]) is outside "
                    + "dimension \(dim) of \(sizes)")
        }
        self.init(
            places: places, values: values, shape: sizes, isCoalesced: places.shape[1] < 2)
    }

    /// Of indices that are known to be right.
    init(places: Tensor, values: Tensor, shape: [Int], isCoalesced: Bool) {
        // Kernels read them row by row.
        indices = noGrad { places.contiguous() }
        self.values = values
        self.shape = shape
        self.isCoalesced = isCoalesced
    }

    private static func leastSizes(_ places: Tensor) -> [Int] {
        guard places.count > 0 else { return [Int](repeating: 0, count: places.shape[0]) }
        let greatest = places.max(dims: [1]).array(as: Int.self)
        let least = places.min(dims: [1]).array(as: Int.self)
        precondition(
            least.allSatisfy { $0 >= 0 } && greatest.allSatisfy { $0 < Int.max },
            "SparseTensor: expected indices of 0 or more, got \(least.min() ?? 0)")
        return greatest.map { $0 + 1 }
    }

    /// How many places there are; nil beyond 64 bits.
    private static func placeCount(_ sizes: some Collection<Int>) -> Int? {
        sizes.reduce(1) { product, size in
            product.flatMap {
                let (next, overflow) = $0.multipliedReportingOverflow(by: Swift.max(size, 1))
                return overflow ? nil : next
            }
        }
    }

    // MARK: Properties

    /// The number of dimensions.
    public var ndim: Int { shape.count }
    /// The number of dimensions that the indices have.
    public var sparseDims: Int { indices.shape[0] }
    /// The number of entries.
    public var nnz: Int { indices.shape[1] }
    /// The type of the values.
    public var dtype: DType { values.dtype }

    // MARK: Order

    /// The same tensor with its entries in row-major order, those at the same place added up.
    public func coalesced() -> SparseTensor {
        if isCoalesced { return self }
        let keys = positions
        let group = Tensor(uninitialized: [nnz], dtype: .int64)
        let first = Tensor(uninitialized: [nnz], dtype: .int64)
        let limit = shape.prefix(sparseDims).reduce(1, *)
        let groups = Int(
            mt_group_equal(
                Int64(nnz), Int64(limit), keys.indexPointer,
                group.freshPointer.assumingMemoryBound(to: Int64.self),
                first.freshPointer.assumingMemoryBound(to: Int64.self)))
        let places = Tensor(uninitialized: [sparseDims, groups], dtype: .int64)
        mt_pick_columns(
            Int64(sparseDims), Int64(nnz), Int64(groups), first.indexPointer,
            indices.indexPointer, places.freshPointer.assumingMemoryBound(to: Int64.self))
        let sums = Tensor.zeros([groups] + values.shape.dropFirst(), dtype: dtype)
            .indexAdd(dim: 0, group, values)
        return SparseTensor(places: places, values: sums, shape: shape, isCoalesced: true)
    }

    /// The row-major place of each entry among the sparse dimensions, `(nnz)`.
    private var positions: Tensor {
        noGrad {
            let strides = Shape.contiguousStrides(Array(shape.prefix(sparseDims)))
            return (indices * Tensor(strides, shape: [sparseDims, 1])).sum(dims: [0]).contiguous()
        }
    }

    /// The dense tensor, with zeros where there is no entry.
    public func toDense() -> Tensor {
        let places = shape.prefix(sparseDims).reduce(1, *)
        return Tensor.zeros([places] + values.shape.dropFirst(), dtype: dtype)
            .indexAdd(dim: 0, positions, values).reshape(shape)
    }

    /// With two sparse dimensions in each other's place.
    public func transpose(_ a: Int, _ b: Int) -> SparseTensor {
        let first = Shape.dimension(a, of: ndim, operation: "SparseTensor.transpose")
        let second = Shape.dimension(b, of: ndim, operation: "SparseTensor.transpose")
        precondition(
            first == second || Swift.max(first, second) < sparseDims,
            "SparseTensor.transpose: expected two of the \(sparseDims) sparse dimensions of \(shape), got "
                + "\(a) and \(b)")
        if first == second { return self }
        var order = Array(0..<sparseDims)
        var sizes = shape
        order.swapAt(first, second)
        sizes.swapAt(first, second)
        return SparseTensor(
            places: indices.indexSelect(dim: 0, Tensor(order)), values: values, shape: sizes,
            isCoalesced: isCoalesced && nnz < 2)
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// The transpose of a matrix.
    public var T: SparseTensor {
        precondition(ndim == 2, "SparseTensor.T: expected a matrix, got shape \(shape)")
        return transpose(0, 1)
    }

    // MARK: Arithmetic

    /// The sum of two tensors of one shape, coalesced.
    public static func + (a: SparseTensor, b: SparseTensor) -> SparseTensor {
        precondition(
            a.shape == b.shape && a.sparseDims == b.sparseDims,
            "SparseTensor +: shapes \(a.shape) and \(b.shape), of which \(a.sparseDims) and \(b.sparseDims) "
                + "dimensions are sparse, differ")
        let dtype = DType.promoted(a.dtype, b.dtype)
        return SparseTensor(
            places: Tensor.cat([a.indices, b.indices], dim: 1),
            values: Tensor.cat([a.values.to(dtype), b.values.to(dtype)]), shape: a.shape,
            isCoalesced: false
        ).coalesced()
    }

    /// Every value times a number.
    public static func * (a: SparseTensor, b: Double) -> SparseTensor {
        SparseTensor(
            places: a.indices, values: a.values * b, shape: a.shape, isCoalesced: a.isCoalesced)
    }

    /// Every value times a number.
    public static func * (a: Double, b: SparseTensor) -> SparseTensor { b * a }
}

extension Tensor {
    /// The elements that are not zero, coalesced (PyTorch's `to_sparse`). Gradients flow to them.
    ///
    /// - Parameter sparseDims: how many dimensions, from the first, are sparse; nil for all. Entries are then the parts
    ///   that are not zero throughout.
    public func toSparse(sparseDims: Int? = nil) -> SparseTensor {
        let dims = sparseDims ?? ndim
        precondition(
            dims >= 0 && dims <= ndim,
            "toSparse: \(dims) sparse dimensions in a tensor of \(ndim)")
        let (sizes, own) = (Array(shape[..<dims]), Array(shape[dims...]))
        let outer = sizes.reduce(1, *)
        let present = noGrad {
            detach().reshape([outer, own.reduce(1, *)]).ne(0).any(dims: [1])
        }
        let values = reshape([outer] + own)
            .indexSelect(dim: 0, present.nonzero().reshape([-1]))
        return SparseTensor(
            places: noGrad { present.reshape(sizes).nonzero().transpose(0, 1) },
            values: values, shape: shape, isCoalesced: true)
    }
}
