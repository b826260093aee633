public import Martlet
public import MartletNN

/// Two convolutions of 3 x 3 and a way past them, with torchvision's names: relu(bn2(conv2(...)) + downsample(x)).
public final class BasicBlock: Layer {
    public let conv1: Conv2d
    public let bn1: BatchNorm2d
    public let conv2: Conv2d
    public let bn2: BatchNorm2d
    private let relu = ReLU()
    /// A 1 x 1 convolution with batch normalisation where the shape changes; nil elsewhere.
    public let downsample: Sequential?

    public init(_ inChannels: Int, _ outChannels: Int, stride: Int) {
        conv1 = Conv2d(
            inChannels, outChannels, kernelSize: 3, stride: stride, padding: 1, bias: false)
        bn1 = BatchNorm2d(outChannels)
        conv2 = Conv2d(outChannels, outChannels, kernelSize: 3, padding: 1, bias: false)
        bn2 = BatchNorm2d(outChannels)
        downsample =
            stride == 1 && inChannels == outChannels
            ? nil
            : Sequential(
                Conv2d(inChannels, outChannels, kernelSize: 1, stride: stride, bias: false),
                BatchNorm2d(outChannels))
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        // In a sequence, normalisation and what follows it are computed in one pass.
        let y = Sequential(conv1, bn1, relu).forward(x, context)
        return bn2.addReLU(
            conv2(y, context), downsample.map { $0(x, context) } ?? x, context)
    }
}

/// The layers of ResNet-18 without its classifier: a stem of 7 x 7 with pooling and four stages of two blocks (He et al.,
/// "Deep residual learning for image recognition", 2016).
///
/// Their names are those of torchvision's `resnet18`, so that a detector's backbone starts from the weights of a
/// classifier: `backbone.body.load(state: weights, strict: false)`.
public class ResNet18Stages: Module {
    public let conv1: Conv2d
    public let bn1: BatchNorm2d
    public let layer1: Sequential
    public let layer2: Sequential
    public let layer3: Sequential
    public let layer4: Sequential
    /// The channels of each stage.
    public let channels: [Int]
    private let relu = ReLU()
    private let maxpool = MaxPool2d(kernelSize: 3, stride: 2, padding: 1)

    /// - Parameter width: channels of the first convolution and stage; each stage after it has twice as many as the one
    ///   before.
    public init(channels: Int = 3, width: Int = 64) {
        conv1 = Conv2d(channels, width, kernelSize: 7, stride: 2, padding: 3, bias: false)
        bn1 = BatchNorm2d(width)
        func stage(_ inChannels: Int, _ outChannels: Int, stride: Int) -> Sequential {
            Sequential(
                BasicBlock(inChannels, outChannels, stride: stride),
                BasicBlock(outChannels, outChannels, stride: 1))
        }
        layer1 = stage(width, width, stride: 1)
        layer2 = stage(width, 2 * width, stride: 2)
        layer3 = stage(2 * width, 4 * width, stride: 2)
        layer4 = stage(4 * width, 8 * width, stride: 2)
        self.channels = [width, 2 * width, 4 * width, 8 * width]
    }

    /// What the four stages make of images `(N, C, H, W)`: 4, 8, 16 and 32 times smaller.
    public func stages(_ x: Tensor, _ context: Context) -> [Tensor] {
        var y = Sequential(conv1, bn1, relu, maxpool).forward(x, context)
        return [layer1, layer2, layer3, layer4].map { stage in
            y = stage(y, context)
            return y
        }
    }

    /// Leaves the stem, the first stages and the statistics of every normalisation as they are: pretrained layers that
    /// training with few images in a batch would spoil (torchvision's `trainable_backbone_layers`, counted from the
    /// other end).
    public func freeze(stages count: Int) {
        for (_, module) in namedModules() { (module as? BatchNorm)?.isFrozen = true }
        let stages: [any Module] = [layer1, layer2, layer3, layer4]
        let parts: [any Module] = [conv1, bn1] + stages.prefix(count)
        for parameter in parts.flatMap({ $0.parameters() }) { parameter.isFrozen = true }
    }
}

/// ResNet-18 for photographs of about 224 x 224: `(N, C, H, W)` to `(N, classes)`.
///
/// Its layers and their names are those of torchvision's `resnet18`, whose weights it loads. `ResNet18` is the network for
/// small images.
public final class ImageNetResNet18: ResNet18Stages, Layer {
    public let fc: Linear

    /// - Parameter width: channels of the first convolution and stage; each stage after it has twice as many as the one
    ///   before.
    public init(channels: Int = 3, classes: Int = 1000, width: Int = 64) {
        fc = Linear(8 * width, classes)
        super.init(channels: channels, width: width)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        fc(stages(x, context)[3].globalAverage(), context)
    }
}
