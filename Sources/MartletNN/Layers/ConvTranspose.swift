public import Martlet

/// Transposed 2-D convolution of `(N, inChannels, H, W)`: see `Tensor.convTranspose2d`.
public final class ConvTranspose2d: Layer, CountsMultiplyAdds {
    /// `(inChannels, outChannels / groups, KH, KW)`.
    public let weight: Parameter
    /// `(outChannels)`.
    public let bias: Parameter?
    public let geometry: ConvolutionGeometry
    public let outputPadding: (Int, Int)

    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: (Int, Int), stride: (Int, Int) = (1, 1),
        padding: (Int, Int) = (0, 0), outputPadding: (Int, Int) = (0, 0),
        dilation: (Int, Int) = (1, 1), groups: Int = 1, bias: Bool = true
    ) {
        requireGroups(groups, inChannels, outChannels, "ConvTranspose2d")
        requireKernel([kernelSize.0, kernelSize.1], "ConvTranspose2d")
        let fanIn = outChannels / groups * kernelSize.0 * kernelSize.1
        weight = Parameter(
            [inChannels, outChannels / groups, kernelSize.0, kernelSize.1], .fanIn(fanIn))
        self.bias = bias ? Parameter([outChannels], .fanIn(fanIn)) : nil
        geometry = ConvolutionGeometry(
            stride: stride, padding: padding, dilation: dilation, groups: groups)
        self.outputPadding = outputPadding
    }

    /// Square kernels, strides, paddings and dilations.
    public convenience init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0,
        outputPadding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = true
    ) {
        self.init(
            inChannels, outChannels, kernelSize: (kernelSize, kernelSize), stride: (stride, stride),
            padding: (padding, padding), outputPadding: (outputPadding, outputPadding),
            dilation: (dilation, dilation), groups: groups, bias: bias)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.convTranspose2d(
            weight.value, bias: bias?.value, geometry, outputPadding: outputPadding,
            precision: context.precision)
    }

    func multiplyAdds(input: [Int], output: [Int]) -> Int {
        input.reduce(1, *) * weight.shape[1...].reduce(1, *)
    }
}

/// Transposed 1-D convolution of `(N, inChannels, L)`.
public final class ConvTranspose1d: Layer, CountsMultiplyAdds {
    /// `(inChannels, outChannels / groups, K)`.
    public let weight: Parameter
    /// `(outChannels)`.
    public let bias: Parameter?
    private let options: (stride: Int, padding: Int, outputPadding: Int, dilation: Int, groups: Int)

    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0,
        outputPadding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = true
    ) {
        requireGroups(groups, inChannels, outChannels, "ConvTranspose1d")
        requireKernel([kernelSize], "ConvTranspose1d")
        let fanIn = outChannels / groups * kernelSize
        weight = Parameter([inChannels, outChannels / groups, kernelSize], .fanIn(fanIn))
        self.bias = bias ? Parameter([outChannels], .fanIn(fanIn)) : nil
        options = (stride, padding, outputPadding, dilation, groups)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.convTranspose1d(
            weight.value, bias: bias?.value, stride: options.stride, padding: options.padding,
            outputPadding: options.outputPadding, dilation: options.dilation,
            groups: options.groups, precision: context.precision)
    }

    func multiplyAdds(input: [Int], output: [Int]) -> Int {
        input.reduce(1, *) * weight.shape[1...].reduce(1, *)
    }
}

/// Transposed 3-D convolution of `(N, inChannels, D, H, W)`.
public final class ConvTranspose3d: Layer, CountsMultiplyAdds {
    /// `(inChannels, outChannels / groups, KD, KH, KW)`.
    public let weight: Parameter
    /// `(outChannels)`.
    public let bias: Parameter?
    public let geometry: VolumeGeometry
    public let outputPadding: (Int, Int, Int)

    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: (Int, Int, Int),
        geometry: VolumeGeometry = .init(), outputPadding: (Int, Int, Int) = (0, 0, 0),
        bias: Bool = true
    ) {
        requireGroups(geometry.groups, inChannels, outChannels, "ConvTranspose3d")
        requireKernel([kernelSize.0, kernelSize.1, kernelSize.2], "ConvTranspose3d")
        let width = outChannels / geometry.groups
        let fanIn = width * kernelSize.0 * kernelSize.1 * kernelSize.2
        weight = Parameter(
            [inChannels, width, kernelSize.0, kernelSize.1, kernelSize.2], .fanIn(fanIn))
        self.bias = bias ? Parameter([outChannels], .fanIn(fanIn)) : nil
        self.geometry = geometry
        self.outputPadding = outputPadding
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.convTranspose3d(
            weight.value, bias: bias?.value, geometry, outputPadding: outputPadding,
            precision: context.precision)
    }

    func multiplyAdds(input: [Int], output: [Int]) -> Int {
        input.reduce(1, *) * weight.shape[1...].reduce(1, *)
    }
}

/// Stops unless a kernel has cells.
func requireKernel(_ sizes: [Int], _ layer: String) {
    precondition(
        sizes.allSatisfy { $0 > 0 },
        "\(layer): expected a kernel of positive sizes, got \(sizes)")
}

/// Stops unless both numbers of channels divide into the groups.
func requireGroups(_ groups: Int, _ inChannels: Int, _ outChannels: Int, _ layer: String) {
    precondition(
        groups > 0 && inChannels > 0 && outChannels > 0 && inChannels % groups == 0
            && outChannels % groups == 0,
        "\(layer): \(inChannels) and \(outChannels) channels do not divide into \(groups) groups")
}
