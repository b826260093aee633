internal import CDNN
internal import CKernels

/// How a convolution moves over its input: a number for each dimension.
struct ConvolutionSteps: Sendable, Equatable {
    /// Steps between outputs.
    let stride: [Int]
    /// Distances between kernel elements.
    let dilation: [Int]
    /// Zeros added before and after the input.
    let before: [Int]
    let after: [Int]
    let groups: Int

    /// Stops unless outputs are some way apart and there is no less than no padding.
    func require(_ operation: String) {
        precondition(
            (stride + dilation).allSatisfy { $0 > 0 } && (before + after).allSatisfy { $0 >= 0 },
            "\(operation): expected a positive stride and dilation and a padding of at least 0, got "
                + "\(stride), \(dilation) and \(before)")
    }

    /// The output's sizes; 0 where the kernel does not fit.
    func outputSizes(input: [Int], kernel: [Int]) -> [Int] {
        input.indices.map { d in
            let room = input[d] + before[d] + after[d] - dilation[d] * (kernel[d] - 1) - 1
            return room < 0 ? 0 : room / stride[d] + 1
        }
    }

    func onnxAttributes(kernel: [Int]) -> [String: ONNXAttribute] {
        [
            "kernel_shape": .ints(kernel), "strides": .ints(stride), "pads": .ints(before + after),
            "dilations": .ints(dilation), "group": .int(groups),
        ]
    }
}

/// Sizes as kernels take them: depth, height, width, of which images have no depth.
func volumeSizes(_ sizes: [Int], lacking: Int) -> (Int64, Int64, Int64) {
    let all = [Int](repeating: lacking, count: Int(MT_VOLUME_DIMS) - sizes.count) + sizes
    return (Int64(all[0]), Int64(all[1]), Int64(all[2]))
}

/// The convolution and its two gradients, which are each other's gradients, too: each is linear in both of its operands.
struct ConvolutionKernels {
    /// What error messages call the operation.
    let name: String
    let steps: ConvolutionSteps
    private let input: [Int]
    private let weight: [Int]
    private let output: [Int]
    private let sizes: mt_conv_shape

    /// For inputs `(N, C, ...)`, weights `(O, C / groups, ...)` and outputs of these sizes, in two or three dimensions.
    init(name: String, input: [Int], weight: [Int], output: [Int], _ steps: ConvolutionSteps) {
        self.name = name
        self.steps = steps
        self.input = input
        self.weight = weight
        self.output = [input[0], weight[0]] + output
        sizes = mt_conv_shape(
            batch: Int64(input[0]), in_channels: Int64(input[1]), out_channels: Int64(weight[0]),
            groups: Int64(steps.groups), input: volumeSizes(Array(input[2...]), lacking: 1),
            output: volumeSizes(output, lacking: 1),
            kernel: volumeSizes(Array(weight[2...]), lacking: 1),
            stride: volumeSizes(steps.stride, lacking: 1),
            dilation: volumeSizes(steps.dilation, lacking: 1),
            before: volumeSizes(steps.before, lacking: 0),
            after: volumeSizes(steps.after, lacking: 0))
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
                bias?.pointer, false, y.freshPointer), name)
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
                gx.freshPointer), "\(name) backward")
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
            "\(name) backward")
        return (gw, gb)
    }
}

struct Convolution: TensorOperation {
    let kernels: ConvolutionKernels
    private var x: Tensor?
    private var weight: Tensor?
    private var hasBias = false
    private var needs: [Bool] = []

    init(_ kernels: ConvolutionKernels) { self.kernels = kernels }

    var name: String { kernels.name }

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
            results[0] = weight.map { Tensor.result(ConvolutionInputGradient(kernels), g, $0) }
            results[1] = x.map { Tensor.result(ConvolutionWeightGradient(kernels), $0, g) }
            if hasBias && needs[2] { results[2] = g.sum(dims: [0] + Array(2..<g.ndim)) }
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
            "Conv", inputs,
            attributes: kernels.steps.onnxAttributes(kernel: Array(inputs[1].type.shape[2...])),
            outputs: outputs)
    }
}

/// The gradient of a convolution's input from that of its output and the weights: the transposed convolution.
struct ConvolutionInputGradient: TensorOperation {
    let kernels: ConvolutionKernels
    private var g: Tensor?
    private var weight: Tensor?

    init(_ kernels: ConvolutionKernels) { self.kernels = kernels }

    var name: String { kernels.name }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[0] { weight = inputs[1] }
        if needsGradient[1] { g = inputs[0] }
        return [kernels.inputGradient(inputs[0], inputs[1])]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let h = gradients[0]?.channelsLast() else { return [nil, nil] }
        if GradientMode.isRecording {
            return [
                weight.map { Tensor.result(Convolution(kernels), h, $0) },
                g.map { Tensor.result(ConvolutionWeightGradient(kernels), h, $0) },
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
        let (x, y) = (inputs[0].type.shape, outputs[0].shape)
        let (kernel, steps) = (Array(inputs[1].type.shape[2...]), kernels.steps)
        var attributes = steps.onnxAttributes(kernel: kernel)
        attributes["output_padding"] = .ints(
            kernel.indices.map { d in
                y[2 + d] + steps.before[d] + steps.after[d] - (x[2 + d] - 1) * steps.stride[d]
                    - steps.dilation[d] * (kernel[d] - 1) - 1
            })
        return graph.add("ConvTranspose", inputs, attributes: attributes, outputs: outputs)
    }
}

/// The gradient of a convolution's weights from its input and the gradient of its output.
private struct ConvolutionWeightGradient: TensorOperation {
    let kernels: ConvolutionKernels
    private var x: Tensor?
    private var g: Tensor?

    init(_ kernels: ConvolutionKernels) { self.kernels = kernels }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[0] { g = inputs[1] }
        if needsGradient[1] { x = inputs[0] }
        return [kernels.weightGradient(inputs[0], inputs[1], bias: false).weight]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let h = gradients[0] else { return [nil, nil] }
        return [
            g.map { Tensor.result(ConvolutionInputGradient(kernels), $0, h) },
            x.map { Tensor.result(Convolution(kernels), $0, h) },
        ]
    }
}
