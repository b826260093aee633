internal import CKernels

/// An n-dimensional array of numbers, and a point in the graph that gradients flow back through.
///
/// A tensor is a value. Views (slices, transposes, expansions) share memory and cost nothing; a
/// mutation copies first when the memory is shared, so no two tensors ever change together. The only
/// shared references are a model's `Parameter`s.
///
/// 4-D activations `(N, C, H, W)` are usually channels-last in memory (`isChannelsLast`); the shape
/// stays `(N, C, H, W)`.
public struct Tensor: @unchecked Sendable {
    var storage: Storage
    /// Where the first element is, counted in elements.
    var offset: Int
    /// The size of each dimension.
    public internal(set) var shape: [Int]
    /// How far apart, in elements, neighbours along each dimension are.
    public internal(set) var strides: [Int]
    /// The type of the elements.
    public let dtype: DType
    /// Where gradients go: nil when none are wanted.
    var edge: Edge?

    init(storage: Storage, offset: Int, shape: [Int], strides: [Int], dtype: DType) {
        self.storage = storage
        self.offset = offset
        self.shape = shape
        self.strides = strides
        self.dtype = dtype
    }

    /// A tensor whose elements are whatever the memory held: to be written before it is read.
    public init(uninitialized shape: [Int], dtype: DType = .float32, channelsLast: Bool = false) {
        precondition(
            shape.allSatisfy { $0 >= 0 }, "Tensor: sizes must not be negative, got \(shape)")
        let strides =
            channelsLast ? Shape.channelsLastStrides(shape) : Shape.contiguousStrides(shape)
        self.init(
            storage: Storage(byteCount: Shape.count(shape) * dtype.itemSize), offset: 0,
            shape: shape,
            strides: strides, dtype: dtype)
    }

    /// Uninitialised, with the strides of a dense tensor of the same shape.
    init(uninitialized shape: [Int], strides: [Int], dtype: DType) {
        self.init(
            storage: Storage(byteCount: Shape.count(shape) * dtype.itemSize), offset: 0,
            shape: shape,
            strides: strides, dtype: dtype)
    }

    // MARK: Properties

    /// The number of dimensions.
    public var ndim: Int { shape.count }
    /// The number of elements.
    public var count: Int { Shape.count(shape) }
    /// Whether the elements lie one after another in row-major order.
    public var isContiguous: Bool { Shape.isContiguous(shape, strides) }
    /// Whether this is `(N, C, H, W)` or `(N, C, D, H, W)` with the channels innermost in memory, without gaps.
    public var isChannelsLast: Bool { Shape.isChannelsLast(shape, strides) }
    var isDense: Bool { Shape.isDense(shape, strides) }

    /// The address of the first element, for reading.
    var pointer: UnsafeRawPointer {
        UnsafeRawPointer(storage.pointer + offset * dtype.itemSize)
    }

    /// The address of the first element of a tensor just made, which nothing else refers to yet.
    var freshPointer: UnsafeMutableRawPointer { storage.pointer + offset * dtype.itemSize }

    /// The size of a dimension; negative ones count from the end.
    public func size(_ dim: Int) -> Int {
        precondition(ndim > 0, "size: a tensor without dimensions has no dimension \(dim)")
        return shape[Shape.dimension(dim, of: ndim, operation: "size")]
    }

    // MARK: Memory

    /// Makes this tensor the only owner of its memory, densely laid out, and returns the address of
    /// its first element for writing.
    mutating func writablePointer() -> UnsafeMutableRawPointer {
        if !isKnownUniquelyReferenced(&storage) || !isDense {
            let edge = self.edge
            self = materialized(strides: denseStrides)
            self.edge = edge
        }
        storage.willWrite()
        return storage.pointer + offset * dtype.itemSize
    }

    /// These strides if they are dense, row-major ones otherwise.
    var denseStrides: [Int] { isDense ? strides : Shape.contiguousStrides(shape) }

    /// A copy with the given dense strides; not recorded for gradients.
    func materialized(strides: [Int], dtype target: DType? = nil) -> Tensor {
        let result = Tensor(uninitialized: shape, strides: strides, dtype: target ?? dtype)
        Kernel.copy(self, into: result)
        return result
    }

    /// Calls the closure with the elements in row-major order.
    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        let dense = isContiguous ? self : materialized(strides: Shape.contiguousStrides(shape))
        return try withExtendedLifetime(dense.storage) {
            try body(
                UnsafeRawBufferPointer(start: dense.pointer, count: count * dtype.itemSize))
        }
    }

    /// Calls the closure with the elements in row-major order, to change them in place.
    ///
    /// The tensor must not be part of a graph.
    public mutating func withUnsafeMutableBytes<R>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> R
    ) rethrows -> R {
        requireMutable("withUnsafeMutableBytes")
        if !isContiguous { self = materialized(strides: Shape.contiguousStrides(shape)) }
        let pointer = writablePointer()
        let bytes = count * dtype.itemSize
        return try withExtendedLifetime(storage) {
            try body(UnsafeMutableRawBufferPointer(start: pointer, count: bytes))
        }
    }

    /// Stops when changing this tensor in place would make its gradient wrong.
    func requireMutable(_ operation: String) {
        precondition(
            edge == nil || !GradientMode.isRecording,
            "\(operation): a tensor that gradients flow through cannot be changed in place; "
                + "use noGrad { } or detach() first")
    }
}
