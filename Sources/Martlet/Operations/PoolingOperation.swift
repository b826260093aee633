internal import CKernels

/// How a pooling window moves over its input: a number for each dimension.
struct PoolingSteps {
    let kernel: [Int]
    let stride: [Int]
    /// Cells added on both sides.
    let padding: [Int]
    /// Distances between a window's cells.
    let dilation: [Int]
    /// Whether a last window that overhangs the input counts.
    let ceilMode: Bool

    fileprivate func sizes(of x: Tensor, _ operation: String) -> PoolingSizes {
        requireImages(x, dimensions: kernel.count, operation)
        precondition(
            (kernel + stride + dilation).allSatisfy { $0 > 0 },
            "\(operation): kernel \(kernel), stride \(stride) and dilation \(dilation) must be positive"
        )
        precondition(
            zip(padding, kernel).allSatisfy { $0 >= 0 && $0 * 2 <= $1 },
            "\(operation): padding \(padding) must be at most half the kernel \(kernel)")
        let output = kernel.indices.map { outputSize(x.shape[2 + $0], $0) }
        precondition(
            output.allSatisfy { $0 > 0 },
            "\(operation): a window of \(kernel) does not fit into \(x.shape) with padding \(padding)"
        )
        return PoolingSizes(x, output: output, self)
    }

    private func outputSize(_ size: Int, _ d: Int) -> Int {
        let room = size + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1
        guard room >= 0 else { return 0 }
        var count = (ceilMode ? room + stride[d] - 1 : room) / stride[d] + 1
        // A window must start inside the input or its padding before it.
        if ceilMode && (count - 1) * stride[d] >= size + padding[d] { count -= 1 }
        return count
    }

    fileprivate var onnxAttributes: [String: ONNXAttribute] {
        [
            "kernel_shape": .ints(kernel), "strides": .ints(stride),
            "pads": .ints(padding + padding),
            "ceil_mode": .int(ceilMode ? 1 : 0),
        ]
    }
}

private func requireImages(_ x: Tensor, dimensions: Int, _ operation: String) {
    precondition(
        x.ndim == dimensions + 2,
        "\(operation): expected (N, C, \(dimensions == 3 ? "D, H, W" : "H, W")), got \(x.shape)")
}

/// The shapes of a pooling's input and output, and what its kernel is told.
private struct PoolingSizes {
    let input: [Int]
    let output: [Int]
    let kernel: mt_pool_shape

    init(_ x: Tensor, output: [Int], _ steps: PoolingSteps?) {
        input = x.shape
        self.output = Array(x.shape[..<2]) + output
        kernel = mt_pool_shape(
            batch: Int64(x.shape[0]), channels: Int64(x.shape[1]),
            input: volumeSizes(Array(x.shape[2...]), lacking: 1),
            output: volumeSizes(output, lacking: 1),
            kernel: volumeSizes(steps?.kernel ?? [], lacking: 1),
            stride: volumeSizes(steps?.stride ?? [], lacking: 1),
            padding: volumeSizes(steps?.padding ?? [], lacking: 0),
            dilation: volumeSizes(steps?.dilation ?? [], lacking: 1))
    }

    var isGlobal: Bool { output[2...].allSatisfy { $0 == 1 } }

    /// A tensor of the output's shape, channels-last.
    func result(_ dtype: DType) -> Tensor {
        Tensor(uninitialized: output, dtype: dtype, channelsLast: true)
    }

    /// A tensor of the input's shape, channels-last.
    func gradient(_ dtype: DType) -> Tensor {
        Tensor(uninitialized: input, dtype: dtype, channelsLast: true)
    }
}

// Pooling of images `(N, C, H, W)` and volumes `(N, C, D, H, W)` for the operation of a name.
extension Tensor {
    func maxPool(_ steps: PoolingSteps, _ operation: String) -> Tensor {
        let pool = MaxPool(
            name: operation, sizes: steps.sizes(of: self, operation), steps: steps)
        return Tensor.result(pool, channelsLast())
    }

    func avgPool(
        _ steps: PoolingSteps, countIncludePad: Bool, divisor: Int? = nil, _ operation: String
    ) -> Tensor {
        let sizes = steps.sizes(of: self, operation)
        precondition(
            steps.dilation.allSatisfy { $0 == 1 }, "\(operation): dilation must be 1")
        precondition(divisor != 0, "\(operation): the divisor must not be 0")
        let pool = AvgPool(
            name: operation, sizes: sizes, steps: steps, countIncludePad: countIncludePad,
            divisor: divisor ?? 0)
        return Tensor.result(pool, channelsLast())
    }

    private func adaptiveSizes(_ size: [Int], _ operation: String) -> PoolingSizes {
        requireImages(self, dimensions: size.count, operation)
        precondition(
            (size + shape[2...]).allSatisfy { $0 > 0 },
            "\(operation): sizes must be positive, got \(size) for \(shape)")
        return PoolingSizes(self, output: size, nil)
    }

    func adaptiveAvgPool(_ size: [Int], _ operation: String) -> Tensor {
        let pool = AdaptiveAvgPool(name: operation, sizes: adaptiveSizes(size, operation))
        return Tensor.result(pool, isChannelsLast ? self : contiguous())
    }

    func adaptiveMaxPool(_ size: [Int], _ operation: String) -> Tensor {
        let pool = MaxPool(name: operation, sizes: adaptiveSizes(size, operation), steps: nil)
        return Tensor.result(pool, channelsLast())
    }

    func lpPool(_ p: Double, _ steps: PoolingSteps, _ operation: String) -> Tensor {
        let means = pow(p).avgPool(steps, countIncludePad: false, operation)
        // As in PyTorch, which has the sign of negative sums before the root.
        let sums = means * Double(steps.kernel.reduce(1, *))
        return (sums.sign() * sums.abs().relu()).pow(1 / p)
    }
}

private struct MaxPool: TensorOperation {
    let name: String
    let sizes: PoolingSizes
    /// nil where windows are bins.
    let steps: PoolingSteps?
    private var argmax: Tensor?

    init(name: String, sizes: PoolingSizes, steps: PoolingSteps?) {
        self.name = name
        self.sizes = sizes
        self.steps = steps
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let (y, argmax) = (sizes.result(x.dtype), sizes.result(.int32))
        let places = argmax.freshPointer.assumingMemoryBound(to: Int32.self)
        var kernel = sizes.kernel
        if steps == nil {
            mt_adaptive_max_pool(x.dtype.kernel, &kernel, x.pointer, y.freshPointer, places)
        } else {
            mt_max_pool(x.dtype.kernel, &kernel, x.pointer, y.freshPointer, places)
        }
        if needsGradient[0] { self.argmax = argmax }
        return [y]
    }

    var isOnceDifferentiable: Bool { true }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0]?.channelsLast(), let argmax else { return [nil] }
        let result = sizes.gradient(g.dtype)
        let places = argmax.pointer.assumingMemoryBound(to: Int32.self)
        var kernel = sizes.kernel
        if steps == nil {
            mt_adaptive_max_pool_grad(
                g.dtype.kernel, &kernel, g.pointer, places, result.freshPointer)
        } else {
            mt_max_pool_grad(g.dtype.kernel, &kernel, g.pointer, places, result.freshPointer)
        }
        return [result]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        guard let steps else {
            guard sizes.isGlobal else {
                throw ONNXFormError(operation: name, reason: "ONNX has only the global form")
            }
            return graph.add("GlobalMaxPool", inputs, outputs: outputs)
        }
        var attributes = steps.onnxAttributes
        attributes["dilations"] = .ints(steps.dilation)
        return graph.add("MaxPool", inputs, attributes: attributes, outputs: outputs)
    }
}

private struct AvgPool: TensorOperation {
    let name: String
    let sizes: PoolingSizes
    let steps: PoolingSteps
    let countIncludePad: Bool
    let divisor: Int

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let y = sizes.result(x.dtype)
        var kernel = sizes.kernel
        mt_average_pool(
            x.dtype.kernel, &kernel, countIncludePad, Int64(divisor), x.pointer, y.freshPointer)
        return [y]
    }

    var isOnceDifferentiable: Bool { true }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0]?.channelsLast() else { return [nil] }
        let result = sizes.gradient(g.dtype)
        var kernel = sizes.kernel
        mt_average_pool_grad(
            g.dtype.kernel, &kernel, countIncludePad, Int64(divisor), g.pointer,
            result.freshPointer)
        return [result]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        guard divisor == 0 else {
            throw ONNXFormError(operation: name, reason: "ONNX has no divisor override")
        }
        var attributes = steps.onnxAttributes
        attributes["count_include_pad"] = .int(countIncludePad ? 1 : 0)
        return graph.add("AveragePool", inputs, attributes: attributes, outputs: outputs)
    }
}

private struct AdaptiveAvgPool: TensorOperation {
    let name: String
    let sizes: PoolingSizes
    private var channelsLast = true

    init(name: String, sizes: PoolingSizes) {
        self.name = name
        self.sizes = sizes
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        channelsLast = x.isChannelsLast
        let y = Tensor(
            uninitialized: sizes.output, dtype: x.dtype, channelsLast: channelsLast)
        var kernel = sizes.kernel
        mt_adaptive_average_pool(
            x.dtype.kernel, &kernel, channelsLast, x.pointer, y.freshPointer)
        return [y]
    }

    var isOnceDifferentiable: Bool { true }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let gradient = gradients[0] else { return [nil] }
        let g = channelsLast ? gradient.channelsLast() : gradient.contiguous()
        let result = Tensor(
            uninitialized: sizes.input, dtype: g.dtype, channelsLast: channelsLast)
        var kernel = sizes.kernel
        mt_adaptive_average_pool_grad(
            g.dtype.kernel, &kernel, channelsLast, g.pointer, result.freshPointer)
        return [result]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        guard sizes.isGlobal else {
            throw ONNXFormError(operation: name, reason: "ONNX has only the global form")
        }
        return graph.add("GlobalAveragePool", inputs, outputs: outputs)
    }
}
