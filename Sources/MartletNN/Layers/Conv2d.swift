public import Martlet

/// What a convolution sees beyond the edges of its input.
public enum PaddingMode: String, Sendable, CaseIterable {
    case zeros, reflect, replicate, circular
}

/// 2-D convolution of `(N, inChannels, H, W)`.
public final class Conv2d: Layer, CountsMultiplyAdds {
    /// `(outChannels, inChannels / groups, KH, KW)`.
    public let weight: Parameter
    /// `(outChannels)`.
    public let bias: Parameter?
    public let geometry: ConvolutionGeometry
    public let paddingMode: PaddingMode

    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: (Int, Int), stride: (Int, Int) = (1, 1),
        padding: (Int, Int) = (0, 0), dilation: (Int, Int) = (1, 1), groups: Int = 1,
        bias: Bool = true, paddingMode: PaddingMode = .zeros
    ) {
        precondition(
            groups > 0 && inChannels > 0 && outChannels > 0 && inChannels % groups == 0
                && outChannels % groups == 0,
            "Conv2d: \(inChannels) and \(outChannels) channels do not divide into \(groups) groups")
        let fanIn = inChannels / groups * kernelSize.0 * kernelSize.1
        weight = Parameter(
            [outChannels, inChannels / groups, kernelSize.0, kernelSize.1], .fanIn(fanIn))
        self.bias = bias ? Parameter([outChannels], .fanIn(fanIn)) : nil
        geometry = ConvolutionGeometry(
            stride: stride, padding: padding, dilation: dilation, groups: groups)
        self.paddingMode = paddingMode
    }

    /// Square kernels, strides, paddings and dilations.
    public convenience init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0,
        dilation: Int = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros
    ) {
        self.init(
            inChannels, outChannels, kernelSize: (kernelSize, kernelSize), stride: (stride, stride),
            padding: (padding, padding), dilation: (dilation, dilation), groups: groups, bias: bias,
            paddingMode: paddingMode)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        var geometry = geometry
        var input = x
        if paddingMode != .zeros {
            input = x.pad2d(
                top: geometry.padding.top, left: geometry.padding.left,
                bottom: geometry.padding.bottom, right: geometry.padding.right, mode: paddingMode)
            geometry.padding = (0, 0, 0, 0)
        }
        return input.conv2d(
            weight.value, bias: bias?.value, geometry, precision: context.precision)
    }

    func multiplyAdds(input: [Int], output: [Int]) -> Int {
        output.reduce(1, *) * weight.shape[1...].reduce(1, *)
    }
}

extension Tensor {
    /// `(N, C, H, W)` with borders added as the mode says.
    public func pad2d(top: Int, left: Int, bottom: Int, right: Int, mode: PaddingMode) -> Tensor {
        precondition(ndim == 4, "pad2d: expected (N, C, H, W), got \(shape)")
        if mode == .zeros { return pad([(left, right), (top, bottom)]) }
        return border(dim: 2, before: top, after: bottom, mode)
            .border(dim: 3, before: left, after: right, mode)
    }

    /// One dimension extended by entries of its own.
    private func border(dim: Int, before: Int, after: Int, _ mode: PaddingMode) -> Tensor {
        if before == 0 && after == 0 { return self }
        let n = shape[dim]
        let reach = mode == .reflect ? n - 1 : mode == .circular ? n : .max
        precondition(
            n > 0 && before <= reach && after <= reach,
            "pad2d: \(mode) padding (\(before), \(after)) is too wide for dimension \(dim) of \(shape)"
        )
        let sources = (-before..<n + after).map { i in
            switch mode {
            case .reflect: i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i
            case .circular: (i + n) % n
            case .replicate, .zeros: Swift.min(Swift.max(i, 0), n - 1)
            }
        }
        return indexSelect(dim: dim, Tensor(sources))
    }
}
