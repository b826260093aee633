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
        return Tensor.apply(
            Convolution(geometry: geometry), bias.map { [input, weight, $0] } ?? [input, weight])[0]
    }
}

private struct Convolution: Operation {
    let geometry: ConvolutionGeometry
    private var x: Tensor?
    private var weight: Tensor?
    private var hasBias = false
    private var needs: [Bool] = []
    private var sizes = mt_conv_shape()

    init(geometry: ConvolutionGeometry) { self.geometry = geometry }

    var name: String { "conv2d" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let (x, weight) = (inputs[0], inputs[1].materializedIfNeeded)
        let out = geometry.outputSize(
            input: (x.shape[2], x.shape[3]), kernel: (weight.shape[2], weight.shape[3]))
        sizes.batch = Int64(x.shape[0])
        (sizes.in_channels, sizes.out_channels) = (Int64(x.shape[1]), Int64(weight.shape[0]))
        (sizes.in_height, sizes.in_width) = (Int64(x.shape[2]), Int64(x.shape[3]))
        (sizes.out_height, sizes.out_width) = (Int64(out.0), Int64(out.1))
        (sizes.kernel_height, sizes.kernel_width) = (Int64(weight.shape[2]), Int64(weight.shape[3]))
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

        hasBias = inputs.count > 2
        needs = needsGradient
        if needs[0] { self.weight = weight }
        if needs[1] || hasBias && needs[2] { self.x = x }
        let y = Tensor(
            uninitialized: [x.shape[0], weight.shape[0], out.0, out.1], dtype: x.dtype,
            channelsLast: true)
        if y.count > 0 {
            let bias = hasBias ? inputs[2].materializedIfNeeded : nil
            DNN.check(
                mt_conv_forward(
                    x.dtype.kernel, &sizes, x.pointer, weight.pointer, weight.storage.version,
                    bias?.pointer, false, y.freshPointer), name)
        }
        return [y]
    }

    var isOnceDifferentiable: Bool { true }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        var results = [Tensor?](repeating: nil, count: hasBias ? 3 : 2)
        guard let g = gradients[0]?.channelsLast() else { return results }
        var sizes = sizes
        if let weight, needs[0] {
            let gx = Tensor(
                uninitialized: [
                    Int(sizes.batch), Int(sizes.in_channels), Int(sizes.in_height),
                    Int(sizes.in_width),
                ], dtype: g.dtype, channelsLast: true)
            DNN.check(
                mt_conv_backward_data(
                    g.dtype.kernel, &sizes, g.pointer, weight.pointer, weight.storage.version,
                    gx.freshPointer), "conv2d backward")
            results[0] = gx
        }
        if let x {
            let wide: DType = g.dtype == .float64 ? .float64 : .float32
            let gw = Tensor(
                uninitialized: [
                    Int(sizes.out_channels), Int(sizes.in_channels / sizes.groups),
                    Int(sizes.kernel_height), Int(sizes.kernel_width),
                ], dtype: wide)
            let gb = hasBias ? Tensor(uninitialized: [Int(sizes.out_channels)], dtype: wide) : nil
            DNN.check(
                mt_conv_backward_weights(
                    g.dtype.kernel, &sizes, x.pointer, g.pointer, gw.freshPointer,
                    gb?.freshPointer), "conv2d backward")
            results[1] = gw
            if hasBias { results[2] = gb }
        }
        return results
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let pad = geometry.padding
        let kernel = inputs[1].type.shape
        return graph.add(
            "Conv", inputs,
            attributes: [
                "kernel_shape": .ints([kernel[2], kernel[3]]),
                "strides": .ints([geometry.stride.0, geometry.stride.1]),
                "pads": .ints([pad.top, pad.left, pad.bottom, pad.right]),
                "dilations": .ints([geometry.dilation.0, geometry.dilation.1]),
                "group": .int(geometry.groups),
            ], outputs: outputs)
    }
}
