internal import CKernels

extension Tensor {
    private func compared(_ kernel: mt_binary_op, _ other: Tensor, _ operation: String) -> Tensor {
        let dtype = Tensor.promotedType(self, other)
        return noGrad {
            Kernel.binary(kernel, to(dtype), other.to(dtype), result: .bool, operation: operation)
        }
    }

    /// True where the elements are equal.
    public func eq(_ other: Tensor) -> Tensor { compared(MT_EQ, other, "eq") }
    public func ne(_ other: Tensor) -> Tensor { compared(MT_NE, other, "ne") }
    public func lt(_ other: Tensor) -> Tensor { compared(MT_LT, other, "lt") }
    public func le(_ other: Tensor) -> Tensor { compared(MT_LE, other, "le") }
    public func gt(_ other: Tensor) -> Tensor { compared(MT_GT, other, "gt") }
    public func ge(_ other: Tensor) -> Tensor { compared(MT_GE, other, "ge") }

    private func compared(_ kernel: mt_binary_op, _ value: Double, _ operation: String) -> Tensor {
        if dtype.isFloatingPoint {
            return Kernel.binary(kernel, self, value, result: .bool)
        }
        return compared(kernel, operand(value), operation)
    }

    /// As the comparisons of two tensors, with one number.
    public func eq(_ value: Double) -> Tensor { compared(MT_EQ, value, "eq") }
    public func ne(_ value: Double) -> Tensor { compared(MT_NE, value, "ne") }
    public func lt(_ value: Double) -> Tensor { compared(MT_LT, value, "lt") }
    public func le(_ value: Double) -> Tensor { compared(MT_LE, value, "le") }
    public func gt(_ value: Double) -> Tensor { compared(MT_GT, value, "gt") }
    public func ge(_ value: Double) -> Tensor { compared(MT_GE, value, "ge") }

    /// True where both are true; numbers other than 0 are.
    public func logicalAnd(_ other: Tensor) -> Tensor {
        Kernel.binary(MT_AND, to(.bool), other.to(.bool), result: .bool, operation: "logicalAnd")
    }
    /// True where either is true.
    public func logicalOr(_ other: Tensor) -> Tensor {
        Kernel.binary(MT_OR, to(.bool), other.to(.bool), result: .bool, operation: "logicalOr")
    }
    /// True where exactly one is true.
    public func logicalXor(_ other: Tensor) -> Tensor {
        Kernel.binary(MT_XOR, to(.bool), other.to(.bool), result: .bool, operation: "logicalXor")
    }

    /// Whether |a - b| <= atol + rtol |b| everywhere; NaN equals nothing, infinities themselves.
    public func isClose(
        _ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false
    ) -> Tensor {
        noGrad {
            let a = to(.float64)
            let b = other.to(.float64)
            let near = (a - b).abs().le(b.abs() * rtol + atol).logicalAnd(b.isFinite())
            let same = a.eq(b).logicalOr(near)
            return equalNaN ? same.logicalOr(a.isNaN().logicalAnd(b.isNaN())) : same
        }
    }

    /// Whether `isClose` holds for every pair.
    public func allClose(
        _ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false
    ) -> Bool {
        isClose(other, rtol: rtol, atol: atol, equalNaN: equalNaN).all().item(as: Bool.self)
    }

    /// `a` where the condition holds, `b` elsewhere; the three broadcast.
    public static func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
        let dtype = promotedType(a, b)
        let (condition, a, b) = (condition.to(.bool), a.to(dtype), b.to(dtype))
        return ThreadFlags.onlyCompute(a, b)
            ? Kernel.choose(condition, a, b) : result(Where(), condition, a, b)
    }

    /// `value` where the mask holds, this tensor's elements elsewhere.
    public func maskedFill(_ mask: Tensor, _ value: Double) -> Tensor {
        Tensor.where(mask, operand(value).to(dtype), self)
    }
}

private struct Where: TensorOperation {
    private var condition: Tensor?

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient.contains(true) { condition = inputs[0] }
        return [Kernel.choose(inputs[0], inputs[1], inputs[2])]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let condition else { return [nil, nil, nil] }
        let zero = Tensor.zeros([], dtype: g.dtype)
        return [nil, Tensor.where(condition, g, zero), Tensor.where(condition, zero, g)]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("Where", inputs, outputs: outputs)
    }
}
