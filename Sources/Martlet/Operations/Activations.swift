internal import CKernels

extension UnaryFunction {
    static let relu = UnaryFunction(
        "relu", MT_RELU, saves: .output, onnx: "Relu", gradientKernel: MT_RELU_GRAD
    ) { g, y, _, _ in g * y.gt(0).to(g.dtype) }
    static let relu6 = UnaryFunction(
        "relu6", MT_RELU6, saves: .output, gradientKernel: MT_RELU6_GRAD
    ) { g, y, _, _ in g * y.gt(0).logicalAnd(y.lt(6)).to(g.dtype) }
    static let leakyReLU = UnaryFunction(
        "leakyReLU", MT_LEAKY_RELU, saves: .input, onnx: "LeakyRelu",
        attributes: { slope, _ in ["alpha": .float(Float(slope))] },
        gradientKernel: MT_LEAKY_RELU_GRAD
    ) { g, x, slope, _ in Tensor.where(x.gt(0), g, g * slope) }
    static let elu = UnaryFunction(
        "elu", MT_ELU, saves: .input, onnx: "Elu",
        attributes: { alpha, _ in ["alpha": .float(Float(alpha))] }, gradientKernel: MT_ELU_GRAD
    ) { g, x, alpha, _ in Tensor.where(x.gt(0), g, g * x.clamp(max: 0).exp() * alpha) }
    static let selu = UnaryFunction(
        "selu", MT_SELU, saves: .input, onnx: "Selu", gradientKernel: MT_SELU_GRAD
    ) { g, x, _, _ in
        // scale, and scale times alpha
        Tensor.where(
            x.gt(0), g * 1.050_700_987_355_480_5,
            g * x.clamp(max: 0).exp() * 1.758_099_340_847_376_6)
    }
    static let gelu = UnaryFunction(
        "gelu", MT_GELU, saves: .input, gradientKernel: MT_GELU_GRAD
    ) { g, x, _, _ in
        let density = (x * x * -0.5).exp() * 0.398_942_280_401_432_7  // 1 / sqrt(2 pi)
        return g * ((x * 0.5.squareRoot()).erf() * 0.5 + 0.5 + x * density)
    }
    static let geluTanh = UnaryFunction(
        "geluTanh", MT_GELU_TANH, saves: .input, gradientKernel: MT_GELU_TANH_GRAD
    ) { g, x, _, _ in
        let (k, cubic) = (0.797_884_560_802_865_4, 0.044715)  // sqrt(2 / pi)
        let t = ((x + x * x * x * cubic) * k).tanh()
        let slope = (x * x * (3 * cubic) + 1) * k
        return g * (t + 1 + x * (1 - t * t) * slope) * 0.5
    }
    static let silu = UnaryFunction(
        "silu", MT_SILU, saves: .input, gradientKernel: MT_SILU_GRAD
    ) { g, x, _, _ in
        let s = x.sigmoid()
        return g * s * (x * (1 - s) + 1)
    }
    static let mish = UnaryFunction(
        "mish", MT_MISH, saves: .input, gradientKernel: MT_MISH_GRAD
    ) { g, x, _, _ in
        let t = x.softplus().tanh()
        return g * (t + x * x.sigmoid() * (1 - t * t))
    }
    static let hardsigmoid = UnaryFunction(
        "hardsigmoid", MT_HARDSIGMOID, saves: .input, onnx: "HardSigmoid",
        attributes: { _, _ in ["alpha": .float(1.0 / 6), "beta": .float(0.5)] },
        gradientKernel: MT_HARDSIGMOID_GRAD
    ) { g, x, _, _ in g * x.gt(-3).logicalAnd(x.lt(3)).to(g.dtype) * (1.0 / 6) }
    static let hardswish = UnaryFunction(
        "hardswish", MT_HARDSWISH, saves: .input, onnx: "HardSwish",
        gradientKernel: MT_HARDSWISH_GRAD
    ) { g, x, _, _ in
        g * Tensor.where(x.le(-3), x.zerosLike(), Tensor.where(x.lt(3), x / 3 + 0.5, x.onesLike()))
    }
    static let hardtanh = UnaryFunction(
        "hardtanh", MT_HARDTANH, saves: .input, gradientKernel: MT_HARDTANH_GRAD
    ) { g, x, low, high in g * x.gt(low).logicalAnd(x.lt(high)).to(g.dtype) }
    static let sigmoid = UnaryFunction(
        "sigmoid", MT_SIGMOID, saves: .output, onnx: "Sigmoid", gradientKernel: MT_SIGMOID_GRAD
    ) { g, y, _, _ in g * y * (1 - y) }
    static let logSigmoid = UnaryFunction(
        "logSigmoid", MT_LOGSIGMOID, saves: .input, gradientKernel: MT_LOGSIGMOID_GRAD
    ) { g, x, _, _ in g * (-x).sigmoid() }
    static let softplus = UnaryFunction(
        "softplus", MT_SOFTPLUS, saves: .input, gradientKernel: MT_SOFTPLUS_GRAD
    ) { g, x, beta, threshold in
        let scaled = x * beta
        return Tensor.where(scaled.gt(threshold), g, g * scaled.sigmoid())
    }
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
    public func relu() -> Tensor { isWhole ? clamp(min: 0) : activation(.relu) }
    /// min(max(x, 0), 6).
    public func relu6() -> Tensor { isWhole ? clamp(min: 0, max: 6) : activation(.relu6) }
    private var isWhole: Bool { !dtype.isFloatingPoint && dtype != .bool }
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
    public func sigmoid() -> Tensor {
        (dtype.isFloatingPoint ? self : to(.float32)).activation(.sigmoid)
    }
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
private struct AddReLU: TensorOperation {
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
