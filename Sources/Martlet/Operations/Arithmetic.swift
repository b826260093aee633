internal import CKernels

// Element-wise functions that are made of others.
extension Tensor {
    /// Values below `min` or above `max`, which broadcast, become the nearer end.
    public func clamp(min: Tensor? = nil, max: Tensor? = nil) -> Tensor {
        let raised = min.map { maximum($0) } ?? self
        return max.map { raised.minimum($0) } ?? raised
    }

    /// Degrees as radians.
    public func deg2rad() -> Tensor { self * (.pi / 180) }
    /// Radians as degrees.
    public func rad2deg() -> Tensor { self * (180 / .pi) }

    /// sin(pi x) / (pi x), 1 at 0.
    public func sinc() -> Tensor {
        let x = (dtype.isFloatingPoint ? self : to(.float32)) * Double.pi
        let atZero = x.eq(0)
        // The quotient is not computed at 0, where its gradient would be NaN.
        let safe = Tensor.where(atZero, x.onesLike(), x)
        return Tensor.where(atZero, (x * x) * (-1.0 / 6) + 1, safe.sin() / safe)
    }

    /// log(x / (1 - x)), the inverse of the sigmoid; with `epsilon` x is first limited to
    /// `epsilon ... 1 - epsilon`.
    public func logit(epsilon: Double? = nil) -> Tensor {
        let x = epsilon.map { clamp(min: $0, max: 1 - $0) } ?? self
        return x.log() - (1 - x).log()
    }

    /// x log(y), 0 where x is 0 unless y is NaN.
    public func xlogy(_ y: Tensor) -> Tensor {
        let promoted = Tensor.promotedType(self, y)
        let dtype = promoted.isFloatingPoint ? promoted : .float32
        return to(dtype).timesLogarithm(y.to(dtype))
    }

    private func timesLogarithm(_ y: Tensor) -> Tensor {
        // Where the logarithm is a number, 0 times it is right, and so is its gradient.
        let zero = eq(0).logicalAnd(y.isNaN().logicalNot())
            .logicalAnd(y.gt(0).logicalAnd(y.isFinite()).logicalNot())
        let safe = Tensor.where(zero, Tensor(1).to(y.dtype), y)
        return Tensor.where(zero, Tensor.zeros([], dtype: dtype), self * safe.log())
    }

    /// self + weight (end - self).
    public func lerp(_ end: Tensor, weight: Double) -> Tensor {
        fused(MT_LERP, end, operand(weight), "lerp") ?? self + (end - self) * weight
    }
    /// self + weight (end - self), element by element.
    public func lerp(_ end: Tensor, weight: Tensor) -> Tensor {
        fused(MT_LERP, end, weight, "lerp") ?? self + (end - self) * weight
    }

    /// self + value a b.
    public func addcmul(_ a: Tensor, _ b: Tensor, value: Double = 1) -> Tensor {
        if let result = fused(MT_ADDCMUL, a, b, p: value, "addcmul") { return result }
        let product = a * b
        return self + (value == 1 ? product : product * product.number(value))
    }
    /// self + value a / b.
    public func addcdiv(_ a: Tensor, _ b: Tensor, value: Double = 1) -> Tensor {
        fused(MT_ADDCDIV, a, b, p: value, "addcdiv") ?? self + a / b * value
    }

    /// In one pass, where it is only to be computed, and in one type.
    private func fused(
        _ kernel: mt_ternary_op, _ b: Tensor, _ c: Tensor, p: Double = 1, _ operation: String
    ) -> Tensor? {
        guard dtype == .float32 || dtype == .float64, b.dtype == dtype, c.dtype == dtype,
            ThreadFlags.onlyCompute(self, b), ThreadFlags.onlyCompute(c)
        else { return nil }
        return Kernel.ternary(kernel, self, b, c, p: p, operation: operation)
    }

    /// NaN and the infinities replaced; by default with 0 and the type's greatest and least numbers.
    public func nanToNum(
        nan: Double = 0, positiveInfinity: Double? = nil, negativeInfinity: Double? = nil
    ) -> Tensor {
        guard dtype.isFloatingPoint else { return self }
        let greatest: Double =
            switch dtype {
            case .float64: .greatestFiniteMagnitude
            case .float16: 65504
            case .bfloat16: 3.3895313892515355e38
            default: Double(Float.greatestFiniteMagnitude)
            }
        return maskedFill(isNaN(), nan)
            .maskedFill(isPosInf(), positiveInfinity ?? greatest)
            .maskedFill(isNegInf(), negativeInfinity ?? -greatest)
    }

    /// True where the element is infinite and positive.
    public func isPosInf() -> Tensor { isInf().logicalAnd(gt(0)) }
    /// True where the element is infinite and negative.
    public func isNegInf() -> Tensor { isInf().logicalAnd(lt(0)) }
    /// True where the sign is negative; -0.0 counts for floating-point numbers.
    public func signbit() -> Tensor {
        dtype.isFloatingPoint
            ? Kernel.binary(MT_COPYSIGN, onesLike(), self, result: dtype, operation: "signbit").lt(
                0)
            : lt(0)
    }

    /// 0 where negative, 1 where positive and `values` where 0.
    public func heaviside(_ values: Tensor) -> Tensor {
        noGrad { Tensor.where(eq(0), values.to(dtype), gt(0).to(dtype)) }
    }

    /// log(e^a + e^b), without overflow.
    public func logAddExp(_ other: Tensor) -> Tensor {
        let top = maximum(other).detach()
        // Equal infinities have no difference.
        let safe = top.maskedFill(top.isFinite().logicalNot(), 0)
        return ((self - safe).exp() + (other - safe).exp()).log() + safe
    }

    /// log2(2^a + 2^b), without overflow.
    public func logAddExp2(_ other: Tensor) -> Tensor {
        let ln2 = 0.693_147_180_559_945_3
        return (self * ln2).logAddExp(other * ln2) * (1 / ln2)
    }

    /// The quotient rounded towards minus infinity.
    public func floorDivide(_ value: Double) -> Tensor { floorDivide(number(value)) }
    /// The rest of `floorDivide`; it has the divisor's sign.
    public func remainder(_ value: Double) -> Tensor { remainder(number(value)) }
    /// The rest of division rounded towards zero; it has the dividend's sign.
    public func fmod(_ value: Double) -> Tensor { fmod(number(value)) }

    /// A whole number keeps integers integers.
    private func number(_ value: Double) -> Tensor {
        Int(exactly: value).map { operand($0) } ?? operand(value)
    }

    public static func % (a: Tensor, b: Tensor) -> Tensor { a.remainder(b) }
    public static func % (a: Tensor, b: Int) -> Tensor { a.remainder(a.operand(b)) }
    public static func % (a: Tensor, b: Double) -> Tensor { a.remainder(b) }

    /// The quotient rounded towards zero.
    public func truncDivide(_ other: Tensor) -> Tensor { Tensor.binary(.truncDivide, self, other) }

    /// self to the power of an integer.
    public func pow(_ exponent: Int) -> Tensor { pow(operand(exponent)) }
    /// A number to the power of each element.
    public static func pow(_ base: Double, _ exponent: Tensor) -> Tensor {
        exponent.operand(base).pow(exponent)
    }
}

// Whole numbers and truth values.
extension Tensor {
    private func bitwise(_ kernel: mt_binary_op, _ other: Tensor, _ operation: String) -> Tensor {
        let dtype = Tensor.promotedType(self, other)
        precondition(
            !dtype.isFloatingPoint,
            "\(operation): expected integers or bools, got \(self.dtype) and \(other.dtype)")
        return Kernel.binary(
            kernel, to(dtype), other.to(dtype), result: dtype, operation: operation)
    }

    public static func & (a: Tensor, b: Tensor) -> Tensor { a.bitwise(MT_AND, b, "&") }
    public static func | (a: Tensor, b: Tensor) -> Tensor { a.bitwise(MT_OR, b, "|") }
    public static func ^ (a: Tensor, b: Tensor) -> Tensor { a.bitwise(MT_XOR, b, "^") }
    public static func << (a: Tensor, b: Tensor) -> Tensor { a.shifted(MT_SHIFT_LEFT, b, "<<") }
    public static func >> (a: Tensor, b: Tensor) -> Tensor { a.shifted(MT_SHIFT_RIGHT, b, ">>") }

    /// Bits turned over; of bools, the opposite.
    public static prefix func ~ (x: Tensor) -> Tensor {
        if x.dtype == .bool { return x.logicalNot() }
        return x.bitwise(MT_XOR, Tensor.full([], x.dtype == .uint8 ? 255 : -1, dtype: x.dtype), "~")
    }
    /// The opposite of truth values.
    public static prefix func ! (x: Tensor) -> Tensor { x.logicalNot() }

    private func shifted(_ kernel: mt_binary_op, _ other: Tensor, _ operation: String) -> Tensor {
        precondition(
            dtype != .bool && other.dtype != .bool, "\(operation): expected integers, got bools")
        return bitwise(kernel, other, operation)
    }

    /// The greatest common divisor, not negative (Euclid's algorithm, element by element).
    public func gcd(_ other: Tensor) -> Tensor {
        let dtype = Tensor.promotedType(self, other)
        precondition(
            !dtype.isFloatingPoint && dtype != .bool,
            "gcd: expected integers, got \(self.dtype) and \(other.dtype)")
        let shape = Shape.broadcast(self.shape, other.shape, operation: "gcd")
        var a = to(dtype).abs().expand(shape)
        var b = other.to(dtype).abs().expand(shape)
        while b.any().item(as: Bool.self) {
            // Where b is 0 already, a stays.
            let going = b.ne(0)
            (a, b) = (Tensor.where(going, b, a), Tensor.where(going, a.remainder(b), b))
        }
        return a
    }

    /// The least common multiple.
    public func lcm(_ other: Tensor) -> Tensor {
        let divisor = gcd(other)
        let safe = Tensor.where(divisor.eq(0), divisor.onesLike(), divisor)
        return (to(divisor.dtype).floorDivide(safe) * other).abs()
    }
}

extension BinaryFunction {
    static let hypot = BinaryFunction(
        "hypot", MT_HYPOT, onnx: nil,
        a: .both { g, a, b in g * a / a.hypot(b) }, b: .both { g, a, b in g * b / a.hypot(b) })
    static let copysign = BinaryFunction(
        "copysign", MT_COPYSIGN, onnx: nil,
        a: .both { g, a, b in
            g * Tensor.where(a.eq(0), Tensor(0), a.sign() * a.onesLike().copysign(b))
        },
        b: .pass { $0.zerosLike() })
}
