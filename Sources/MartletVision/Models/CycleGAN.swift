public import Martlet
public import MartletNN

// The networks of Zhu et al., "Unpaired image-to-image translation using cycle-consistent adversarial networks", 2017.

/// Turns images `(N, 3, H, W)` in -1 ... 1 into others; height and width divide by 4.
public final class ResNetGenerator: Layer {
    public let layers: Sequential

    /// - Parameters:
    ///   - blocks: residual blocks: 9 for images of 256 pixels, 6 for smaller ones.
    ///   - width: channels of the first convolution.
    public init(blocks: Int = 9, width: Int = 64) {
        var parts: [any Layer] = [ReflectionPad2d(3)]
        parts += ResNetGenerator.convolution(3, width, kernel: 7)
        parts += ResNetGenerator.convolution(width, 2 * width, kernel: 3, stride: 2, padding: 1)
        parts += ResNetGenerator.convolution(2 * width, 4 * width, kernel: 3, stride: 2, padding: 1)
        for _ in 0..<blocks { parts.append(GeneratorBlock(4 * width)) }
        for channels in [4 * width, 2 * width] {
            parts += [
                ConvTranspose2d(
                    channels, channels / 2, kernelSize: 3, stride: 2, padding: 1, outputPadding: 1),
                InstanceNorm2d(channels / 2), ReLU(),
            ]
        }
        parts += [ReflectionPad2d(3), Conv2d(width, 3, kernelSize: 7), Tanh()]
        layers = Sequential(parts)
    }

    private static func convolution(
        _ inChannels: Int, _ outChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0
    ) -> [any Layer] {
        [
            Conv2d(inChannels, outChannels, kernelSize: kernel, stride: stride, padding: padding),
            InstanceNorm2d(outChannels), ReLU(),
        ]
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor { layers(x, context) }
}

/// x + two convolutions of it.
private final class GeneratorBlock: Layer {
    let layers: Sequential

    init(_ channels: Int) {
        layers = Sequential(
            ReflectionPad2d(1), Conv2d(channels, channels, kernelSize: 3),
            InstanceNorm2d(channels), ReLU(),
            ReflectionPad2d(1), Conv2d(channels, channels, kernelSize: 3),
            InstanceNorm2d(channels))
    }

    func forward(_ x: Tensor, _ context: Context) -> Tensor { x + layers(x, context) }
}

/// Tells real images from made ones, each patch of 70 x 70 pixels by itself: `(N, 3, H, W)` to scores `(N, 1, h, w)`.
public final class PatchDiscriminator: Layer {
    public let layers: Sequential

    /// - Parameter width: channels of the first convolution.
    public init(width: Int = 64) {
        func block(_ inChannels: Int, _ outChannels: Int, stride: Int, norm: Bool = true)
            -> [any Layer]
        {
            let convolution = Conv2d(
                inChannels, outChannels, kernelSize: 4, stride: stride, padding: 1)
            let normed: [any Layer] = norm ? [InstanceNorm2d(outChannels)] : []
            return [convolution] + normed + [LeakyReLU(negativeSlope: 0.2)]
        }
        layers = Sequential(
            block(3, width, stride: 2, norm: false) + block(width, 2 * width, stride: 2)
                + block(2 * width, 4 * width, stride: 2) + block(4 * width, 8 * width, stride: 1)
                + [Conv2d(8 * width, 1, kernelSize: 4, padding: 1)])
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor { layers(x, context) }
}
