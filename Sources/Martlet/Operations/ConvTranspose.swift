extension Tensor {
    /// The transposed 1-D convolution of `(N, C, L)` with weights `(C, O / groups, K)` and perhaps a bias `(O)`: see
    /// `convTranspose2d`.
    public func convTranspose1d(
        _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
        outputPadding: Int = 0, dilation: Int = 1, groups: Int = 1, precision: Precision = .float32
    ) -> Tensor {
        precondition(
            ndim == 3 && weight.ndim == 3,
            "convTranspose1d: expected input (N, C, L) and weights (C, O / groups, K), got \(shape) "
                + "and \(weight.shape)")
        // A line is an image of height 1.
        let geometry = ConvolutionGeometry(
            stride: (1, stride), padding: (0, padding), dilation: (1, dilation), groups: groups)
        return unsqueeze(2).transposedConvolved(
            weight.unsqueeze(2), bias, geometry.steps, [0, outputPadding], precision,
            "convTranspose1d"
        ).squeeze(2)
    }

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
            ndim == 4 && weight.ndim == 4,
            "convTranspose2d: expected input (N, C, H, W) and weights (C, O / groups, KH, KW), got "
                + "\(shape) and \(weight.shape)")
        return transposedConvolved(
            weight, bias, geometry.steps, [outputPadding.0, outputPadding.1], precision,
            "convTranspose2d")
    }

    /// The transposed 3-D convolution of `(N, C, D, H, W)` with weights `(C, O / groups, KD, KH, KW)` and perhaps a bias
    /// `(O)`: see `convTranspose2d`.
    public func convTranspose3d(
        _ weight: Tensor, bias: Tensor? = nil, _ geometry: VolumeGeometry = .init(),
        outputPadding: (Int, Int, Int) = (0, 0, 0), precision: Precision = .float32
    ) -> Tensor {
        precondition(
            ndim == 5 && weight.ndim == 5,
            "convTranspose3d: expected input (N, C, D, H, W) and weights (C, O / groups, KD, KH, KW), "
                + "got \(shape) and \(weight.shape)")
        return transposedConvolved(
            weight, bias, geometry.steps, [outputPadding.0, outputPadding.1, outputPadding.2],
            precision, "convTranspose3d")
    }

    private func transposedConvolved(
        _ weight: Tensor, _ bias: Tensor?, _ steps: ConvolutionSteps, _ extra: [Int],
        _ precision: Precision, _ operation: String
    ) -> Tensor {
        precondition(
            steps.groups > 0 && shape[1] == weight.shape[0] && shape[1] % steps.groups == 0,
            "\(operation): input \(shape) has \(shape[1]) channels, but weights \(weight.shape) in "
                + "\(steps.groups) group(s) expect \(weight.shape[0])")
        let channels = weight.shape[1] * steps.groups
        precondition(
            bias == nil || bias?.shape == [channels],
            "\(operation): expected a bias of shape [\(channels)], got \(bias?.shape ?? [])")
        steps.require(operation)
        let sizes = extra.indices.map { d in
            precondition(
                extra[d] >= 0 && extra[d] < Swift.max(steps.stride[d], steps.dilation[d]),
                "\(operation): an output padding of \(extra) must be less than the stride "
                    + "\(steps.stride) or the dilation \(steps.dilation)")
            return (shape[2 + d] - 1) * steps.stride[d] - steps.before[d] - steps.after[d]
                + steps.dilation[d] * (weight.shape[2 + d] - 1) + extra[d] + 1
        }
        precondition(
            sizes.allSatisfy { $0 > 0 },
            "\(operation): padding \(steps.before) leaves nothing of \(shape) and weights "
                + "\(weight.shape)")
        if weight.dtype.isHalf {
            return product(ofHalf: weight, bias) {
                $0.transposedConvolved($1, $2, steps, extra, $3, operation)
            }
        }
        let kernels = ConvolutionKernels(
            name: operation, input: [shape[0], channels] + sizes, weight: weight.shape,
            output: Array(shape[2...]), steps)
        let y = Tensor.result(
            ConvolutionInputGradient(kernels), precision.input(self, weight).channelsLast(), weight)
        let wide = [1, channels] + [Int](repeating: 1, count: sizes.count)
        return bias.map { y + $0.to(y.dtype).reshape(wide) } ?? y
    }
}
