internal import CKernels

/// What a tensor can be made from: a number, a truth value, or arrays of these, of any depth.
public protocol TensorElements {
    associatedtype Scalar: TensorScalar
    /// How many arrays are around the numbers.
    static var tensorDepth: Int { get }
    /// Appends the sizes of this and all inner arrays, taking the first of each, until there are `depth`.
    func appendShape(to shape: inout [Int])
    /// Appends the numbers in order; stops where an inner array has another size than `shape` says.
    func appendElements(to elements: inout [Scalar], shape: ArraySlice<Int>)
}

extension TensorElements where Self: TensorScalar, Scalar == Self {
    public static var tensorDepth: Int { 0 }
    public func appendShape(to shape: inout [Int]) {}
    public func appendElements(to elements: inout [Self], shape: ArraySlice<Int>) {
        elements.append(self)
    }
}
extension Float: TensorElements { public typealias Scalar = Float }
extension Double: TensorElements { public typealias Scalar = Double }
extension Float16: TensorElements { public typealias Scalar = Float16 }
extension Int: TensorElements { public typealias Scalar = Int }
extension Int64: TensorElements { public typealias Scalar = Int64 }
extension Int32: TensorElements { public typealias Scalar = Int32 }
extension UInt8: TensorElements { public typealias Scalar = UInt8 }
extension Bool: TensorElements { public typealias Scalar = Bool }

extension Array: TensorElements where Element: TensorElements {
    public static var tensorDepth: Int { Element.tensorDepth + 1 }
    public func appendShape(to shape: inout [Int]) {
        shape.append(count)
        if let first {
            first.appendShape(to: &shape)
        } else {
            shape += [Int](repeating: 0, count: Element.tensorDepth)
        }
    }
    public func appendElements(to elements: inout [Element.Scalar], shape: ArraySlice<Int>) {
        precondition(
            count == shape.first,
            "Tensor: inner arrays of different lengths, \(shape.first ?? 0) and \(count)")
        for element in self { element.appendElements(to: &elements, shape: shape.dropFirst()) }
    }
}

extension Tensor {
    /// A number as a tensor without dimensions, an array as a vector, an array of arrays as a matrix, and so on; inner arrays
    /// of one depth must have one length. The type is that of the numbers unless `dtype` names another: Swift's literals are
    /// `Double` and `Int`.
    public init<E: TensorElements>(_ values: E, dtype: DType? = nil) {
        var shape: [Int] = []
        values.appendShape(to: &shape)
        var elements: [E.Scalar] = []
        elements.reserveCapacity(Shape.count(shape))
        values.appendElements(to: &elements, shape: shape[...])
        self.init(elements, shape: shape)
        if let dtype, dtype != self.dtype { self = noGrad { to(dtype) } }
    }

    /// A vector `(values.count)`.
    public init<T: TensorScalar>(_ values: [T]) { self.init(values, shape: [values.count]) }

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
        Tensor(uninitialized: shape, dtype: dtype).filled(value)
    }

    /// This tensor's memory, just made, with one value everywhere.
    private func filled(_ value: Double) -> Tensor {
        let value = dtype == .bool ? (value == 0 ? 0 : 1) : value
        mt_fill(
            dtype.kernel, Int64(count), freshPointer, value,
            Int64(exactly: value.rounded(.towardZero)) ?? 0)
        return self
    }

    /// Every element is 0.
    public static func zeros(_ shape: [Int], dtype: DType = .float32) -> Tensor {
        full(shape, 0, dtype: dtype)
    }

    /// Every element is 1.
    public static func ones(_ shape: [Int], dtype: DType = .float32) -> Tensor {
        full(shape, 1, dtype: dtype)
    }

    /// Whatever the memory held, with this tensor's shape and memory layout: to be written before it is read.
    public func emptyLike(dtype: DType? = nil) -> Tensor {
        Tensor(uninitialized: shape, strides: denseStrides, dtype: dtype ?? self.dtype)
    }

    /// Zeros with this tensor's shape, type and memory layout.
    public func zerosLike(dtype: DType? = nil) -> Tensor { emptyLike(dtype: dtype).filled(0) }

    /// Ones with this tensor's shape, type and memory layout.
    public func onesLike(dtype: DType? = nil) -> Tensor { emptyLike(dtype: dtype).filled(1) }

    /// One value with this tensor's shape, type and memory layout.
    public func fullLike(_ value: Double, dtype: DType? = nil) -> Tensor {
        emptyLike(dtype: dtype).filled(value)
    }

    /// The values `start`, `start + step`, ... before `end`.
    public static func arange(
        _ start: Int, _ end: Int, step: Int = 1, dtype: DType = .int64
    ) -> Tensor {
        precondition(step != 0, "arange: step must not be 0")
        let count = Swift.max(0, (end - start + step - step.signum()) / step)
        let result = Tensor(uninitialized: [count], dtype: dtype)
        // Whole numbers beyond 2^53 are not exact as reals.
        let exact = Swift.max(start.magnitude, end.magnitude) < 1 << 53
        if !exact && dtype == .int64 { return arange(count) * step + start }
        mt_arange(dtype.kernel, Int64(count), result.freshPointer, Double(start), Double(step))
        return result
    }

    /// The values 0 ..< end.
    public static func arange(_ end: Int, dtype: DType = .int64) -> Tensor {
        arange(0, end, dtype: dtype)
    }

    /// The values `start`, `start + step`, ... before `end`, which may have fractions.
    public static func arange(
        _ start: Double, _ end: Double, step: Double = 1, dtype: DType = .float32
    ) -> Tensor {
        precondition(
            step != 0 && ((end - start) / step).isFinite,
            "arange: \(start) to \(end) cannot be reached in steps of \(step)")
        let count = Swift.max(0, Int(((end - start) / step).rounded(.up)))
        let result = Tensor(uninitialized: [count], dtype: dtype)
        mt_arange(dtype.kernel, Int64(count), result.freshPointer, start, step)
        return result
    }

    /// `count` values from `start` to `end`, both included, evenly spaced.
    public static func linspace(
        _ start: Double, _ end: Double, count: Int, dtype: DType = .float32
    ) -> Tensor {
        precondition(count >= 0, "linspace: the count must not be negative, got \(count)")
        let result = Tensor(uninitialized: [count], dtype: dtype)
        let step = count > 1 ? (end - start) / Double(count - 1) : 0
        // Each half is counted from its own end, so that both ends are exact.
        let half = (count + 1) / 2
        mt_arange(dtype.kernel, Int64(half), result.freshPointer, start, step)
        mt_arange(
            dtype.kernel, Int64(count - half), result.freshPointer + half * dtype.itemSize,
            end - Double(count - half - 1) * step, step)
        return result
    }

    /// `count` powers of `base` from `base`^`start` to `base`^`end`, evenly spaced in the exponent.
    public static func logspace(
        _ start: Double, _ end: Double, count: Int, base: Double = 10, dtype: DType = .float32
    ) -> Tensor {
        noGrad {
            Tensor.pow(base, linspace(start, end, count: count, dtype: .float64)).to(dtype)
        }
    }

    /// The identity matrix `(n, m)`, square by default.
    public static func eye(_ n: Int, _ m: Int? = nil, dtype: DType = .float32) -> Tensor {
        let columns = m ?? n
        precondition(
            n >= 0 && columns >= 0, "eye: sizes must not be negative, got \(n) and \(columns)")
        var result = zeros([n, columns], dtype: dtype)
        let ones = Tensor.ones([Swift.min(n, columns)], dtype: dtype)
        result.withStridedView(shape: ones.shape, strides: [columns + 1]) {
            Kernel.copy(ones, into: $0)
        }
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
