internal import CKernels

/// Softmax or its logarithm over a dimension.
private struct Softmax: DirectOperation {
    let dim: Int
    let logarithm: Bool
    private var output: SavedOutput?

    init(dim: Int, logarithm: Bool) {
        self.dim = dim
        self.logarithm = logarithm
    }

    var name: String { logarithm ? "logSoftmax" : "softmax" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let y = output(for: inputs[0])
        if needsGradient[0] { output = SavedOutput(y) }
        return [y]
    }

    /// Lies as x does where the dimension is the innermost in memory, as the channels of channels-last images are, else
    /// row-major.
    func output(for x: Tensor) -> Tensor {
        let x = isInnermost(x) ? x : x.materializedIfNeeded
        let y = Tensor(uninitialized: x.shape, strides: x.strides, dtype: x.dtype)
        if x.count > 0 {
            let (outer, classes, inner) = extent(of: x)
            mt_softmax(
                x.dtype.kernel, outer, classes, inner, logarithm, x.pointer, y.freshPointer)
        }
        return y
    }

    private func isInnermost(_ x: Tensor) -> Bool {
        x.strides[dim] == 1 && x.isDense
    }

    private func extent(of x: Tensor) -> (Int64, Int64, Int64) {
        isInnermost(x)
            ? (Int64(x.count / x.shape[dim]), Int64(x.shape[dim]), 1) : Extent.around(dim, x.shape)
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let gradient = gradients[0], let output = output?.value else { return [nil] }
        if GradientMode.isRecording {
            return [
                logarithm
                    ? gradient - output.exp() * gradient.sum(dims: [dim], keepDim: true)
                    : output * (gradient - (gradient * output).sum(dims: [dim], keepDim: true))
            ]
        }
        let g =
            gradient.strides == output.strides
            ? gradient : gradient.materialized(strides: output.strides)
        let result = Tensor(uninitialized: g.shape, strides: output.strides, dtype: g.dtype)
        if g.count > 0 {
            let (outer, classes, inner) = extent(of: output)
            mt_softmax_grad(
                g.dtype.kernel, outer, classes, inner, logarithm, output.pointer, g.pointer,
                result.freshPointer)
        }
        return [result]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add(
            logarithm ? "LogSoftmax" : "Softmax", inputs, attributes: ["axis": .int(dim)],
            outputs: outputs)
    }
}

extension Tensor {
    private func softmax(dim: Int, logarithm: Bool) -> Tensor {
        let name = logarithm ? "logSoftmax" : "softmax"
        precondition(
            dtype.isFloatingPoint,
            "\(name): expected a floating-point tensor, got \(dtype) \(shape)")
        let d = Shape.dimension(dim, of: ndim, operation: name)
        if ndim == 0 { return reshape([1]).softmax(dim: 0, logarithm: logarithm).reshape([]) }
        return Tensor.result(Softmax(dim: d, logarithm: logarithm), self)
    }

    /// e^x divided by its sum along a dimension, without overflow.
    public func softmax(dim: Int) -> Tensor { softmax(dim: dim, logarithm: false) }

    /// The logarithm of `softmax`, computed as such.
    public func logSoftmax(dim: Int) -> Tensor { softmax(dim: dim, logarithm: true) }

    /// The cross-entropy between logits `(N, classes, ...)` and class indices `(N, ...)`, each row by itself, fused with the
    /// softmax: what `MartletNN.crossEntropy` reduces. Channels-last logits are not copied.
    ///
    /// - Parameters:
    ///   - weight: a factor for each class `(classes)`; nil for 1.
    ///   - labelSmoothing: the part of each target that is spread evenly over all classes.
    ///   - ignoreIndex: rows with this target count nothing.
    /// - Returns: the weighted loss of each row `(N, ...)` in float32 (float64 for float64 logits), and the weight of each
    ///   row (0 for ignored ones).
    public func crossEntropyRows(
        _ target: Tensor, weight: Tensor? = nil, labelSmoothing: Double = 0, ignoreIndex: Int = -100
    ) -> (loss: Tensor, weight: Tensor) {
        precondition(
            ndim >= 2 && target.shape == [shape[0]] + shape[2...]
                && !target.dtype.isFloatingPoint,
            "crossEntropy: expected logits (N, classes, ...) and integer targets (N, ...), got "
                + "\(shape) and \(target.dtype) \(target.shape)")
        let classes = shape[1]
        let wide: DType = dtype == .float64 ? .float64 : .float32
        if let weight {
            precondition(
                weight.shape == [classes],
                "crossEntropy: expected class weights [\(classes)], got \(weight.shape)")
        }
        let labels = target.classIndices(
            classes, ignoreIndex: ignoreIndex, operation: "crossEntropy")
        let operation = CrossEntropy(
            target: labels, weight: weight.map { $0.detach().to(wide).contiguous() },
            smoothing: labelSmoothing, ignoreIndex: ignoreIndex)
        let outputs = Tensor.apply(operation, [self])
        return (outputs[0], outputs[1].detach())
    }
}

private struct CrossEntropy: TensorOperation {
    let target: Tensor
    let weight: Tensor?
    let smoothing: Double
    let ignoreIndex: Int
    private var logits: Tensor?
    private var logSumExp: Tensor?

    init(target: Tensor, weight: Tensor?, smoothing: Double, ignoreIndex: Int) {
        self.target = target
        self.weight = weight
        self.smoothing = smoothing
        self.ignoreIndex = ignoreIndex
    }

    var isOnceDifferentiable: Bool { true }

    private var targets: UnsafePointer<Int64> {
        target.pointer.assumingMemoryBound(to: Int64.self)
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0].isChannelsLast ? inputs[0] : inputs[0].materializedIfNeeded
        let wide: DType = x.dtype == .float64 ? .float64 : .float32
        let loss = Tensor(uninitialized: target.shape, dtype: wide)
        let rowWeight = Tensor(uninitialized: target.shape, dtype: wide)
        let logSumExp = Tensor(uninitialized: target.shape, dtype: wide)
        let (outer, classes, inner) = extent(of: x)
        mt_cross_entropy(
            x.dtype.kernel, outer, classes, inner, x.pointer, targets, weight?.pointer, smoothing,
            Int64(ignoreIndex), loss.freshPointer, rowWeight.freshPointer, logSumExp.freshPointer)
        if needsGradient[0] {
            logits = x
            self.logSumExp = logSumExp
        }
        return [loss, rowWeight]
    }

    /// The rows of channels-last images lie one after another.
    private func extent(of x: Tensor) -> (Int64, Int64, Int64) {
        x.isChannelsLast ? (Int64(target.count), Int64(x.shape[1]), 1) : Extent.around(1, x.shape)
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let scale = gradients[0], let logits, let logSumExp else { return [nil] }
        let g = scale.materializedIfNeeded.to(logSumExp.dtype)
        let result = Tensor(
            uninitialized: logits.shape, strides: logits.strides, dtype: logits.dtype)
        let (outer, classes, inner) = extent(of: logits)
        mt_cross_entropy_grad(
            logits.dtype.kernel, outer, classes, inner, logits.pointer, targets, weight?.pointer,
            smoothing, Int64(ignoreIndex), logSumExp.pointer, g.pointer, 1, result.freshPointer)
        return [result]
    }
}
