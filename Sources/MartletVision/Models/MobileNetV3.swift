public import Martlet
public import MartletNN

/// The parts of MobileNetV3 (Howard et al., "Searching for MobileNetV3", 2019, table 1), with torchvision's names.
enum MobileNetV3 {
    /// A convolution without bias, normalisation with the paper's numbers, and what follows them.
    static func unit(
        _ inputs: Int, _ outputs: Int, _ kernel: Int, stride: Int = 1, groups: Int = 1,
        activation: (any Layer)?
    ) -> Sequential {
        let layers: [any Layer] = [
            Conv2d(
                inputs, outputs, kernelSize: kernel, stride: stride, padding: kernel / 2,
                groups: groups, bias: false),
            BatchNorm2d(outputs, epsilon: 0.001, momentum: 0.03),
        ]
        return Sequential(activation.map { layers + [$0] } ?? layers)
    }

    /// The large network with the narrow end that detectors take: its first convolution, its blocks and its last
    /// convolution, with how many channels that has.
    ///
    /// - Parameter width: what numbers of channels are multiplied by, and rounded.
    static func large(width: Double) -> (
        first: Sequential, blocks: [InvertedResidual], last: (layer: Sequential, channels: Int)
    ) {
        func scaled(_ channels: Int) -> Int { rounded(Double(channels) * width) }
        // Kernel, expanded and resulting channels, squeeze and excitation, hard swish, stride.
        let rows: [(Int, Int, Int, Bool, Bool, Int)] = [
            (3, 16, 16, false, false, 1), (3, 64, 24, false, false, 2),
            (3, 72, 24, false, false, 1), (5, 72, 40, true, false, 2),
            (5, 120, 40, true, false, 1), (5, 120, 40, true, false, 1),
            (3, 240, 80, false, true, 2), (3, 200, 80, false, true, 1),
            (3, 184, 80, false, true, 1), (3, 184, 80, false, true, 1),
            (3, 480, 112, true, true, 1), (3, 672, 112, true, true, 1),
            (5, 672, 80, true, true, 2), (5, 480, 80, true, true, 1),
            (5, 480, 80, true, true, 1),
        ]
        var channels = scaled(16)
        let first = unit(3, channels, 3, stride: 2, activation: Hardswish())
            .starting(from: .normal(std: 0.03))
        let blocks = rows.map {
            (kernel, expanded, outputs, squeezes, swishes, stride) -> InvertedResidual in
            defer { channels = scaled(outputs) }
            return InvertedResidual(
                channels, expanded: scaled(expanded), scaled(outputs), kernel: kernel,
                stride: stride, squeezes: squeezes, swishes: swishes)
        }
        let last = unit(channels, 6 * channels, 1, activation: Hardswish())
            .starting(from: .normal(std: 0.03))
        return (first, blocks, (last, 6 * channels))
    }

    /// The nearest multiple of 8 that is not less by more than a tenth.
    static func rounded(_ channels: Double) -> Int {
        let near = max(8, Int(channels + 4) / 8 * 8)
        return Double(near) < 0.9 * channels ? near + 8 : near
    }
}

/// A block that is wide within and narrow at its ends: an expansion, a depthwise convolution, a projection, and a way past
/// them where the shape stays.
public final class InvertedResidual: Layer {
    public let block: Sequential
    /// Channels within.
    let expanded: Int
    private let hasShortcut: Bool

    init(
        _ inputs: Int, expanded: Int, _ outputs: Int, kernel: Int, stride: Int, squeezes: Bool,
        swishes: Bool
    ) {
        func activation() -> any Layer { swishes ? Hardswish() : ReLU() }
        var layers: [any Layer] = []
        if expanded != inputs {
            layers.append(MobileNetV3.unit(inputs, expanded, 1, activation: activation()))
        }
        layers.append(
            MobileNetV3.unit(
                expanded, expanded, kernel, stride: stride, groups: expanded,
                activation: activation()))
        if squeezes {
            let middle = MobileNetV3.rounded(Double(expanded / 4))
            layers.append(SqueezeExcitation(expanded, middle))
        }
        layers.append(MobileNetV3.unit(expanded, outputs, 1, activation: nil))
        block = Sequential(layers).starting(from: .normal(std: 0.03))
        self.expanded = expanded
        hasShortcut = stride == 1 && inputs == outputs
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        let y = block(x, context)
        return hasShortcut ? y + x : y
    }
}

/// Channels weighted by what the whole image shows (Hu et al., "Squeeze-and-excitation networks", 2018).
public final class SqueezeExcitation: Layer {
    public let fc1: Conv2d
    public let fc2: Conv2d
    private let scale = Hardsigmoid()

    init(_ channels: Int, _ middle: Int) {
        fc1 = Conv2d(channels, middle, kernelSize: 1)
        fc2 = Conv2d(middle, channels, kernelSize: 1)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        let whole = fc1(x.adaptiveAvgPool2d((1, 1)), context).relu()
        return x * scale(fc2(whole, context), context)
    }
}
