public import Martlet

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
        requireGroups(groups, inChannels, outChannels, "Conv2d")
        requireKernel([kernelSize.0, kernelSize.1], "Conv2d")
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
            let (top, left, bottom, right) = geometry.padding
            input = x.pad([(left, right), (top, bottom)], mode: paddingMode)
            geometry.padding = (0, 0, 0, 0)
        }
        return input.conv2d(
            weight.value, bias: bias?.value, geometry, precision: context.precision)
    }

    func multiplyAdds(input: [Int], output: [Int]) -> Int {
        output.reduce(1, *) * weight.shape[1...].reduce(1, *)
    }
}
