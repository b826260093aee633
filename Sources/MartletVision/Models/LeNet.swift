public import Martlet
public import MartletNN

/// LeNet-5 (LeCun et al., "Gradient-based learning applied to document recognition", 1998): `(N, C,
/// H, W)` to `(N, classes)`.
///
/// The paper's layer sizes (6 and 16 feature maps, 120 and 84 units) for images of 28 x 28, which
/// the first convolution pads to the paper's 32 x 32. As is usual today the second convolution sees
/// all 6 maps, pooling has no weights and the last layer is linear.
public final class LeNet: Layer {
    /// What stands between the layers.
    public enum Style: String, Sendable, CaseIterable {
        /// ReLU and maxima, which train faster.
        case modern
        /// The paper's tanh and means.
        case classic
    }

    /// The layers in their order, named as in PyTorch's tutorials.
    public let conv1: Conv2d
    public let conv2: Conv2d
    public let fc1: Linear
    public let fc2: Linear
    public let fc3: Linear
    public let style: Style

    /// - Parameter imageSize: height and width, at least 12.
    public init(
        channels: Int = 1, imageSize: (Int, Int) = (28, 28), classes: Int = 10,
        style: Style = .modern
    ) {
        let height = (imageSize.0 / 2 - 4) / 2
        let width = (imageSize.1 / 2 - 4) / 2
        conv1 = Conv2d(channels, 6, kernelSize: 5, padding: 2)
        conv2 = Conv2d(6, 16, kernelSize: 5)
        fc1 = Linear(16 * height * width, 120)
        fc2 = Linear(120, 84)
        fc3 = Linear(84, classes)
        self.style = style
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        let maps = pooled(pooled(x, conv1, context), conv2, context)
        let hidden = activated(fc1(maps.flatten(from: 1), context))
        return fc3(activated(fc2(hidden, context)), context)
    }

    private func pooled(_ x: Tensor, _ conv: Conv2d, _ context: Context) -> Tensor {
        let maps = activated(conv(x, context))
        let halves = PoolingGeometry(kernel: (2, 2))
        return switch style {
        case .modern: maps.maxPool2d(halves)
        case .classic: maps.avgPool2d(halves)
        }
    }

    private func activated(_ x: Tensor) -> Tensor {
        switch style {
        case .modern: x.relu()
        case .classic: x.tanh()
        }
    }
}
