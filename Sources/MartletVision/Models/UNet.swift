public import Martlet
public import MartletNN

/// U-Net (Ronneberger, Fischer and Brox, "U-Net: convolutional networks for biomedical image segmentation", 2015) with
/// padded convolutions and batch normalisation: `(N, channels, H, W)` to scores `(N, classes, H, W)`; height and width
/// divide by 16.
public final class UNet: Layer {
    /// The way down: two convolutions each, then a halving.
    public let down: [Sequential]
    public let middle: Sequential
    /// The way up: a doubling each, then two convolutions over it and what was there on the way down.
    public let up: [ConvTranspose2d]
    public let merge: [Sequential]
    public let output: Conv2d

    /// - Parameter width: channels of the first convolutions; each halving doubles them.
    public init(channels: Int = 3, classes: Int = 21, width: Int = 32) {
        func double(_ inChannels: Int, _ outChannels: Int) -> Sequential {
            Sequential(
                convNormReLU(inChannels, outChannels, 3), convNormReLU(outChannels, outChannels, 3))
        }
        let widths = [1, 2, 4, 8, 16].map { $0 * width }
        down = (0..<4).map { double($0 == 0 ? channels : widths[$0 - 1], widths[$0]) }
        middle = double(widths[3], widths[4])
        up = (0..<4).reversed().map {
            ConvTranspose2d(widths[$0 + 1], widths[$0], kernelSize: 2, stride: 2)
        }
        merge = (0..<4).reversed().map { double(widths[$0 + 1], widths[$0]) }
        output = Conv2d(width, classes, kernelSize: 1)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        precondition(
            x.ndim == 4 && x.shape[2] % 16 == 0 && x.shape[3] % 16 == 0,
            "UNet: expected (N, C, H, W) with height and width that divide by 16, got \(x.shape)")
        var y = x
        var passed: [Tensor] = []
        let half = PoolingGeometry(kernel: (2, 2))
        for layer in down {
            let level = layer(y, context)
            passed.append(level)
            y = level.maxPool2d(half)
        }
        y = middle(y, context)
        for (layer, mix) in zip(up, merge) {
            y = mix(Tensor.cat([passed.removeLast(), layer(y, context)], dim: 1), context)
        }
        return output(y, context)
    }
}
