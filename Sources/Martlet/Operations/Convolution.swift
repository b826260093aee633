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

    /// By default one step at a time over all of the input, without padding, gaps or groups.
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
        let sizes = steps.outputSizes(input: [input.0, input.1], kernel: [kernel.0, kernel.1])
        return (sizes[0], sizes[1])
    }

    var steps: ConvolutionSteps {
        ConvolutionSteps(
            stride: [stride.0, stride.1], dilation: [dilation.0, dilation.1],
            before: [padding.top, padding.left], after: [padding.bottom, padding.right],
            groups: groups)
    }
}

/// How a 3-D convolution moves over its input: depth, height, width.
public struct VolumeGeometry: Sendable {
    /// Steps between outputs.
    public var stride: (Int, Int, Int)
    /// Zeros added on both sides of the input.
    public var padding: (Int, Int, Int)
    /// Distances between kernel elements.
    public var dilation: (Int, Int, Int)
    /// Groups of channels that do not see each other.
    public var groups: Int

    /// By default one step at a time over all of the input, without padding, gaps or groups.
    public init(
        stride: (Int, Int, Int) = (1, 1, 1), padding: (Int, Int, Int) = (0, 0, 0),
        dilation: (Int, Int, Int) = (1, 1, 1), groups: Int = 1
    ) {
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
    }

    var steps: ConvolutionSteps {
        let padding = [padding.0, padding.1, padding.2]
        return ConvolutionSteps(
            stride: [stride.0, stride.1, stride.2], dilation: [dilation.0, dilation.1, dilation.2],
            before: padding, after: padding, groups: groups)
    }
}

extension Tensor {
    /// The 1-D convolution of `(N, C, L)` with weights `(O, C / groups, K)` and perhaps a bias `(O)`: PyTorch's `conv1d`.
    ///
    /// - Parameter precision: `.bfloat16` multiplies in bfloat16, adds up in float32 and gives bfloat16.
    public func conv1d(
        _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
        dilation: Int = 1, groups: Int = 1, precision: Precision = .float32
    ) -> Tensor {
        precondition(
            ndim == 3 && weight.ndim == 3,
            "conv1d: expected input (N, C, L) and weights (O, C / groups, K), got \(shape) and "
                + "\(weight.shape)")
        // A line is an image of height 1.
        let geometry = ConvolutionGeometry(
            stride: (1, stride), padding: (0, padding), dilation: (1, dilation), groups: groups)
        return unsqueeze(2).convolved(
            weight.unsqueeze(2), bias, geometry.steps, precision, "conv1d"
        ).squeeze(2)
    }

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
        return convolved(weight, bias, geometry.steps, precision, "conv2d")
    }

    /// The 3-D convolution of `(N, C, D, H, W)` with weights `(O, C / groups, KD, KH, KW)` and perhaps a bias `(O)`:
    /// PyTorch's `conv3d`. The result is channels-last in memory.
    ///
    /// - Parameter precision: `.bfloat16` multiplies in bfloat16, adds up in float32 and gives bfloat16.
    public func conv3d(
        _ weight: Tensor, bias: Tensor? = nil, _ geometry: VolumeGeometry = .init(),
        precision: Precision = .float32
    ) -> Tensor {
        precondition(
            ndim == 5 && weight.ndim == 5,
            "conv3d: expected input (N, C, D, H, W) and weights (O, C / groups, KD, KH, KW), got "
                + "\(shape) and \(weight.shape)")
        return convolved(weight, bias, geometry.steps, precision, "conv3d")
    }

    private func convolved(
        _ weight: Tensor, _ bias: Tensor?, _ steps: ConvolutionSteps, _ precision: Precision,
        _ operation: String
    ) -> Tensor {
        precondition(
            steps.groups > 0 && shape[1] == weight.shape[1] * steps.groups
                && weight.shape[0] % steps.groups == 0,
            "\(operation): input \(shape) has \(shape[1]) channels, but weights \(weight.shape) in "
                + "\(steps.groups) group(s) expect \(weight.shape[1] * steps.groups)")
        if let bias {
            precondition(
                bias.shape == [weight.shape[0]],
                "\(operation): expected a bias of shape [\(weight.shape[0])], got \(bias.shape)")
        }
        steps.require(operation)
        let kernel = Array(weight.shape[2...])
        let sizes = steps.outputSizes(input: Array(shape[2...]), kernel: kernel)
        precondition(
            sizes.allSatisfy { $0 > 0 },
            "\(operation): a kernel of \(kernel) does not fit into \(shape) with padding "
                + "\(steps.before) before and \(steps.after) after")
        if weight.dtype.isHalf {
            return product(ofHalf: weight, bias) {
                $0.convolved($1, $2, steps, $3, operation)
            }
        }
        let input = precision.input(self, weight).channelsLast()
        let kernels = ConvolutionKernels(
            name: operation, input: shape, weight: weight.shape, output: sizes, steps)
        return Tensor.apply(
            Convolution(kernels),
            bias.map { [input, weight, $0.to(weight.dtype)] } ?? [input, weight])[0]
    }
}
