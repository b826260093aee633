internal import CKernels

extension UnaryFunction {
    static let celu = UnaryFunction(
        "celu", MT_CELU, saves: .input, gradient: MT_CELU_GRAD, onnx: "Celu",
        attributes: { alpha, _ in ["alpha": .float(Float(alpha))] })
    static let hardshrink = UnaryFunction(
        "hardshrink", MT_HARDSHRINK, saves: .input, gradient: MT_SHRINK_GRAD, onnx: "Shrink",
        attributes: { lambda, _ in ["lambd": .float(Float(lambda)), "bias": .float(0)] })
    static let softshrink = UnaryFunction(
        "softshrink", MT_SOFTSHRINK, saves: .input, gradient: MT_SHRINK_GRAD, onnx: "Shrink",
        attributes: { lambda, _ in
            ["lambd": .float(Float(lambda)), "bias": .float(Float(lambda))]
        })
    static let threshold = UnaryFunction(
        "threshold", MT_THRESHOLD, saves: .input, gradient: MT_THRESHOLD_GRAD)
}

extension Tensor {
    /// x where positive, `alpha` (e^(x / alpha) - 1) elsewhere: an ELU without a kink (Barron 2017).
    public func celu(alpha: Double = 1) -> Tensor {
        precondition(alpha != 0, "celu: alpha must not be 0")
        return activation(.celu, alpha)
    }
    /// x where |x| exceeds `lambda`, 0 elsewhere.
    public func hardshrink(lambda: Double = 0.5) -> Tensor { activation(.hardshrink, lambda) }
    /// x moved towards 0 by `lambda`, 0 where it would pass it.
    public func softshrink(lambda: Double = 0.5) -> Tensor {
        precondition(lambda >= 0, "softshrink: expected lambda >= 0, got \(lambda)")
        return activation(.softshrink, lambda)
    }
    /// x - tanh(x).
    public func tanhshrink() -> Tensor { self - tanh() }
    /// x where it exceeds the threshold, `value` elsewhere.
    public func threshold(_ threshold: Double, _ value: Double) -> Tensor {
        activation(.threshold, threshold, value)
    }
}
