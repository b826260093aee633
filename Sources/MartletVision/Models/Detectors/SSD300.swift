public import Martlet
public import MartletNN

/// The single-shot detector of the paper, on VGG-16, for images of 300 x 300 or larger ones: at 300 x 300 it judges
/// 8732 default boxes on six feature maps (Liu et al., "SSD: Single shot multibox detector", 2016).
///
/// Layers and names are those of torchvision's `ssd300_vgg16`.
public final class SSD300: DefaultBoxDetector {
    /// What makes feature maps of images.
    public let backbone: SSD300Backbone
    /// What says of the maps what they show.
    public let head: DefaultBoxHead
    /// How many classes there are to find, the background not among them.
    public let classes: Int
    public var multiBoxLoss = MultiBoxLoss(
        matcher: AnchorMatcher(positive: 0.5, negative: 0.5, forced: .bestAnchor))
    private let boxes = DefaultBoxGenerator(
        aspectRatios: [[2], [2, 3], [2, 3], [2, 3], [2], [2]],
        scales: [0.07, 0.15, 0.33, 0.51, 0.69, 0.87, 1.05])

    /// - Parameters:
    ///   - classes: to be found.
    ///   - width: channels of VGG's first convolution; all others are multiples of it.
    public init(classes: Int, width: Int = 64) {
        backbone = SSD300Backbone(width: width)
        self.classes = classes
        head = DefaultBoxHead(
            channels: [8, 16, 8, 4, 4, 4].map { $0 * width }, anchors: boxes.countsPerCell,
            classes: classes
        ) { inputs, outputs in
            Conv2d(inputs, outputs, kernelSize: 3, padding: 1).starting(from: .xavierUniform())
        }
    }

    /// What it says of images; see `DefaultBoxDetector`.
    public func outputs(_ images: Tensor, _ context: Context) -> DefaultBoxOutputs {
        precondition(
            images.ndim == 4 && images.imageSize.shorterSide >= 300,
            "SSD300: expected images (N, 3, 300, 300) or larger ones, got \(images.shape)")
        let maps = backbone(images, context)
        // The paper's numbers, which are not quite the image's size by the map's.
        let steps: [Double]? = images.imageSize == 300 ? [8, 16, 32, 64, 100, 300] : nil
        return head(
            maps, boxes: boxes(maps: maps, images: images, steps: steps), images, context)
    }
}

/// VGG-16 up to its fifth stage, its fully connected layers as convolutions, and four maps more, each half as large as
/// the one before or less.
public final class SSD300Backbone: Module {
    /// What the fourth stage's normalised features are multiplied by, `(8 * width)`.
    public let scaleWeight: Parameter
    /// VGG's layers up to the last of the fourth stage.
    public let features: Sequential
    /// What makes each map of the one before.
    public let extra: [Sequential]

    init(width: Int) {
        func convolution(
            _ inputs: Int, _ outputs: Int, _ kernel: Int = 3, stride: Int = 1,
            padding: Int? = nil, dilation: Int = 1
        ) -> Conv2d {
            Conv2d(
                inputs, outputs, kernelSize: kernel, stride: stride,
                padding: padding ?? kernel / 2, dilation: dilation)
        }
        func stage(_ inputs: Int, _ outputs: Int, count: Int) -> [any Layer] {
            (0..<count).flatMap { index -> [any Layer] in
                let layer = convolution(index == 0 ? inputs : outputs, outputs)
                    .starting(from: .kaimingNormal(mode: .fanOut, nonlinearity: .relu))
                return [layer, ReLU()]
            }
        }
        func map(_ inputs: Int, _ middle: Int, stride: Int, padding: Int) -> Sequential {
            Sequential(
                convolution(inputs, middle, 1).starting(from: .xavierUniform()), ReLU(),
                convolution(middle, 2 * middle, stride: stride, padding: padding)
                    .starting(from: .xavierUniform()), ReLU())
        }
        scaleWeight = Parameter([8 * width], .constant(20))
        var layers = stage(3, width, count: 2)
        layers += [MaxPool2d(kernelSize: 2)] + stage(width, 2 * width, count: 2)
        layers += [MaxPool2d(kernelSize: 2)] + stage(2 * width, 4 * width, count: 3)
        // Rounded up, so that the map has 38 cells a side.
        layers += [MaxPool2d(kernelSize: 2, ceilMode: true)]
        layers += stage(4 * width, 8 * width, count: 3)
        features = Sequential(layers)
        let connected = Sequential(
            MaxPool2d(kernelSize: 3, stride: 1, padding: 1),
            convolution(8 * width, 16 * width, padding: 6, dilation: 6)
                .starting(from: .xavierUniform()), ReLU(),
            convolution(16 * width, 16 * width, 1).starting(from: .xavierUniform()), ReLU())
        extra = [
            Sequential(
                [MaxPool2d(kernelSize: 2)] + stage(8 * width, 8 * width, count: 3) + [connected]),
            map(16 * width, 4 * width, stride: 2, padding: 1),
            map(8 * width, 2 * width, stride: 2, padding: 1),
            map(4 * width, 2 * width, stride: 1, padding: 0),
            map(4 * width, 2 * width, stride: 1, padding: 0),
        ]
    }

    /// Six maps of images `(N, 3, 300, 300)`: 38, 19, 10, 5, 3 and 1 cells a side.
    func callAsFunction(_ images: Tensor, _ context: Context) -> [Tensor] {
        var x = features(images, context)
        // Its features are larger than those of the other maps (Liu et al., "ParseNet", 2015).
        let first = x.normalized() * scaleWeight.value.reshape([1, -1, 1, 1])
        return [first]
            + extra.map { block in
                x = block(x, context)
                return x
            }
    }
}
