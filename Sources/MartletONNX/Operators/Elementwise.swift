internal import Martlet

extension Operators {
    /// Functions of each element, or of elements at the same place.
    static let elementwise: [String: Operator] = functions.merging(combinations) { first, _ in first
    }

    private static let functions: [String: Operator] = [
        "Identity": { try $0.tensor(0) },
        "Neg": { -(try $0.signed(0)) },
        "Abs": { try $0.signed(0).abs() },
        "Sign": { try $0.signed(0).sign() },
        "Floor": { try $0.real(0).floor() },
        "Ceil": { try $0.real(0).ceil() },
        "Round": { try $0.real(0).round() },
        "Exp": { try $0.real(0).exp() },
        "Log": { try $0.real(0).log() },
        "Sqrt": { try $0.real(0).sqrt() },
        "Reciprocal": { try $0.real(0).reciprocal() },
        "Sin": { try $0.real(0).sin() },
        "Cos": { try $0.real(0).cos() },
        "Tan": { try $0.real(0).tan() },
        "Asin": { try $0.real(0).asin() },
        "Acos": { try $0.real(0).acos() },
        "Atan": { try $0.real(0).atan() },
        "Sinh": { try $0.real(0).sinh() },
        "Cosh": { try $0.real(0).cosh() },
        "Tanh": { try $0.real(0).tanh() },
        "Asinh": { try $0.real(0).asinh() },
        "Acosh": { try $0.real(0).acosh() },
        "Atanh": { try $0.real(0).atanh() },
        "Erf": { try $0.real(0).erf() },
        "Relu": { try $0.real(0).relu() },
        "Sigmoid": { try $0.real(0).sigmoid() },
        "Softplus": { try $0.real(0).softplus() },
        "Softsign": { try $0.real(0).softsign() },
        "HardSwish": { try $0.real(0).hardswish() },
        "LeakyRelu": {
            try $0.real(0).leakyReLU(negativeSlope: $0.float("alpha", default: 0.01))
        },
        "Elu": { try $0.real(0).elu(alpha: $0.float("alpha", default: 1)) },
        "Celu": { call in
            let alpha = try call.float("alpha", default: 1)
            try call.require(alpha != 0, "its attribute 'alpha' is 0")
            return try call.real(0).celu(alpha: alpha)
        },
        "Shrink": { call in
            let lambda = try call.float("lambd", default: 0.5)
            let bias = try call.float("bias", default: 0)
            guard lambda >= 0, bias == 0 || bias == lambda else {
                throw call.unsupported("shrinks by \(bias) beyond \(lambda)")
            }
            return bias == 0
                ? try call.real(0).hardshrink(lambda: lambda)
                : try call.real(0).softshrink(lambda: lambda)
        },
        "Selu": { call in
            for name in ["alpha", "gamma"] where call.step.attributes[name] != nil {
                throw call.unsupported("its attribute '\(name)' is not the default")
            }
            return try call.real(0).selu()
        },
        "HardSigmoid": { call in
            let alpha = try call.float("alpha", default: 0.2)
            let beta = try call.float("beta", default: 0.5)
            return try (call.real(0) * alpha + beta).clamp(min: 0, max: 1)
        },
        "Clip": { call in
            let x = try call.real(0)
            return x.clamp(
                min: try call.scalar(1, like: x) ?? -.infinity,
                max: try call.scalar(2, like: x) ?? .infinity)
        },
        "Cast": { call in
            let x = try call.tensor(0)
            let code = try call.int("to", default: 0)
            guard let dtype = Int32(exactly: code).flatMap(ElementType.dtype) else {
                throw call.unsupported("casts to elements of type \(code)")
            }
            try call.checked(x.shape, dtype)
            return x.to(dtype)
        },
    ]

    private static let combinations: [String: Operator] = [
        "Add": { try $0.combine { $0 + $1 } },
        "Sub": { try $0.combine { $0 - $1 } },
        "Mul": { try $0.combine { $0 * $1 } },
        // Integers divide differently here and there: only floating-point numbers.
        "Div": { call in
            _ = try call.real(0)
            return try call.combine { $0 / $1 }
        },
        "Pow": { call in
            _ = try call.real(0)
            return try call.combine { $0.pow($1) }
        },
        "Max": { try $0.combine(count: 1...64) { $0.maximum($1) } },
        "Min": { try $0.combine(count: 1...64) { $0.minimum($1) } },
        "Greater": { try $0.combine { $0.gt($1) } },
        "Equal": { try $0.combine { $0.eq($1) } },
        "PRelu": { call in
            try call.count(2...2)
            let (x, slope) = (try call.real(0), try call.real(1))
            try call.sameType([x, slope])
            try call.require(
                try call.broadcast([x.shape, slope.shape], x.dtype) == x.shape,
                "its slopes \(slope.shape) do not stretch to \(x.shape)")
            return Tensor.where(x.gt(0), x, x * slope)
        },
        "Where": { call in
            try call.count(3...3)
            let (condition, a, b) = (try call.tensor(0), try call.tensor(1), try call.tensor(2))
            try call.require(
                condition.dtype == .bool, "its condition is \(condition.dtype), not bool")
            try call.sameType([a, b])
            _ = try call.broadcast([condition.shape, a.shape, b.shape], a.dtype)
            return Tensor.where(condition, a, b)
        },
    ]
}

extension Call {
    /// An input that holds one number; nil where it is left out.
    func scalar(_ index: Int, like x: Tensor) throws(ONNXError) -> Double? {
        guard let value = try optional(index) else { return nil }
        guard value.count == 1, value.dtype == x.dtype else {
            throw damaged("its input \(index) is not one \(x.dtype)")
        }
        return value.item(as: Double.self)
    }

    /// Combines the inputs, broadcast, from the left.
    fileprivate func combine(
        count: ClosedRange<Int> = 2...2, _ body: (Tensor, Tensor) -> Tensor
    ) throws -> Tensor {
        try self.count(count)
        let operands = try step.inputs.indices.map { try given($0) }
        try sameType(operands)
        guard operands[0].dtype != .bool else { throw unsupported("its inputs are bool") }
        let shape = try broadcast(operands.map(\.shape), operands[0].dtype)
        if shape.contains(0) {
            let one = Tensor.ones([1], dtype: operands[0].dtype)
            return Tensor.zeros(shape, dtype: body(one, one).dtype)
        }
        return operands.dropFirst().reduce(operands[0], body)
    }
}
