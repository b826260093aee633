/// ONNX forms of functions that opset 17 has no single operator for.
extension UnaryFunction {
    /// Writes the function down as several operators.
    ///
    /// - Throws: `ONNXFormError` where there is no such form.
    func compose(_ x: ONNXValue, p: Double, q: Double, _ graph: ONNXGraph) throws -> ONNXValue {
        func apply(_ type: String, _ inputs: ONNXValue?...) -> ONNXValue {
            graph.add(type, inputs, outputs: [x.type])[0]
        }
        func constant(_ value: Double) -> ONNXValue {
            graph.constant(Tensor.full([], value, dtype: x.type.dtype))
        }
        func clip(_ low: Double, _ high: Double) -> ONNXValue {
            apply(
                "Clip", x, low == -.infinity ? nil : constant(low),
                high == .infinity ? nil : constant(high))
        }
        switch name {
        case "square": return apply("Mul", x, x)
        case "rsqrt": return apply("Reciprocal", apply("Sqrt", x))
        case "expm1": return apply("Sub", apply("Exp", x), constant(1))
        case "log1p": return apply("Log", apply("Add", x, constant(1)))
        case "log2": return apply("Mul", apply("Log", x), constant(1.442_695_040_888_963_4))
        case "log10": return apply("Mul", apply("Log", x), constant(0.434_294_481_903_251_8))
        case "trunc": return apply("Mul", apply("Sign", x), apply("Floor", apply("Abs", x)))
        case "erfc": return apply("Sub", constant(1), apply("Erf", x))
        case "clamp", "hardtanh": return clip(p, q)
        case "relu6": return clip(0, 6)
        case "silu": return apply("Mul", x, apply("Sigmoid", x))
        case "mish": return apply("Mul", x, apply("Tanh", apply("Softplus", x)))
        case "logSigmoid": return apply("Neg", apply("Softplus", apply("Neg", x)))
        case "softplus":
            // Beyond the threshold the function is the line it is already close to.
            return apply("Div", apply("Softplus", apply("Mul", x, constant(p))), constant(p))
        case "threshold":
            let flags = TensorType(shape: x.type.shape, dtype: .bool)
            let above = graph.add("Greater", [x, constant(p)], outputs: [flags])[0]
            return apply("Where", above, x, constant(q))
        case "gelu":
            let part = apply("Erf", apply("Mul", x, constant(0.5.squareRoot())))
            return apply("Mul", apply("Mul", x, constant(0.5)), apply("Add", part, constant(1)))
        case "geluTanh":
            let cube = apply("Mul", apply("Mul", x, x), x)
            let sum = apply("Add", x, apply("Mul", cube, constant(0.044715)))
            let part = apply("Tanh", apply("Mul", sum, constant((2 / Double.pi).squareRoot())))
            return apply("Mul", apply("Mul", x, constant(0.5)), apply("Add", part, constant(1)))
        default: throw ONNXFormError(operation: name, reason: "opset 17 has no such operator")
        }
    }
}
