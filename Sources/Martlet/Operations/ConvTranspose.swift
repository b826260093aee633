extension Tensor {
    /// The transposed 2-D convolution of `(N, C, H, W)` with weights `(C, O / groups, KH, KW)` and perhaps a bias `(O)`:
    /// the gradient of `conv2d` with respect to its input (PyTorch's `conv_transpose2d`). A side of `n` becomes
    /// `(n - 1) stride - 2 padding + dilation (k - 1) + outputPadding + 1`.
    ///
    /// - Parameters:
    ///   - outputPadding: what is added to the result's height and width at one end; less than the stride or the dilation.
    ///   - precision: `.bfloat16` multiplies in bfloat16, adds up in float32 and gives bfloat16.
    public func convTranspose2d(
        _ weight: Tensor, bias: Tensor? = nil, _ geometry: ConvolutionGeometry = .init(),
        outputPadding: (Int, Int) = (0, 0), precision: Precision = .float32
    ) -> Tensor {
        precondition(
            ndim == 4 && weight.ndim == 4 && geometry.groups > 0 && shape[1] == weight.shape[0]
                && shape[1] % geometry.groups == 0,
            "convTranspose2d: expected input (N, C, H, W) and weights (C, O / groups, KH, KW) in "
                + "\(geometry.groups) group(s), got \(shape) and \(weight.shape)")
        let channels = weight.shape[1] * geometry.groups
        precondition(
            bias == nil || bias?.shape == [channels],
            "convTranspose2d: expected a bias of shape [\(channels)], got \(bias?.shape ?? [])")
        let pad = geometry.padding
        func size(_ n: Int, _ stride: Int, _ pad: Int, _ dilation: Int, _ kernel: Int, _ extra: Int)
            -> Int
        {
            precondition(
                extra >= 0 && extra < Swift.max(stride, dilation),
                "convTranspose2d: an output padding of \(extra) must be less than the stride \(stride) "
                    + "or the dilation \(dilation)")
            return (n - 1) * stride - pad + dilation * (kernel - 1) + extra + 1
        }
        let height = size(
            shape[2], geometry.stride.0, pad.top + pad.bottom, geometry.dilation.0, weight.shape[2],
            outputPadding.0)
        let width = size(
            shape[3], geometry.stride.1, pad.left + pad.right, geometry.dilation.1, weight.shape[3],
            outputPadding.1)
        precondition(
            height > 0 && width > 0,
            "convTranspose2d: padding \(pad) leaves nothing of \(shape) and weights \(weight.shape)"
        )
        let kernels = ConvolutionKernels(
            input: [shape[0], channels, height, width], weight: weight.shape,
            output: (shape[2], shape[3]), geometry)
        let y = Tensor.result(
            ConvolutionInputGradient(geometry: geometry, kernels: kernels),
            precision.input(self, weight).channelsLast(), weight)
        return bias.map { y + $0.to(y.dtype).reshape([1, channels, 1, 1]) } ?? y
    }
}

// One dimension is two of which the first has the size 1.
extension Tensor {
    /// The 1-D convolution of `(N, C, L)` with weights `(O, C / groups, K)` and perhaps a bias `(O)`.
    public func conv1d(
        _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
        dilation: Int = 1, groups: Int = 1, precision: Precision = .float32
    ) -> Tensor {
        precondition(
            ndim == 3 && weight.ndim == 3,
            "conv1d: expected input (N, C, L) and weights (O, C / groups, K), got \(shape) and "
                + "\(weight.shape)")
        let geometry = ConvolutionGeometry(
            stride: (1, stride), padding: (0, padding), dilation: (1, dilation), groups: groups)
        return unsqueeze(2).conv2d(
            weight.unsqueeze(2), bias: bias, geometry, precision: precision
        ).squeeze(2)
    }

    /// The transposed 1-D convolution of `(N, C, L)` with weights `(C, O / groups, K)`: see `convTranspose2d`.
    public func convTranspose1d(
        _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
        outputPadding: Int = 0, dilation: Int = 1, groups: Int = 1, precision: Precision = .float32
    ) -> Tensor {
        precondition(
            ndim == 3 && weight.ndim == 3,
            "convTranspose1d: expected input (N, C, L) and weights (C, O / groups, K), got \(shape) "
                + "and \(weight.shape)")
        let geometry = ConvolutionGeometry(
            stride: (1, stride), padding: (0, padding), dilation: (1, dilation), groups: groups)
        return unsqueeze(2).convTranspose2d(
            weight.unsqueeze(2), bias: bias, geometry, outputPadding: (0, outputPadding),
            precision: precision
        ).squeeze(2)
    }
}

/// How a 3-D convolution moves over its input: depth, height, width.
public struct VolumeGeometry: Sendable {
    public var stride: (Int, Int, Int)
    public var padding: (Int, Int, Int)
    public var dilation: (Int, Int, Int)
    public var groups: Int

    public init(
        stride: (Int, Int, Int) = (1, 1, 1), padding: (Int, Int, Int) = (0, 0, 0),
        dilation: (Int, Int, Int) = (1, 1, 1), groups: Int = 1
    ) {
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
    }

    fileprivate var planar: ConvolutionGeometry {
        ConvolutionGeometry(
            stride: (stride.1, stride.2), padding: (padding.1, padding.2),
            dilation: (dilation.1, dilation.2), groups: groups)
    }
}

// Three dimensions are a sum of 2-D convolutions, one for each plane of the kernel.
extension Tensor {
    /// The 3-D convolution of `(N, C, D, H, W)` with weights `(O, C / groups, KD, KH, KW)` and perhaps a bias `(O)`.
    public func conv3d(
        _ weight: Tensor, bias: Tensor? = nil, _ geometry: VolumeGeometry = .init(),
        precision: Precision = .float32
    ) -> Tensor {
        precondition(
            ndim == 5 && weight.ndim == 5,
            "conv3d: expected input (N, C, D, H, W) and weights (O, C / groups, KD, KH, KW), got "
                + "\(shape) and \(weight.shape)")
        let (step, pad, spread) = (geometry.stride.0, geometry.padding.0, geometry.dilation.0)
        let depth = weight.shape[2]
        let room = shape[2] + 2 * pad - spread * (depth - 1) - 1
        precondition(
            room >= 0,
            "conv3d: a kernel of depth \(depth) does not fit into \(shape) with padding \(pad)")
        let count = room / step + 1
        let planes = permute([0, 2, 1, 3, 4]).pad([(0, 0), (0, 0), (0, 0), (pad, pad)])
        var sum: Tensor?
        for k in 0..<depth {
            let first = k * spread
            let seen = planes.slice(
                dim: 1, from: first, to: first + (count - 1) * step + 1, step: step)
            let term = seen.flatten(from: 0, to: 1).conv2d(
                weight.select(dim: 2, index: k), bias: k == 0 ? bias : nil, geometry.planar,
                precision: precision)
            sum = sum.map { $0 + term } ?? term
        }
        guard let sum else { preconditionFailure("conv3d: weights \(weight.shape) have no planes") }
        return sum.unflatten(dim: 0, [shape[0], count]).permute([0, 2, 1, 3, 4])
    }

    /// The transposed 3-D convolution of `(N, C, D, H, W)` with weights `(C, O / groups, KD, KH, KW)`: see
    /// `convTranspose2d`.
    public func convTranspose3d(
        _ weight: Tensor, bias: Tensor? = nil, _ geometry: VolumeGeometry = .init(),
        outputPadding: (Int, Int, Int) = (0, 0, 0), precision: Precision = .float32
    ) -> Tensor {
        precondition(
            ndim == 5 && weight.ndim == 5,
            "convTranspose3d: expected input (N, C, D, H, W) and weights (C, O / groups, KD, KH, KW), "
                + "got \(shape) and \(weight.shape)")
        let (step, pad, spread) = (geometry.stride.0, geometry.padding.0, geometry.dilation.0)
        let depth = weight.shape[2]
        let length = (shape[2] - 1) * step + spread * (depth - 1) + outputPadding.0 + 1
        precondition(
            length > 2 * pad && outputPadding.0 < Swift.max(step, spread),
            "convTranspose3d: padding \(pad) and output padding \(outputPadding.0) do not fit \(shape) "
                + "and weights \(weight.shape)")
        let planes = permute([0, 2, 1, 3, 4]).flatten(from: 0, to: 1)
        var sum: Tensor?
        for k in 0..<depth {
            let term = planes.convTranspose2d(
                weight.select(dim: 2, index: k), geometry.planar,
                outputPadding: (outputPadding.1, outputPadding.2), precision: precision)
            // Each plane goes to its place in depth, `step` apart, zeros between.
            let apart = term.unflatten(dim: 0, [shape[0], shape[2]]).unsqueeze(2)
                .pad([(0, 0), (0, 0), (0, 0), (0, step - 1)]).flatten(from: 1, to: 2)
                .narrow(dim: 1, start: 0, length: (shape[2] - 1) * step + 1)
            let before = k * spread
            let placed = apart.pad([
                (0, 0), (0, 0), (0, 0), (before, length - before - apart.shape[1]),
            ])
            sum = sum.map { $0 + placed } ?? placed
        }
        guard let sum else {
            preconditionFailure("convTranspose3d: weights \(weight.shape) have no planes")
        }
        let y = sum.narrow(dim: 1, start: pad, length: length - 2 * pad).permute([0, 2, 1, 3, 4])
        return bias.map { y + $0.to(y.dtype).reshape([1, y.shape[1], 1, 1, 1]) } ?? y
    }
}
