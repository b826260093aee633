internal import CKernels

extension Tensor {
    /// Batch normalisation of `(N, C)`, `(N, C, L)` or `(N, C, H, W)` with this batch's statistics (Ioffe and Szegedy
    /// 2015), each channel over everything else.
    ///
    /// - Parameters:
    ///   - weight: `(C)`, float32 (float64 for float64 tensors); nil for 1.
    ///   - bias: `(C)`; nil for 0.
    ///   - residual: added before the ReLU; of this tensor's shape.
    ///   - relu: applies max(., 0) in the same pass.
    /// - Returns: the normalised tensor, and the mean and biased variance `(C)` of each channel.
    public func batchNorm(
        weight: Tensor?, bias: Tensor?, epsilon: Double, relu: Bool = false, residual: Tensor? = nil
    ) -> (output: Tensor, mean: Tensor, variance: Tensor) {
        if dtype == .float16 {
            let wide = to(.float32).batchNorm(
                weight: weight, bias: bias, epsilon: epsilon, relu: relu, residual: residual)
            return (wide.output.to(.float16), wide.mean, wide.variance)
        }
        let operation = BatchNorm(
            epsilon: epsilon, relu: relu, hasAffine: weight != nil, hasResidual: residual != nil,
            statistics: nil)
        let outputs = Tensor.apply(operation, operands(weight, bias, residual))
        // Nothing flows back through the statistics, so they are not part of the graph.
        return (outputs[0], outputs[1].detach(), outputs[2].detach())
    }

    /// Batch normalisation with fixed statistics `(C)`, as in evaluation.
    public func batchNorm(
        mean: Tensor, variance: Tensor, weight: Tensor?, bias: Tensor?, epsilon: Double,
        relu: Bool = false, residual: Tensor? = nil
    ) -> Tensor {
        precondition(
            mean.shape == [size(1)] && variance.shape == [size(1)],
            "batchNorm: expected statistics of \(size(1)) channels for \(shape), got \(mean.shape) and "
                + "\(variance.shape)")
        if dtype == .float16 {
            return to(.float32).batchNorm(
                mean: mean, variance: variance, weight: weight, bias: bias, epsilon: epsilon,
                relu: relu, residual: residual
            ).to(.float16)
        }
        let operation = BatchNorm(
            epsilon: epsilon, relu: relu, hasAffine: weight != nil, hasResidual: residual != nil,
            statistics: (mean.detach(), variance.detach()))
        return Tensor.apply(operation, operands(weight, bias, residual))[0]
    }

    private func operands(_ weight: Tensor?, _ bias: Tensor?, _ residual: Tensor?) -> [Tensor] {
        precondition(
            ndim >= 2 && dtype.isFloatingPoint,
            "batchNorm: expected a floating-point tensor (N, C, ...), got \(dtype) \(shape)")
        precondition(
            (weight == nil) == (bias == nil), "batchNorm: give both weight and bias or neither")
        for parameter in [weight, bias].compactMap({ $0 }) {
            precondition(
                parameter.shape == [shape[1]],
                "batchNorm: expected weight and bias of shape [\(shape[1])] for \(shape), got "
                    + "\(parameter.shape)")
        }
        if let residual {
            precondition(
                residual.shape == shape,
                "batchNorm: expected a residual of shape \(shape), got \(residual.shape)")
        }
        let x = ndim == 4 || isChannelsLast ? channelsLast() : contiguous()
        let skip = residual.map {
            (x.isChannelsLast ? $0.channelsLast() : $0.contiguous()).to(dtype)
        }
        let wide: DType = dtype == .float64 ? .float64 : .float32
        return [x] + [weight?.to(wide), bias?.to(wide), skip].compactMap { $0 }
    }
}

private struct BatchNorm: TensorOperation {
    let epsilon: Double
    let relu: Bool
    let hasAffine: Bool
    let hasResidual: Bool
    /// Fixed mean and variance; nil to use the batch's.
    let statistics: (mean: Tensor, variance: Tensor)?

    private var x: Tensor?
    private var y: Tensor?
    private var weight: Tensor?
    private var mean: Tensor?
    private var inverseStd: Tensor?
    private var needs: [Bool] = []

    init(
        epsilon: Double, relu: Bool, hasAffine: Bool, hasResidual: Bool,
        statistics: (mean: Tensor, variance: Tensor)?
    ) {
        self.epsilon = epsilon
        self.relu = relu
        self.hasAffine = hasAffine
        self.hasResidual = hasResidual
        self.statistics = statistics
    }

    /// The block as (outer, channels, inner): 4-D tensors are channels-last, 5-D ones may be.
    private func extents(_ x: Tensor) -> (Int64, Int64, Int64) {
        let c = x.shape[1]
        let others = x.count / Swift.max(c, 1)
        if x.isChannelsLast { return (Int64(others), Int64(c), 1) }
        return (Int64(x.shape[0]), Int64(c), Int64(x.shape[2...].reduce(1, *)))
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let wide: DType = x.dtype == .float64 ? .float64 : .float32
        let (outer, channels, inner) = extents(x)
        let mean: Tensor
        let variance: Tensor
        if let statistics {
            mean = statistics.mean.to(wide).materializedIfNeeded
            variance = statistics.variance.to(wide)
        } else {
            mean = Tensor(uninitialized: [x.shape[1]], dtype: wide)
            variance = Tensor(uninitialized: [x.shape[1]], dtype: wide)
            mt_batch_norm_statistics(
                x.dtype.kernel, outer, channels, inner, x.pointer, mean.freshPointer,
                variance.freshPointer)
        }
        let inverseStd = (variance + epsilon).rsqrt().materializedIfNeeded
        let weight = hasAffine ? inputs[1].materializedIfNeeded : nil
        let bias = hasAffine ? inputs[2].materializedIfNeeded : nil
        let residual = hasResidual ? inputs[inputs.count - 1] : nil
        let y = Tensor(uninitialized: x.shape, strides: x.strides, dtype: x.dtype)
        mt_batch_norm(
            x.dtype.kernel, outer, channels, inner, x.pointer, mean.pointer, inverseStd.pointer,
            weight?.pointer, bias?.pointer, residual?.pointer, relu, y.freshPointer)
        needs = needsGradient
        if needsGradient.contains(true) {
            self.x = x
            self.y = relu ? y : nil
            self.weight = weight
            self.mean = mean
            self.inverseStd = inverseStd
        }
        return statistics == nil ? [y, mean, variance] : [y]
    }

    var isOnceDifferentiable: Bool { true }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        var results = [Tensor?](repeating: nil, count: needs.count)
        guard let gradient = gradients[0], let x, let mean, let inverseStd else { return results }
        let g =
            gradient.strides == x.strides ? gradient : gradient.materialized(strides: x.strides)
        let (outer, channels, inner) = extents(x)
        let gx =
            needs[0] ? Tensor(uninitialized: x.shape, strides: x.strides, dtype: x.dtype) : nil
        let affine = hasAffine && (needs[1] || needs[2])
        let gw = affine ? Tensor(uninitialized: [x.shape[1]], dtype: mean.dtype) : nil
        let gb = affine ? Tensor(uninitialized: [x.shape[1]], dtype: mean.dtype) : nil
        let residual =
            hasResidual && needs[needs.count - 1]
            ? Tensor(uninitialized: x.shape, strides: x.strides, dtype: x.dtype) : nil
        mt_batch_norm_grad(
            x.dtype.kernel, outer, channels, inner, x.pointer, y?.pointer, g.pointer, mean.pointer,
            inverseStd.pointer, weight?.pointer, relu, statistics == nil, gx?.freshPointer,
            gw?.freshPointer, gb?.freshPointer, residual?.freshPointer)
        results[0] = gx
        if affine { (results[1], results[2]) = (gw, gb) }
        if hasResidual { results[needs.count - 1] = residual }
        return results
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        guard let statistics else {
            throw ONNXFormError(operation: name, reason: "the model is in training mode")
        }
        let channels = inputs[0].type.shape[1]
        let weight = hasAffine ? inputs[1] : graph.constant(Tensor.ones([channels]))
        let bias = hasAffine ? inputs[2] : graph.constant(Tensor.zeros([channels]))
        var y = graph.add(
            "BatchNormalization",
            [
                inputs[0], weight, bias, graph.constant(statistics.mean),
                graph.constant(statistics.variance),
            ], attributes: ["epsilon": .float(Float(epsilon))], outputs: outputs)
        if hasResidual { y = graph.add("Add", y + [inputs[inputs.count - 1]], outputs: outputs) }
        if relu { y = graph.add("Relu", y, outputs: outputs) }
        return y
    }
}
