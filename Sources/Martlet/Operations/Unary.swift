internal import CKernels

/// An element-wise function of one tensor: the kernel, the gradient and the ONNX form stand together in
/// one table entry.
final class UnaryFunction: Sendable {
    /// What the gradient is computed from, besides the gradient of the output.
    enum Saves { case nothing, input, output }

    let name: String
    let kernel: mt_unary_op
    let saves: Saves
    typealias Gradient = @Sendable (Tensor, Tensor, Double, Double) -> Tensor
    /// (gradient of the output, what was saved, p, q) -> gradient of the input, made of operations; nil where there is
    /// only a kernel.
    let gradient: Gradient?
    /// The same in one pass.
    let gradientKernel: mt_binary_op?
    /// The ONNX operator, or nil where there is none in opset 17.
    let onnx: String?
    /// The ONNX operator's attributes, from p and q.
    let attributes: @Sendable (Double, Double) -> [String: ONNXAttribute]

    init(
        _ name: String, _ kernel: mt_unary_op, saves: Saves, onnx: String? = nil,
        attributes: @escaping @Sendable (Double, Double) -> [String: ONNXAttribute] = { _, _ in [:]
        },
        gradientKernel: mt_binary_op? = nil, gradient: Gradient?
    ) {
        self.name = name
        self.kernel = kernel
        self.saves = saves
        self.gradient = gradient
        self.gradientKernel = gradientKernel
        self.onnx = onnx
        self.attributes = attributes
    }

    /// A function whose gradient is only a kernel: it has no second derivative, or none that matters.
    convenience init(
        _ name: String, _ kernel: mt_unary_op, saves: Saves, gradient: mt_binary_op,
        onnx: String? = nil,
        attributes: @escaping @Sendable (Double, Double) -> [String: ONNXAttribute] = { _, _ in [:]
        }
    ) {
        self.init(
            name, kernel, saves: saves, onnx: onnx, attributes: attributes,
            gradientKernel: gradient, gradient: nil)
    }

    /// A function whose gradient is not known.
    convenience init(once name: String, _ kernel: mt_unary_op) {
        self.init(name, kernel, saves: .nothing) { g, _, _, _ in
            preconditionFailure("\(name): it has no gradient")
        }
    }

    /// A function that is constant almost everywhere.
    convenience init(flat name: String, _ kernel: mt_unary_op, onnx: String) {
        self.init(name, kernel, saves: .nothing, onnx: onnx) { g, _, _, _ in g.zerosLike() }
    }
}

/// Applies a `UnaryFunction`.
struct Unary: TensorOperation {
    let function: UnaryFunction
    var p = 0.0
    var q = 0.0
    private var input: Tensor?
    private var output: SavedOutput?

    init(_ function: UnaryFunction, _ p: Double = 0, _ q: Double = 0) {
        self.function = function
        self.p = p
        self.q = q
    }

    var name: String { function.name }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let y = Kernel.unary(function.kernel, x, p, q, result: x.dtype)
        if needsGradient[0] {
            switch function.saves {
            case .nothing: break
            case .input: input = x
            case .output: output = SavedOutput(y)
            }
        }
        return [y]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0] else { return [nil] }
        let saved = output?.value ?? input ?? g
        if let kernel = function.gradientKernel, !GradientMode.isRecording {
            return [
                Kernel.binary(kernel, g, saved, result: g.dtype, p: p, q: q, operation: name)
            ]
        }
        return [function.gradient?(g, saved, p, q)]
    }

    var isOnceDifferentiable: Bool { function.gradient == nil }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        guard let type = function.onnx else {
            return [try function.compose(inputs[0], p: p, q: q, graph)]
        }
        return graph.add(
            type, inputs, attributes: function.attributes(p, q), outputs: outputs)
    }
}

extension UnaryFunction {
    static let neg = UnaryFunction("neg", MT_NEG, saves: .nothing, onnx: "Neg") { g, _, _, _ in -g }
    static let abs = UnaryFunction("abs", MT_ABS, saves: .input, onnx: "Abs") { g, x, _, _ in
        g * x.sign()
    }
    static let sign = UnaryFunction(flat: "sign", MT_SIGN, onnx: "Sign")
    static let floor = UnaryFunction(flat: "floor", MT_FLOOR, onnx: "Floor")
    static let ceil = UnaryFunction(flat: "ceil", MT_CEIL, onnx: "Ceil")
    static let round = UnaryFunction(flat: "round", MT_ROUND, onnx: "Round")
    static let trunc = UnaryFunction("trunc", MT_TRUNC, saves: .nothing) { g, _, _, _ in
        g.zerosLike()
    }
    static let square = UnaryFunction("square", MT_SQUARE, saves: .input) { g, x, _, _ in g * x * 2
    }
    static let exp = UnaryFunction("exp", MT_EXP, saves: .output, onnx: "Exp") { g, y, _, _ in g * y
    }
    static let expm1 = UnaryFunction("expm1", MT_EXPM1, saves: .output) { g, y, _, _ in g * (y + 1)
    }
    static let log = UnaryFunction("log", MT_LOG, saves: .input, onnx: "Log") { g, x, _, _ in g / x
    }
    static let log1p = UnaryFunction("log1p", MT_LOG1P, saves: .input) { g, x, _, _ in g / (x + 1) }
    static let log2 = UnaryFunction("log2", MT_LOG2, saves: .input) { g, x, _, _ in
        g / (x * 0.693_147_180_559_945_3)
    }
    static let log10 = UnaryFunction("log10", MT_LOG10, saves: .input) { g, x, _, _ in
        g / (x * 2.302_585_092_994_045_7)
    }
    static let sqrt = UnaryFunction("sqrt", MT_SQRT, saves: .output, onnx: "Sqrt") { g, y, _, _ in
        g / (y * 2)
    }
    static let rsqrt = UnaryFunction("rsqrt", MT_RSQRT, saves: .output) { g, y, _, _ in
        g * y * y * y * -0.5
    }
    static let reciprocal = UnaryFunction(
        "reciprocal", MT_RECIPROCAL, saves: .output, onnx: "Reciprocal"
    ) { g, y, _, _ in -(g * y * y) }
    static let sin = UnaryFunction("sin", MT_SIN, saves: .input, onnx: "Sin") { g, x, _, _ in
        g * x.cos()
    }
    static let cos = UnaryFunction("cos", MT_COS, saves: .input, onnx: "Cos") { g, x, _, _ in
        -(g * x.sin())
    }
    static let tan = UnaryFunction("tan", MT_TAN, saves: .output, onnx: "Tan") { g, y, _, _ in
        g * (y * y + 1)
    }
    static let asin = UnaryFunction("asin", MT_ASIN, saves: .input, onnx: "Asin") { g, x, _, _ in
        g * (1 - x * x).rsqrt()
    }
    static let acos = UnaryFunction("acos", MT_ACOS, saves: .input, onnx: "Acos") { g, x, _, _ in
        -(g * (1 - x * x).rsqrt())
    }
    static let atan = UnaryFunction("atan", MT_ATAN, saves: .input, onnx: "Atan") { g, x, _, _ in
        g / (x * x + 1)
    }
    static let sinh = UnaryFunction("sinh", MT_SINH, saves: .input, onnx: "Sinh") { g, x, _, _ in
        g * x.cosh()
    }
    static let cosh = UnaryFunction("cosh", MT_COSH, saves: .input, onnx: "Cosh") { g, x, _, _ in
        g * x.sinh()
    }
    static let tanh = UnaryFunction(
        "tanh", MT_TANH, saves: .output, onnx: "Tanh", gradientKernel: MT_TANH_GRAD
    ) { g, y, _, _ in g * (1 - y * y) }
    static let asinh = UnaryFunction("asinh", MT_ASINH, saves: .input, onnx: "Asinh") {
        g, x, _, _ in
        g * (x * x + 1).rsqrt()
    }
    static let acosh = UnaryFunction("acosh", MT_ACOSH, saves: .input, onnx: "Acosh") {
        g, x, _, _ in
        g * (x * x - 1).rsqrt()
    }
    static let atanh = UnaryFunction("atanh", MT_ATANH, saves: .input, onnx: "Atanh") {
        g, x, _, _ in
        g / (1 - x * x)
    }
    static let erf = UnaryFunction("erf", MT_ERF, saves: .input, onnx: "Erf") { g, x, _, _ in
        g * (-(x * x)).exp() * 1.128_379_167_095_512_6  // 2 / sqrt(pi)
    }
    static let erfc = UnaryFunction("erfc", MT_ERFC, saves: .input) { g, x, _, _ in
        g * (-(x * x)).exp() * -1.128_379_167_095_512_6
    }
    static let frac = UnaryFunction("frac", MT_FRAC, saves: .nothing) { g, _, _, _ in g }
    static let exp2 = UnaryFunction("exp2", MT_EXP2, saves: .output) { g, y, _, _ in
        g * y * 0.693_147_180_559_945_3
    }
    static let lgamma = UnaryFunction("lgamma", MT_LGAMMA, saves: .input) { g, x, _, _ in
        g * x.digamma()
    }
    static let digamma = UnaryFunction("digamma", MT_DIGAMMA, saves: .input) { g, x, _, _ in
        g * x.trigamma()
    }
    static let trigamma = UnaryFunction(once: "trigamma", MT_TRIGAMMA)
    static let erfinv = UnaryFunction("erfinv", MT_ERFINV, saves: .output) { g, y, _, _ in
        g * y.square().exp() * 0.886_226_925_452_758  // sqrt(pi) / 2
    }
    static let clamp = UnaryFunction(
        "clamp", MT_CLAMP, saves: .input, gradientKernel: MT_HARDTANH_GRAD
    ) { g, x, low, high in g * x.gt(low).logicalAnd(x.lt(high)).to(g.dtype) }
}

extension Tensor {
    /// Integers become `float32`: these functions have no integer results.
    private func unary(_ function: UnaryFunction, _ p: Double = 0, _ q: Double = 0) -> Tensor {
        Tensor.unary(function, dtype.isFloatingPoint ? self : to(.float32), p, q)
    }

    static func unary(_ function: UnaryFunction, _ x: Tensor, _ p: Double, _ q: Double) -> Tensor {
        if ThreadFlags.onlyCompute(x) {
            return Kernel.unary(function.kernel, x, p, q, result: x.dtype)
        }
        return result(Unary(function, p, q), x)
    }

    /// These functions keep integers.
    private func exact(_ function: UnaryFunction, _ p: Double = 0, _ q: Double = 0) -> Tensor {
        precondition(dtype != .bool, "\(function.name): not defined for bool")
        return Tensor.unary(function, self, p, q)
    }

    /// This tensor, bools as int64.
    private var number: Tensor { dtype == .bool ? to(.int64) : self }

    public static prefix func - (x: Tensor) -> Tensor { x.exact(.neg) }
    /// The distance from 0.
    public func abs() -> Tensor { exact(.abs) }
    /// -1, 0 or 1.
    public func sign() -> Tensor { dtype == .bool ? self : exact(.sign) }
    /// Each element times itself.
    public func square() -> Tensor { number.exact(.square) }
    public func exp() -> Tensor { unary(.exp) }
    /// e^x - 1, accurate near 0.
    public func expm1() -> Tensor { unary(.expm1) }
    /// The natural logarithm.
    public func log() -> Tensor { unary(.log) }
    /// log(1 + x), accurate near 0.
    public func log1p() -> Tensor { unary(.log1p) }
    public func log2() -> Tensor { unary(.log2) }
    public func log10() -> Tensor { unary(.log10) }
    public func sqrt() -> Tensor { unary(.sqrt) }
    /// 1 / sqrt(x).
    public func rsqrt() -> Tensor { unary(.rsqrt) }
    public func reciprocal() -> Tensor { unary(.reciprocal) }
    public func sin() -> Tensor { unary(.sin) }
    public func cos() -> Tensor { unary(.cos) }
    public func tan() -> Tensor { unary(.tan) }
    public func asin() -> Tensor { unary(.asin) }
    public func acos() -> Tensor { unary(.acos) }
    public func atan() -> Tensor { unary(.atan) }
    public func sinh() -> Tensor { unary(.sinh) }
    public func cosh() -> Tensor { unary(.cosh) }
    public func tanh() -> Tensor { unary(.tanh) }
    public func asinh() -> Tensor { unary(.asinh) }
    public func acosh() -> Tensor { unary(.acosh) }
    public func atanh() -> Tensor { unary(.atanh) }
    /// The error function.
    public func erf() -> Tensor { unary(.erf) }
    /// 1 - erf(x), accurate for large x.
    public func erfc() -> Tensor { unary(.erfc) }
    public func floor() -> Tensor { dtype.isFloatingPoint ? unary(.floor) : self }
    public func ceil() -> Tensor { dtype.isFloatingPoint ? unary(.ceil) : self }
    /// The nearest integer, halves to even.
    public func round() -> Tensor { dtype.isFloatingPoint ? unary(.round) : self }
    public func trunc() -> Tensor { dtype.isFloatingPoint ? unary(.trunc) : self }

    /// What comes after the point, with the number's sign.
    public func frac() -> Tensor { unary(.frac) }
    /// 2 to the power of each element.
    public func exp2() -> Tensor { unary(.exp2) }
    /// The logarithm of the absolute value of the gamma function.
    public func lgamma() -> Tensor { unary(.lgamma) }
    /// The derivative of `lgamma`.
    public func digamma() -> Tensor { unary(.digamma) }
    /// The derivative of `digamma` (PyTorch's `polygamma(1, x)`); it has no gradient itself.
    public func trigamma() -> Tensor { unary(.trigamma) }
    /// The inverse of `erf`, on -1 ... 1.
    public func erfinv() -> Tensor { unary(.erfinv) }

    /// Values outside `min ... max` become the nearer end. Gradients pass inside, not at the ends (as in PyTorch).
    /// Integers stay integers between whole numbers, and become `float32` otherwise.
    public func clamp(min: Double = -.infinity, max: Double = .infinity) -> Tensor {
        let whole = [min, max].allSatisfy { $0.isInfinite || $0 == $0.rounded() }
        return whole ? number.exact(.clamp, min, max) : unary(.clamp, min, max)
    }

    private func test(_ kernel: mt_unary_op) -> Tensor {
        Kernel.unary(kernel, self, 0, 0, result: .bool)
    }

    /// True where the element is zero.
    public func logicalNot() -> Tensor { test(MT_LOGICAL_NOT) }
    public func isNaN() -> Tensor { test(MT_ISNAN) }
    public func isInf() -> Tensor { test(MT_ISINF) }
    public func isFinite() -> Tensor { test(MT_ISFINITE) }
}
