internal import CKernels

extension UnaryFunction {
    static let relu = UnaryFunction(
        "relu", MT_RELU, saves: .output, gradient: MT_RELU_GRAD, onnx: "Relu")
    static let relu6 = UnaryFunction(
        "relu6", MT_RELU6, saves: .output, gradient: MT_RELU6_GRAD)
    static let leakyReLU = UnaryFunction(
        "leakyReLU", MT_LEAKY_RELU, saves: .input, gradient: MT_LEAKY_RELU_GRAD, onnx: "LeakyRelu",
        attributes: { slope, _ in ["alpha": .float(Float(slope))] })
    static let elu = UnaryFunction(
        "elu", MT_ELU, saves: .input, gradient: MT_ELU_GRAD, onnx: "Elu",
        attributes: { alpha, _ in ["alpha": .float(Float(alpha))] })
    static let selu = UnaryFunction(
        "selu", MT_SELU, saves: .input, gradient: MT_SELU_GRAD, onnx: "Selu")
    static let gelu = UnaryFunction("gelu", MT_GELU, saves: .input, gradient: MT_GELU_GRAD)
    static let geluTanh = UnaryFunction(
        "geluTanh", MT_GELU_TANH, saves: .input, gradient: MT_GELU_TANH_GRAD)
    static let silu = UnaryFunction("silu", MT_SILU, saves: .input, gradient: MT_SILU_GRAD)
    static let mish = UnaryFunction("mish", MT_MISH, saves: .input, gradient: MT_MISH_GRAD)
    static let hardsigmoid = UnaryFunction(
        "hardsigmoid", MT_HARDSIGMOID, saves: .input, gradient: MT_HARDSIGMOID_GRAD,
        onnx: "HardSigmoid",
        attributes: { _, _ in ["alpha": .float(1.0 / 6), "beta": .float(0.5)] })
    static let hardswish = UnaryFunction(
        "hardswish", MT_HARDSWISH, saves: .input, gradient: MT_HARDSWISH_GRAD, onnx: "HardSwish")
    static let hardtanh = UnaryFunction(
        "hardtanh", MT_HARDTANH, saves: .input, gradient: MT_HARDTANH_GRAD)
    static let sigmoid = UnaryFunction(
        "sigmoid", MT_SIGMOID, saves: .output, onnx: "Sigmoid", gradientKernel: MT_SIGMOID_GRAD
    ) { g, y, _, _ in g * y * (1 - y) }
    static let logSigmoid = UnaryFunction(
        "logSigmoid", MT_LOGSIGMOID, saves: .input, gradient: MT_LOGSIGMOID_GRAD)
    static let softplus = UnaryFunction(
        "softplus", MT_SOFTPLUS, saves: .input, gradient: MT_SOFTPLUS_GRAD)
    static let softsign = UnaryFunction("softsign", MT_SOFTSIGN, saves: .input, onnx: "Softsign") {
        g, x, _, _ in g / (x.abs() + 1).square()
    }
}

extension Tensor {
    func activation(_ function: UnaryFunction, _ p: Double = 0, _ q: Double = 0) -> Tensor {
        precondition(
            dtype.isFloatingPoint,
            "\(function.name): expected a floating-point tensor, got \(dtype)")
        return Tensor.unary(function, self, p, q)
    }

    /// max(x, 0).
    public func relu() -> Tensor { activation(.relu) }
    /// min(max(x, 0), 6).
    public func relu6() -> Tensor { activation(.relu6) }
    /// x where positive, `negativeSlope` x elsewhere.
    public func leakyReLU(negativeSlope: Double = 0.01) -> Tensor {
        activation(.leakyReLU, negativeSlope)
    }
    /// x where positive, `alpha` (e^x - 1) elsewhere (Clevert et al. 2015).
    public func elu(alpha: Double = 1) -> Tensor { activation(.elu, alpha) }
    /// Self-normalising ELU (Klambauer et al. 2017).
    public func selu() -> Tensor { activation(.selu) }
    /// x Φ(x) (Hendrycks and Gimpel 2016), exactly or by its tanh approximation.
    public func gelu(approximate: Bool = false) -> Tensor {
        activation(approximate ? .geluTanh : .gelu)
    }
    /// x sigmoid(x), also called swish.
    public func silu() -> Tensor { activation(.silu) }
    /// x tanh(softplus(x)) (Misra 2019).
    public func mish() -> Tensor { activation(.mish) }
    /// min(max(x / 6 + 1/2, 0), 1).
    public func hardsigmoid() -> Tensor { activation(.hardsigmoid) }
    /// x hardsigmoid(x) (Howard et al. 2019).
    public func hardswish() -> Tensor { activation(.hardswish) }
    /// Values outside `min ... max` become the nearer end.
    public func hardtanh(min: Double = -1, max: Double = 1) -> Tensor {
        activation(.hardtanh, min, max)
    }
    /// 1 / (1 + e^-x).
    public func sigmoid() -> Tensor { activation(.sigmoid) }
    /// log(sigmoid(x)), without overflow.
    public func logSigmoid() -> Tensor { activation(.logSigmoid) }
    /// log(1 + e^(beta x)) / beta; x itself where beta x exceeds the threshold.
    public func softplus(beta: Double = 1, threshold: Double = 20) -> Tensor {
        activation(.softplus, beta, threshold)
    }
    /// x / (1 + |x|).
    public func softsign() -> Tensor { activation(.softsign) }

    /// relu(self + other) in one pass, for residual connections; both must have one shape.
    public func addReLU(_ other: Tensor) -> Tensor {
        precondition(
            shape == other.shape,
            "addReLU: expected two tensors of one shape, got \(shape) and \(other.shape)")
        return Tensor.result(AddReLU(), self, other.to(dtype))
    }
}

/// relu(a + b).
private struct AddReLU: Operation {
    private var output: SavedOutput?

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let y = Kernel.binary(
            MT_ADD_RELU, inputs[0], inputs[1], result: inputs[0].dtype, operation: name)
        if needsGradient.contains(true) { output = SavedOutput(y) }
        return [y]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let output = output?.value else { return [nil, nil] }
        if GradientMode.isRecording {
            let passed = g * output.gt(0).to(g.dtype)
            return [passed, passed]
        }
        let masked = Kernel.binary(MT_RELU_GRAD, g, output, result: g.dtype, operation: name)
        return [masked, masked]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("Relu", graph.add("Add", inputs, outputs: outputs), outputs: outputs)
    }
}
