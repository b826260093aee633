internal import CDNN
internal import CKernels

/// How a 2-D convolution moves over its input.
public struct ConvolutionGeometry: Sendable, Equatable {
    /// Steps (height, width) between outputs.
    public var stride: (Int, Int)
    /// Zeros added above, left, below and right of the input.
    public var padding: (top: Int, left: Int, bottom: Int, right: Int)
    /// Distances (height, width) between kernel elements.
    public var dilation: (Int, Int)
    /// Groups of channels that do not see each other; `in_channels` groups make a depthwise convolution.
    public var groups: Int

    public init(
        stride: (Int, Int) = (1, 1), padding: (Int, Int) = (0, 0), dilation: (Int, Int) = (1, 1),
        groups: Int = 1
    ) {
        self.stride = stride
        self.padding = (padding.0, padding.1, padding.0, padding.1)
        self.dilation = dilation
        self.groups = groups
    }

    public static func == (a: ConvolutionGeometry, b: ConvolutionGeometry) -> Bool {
        a.stride == b.stride && a.padding == b.padding && a.dilation == b.dilation
            && a.groups == b.groups
    }

    /// Output (height, width) for an input and a kernel of these sizes; not positive where it does not fit.
    public func outputSize(input: (Int, Int), kernel: (Int, Int)) -> (Int, Int) {
        let height = input.0 + padding.top + padding.bottom - dilation.0 * (kernel.0 - 1) - 1
        let width = input.1 + padding.left + padding.right - dilation.1 * (kernel.1 - 1) - 1
        return (
            height < 0 ? 0 : height / stride.0 + 1, width < 0 ? 0 : width / stride.1 + 1
        )
    }
}

extension Tensor {
    /// The 2-D convolution (cross-correlation) of `(N, C, H, W)` with weights `(O, C / groups, KH, KW)` and
    /// perhaps a bias `(O)`: PyTorch's `conv2d`. The result is channels-last in memory.
    ///
    /// - Parameter precision: `.bfloat16` multiplies in bfloat16, adds up in float32 and gives bfloat16.
    public func conv2d(
        _ weight: Tensor, bias: Tensor? = nil, _ geometry: ConvolutionGeometry = .init(),
        precision: Precision = .float32
    ) -> Tensor {
        precondition(
            ndim == 4 && weight.ndim == 4,
            "conv2d: expected input (N, C, H, W) and weights (O, C / groups, KH, KW), got \(shape) "
                + "and \(weight.shape)")
        precondition(
            geometry.groups > 0 && shape[1] == weight.shape[1] * geometry.groups
                && weight.shape[0] % geometry.groups == 0,
            "conv2d: input \(shape) has \(shape[1]) channels, but weights \(weight.shape) in "
                + "\(geometry.groups) group(s) expect \(weight.shape[1] * geometry.groups)")
        if let bias {
            precondition(
                bias.shape == [weight.shape[0]],
                "conv2d: expected a bias of shape [\(weight.shape[0])], got \(bias.shape)")
        }
        let (height, width) = geometry.outputSize(
            input: (shape[2], shape[3]), kernel: (weight.shape[2], weight.shape[3]))
        precondition(
            height > 0 && width > 0,
            "conv2d: a kernel of \(weight.shape[2]) x \(weight.shape[3]) does not fit into \(shape) "
                + "with padding \(geometry.padding)")
        let input = precision.input(self, weight).channelsLast()
        let kernels = ConvolutionKernels(
            input: shape, weight: weight.shape, output: (height, width), geometry)
        return Tensor.apply(
            Convolution(geometry: geometry, kernels: kernels),
            bias.map { [input, weight, $0] } ?? [input, weight])[0]
    }
}

/// The convolution and its two gradients, which are each other's gradients, too: each is linear in both of its operands.
struct ConvolutionKernels {
    private var sizes = mt_conv_shape()

    /// For inputs `(N, C, H, W)`, weights `(O, C / groups, KH, KW)` and outputs of this height and width.
    init(
        input: [Int], weight: [Int], output: (Int, Int), _ geometry: ConvolutionGeometry
    ) {
        sizes.batch = Int64(input[0])
        (sizes.in_channels, sizes.out_channels) = (Int64(input[1]), Int64(weight[0]))
        (sizes.in_height, sizes.in_width) = (Int64(input[2]), Int64(input[3]))
        (sizes.out_height, sizes.out_width) = (Int64(output.0), Int64(output.1))
        (sizes.kernel_height, sizes.kernel_width) = (Int64(weight[2]), Int64(weight[3]))
        (sizes.stride_height, sizes.stride_width) = (
            Int64(geometry.stride.0), Int64(geometry.stride.1)
        )
        (sizes.dilation_height, sizes.dilation_width) = (
            Int64(geometry.dilation.0), Int64(geometry.dilation.1)
        )
        let pad = geometry.padding
        (sizes.pad_top, sizes.pad_left) = (Int64(pad.top), Int64(pad.left))
        (sizes.pad_bottom, sizes.pad_right) = (Int64(pad.bottom), Int64(pad.right))
        sizes.groups = Int64(geometry.groups)
    }

    private var input: [Int] {
        [Int(sizes.batch), Int(sizes.in_channels), Int(sizes.in_height), Int(sizes.in_width)]
    }
    private var output: [Int] {
        [Int(sizes.batch), Int(sizes.out_channels), Int(sizes.out_height), Int(sizes.out_width)]
    }
    private var weight: [Int] {
        [
            Int(sizes.out_channels), Int(sizes.in_channels / sizes.groups),
            Int(sizes.kernel_height), Int(sizes.kernel_width),
        ]
    }

    /// y from x, weights and perhaps a bias.
    func convolve(_ x: Tensor, _ weight: Tensor, bias: Tensor?) -> Tensor {
        let y = Tensor(uninitialized: output, dtype: x.dtype, channelsLast: true)
        if y.count == 0 { return y }
        let x = x.channelsLast()
        let (weight, bias) = (weight.materializedIfNeeded, bias?.materializedIfNeeded)
        var sizes = sizes
        DNN.check(
            mt_conv_forward(
                x.dtype.kernel, &sizes, x.pointer, weight.pointer, weight.storage.version,
                bias?.pointer, false, y.freshPointer), "conv2d")
        return y
    }

    /// The gradient of x from that of y.
    func inputGradient(_ g: Tensor, _ weight: Tensor) -> Tensor {
        let g = g.channelsLast()
        let weight = weight.materializedIfNeeded
        let gx = Tensor(uninitialized: input, dtype: g.dtype, channelsLast: true)
        if gx.count == 0 { return gx }
        var sizes = sizes
        DNN.check(
            mt_conv_backward_data(
                g.dtype.kernel, &sizes, g.pointer, weight.pointer, weight.storage.version,
                gx.freshPointer), "conv2d backward")
        return gx
    }

    /// The gradients of the weights, in float32 (float64 for float64), and perhaps of the bias.
    func weightGradient(_ x: Tensor, _ g: Tensor, bias: Bool) -> (weight: Tensor, bias: Tensor?) {
        let (x, g) = (x.channelsLast(), g.channelsLast())
        let wide: DType = g.dtype == .float64 ? .float64 : .float32
        let gw = Tensor(uninitialized: weight, dtype: wide)
        let gb = bias ? Tensor(uninitialized: [weight[0]], dtype: wide) : nil
        var sizes = sizes
        DNN.check(
            mt_conv_backward_weights(
                g.dtype.kernel, &sizes, x.pointer, g.pointer, gw.freshPointer, gb?.freshPointer),
            "conv2d backward")
        return (gw, gb)
    }
}

private struct Convolution: TensorOperation {
    let geometry: ConvolutionGeometry
    let kernels: ConvolutionKernels
    private var x: Tensor?
    private var weight: Tensor?
    private var hasBias = false
    private var needs: [Bool] = []

    init(geometry: ConvolutionGeometry, kernels: ConvolutionKernels) {
        self.geometry = geometry
        self.kernels = kernels
    }

    var name: String { "conv2d" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        hasBias = inputs.count > 2
        needs = needsGradient
        if needs[0] { weight = inputs[1] }
        if needs[1] || hasBias && needs[2] { x = inputs[0] }
        return [kernels.convolve(inputs[0], inputs[1], bias: hasBias ? inputs[2] : nil)]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        var results = [Tensor?](repeating: nil, count: hasBias ? 3 : 2)
        guard let g = gradients[0]?.channelsLast() else { return results }
        if GradientMode.isRecording {
            results[0] = weight.map {
                Tensor.result(ConvolutionInputGradient(geometry: geometry, kernels: kernels), g, $0)
            }
            results[1] = x.map {
                Tensor.result(
                    ConvolutionWeightGradient(geometry: geometry, kernels: kernels), $0, g)
            }
            if hasBias && needs[2] { results[2] = g.sum(dims: [0, 2, 3]) }
            return results
        }
        results[0] = weight.map { kernels.inputGradient(g, $0) }
        if let x {
            let (gw, gb) = kernels.weightGradient(x, g, bias: hasBias)
            results[1] = gw
            if hasBias { results[2] = gb }
        }
        return results
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add(
            "Conv", inputs, attributes: geometry.onnxAttributes(kernel: inputs[1].type.shape),
            outputs: outputs)
    }
}

extension ConvolutionGeometry {
    fileprivate func onnxAttributes(kernel: [Int]) -> [String: ONNXAttribute] {
        [
            "kernel_shape": .ints([kernel[2], kernel[3]]),
            "strides": .ints([stride.0, stride.1]),
            "pads": .ints([padding.top, padding.left, padding.bottom, padding.right]),
            "dilations": .ints([dilation.0, dilation.1]),
            "group": .int(groups),
        ]
    }
}

/// The gradient of a convolution's input from that of its output and the weights: the transposed convolution.
struct ConvolutionInputGradient: TensorOperation {
    let geometry: ConvolutionGeometry
    let kernels: ConvolutionKernels
    private var g: Tensor?
    private var weight: Tensor?

    init(geometry: ConvolutionGeometry, kernels: ConvolutionKernels) {
        self.geometry = geometry
        self.kernels = kernels
    }

    var name: String { "convTranspose2d" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[0] { weight = inputs[1] }
        if needsGradient[1] { g = inputs[0] }
        return [kernels.inputGradient(inputs[0], inputs[1])]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let h = gradients[0]?.channelsLast() else { return [nil, nil] }
        if GradientMode.isRecording {
            return [
                weight.map {
                    Tensor.result(Convolution(geometry: geometry, kernels: kernels), h, $0)
                },
                g.map {
                    Tensor.result(
                        ConvolutionWeightGradient(geometry: geometry, kernels: kernels), h, $0)
                },
            ]
        }
        return [
            weight.map { kernels.convolve(h, $0, bias: nil) },
            g.map { kernels.weightGradient(h, $0, bias: false).weight },
        ]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let (x, y, kernel) = (inputs[0].type.shape, outputs[0].shape, inputs[1].type.shape)
        let pad = geometry.padding
        let least = (
            (x[2] - 1) * geometry.stride.0 + geometry.dilation.0 * (kernel[2] - 1) + 1 - pad.top
                - pad.bottom,
            (x[3] - 1) * geometry.stride.1 + geometry.dilation.1 * (kernel[3] - 1) + 1 - pad.left
                - pad.right
        )
        var attributes = geometry.onnxAttributes(kernel: kernel)
        attributes["output_padding"] = .ints([y[2] - least.0, y[3] - least.1])
        return graph.add("ConvTranspose", inputs, attributes: attributes, outputs: outputs)
    }
}

/// The gradient of a convolution's weights from its input and the gradient of its output.
private struct ConvolutionWeightGradient: TensorOperation {
    let geometry: ConvolutionGeometry
    let kernels: ConvolutionKernels
    private var x: Tensor?
    private var g: Tensor?

    init(geometry: ConvolutionGeometry, kernels: ConvolutionKernels) {
        self.geometry = geometry
        self.kernels = kernels
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[0] { g = inputs[1] }
        if needsGradient[1] { x = inputs[0] }
        return [kernels.weightGradient(inputs[0], inputs[1], bias: false).weight]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let h = gradients[0] else { return [nil, nil] }
        return [
            g.map {
                Tensor.result(ConvolutionInputGradient(geometry: geometry, kernels: kernels), $0, h)
            },
            x.map { Tensor.result(Convolution(geometry: geometry, kernels: kernels), $0, h) },
        ]
    }
}
