public import Martlet

/// 1-D convolution of `(N, inChannels, L)`.
public final class Conv1d: Layer, CountsMultiplyAdds {
    /// `(outChannels, inChannels / groups, K)`.
    public let weight: Parameter
    /// `(outChannels)`.
    public let bias: Parameter?
    public let paddingMode: PaddingMode
    private let options: (stride: Int, padding: Int, dilation: Int, groups: Int)

    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0,
        dilation: Int = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros
    ) {
        requireGroups(groups, inChannels, outChannels, "Conv1d")
        requireKernel([kernelSize], "Conv1d")
        let fanIn = inChannels / groups * kernelSize
        weight = Parameter([outChannels, inChannels / groups, kernelSize], .fanIn(fanIn))
        self.bias = bias ? Parameter([outChannels], .fanIn(fanIn)) : nil
        self.paddingMode = paddingMode
        options = (stride, padding, dilation, groups)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        var (input, padding) = (x, options.padding)
        if paddingMode != .zeros {
            input = x.pad([(padding, padding)], mode: paddingMode)
            padding = 0
        }
        return input.conv1d(
            weight.value, bias: bias?.value, stride: options.stride, padding: padding,
            dilation: options.dilation, groups: options.groups, precision: context.precision)
    }

    func multiplyAdds(input: [Int], output: [Int]) -> Int {
        output.reduce(1, *) * weight.shape[1...].reduce(1, *)
    }
}

/// 3-D convolution of `(N, inChannels, D, H, W)`.
public final class Conv3d: Layer, CountsMultiplyAdds {
    /// `(outChannels, inChannels / groups, KD, KH, KW)`.
    public let weight: Parameter
    /// `(outChannels)`.
    public let bias: Parameter?
    public let geometry: VolumeGeometry

    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: (Int, Int, Int),
        geometry: VolumeGeometry = .init(), bias: Bool = true
    ) {
        requireGroups(geometry.groups, inChannels, outChannels, "Conv3d")
        requireKernel([kernelSize.0, kernelSize.1, kernelSize.2], "Conv3d")
        let width = inChannels / geometry.groups
        let fanIn = width * kernelSize.0 * kernelSize.1 * kernelSize.2
        weight = Parameter(
            [outChannels, width, kernelSize.0, kernelSize.1, kernelSize.2], .fanIn(fanIn))
        self.bias = bias ? Parameter([outChannels], .fanIn(fanIn)) : nil
        self.geometry = geometry
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.conv3d(weight.value, bias: bias?.value, geometry, precision: context.precision)
    }

    func multiplyAdds(input: [Int], output: [Int]) -> Int {
        output.reduce(1, *) * weight.shape[1...].reduce(1, *)
    }
}
