internal import CKernels

extension Tensor {
    /// The first half of a dimension times the sigmoid of the second (Dauphin et al. 2017).
    public func glu(dim: Int = -1) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "glu")
        precondition(
            dtype.isFloatingPoint && ndim > 0 && shape[d] % 2 == 0,
            "glu: expected an even size of dimension \(dim), got \(dtype) \(shape)")
        let half = shape[d] / 2
        return narrow(dim: d, start: 0, length: half)
            * narrow(dim: d, start: half, length: half).sigmoid()
    }

    /// `softmax` of -x: the least element gets the most.
    public func softmin(dim: Int) -> Tensor { (-self).softmax(dim: dim) }

    /// x where positive, a slope times x elsewhere (He et al. 2015).
    ///
    /// - Parameter weight: one slope `(1)` or `()`, or one for each channel (dimension 1) `(C)`.
    public func prelu(_ weight: Tensor) -> Tensor {
        let channels = ndim > 1 ? shape[1] : 1
        precondition(
            dtype.isFloatingPoint
                && (weight.count == 1 && weight.ndim <= 1 || weight.shape == [channels]),
            "prelu: expected one slope or one for each of \(channels) channels for \(dtype) "
                + "\(shape), got \(weight.shape)")
        let slopes =
            weight.count == 1
            ? weight.reshape([]) : weight.reshape([-1] + [Int](repeating: 1, count: ndim - 2))
        return Tensor.result(PReLU(), self, slopes.to(dtype))
    }

    /// x where positive, elsewhere x times a slope that is drawn anew for each element from `lower ... upper` (Xu et al.
    /// 2015).
    public func rrelu(
        lower: Double = 1.0 / 8, upper: Double = 1.0 / 3, generator: inout Generator
    ) -> Tensor {
        precondition(
            dtype.isFloatingPoint && lower <= upper,
            "rrelu: expected a floating-point tensor and lower <= upper, got \(dtype), \(lower) and "
                + "\(upper)")
        let slopes = Tensor.rand(
            shape, low: lower, high: upper, dtype: dtype, generator: &generator)
        return Tensor.result(PReLU(), self, slopes)
    }
}

/// x where positive, slope times x elsewhere; the slopes broadcast.
private struct PReLU: TensorOperation {
    private var x: Tensor?
    private var slopes: Tensor?
    private var needsSlopes = false

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient.contains(true) { x = inputs[0] }
        if needsGradient[0] { slopes = inputs[1] }
        needsSlopes = needsGradient[1]
        return [
            Kernel.binary(
                MT_PRELU, inputs[0], inputs[1], result: inputs[0].dtype, operation: name)
        ]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let x else { return [nil, nil] }
        return [
            slopes.map { Tensor.where(x.gt(0), g, g * $0) },
            needsSlopes ? g * x.clamp(max: 0) : nil,
        ]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("PRelu", inputs, outputs: outputs)
    }
}
