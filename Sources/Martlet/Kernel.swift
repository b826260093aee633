internal import CKernels

/// Calls of kernels that take index spaces, from tensors.
enum Kernel {
    /// Copies values, casting them to the type of `result`, into memory nothing else refers to yet.
    static func copy(_ source: Tensor, into result: Tensor) {
        withDimensions(result.shape, result.strides, source.strides) { n, shape, to, from in
            mt_copy(
                n, shape, result.dtype.kernel, result.freshPointer, to, source.dtype.kernel,
                source.pointer, from)
        }
    }

    static func unary(
        _ kernel: mt_unary_op, _ x: Tensor, _ p: Double, _ q: Double, result dtype: DType
    )
        -> Tensor
    {
        if x.isDense {
            let result = Tensor(uninitialized: x.shape, strides: x.strides, dtype: dtype)
            withFlat(result.count) { n, shape, one in
                mt_unary(
                    kernel, x.dtype.kernel, n, shape, result.freshPointer, one, x.pointer, one, p, q
                )
            }
            return result
        }
        let result = Tensor(uninitialized: x.shape, strides: x.denseStrides, dtype: dtype)
        withDimensions(x.shape, result.strides, x.strides) { n, shape, to, from in
            mt_unary(
                kernel, x.dtype.kernel, n, shape, result.freshPointer, to, x.pointer, from, p, q)
        }
        return result
    }

    /// Both operands have one type; they broadcast.
    static func binary(
        _ kernel: mt_binary_op, _ a: Tensor, _ b: Tensor, result dtype: DType, p: Double = 0,
        q: Double = 0, operation: String
    ) -> Tensor {
        if a.shape == b.shape && a.strides == b.strides && a.isDense {
            let result = Tensor(uninitialized: a.shape, strides: a.strides, dtype: dtype)
            withFlat(result.count) { n, shape, one in
                mt_binary(
                    kernel, a.dtype.kernel, n, shape, result.freshPointer, one, a.pointer, one,
                    b.pointer, one, p, q)
            }
            return result
        }
        let shape = Shape.broadcast(a.shape, b.shape, operation: operation)
        let result = Tensor(
            uninitialized: shape, strides: Layout.elementwise(shape, a, b), dtype: dtype)
        let from1 = Shape.broadcastStrides(a.shape, a.strides, to: shape)
        let from2 = Shape.broadcastStrides(b.shape, b.strides, to: shape)
        withDimensions(shape, result.strides, from1, from2) { n, shape, to, from1, from2 in
            mt_binary(
                kernel, a.dtype.kernel, n, shape, result.freshPointer, to, a.pointer, from1,
                b.pointer, from2, p, q)
        }
        return result
    }

    /// With one number as the second operand, in the type of the first.
    static func binary(
        _ kernel: mt_binary_op, _ a: Tensor, _ b: Double, result dtype: DType, flipped: Bool = false
    ) -> Tensor {
        let result = Tensor(uninitialized: a.shape, strides: a.denseStrides, dtype: dtype)
        var number: UInt64 = 0
        withUnsafeMutablePointer(to: &number) { number in
            mt_fill(a.dtype.kernel, 1, number, b, Int64(exactly: b.rounded(.towardZero)) ?? 0)
            let zeros = [Int](repeating: 0, count: a.ndim)
            withDimensions(a.shape, result.strides, a.strides, zeros) { n, shape, to, from, none in
                let (x, y) = (a.pointer, UnsafeRawPointer(number))
                mt_binary(
                    kernel, a.dtype.kernel, n, shape, result.freshPointer, to, flipped ? y : x,
                    flipped ? none : from, flipped ? x : y, flipped ? from : none, 0, 0)
            }
        }
        return result
    }

    /// a where the condition holds, b elsewhere; a and b have one type, and the three broadcast.
    static func choose(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
        ofThree(a, b, condition, operation: "where") { n, shape, result, to, a1, b1, c1 in
            mt_where(
                a.dtype.kernel, n, shape, result, to,
                condition.pointer.assumingMemoryBound(to: Bool.self), c1, a.pointer, a1, b.pointer,
                b1)
        }
    }

    /// The operands have one type, float32 or float64, and broadcast.
    static func ternary(
        _ kernel: mt_ternary_op, _ a: Tensor, _ b: Tensor, _ c: Tensor, p: Double, operation: String
    ) -> Tensor {
        ofThree(a, b, c, operation: operation) { n, shape, result, to, a1, b1, c1 in
            mt_ternary(
                kernel, a.dtype.kernel, n, shape, result, to, a.pointer, a1, b.pointer, b1,
                c.pointer, c1, p)
        }
    }

    /// Calls the body with the common index space of three operands and a new tensor of the first one's type.
    private static func ofThree(
        _ a: Tensor, _ b: Tensor, _ c: Tensor, operation: String,
        _ body: (
            Int32, UnsafePointer<Int64>, UnsafeMutableRawPointer, UnsafePointer<Int64>,
            UnsafePointer<Int64>, UnsafePointer<Int64>, UnsafePointer<Int64>
        ) -> Void
    ) -> Tensor {
        if a.shape == b.shape && a.shape == c.shape && a.strides == b.strides
            && a.strides == c.strides && a.isDense
        {
            let result = Tensor(uninitialized: a.shape, strides: a.strides, dtype: a.dtype)
            withFlat(result.count) { body($0, $1, result.freshPointer, $2, $2, $2, $2) }
            return result
        }
        let shape = Shape.broadcast(
            c.shape, Shape.broadcast(a.shape, b.shape, operation: operation), operation: operation)
        let result = Tensor(
            uninitialized: shape, strides: Layout.elementwise(shape, a, b, c), dtype: a.dtype)
        let from1 = Shape.broadcastStrides(a.shape, a.strides, to: shape)
        let from2 = Shape.broadcastStrides(b.shape, b.strides, to: shape)
        let from3 = Shape.broadcastStrides(c.shape, c.strides, to: shape)
        withDimensions(shape, result.strides, from1, from2) { n, shape, to, from1, from2 in
            withInt64(from3) { body(n, shape, result.freshPointer, to, from1, from2, $0) }
        }
        return result
    }

    /// The index space of operands that lie alike and without gaps: one dimension, steps of 1.
    private static func withFlat(
        _ count: Int, _ body: (Int32, UnsafePointer<Int64>, UnsafePointer<Int64>) -> Void
    ) {
        withUnsafePointer(to: Int64(count)) { count in
            withUnsafePointer(to: Int64(1)) { one in body(1, count, one) }
        }
    }

    // Swift's Int is C's int64_t here, but a different type to the importer only by name.

    static func withDimensions(
        _ shape: [Int], _ a: [Int], _ b: [Int],
        _ body: (Int32, UnsafePointer<Int64>, UnsafePointer<Int64>, UnsafePointer<Int64>) -> Void
    ) {
        requireDimensions(shape)
        withInt64(shape) { s in
            withInt64(a) { a in withInt64(b) { b in body(Int32(shape.count), s, a, b) } }
        }
    }

    static func withDimensions(
        _ shape: [Int], _ a: [Int], _ b: [Int], _ c: [Int],
        _ body: (
            Int32, UnsafePointer<Int64>, UnsafePointer<Int64>, UnsafePointer<Int64>,
            UnsafePointer<Int64>
        ) -> Void
    ) {
        withDimensions(shape, a, b) { n, s, a, b in withInt64(c) { c in body(n, s, a, b, c) } }
    }

    static func withInt64<R>(_ values: [Int], _ body: (UnsafePointer<Int64>) -> R) -> R {
        values.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, !buffer.isEmpty else {
                return withUnsafePointer(to: Int64(0), body)
            }
            return base.withMemoryRebound(to: Int64.self, capacity: buffer.count, body)
        }
    }

    private static func requireDimensions(_ shape: [Int]) {
        precondition(
            shape.count <= Int(MT_MAX_DIMS),
            "tensors have at most \(MT_MAX_DIMS) dimensions, got shape \(shape)")
    }
}

/// How results are laid out in memory.
enum Layout {
    /// An element-wise result keeps the layout of the operand that already has its shape, so that
    /// channels-last activations stay channels-last.
    static func elementwise(_ shape: [Int], _ operands: Tensor...) -> [Int] {
        for operand in operands where !operand.isContiguous {
            if operand.shape == shape && operand.isDense { return operand.strides }
        }
        return Shape.contiguousStrides(shape)
    }
}
