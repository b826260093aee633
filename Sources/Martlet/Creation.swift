internal import CKernels

extension Tensor {
    /// A tensor without dimensions, holding one value.
    public init<T: TensorScalar>(_ value: T) { self.init([value], shape: []) }

    /// A vector `(values.count)`.
    public init<T: TensorScalar>(_ values: [T]) { self.init(values, shape: [values.count]) }

    /// A matrix; every row must have the same length.
    public init<T: TensorScalar>(_ rows: [[T]]) {
        let width = rows.first?.count ?? 0
        precondition(
            rows.allSatisfy { $0.count == width },
            "Tensor: rows of different lengths \(rows.map(\.count))")
        self.init(rows.flatMap { $0 }, shape: [rows.count, width])
    }

    /// Values in row-major order.
    public init<T: TensorScalar>(_ values: [T], shape: [Int]) {
        precondition(
            values.count == Shape.count(shape),
            "Tensor: \(values.count) values do not fill shape \(shape)")
        self.init(uninitialized: shape, dtype: T.dtype)
        values.withUnsafeBytes { source in
            if let base = source.baseAddress {
                freshPointer.copyMemory(from: base, byteCount: source.count)
            }
        }
    }

    /// Every element has the same value.
    public static func full(_ shape: [Int], _ value: Double, dtype: DType = .float32) -> Tensor {
        let result = Tensor(uninitialized: shape, dtype: dtype)
        mt_fill(
            dtype.kernel, Int64(result.count), result.freshPointer, value,
            Int64(exactly: value.rounded(.towardZero)) ?? 0)
        return result
    }

    /// Every element is 0.
    public static func zeros(_ shape: [Int], dtype: DType = .float32) -> Tensor {
        full(shape, 0, dtype: dtype)
    }

    /// Every element is 1.
    public static func ones(_ shape: [Int], dtype: DType = .float32) -> Tensor {
        full(shape, 1, dtype: dtype)
    }

    /// Zeros with this tensor's shape, type and memory layout.
    public func zerosLike() -> Tensor {
        let result = Tensor(uninitialized: shape, strides: denseStrides, dtype: dtype)
        mt_fill(dtype.kernel, Int64(count), result.freshPointer, 0, 0)
        return result
    }

    /// Ones with this tensor's shape, type and memory layout.
    public func onesLike() -> Tensor {
        let result = Tensor(uninitialized: shape, strides: denseStrides, dtype: dtype)
        mt_fill(dtype.kernel, Int64(count), result.freshPointer, 1, 1)
        return result
    }

    /// The values `start`, `start + step`, ... before `end`.
    public static func arange(
        _ start: Int, _ end: Int, step: Int = 1, dtype: DType = .int64
    ) -> Tensor {
        precondition(step != 0, "arange: step must not be 0")
        let count = Swift.max(0, (end - start + step - step.signum()) / step)
        let result = Tensor(uninitialized: [count], dtype: dtype)
        mt_arange(dtype.kernel, Int64(count), result.freshPointer, Double(start), Double(step))
        return result
    }

    /// The values 0 ..< end.
    public static func arange(_ end: Int, dtype: DType = .int64) -> Tensor {
        arange(0, end, dtype: dtype)
    }

    /// `count` values from `start` to `end`, both included, evenly spaced.
    public static func linspace(
        _ start: Double, _ end: Double, count: Int, dtype: DType = .float32
    ) -> Tensor {
        precondition(count >= 1, "linspace: expected at least 1 value, got \(count)")
        let result = Tensor(uninitialized: [count], dtype: dtype)
        let step = count > 1 ? (end - start) / Double(count - 1) : 0
        mt_arange(dtype.kernel, Int64(count), result.freshPointer, start, step)
        return result
    }

    /// The identity matrix `(n, n)`.
    public static func eye(_ n: Int, dtype: DType = .float32) -> Tensor {
        var result = zeros([n, n], dtype: dtype)
        let ones = Tensor.ones([n], dtype: dtype)
        result.withStridedView(shape: [n], strides: [n + 1]) { Kernel.copy(ones, into: $0) }
        return result
    }

    /// Calls the closure with a view of this tensor's own memory, to be written through.
    mutating func withStridedView(
        shape: [Int], strides: [Int], offset: Int = 0, _ body: (Tensor) -> Void
    ) {
        _ = writablePointer()
        body(
            Tensor(
                storage: storage, offset: self.offset + offset, shape: shape, strides: strides,
                dtype: dtype))
    }
}

extension Tensor {
    /// The elements in row-major order, cast where the type differs.
    public func array<T: TensorScalar>(as type: T.Type) -> [T] {
        let cast =
            dtype == T.dtype
            ? self : materialized(strides: Shape.contiguousStrides(shape), dtype: T.dtype)
        return cast.withUnsafeBytes { Array($0.bindMemory(to: T.self)) }
    }

    /// The value of a tensor of one element, cast where the type differs.
    public func item<T: TensorScalar>(as type: T.Type) -> T {
        precondition(count == 1, "item: expected one element, got shape \(shape)")
        return array(as: type)[0]
    }

    /// The value of a tensor of one element, as a `Float`.
    public func item() -> Float { item(as: Float.self) }
}
