internal import CKernels

/// How a 2-D pooling window moves over its input.
public struct PoolingGeometry: Sendable {
    /// Window (height, width).
    public var kernel: (Int, Int)
    /// Steps (height, width) between windows; the window's size by default.
    public var stride: (Int, Int)
    /// Cells added on both sides of (height, width); at most half the window.
    public var padding: (Int, Int)
    /// Distances (height, width) between a window's cells.
    public var dilation: (Int, Int)
    /// Whether a last window that overhangs the input counts.
    public var ceilMode: Bool

    public init(
        kernel: (Int, Int), stride: (Int, Int)? = nil, padding: (Int, Int) = (0, 0),
        dilation: (Int, Int) = (1, 1), ceilMode: Bool = false
    ) {
        self.kernel = kernel
        self.stride = stride ?? kernel
        self.padding = padding
        self.dilation = dilation
        self.ceilMode = ceilMode
    }

    func sizes(of x: Tensor, operation: String) -> mt_pool_shape {
        precondition(
            x.ndim == 4, "\(operation): expected (N, C, H, W), got \(x.shape)")
        precondition(
            kernel.0 > 0 && kernel.1 > 0 && stride.0 > 0 && stride.1 > 0 && dilation.0 > 0
                && dilation.1 > 0,
            "\(operation): kernel \(kernel), stride \(stride) and dilation \(dilation) must be positive"
        )
        precondition(
            padding.0 * 2 <= kernel.0 && padding.1 * 2 <= kernel.1 && padding.0 >= 0
                && padding.1 >= 0,
            "\(operation): padding \(padding) must be at most half the kernel \(kernel)")
        let height = outputSize(x.shape[2], kernel.0, stride.0, padding.0, dilation.0)
        let width = outputSize(x.shape[3], kernel.1, stride.1, padding.1, dilation.1)
        precondition(
            height > 0 && width > 0,
            "\(operation): a window of \(kernel) does not fit into \(x.shape) with padding \(padding)"
        )
        return mt_pool_shape(
            batch: Int64(x.shape[0]), channels: Int64(x.shape[1]), in_height: Int64(x.shape[2]),
            in_width: Int64(x.shape[3]), out_height: Int64(height), out_width: Int64(width),
            kernel_height: Int64(kernel.0), kernel_width: Int64(kernel.1),
            stride_height: Int64(stride.0), stride_width: Int64(stride.1),
            pad_top: Int64(padding.0), pad_left: Int64(padding.1),
            dilation_height: Int64(dilation.0), dilation_width: Int64(dilation.1))
    }

    private func outputSize(
        _ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int
    )
        -> Int
    {
        let room = size + 2 * padding - dilation * (kernel - 1) - 1
        guard room >= 0 else { return 0 }
        var count = (ceilMode ? room + stride - 1 : room) / stride + 1
        // A window must start inside the input or its padding before it.
        if ceilMode && (count - 1) * stride >= size + padding { count -= 1 }
        return count
    }

    func onnxAttributes(_ shape: mt_pool_shape) -> [String: ONNXAttribute] {
        [
            "kernel_shape": .ints([kernel.0, kernel.1]), "strides": .ints([stride.0, stride.1]),
            "pads": .ints([padding.0, padding.1, padding.0, padding.1]),
            "ceil_mode": .int(ceilMode ? 1 : 0),
        ]
    }
}

extension mt_pool_shape {
    fileprivate var input: [Int] { [Int(batch), Int(channels), Int(in_height), Int(in_width)] }
    fileprivate var output: [Int] { [Int(batch), Int(channels), Int(out_height), Int(out_width)] }
}

extension Tensor {
    /// The greatest element of each window of `(N, C, H, W)`; padding never wins.
    public func maxPool2d(_ geometry: PoolingGeometry) -> Tensor {
        let sizes = geometry.sizes(of: self, operation: "maxPool2d")
        return Tensor.result(
            MaxPool2d(sizes: sizes, geometry: geometry, adaptive: false), channelsLast())
    }

    /// The mean of each window of `(N, C, H, W)`.
    ///
    /// - Parameters:
    ///   - countIncludePad: whether padding counts as zeros in the mean.
    ///   - divisor: what to divide the sums by, instead of the number of cells.
    public func avgPool2d(
        _ geometry: PoolingGeometry, countIncludePad: Bool = true, divisor: Int? = nil
    ) -> Tensor {
        let sizes = geometry.sizes(of: self, operation: "avgPool2d")
        precondition(geometry.dilation == (1, 1), "avgPool2d: dilation must be 1")
        precondition(divisor != 0, "avgPool2d: the divisor must not be 0")
        return Tensor.result(
            AvgPool2d(
                sizes: sizes, geometry: geometry, countIncludePad: countIncludePad,
                divisor: divisor ?? 0), channelsLast())
    }

    private func adaptiveSizes(_ size: (Int, Int), _ operation: String) -> mt_pool_shape {
        precondition(ndim == 4, "\(operation): expected (N, C, H, W), got \(shape)")
        precondition(
            size.0 > 0 && size.1 > 0 && shape[2] > 0 && shape[3] > 0,
            "\(operation): sizes must be positive, got \(size) for \(shape)")
        var sizes = mt_pool_shape()
        (sizes.batch, sizes.channels) = (Int64(shape[0]), Int64(shape[1]))
        (sizes.in_height, sizes.in_width) = (Int64(shape[2]), Int64(shape[3]))
        (sizes.out_height, sizes.out_width) = (Int64(size.0), Int64(size.1))
        return sizes
    }

    /// Means over bins that divide `(N, C, H, W)` into `size` as evenly as can be.
    public func adaptiveAvgPool2d(_ size: (Int, Int)) -> Tensor {
        Tensor.result(
            AdaptiveAvgPool2d(sizes: adaptiveSizes(size, "adaptiveAvgPool2d")), channelsLast())
    }

    /// Maxima over bins that divide `(N, C, H, W)` into `size` as evenly as can be.
    public func adaptiveMaxPool2d(_ size: (Int, Int)) -> Tensor {
        Tensor.result(
            MaxPool2d(
                sizes: adaptiveSizes(size, "adaptiveMaxPool2d"), geometry: .init(kernel: (1, 1)),
                adaptive: true), channelsLast())
    }
}

private struct MaxPool2d: TensorOperation {
    var sizes: mt_pool_shape
    let geometry: PoolingGeometry
    let adaptive: Bool
    private var argmax: Tensor?

    init(sizes: mt_pool_shape, geometry: PoolingGeometry, adaptive: Bool) {
        self.sizes = sizes
        self.geometry = geometry
        self.adaptive = adaptive
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let y = Tensor(uninitialized: sizes.output, dtype: x.dtype, channelsLast: true)
        let argmax = Tensor(uninitialized: sizes.output, dtype: .int32, channelsLast: true)
        let places = argmax.freshPointer.assumingMemoryBound(to: Int32.self)
        if adaptive {
            mt_adaptive_max_pool(x.dtype.kernel, &sizes, x.pointer, y.freshPointer, places)
        } else {
            mt_max_pool(x.dtype.kernel, &sizes, x.pointer, y.freshPointer, places)
        }
        if needsGradient[0] { self.argmax = argmax }
        return [y]
    }

    var isOnceDifferentiable: Bool { true }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0]?.channelsLast(), let argmax else { return [nil] }
        let result = Tensor(uninitialized: sizes.input, dtype: g.dtype, channelsLast: true)
        let places = argmax.pointer.assumingMemoryBound(to: Int32.self)
        var sizes = sizes
        if adaptive {
            mt_adaptive_max_pool_grad(
                g.dtype.kernel, &sizes, g.pointer, places, result.freshPointer)
        } else {
            mt_max_pool_grad(g.dtype.kernel, &sizes, g.pointer, places, result.freshPointer)
        }
        return [result]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        if adaptive {
            guard sizes.out_height == 1, sizes.out_width == 1 else {
                throw ONNXFormError(operation: name, reason: "ONNX has only the global form")
            }
            return graph.add("GlobalMaxPool", inputs, outputs: outputs)
        }
        var attributes = geometry.onnxAttributes(sizes)
        attributes["dilations"] = .ints([geometry.dilation.0, geometry.dilation.1])
        return graph.add("MaxPool", inputs, attributes: attributes, outputs: outputs)
    }
}

private struct AvgPool2d: TensorOperation {
    var sizes: mt_pool_shape
    let geometry: PoolingGeometry
    let countIncludePad: Bool
    let divisor: Int

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let y = Tensor(uninitialized: sizes.output, dtype: x.dtype, channelsLast: true)
        mt_average_pool(
            x.dtype.kernel, &sizes, Int64(geometry.padding.0), Int64(geometry.padding.1),
            countIncludePad, Int64(divisor), x.pointer, y.freshPointer)
        return [y]
    }

    var isOnceDifferentiable: Bool { true }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0]?.channelsLast() else { return [nil] }
        let result = Tensor(uninitialized: sizes.input, dtype: g.dtype, channelsLast: true)
        var sizes = sizes
        mt_average_pool_grad(
            g.dtype.kernel, &sizes, Int64(geometry.padding.0), Int64(geometry.padding.1),
            countIncludePad, Int64(divisor), g.pointer, result.freshPointer)
        return [result]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        guard divisor == 0 else {
            throw ONNXFormError(operation: name, reason: "ONNX has no divisor override")
        }
        var attributes = geometry.onnxAttributes(sizes)
        attributes["count_include_pad"] = .int(countIncludePad ? 1 : 0)
        return graph.add("AveragePool", inputs, attributes: attributes, outputs: outputs)
    }
}

private struct AdaptiveAvgPool2d: TensorOperation {
    var sizes: mt_pool_shape

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let y = Tensor(uninitialized: sizes.output, dtype: x.dtype, channelsLast: true)
        mt_adaptive_average_pool(x.dtype.kernel, &sizes, x.pointer, y.freshPointer)
        return [y]
    }

    var isOnceDifferentiable: Bool { true }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0]?.channelsLast() else { return [nil] }
        let result = Tensor(uninitialized: sizes.input, dtype: g.dtype, channelsLast: true)
        var sizes = sizes
        mt_adaptive_average_pool_grad(g.dtype.kernel, &sizes, g.pointer, result.freshPointer)
        return [result]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        guard sizes.out_height == 1, sizes.out_width == 1 else {
            throw ONNXFormError(operation: name, reason: "ONNX has only the global form")
        }
        return graph.add("GlobalAveragePool", inputs, outputs: outputs)
    }
}
