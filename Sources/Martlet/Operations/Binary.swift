internal import CKernels

/// An element-wise function of two tensors that broadcast.
final class BinaryFunction: Sendable {
    /// The gradient with respect to one operand, and which operands it is computed from.
    struct Partial: Sendable {
        let needsA: Bool
        let needsB: Bool
        /// (gradient of the output, a, b); the operands not asked for are nil.
        let compute: @Sendable (Tensor, Tensor?, Tensor?) -> Tensor

        static func pass(_ compute: @escaping @Sendable (Tensor) -> Tensor = { $0 }) -> Partial {
            Partial(needsA: false, needsB: false) { g, _, _ in compute(g) }
        }
        static func a(_ compute: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Partial {
            Partial(needsA: true, needsB: false) { g, a, _ in a.map { compute(g, $0) } ?? g }
        }
        static func b(_ compute: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> Partial {
            Partial(needsA: false, needsB: true) { g, _, b in b.map { compute(g, $0) } ?? g }
        }
        static func both(_ compute: @escaping @Sendable (Tensor, Tensor, Tensor) -> Tensor)
            -> Partial
        {
            Partial(needsA: true, needsB: true) { g, a, b in
                guard let a, let b else { return g }
                return compute(g, a, b)
            }
        }
    }

    let name: String
    let kernel: mt_binary_op
    let onnx: String?
    let gradientA: Partial
    let gradientB: Partial

    init(
        _ name: String, _ kernel: mt_binary_op, onnx: String?, a: Partial, b: Partial
    ) {
        self.name = name
        self.kernel = kernel
        self.onnx = onnx
        gradientA = a
        gradientB = b
    }
}

/// Applies a `BinaryFunction` to operands of one type.
struct Binary: TensorOperation {
    let function: BinaryFunction
    private var a: Tensor?
    private var b: Tensor?
    private var needsGradient = [false, false]

    init(_ function: BinaryFunction) { self.function = function }

    var name: String { function.name }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        self.needsGradient = needsGradient
        let (first, second) = (function.gradientA, function.gradientB)
        if needsGradient[0] && first.needsA || needsGradient[1] && second.needsA { a = inputs[0] }
        if needsGradient[0] && first.needsB || needsGradient[1] && second.needsB { b = inputs[1] }
        return [
            Kernel.binary(
                function.kernel, inputs[0], inputs[1], result: inputs[0].dtype, operation: name)
        ]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0] else { return [nil, nil] }
        return [
            needsGradient[0] ? function.gradientA.compute(g, a, b) : nil,
            needsGradient[1] ? function.gradientB.compute(g, a, b) : nil,
        ]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        guard let type = function.onnx else {
            throw ONNXFormError(operation: name, reason: "opset 17 has no such operator")
        }
        return graph.add(type, inputs, outputs: outputs)
    }
}

extension BinaryFunction {
    static let add = BinaryFunction("add", MT_ADD, onnx: "Add", a: .pass(), b: .pass())
    static let sub = BinaryFunction("sub", MT_SUB, onnx: "Sub", a: .pass(), b: .pass { -$0 })
    static let mul = BinaryFunction(
        "mul", MT_MUL, onnx: "Mul", a: .b { g, b in g * b }, b: .a { g, a in g * a })
    static let div = BinaryFunction(
        "div", MT_DIV, onnx: "Div", a: .b { g, b in g / b },
        b: .both { g, a, b in -(g * a / (b * b)) })
    static let pow = BinaryFunction(
        "pow", MT_POW, onnx: "Pow",
        a: .both { g, a, b in
            // x^0 is constant, also at 0 where x^-1 is infinite.
            Tensor.where(b.eq(0), g.zerosLike(), g * b * a.pow(b - 1))
        },
        b: .both { g, a, b in
            // 0^b is constant for b > 0, though log(0) is infinite.
            let flat = a.eq(0).logicalAnd(b.ge(0))
            let base = Tensor.where(flat, Tensor.ones([], dtype: a.dtype), a)
            return g
                * Tensor.where(flat, Tensor.zeros([], dtype: g.dtype), base.pow(b) * base.log())
        })
    // Where the operands are equal each gets half, and where one is NaN each gets all, as in PyTorch.
    static let maximum = BinaryFunction(
        "maximum", MT_MAXIMUM, onnx: "Max",
        a: .both { g, a, b in g * (1 - a.lt(b).to(g.dtype) - a.eq(b).to(g.dtype) * 0.5) },
        b: .both { g, a, b in g * (1 - b.lt(a).to(g.dtype) - a.eq(b).to(g.dtype) * 0.5) })
    static let minimum = BinaryFunction(
        "minimum", MT_MINIMUM, onnx: "Min",
        a: .both { g, a, b in g * (1 - a.gt(b).to(g.dtype) - a.eq(b).to(g.dtype) * 0.5) },
        b: .both { g, a, b in g * (1 - b.gt(a).to(g.dtype) - a.eq(b).to(g.dtype) * 0.5) })
    static let floorDivide = BinaryFunction(
        "floorDivide", MT_FLOOR_DIV, onnx: nil, a: .pass { $0.zerosLike() },
        b: .pass { $0.zerosLike() })
    static let truncDivide = BinaryFunction(
        "truncDivide", MT_TRUNC_DIV, onnx: nil, a: .pass { $0.zerosLike() },
        b: .pass { $0.zerosLike() })
    static let remainder = BinaryFunction(
        "remainder", MT_REMAINDER, onnx: nil, a: .pass(),
        b: .both { g, a, b in -(g * a.floorDivide(b)) })
    static let fmod = BinaryFunction(
        "fmod", MT_FMOD, onnx: nil, a: .pass(), b: .both { g, a, b in -(g * a.truncDivide(b)) })
    static let atan2 = BinaryFunction(
        "atan2", MT_ATAN2, onnx: nil,
        a: .both { g, a, b in g * b / (a * a + b * b) },
        b: .both { g, a, b in -(g * a / (a * a + b * b)) })
}

extension Tensor {
    static func binary(
        _ function: BinaryFunction, _ a: Tensor, _ b: Tensor, real: Bool = false
    ) -> Tensor {
        var dtype = promotedType(a, b)
        if real && !dtype.isFloatingPoint { dtype = .float32 }
        if ThreadFlags.onlyCompute(a, b) {
            return Kernel.binary(
                function.kernel, a.to(dtype), b.to(dtype), result: dtype, operation: function.name)
        }
        return result(Binary(function), a.to(dtype), b.to(dtype))
    }

    /// With one number, on either side.
    private static func scalar(
        _ function: BinaryFunction, _ a: Tensor, _ b: Double, flipped: Bool = false
    ) -> Tensor {
        if a.dtype == .float16 || a.dtype == .bfloat16 {
            // A number is not rounded to a half type before it is used.
            return scalar(function, a.to(.float32), b, flipped: flipped).to(a.dtype)
        }
        if a.dtype.isFloatingPoint && ThreadFlags.onlyCompute(a) {
            return Kernel.binary(function.kernel, a, b, result: a.dtype, flipped: flipped)
        }
        let number = a.operand(b)
        let real = function === BinaryFunction.div
        return flipped
            ? binary(function, number, a, real: real) : binary(function, a, number, real: real)
    }

    /// PyTorch's promotion: an operand without dimensions widens the other only to a higher category.
    static func promotedType(_ a: Tensor, _ b: Tensor) -> DType {
        if a.dtype == b.dtype { return a.dtype }
        if a.ndim == 0 && b.ndim > 0 && a.dtype.category <= b.dtype.category { return b.dtype }
        if b.ndim == 0 && a.ndim > 0 && b.dtype.category <= a.dtype.category { return a.dtype }
        return DType.promoted(a.dtype, b.dtype)
    }

    /// A Swift number as an operand: it takes this tensor's type unless it is real and the tensor is not.
    func operand(_ value: Double) -> Tensor {
        Tensor.full([], value, dtype: dtype.isFloatingPoint ? dtype : .float32)
    }

    func operand(_ value: Int) -> Tensor {
        var result = Tensor(uninitialized: [], dtype: dtype == .bool ? .int64 : dtype)
        if result.dtype == .int64 {
            result = Tensor(value)
        } else {
            result = Tensor.full([], Double(value), dtype: result.dtype)
        }
        return result
    }

    public static func + (a: Tensor, b: Tensor) -> Tensor { binary(.add, a, b) }
    public static func - (a: Tensor, b: Tensor) -> Tensor { binary(.sub, a, b) }
    public static func * (a: Tensor, b: Tensor) -> Tensor { binary(.mul, a, b) }
    /// True division: integers become `float32`.
    public static func / (a: Tensor, b: Tensor) -> Tensor { binary(.div, a, b, real: true) }

    public static func + (a: Tensor, b: Double) -> Tensor { scalar(.add, a, b) }
    public static func - (a: Tensor, b: Double) -> Tensor { scalar(.sub, a, b) }
    public static func * (a: Tensor, b: Double) -> Tensor { scalar(.mul, a, b) }
    public static func / (a: Tensor, b: Double) -> Tensor { scalar(.div, a, b) }
    public static func + (a: Double, b: Tensor) -> Tensor {
        scalar(.add, b, a, flipped: true)
    }
    public static func - (a: Double, b: Tensor) -> Tensor {
        scalar(.sub, b, a, flipped: true)
    }
    public static func * (a: Double, b: Tensor) -> Tensor {
        scalar(.mul, b, a, flipped: true)
    }
    public static func / (a: Double, b: Tensor) -> Tensor {
        scalar(.div, b, a, flipped: true)
    }

    public static func + (a: Tensor, b: Int) -> Tensor { a + a.operand(b) }
    public static func - (a: Tensor, b: Int) -> Tensor { a - a.operand(b) }
    public static func * (a: Tensor, b: Int) -> Tensor { a * a.operand(b) }
    public static func / (a: Tensor, b: Int) -> Tensor { a / a.operand(b) }
    public static func + (a: Int, b: Tensor) -> Tensor { b.operand(a) + b }
    public static func - (a: Int, b: Tensor) -> Tensor { b.operand(a) - b }
    public static func * (a: Int, b: Tensor) -> Tensor { b.operand(a) * b }
    public static func / (a: Int, b: Tensor) -> Tensor { b.operand(a) / b }

    /// self to the power of each element of `exponent`.
    public func pow(_ exponent: Tensor) -> Tensor { Tensor.binary(.pow, self, exponent) }
    public func pow(_ exponent: Double) -> Tensor {
        dtype.isFloatingPoint ? Tensor.scalar(.pow, self, exponent) : pow(operand(exponent))
    }
    /// The greater of each pair; NaN where either is.
    public func maximum(_ other: Tensor) -> Tensor { Tensor.binary(.maximum, self, other) }
    /// The lesser of each pair; NaN where either is.
    public func minimum(_ other: Tensor) -> Tensor { Tensor.binary(.minimum, self, other) }
    /// The quotient rounded towards minus infinity; of integers by zero it is 0, where PyTorch stops.
    public func floorDivide(_ other: Tensor) -> Tensor { Tensor.binary(.floorDivide, self, other) }
    /// The rest of `floorDivide`; it has the divisor's sign.
    public func remainder(_ other: Tensor) -> Tensor { Tensor.binary(.remainder, self, other) }
    /// The rest of division rounded towards zero; it has the dividend's sign.
    public func fmod(_ other: Tensor) -> Tensor { Tensor.binary(.fmod, self, other) }
    /// The angle of the point (other, self).
    public func atan2(_ other: Tensor) -> Tensor { Tensor.binary(.atan2, self, other, real: true) }
    /// sqrt(self² + other²), without overflow on the way.
    public func hypot(_ other: Tensor) -> Tensor { Tensor.binary(.hypot, self, other, real: true) }
    /// self's distance from 0 with the sign of `other`.
    public func copysign(_ other: Tensor) -> Tensor {
        Tensor.binary(.copysign, self, other, real: true)
    }
}

// MARK: - In place

extension Tensor {
    public static func += (a: inout Tensor, b: Tensor) { a.accumulate(b, 1) }
    public static func -= (a: inout Tensor, b: Tensor) { a.accumulate(b, -1) }
    public static func *= (a: inout Tensor, b: Tensor) { a.assign(a * b, "*=") }
    public static func /= (a: inout Tensor, b: Tensor) { a.assign(a / b, "/=") }
    public static func += (a: inout Tensor, b: Double) { a.assign(a + b, "+=") }
    public static func -= (a: inout Tensor, b: Double) { a.assign(a - b, "-=") }
    public static func *= (a: inout Tensor, b: Double) { a.assign(a * b, "*=") }
    public static func /= (a: inout Tensor, b: Double) { a.assign(a / b, "/=") }

    /// A value in place of an old one of the same shape and type, as in-place operations promise.
    private mutating func assign(_ value: Tensor, _ operation: String) {
        precondition(
            value.shape == shape && value.dtype == dtype,
            "\(operation): the result \(value.dtype) \(value.shape) does not fit in place of "
                + "\(dtype) \(shape)")
        self = value
    }

    /// self += scale * other, in this tensor's memory where nothing else refers to it.
    private mutating func accumulate(_ other: Tensor, _ scale: Double) {
        let plain =
            edge == nil && other.edge == nil && shape == other.shape && dtype == other.dtype
            && dtype.isFloatingPoint && strides == other.strides && isDense
        guard plain else {
            assign(scale > 0 ? self + other : self - other, scale > 0 ? "+=" : "-=")
            return
        }
        let pointer = writablePointer()
        mt_axpy(dtype.kernel, Int64(count), scale, other.pointer, pointer)
    }
}
