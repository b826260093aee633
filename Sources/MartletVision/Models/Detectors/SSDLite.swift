public import Martlet
public import MartletNN

/// A single-shot detector for small machines: MobileNetV3-Large, and heads of depthwise convolutions (Sandler et al.,
/// "MobileNetV2", 2018, section 6.2; Howard et al., "Searching for MobileNetV3", 2019, section 6.3).
///
/// Layers and names are those of torchvision's `ssdlite320_mobilenet_v3_large`, whose images are 320 x 320.
public final class SSDLite: DefaultBoxDetector {
    /// What makes feature maps of images.
    public let backbone: SSDLiteBackbone
    /// What says of the maps what they show.
    public let head: DefaultBoxHead
    /// How many classes there are to find, the background not among them.
    public let classes: Int
    public var multiBoxLoss = MultiBoxLoss(
        matcher: AnchorMatcher(positive: 0.5, negative: 0.5, forced: .bestAnchor))
    private let boxes = DefaultBoxGenerator(
        aspectRatios: Array(repeating: [2, 3], count: 6),
        scales: (0..<6).map { 0.2 + 0.15 * Double($0) } + [1])

    /// - Parameters:
    ///   - classes: to be found.
    ///   - width: what numbers of channels are multiplied by, and rounded.
    public init(classes: Int, width: Double = 1) {
        backbone = SSDLiteBackbone(width: width)
        self.classes = classes
        head = DefaultBoxHead(
            channels: backbone.channels, anchors: boxes.countsPerCell, classes: classes
        ) { inputs, outputs in
            Sequential(
                MobileNetV3.unit(inputs, inputs, 3, groups: inputs, activation: ReLU6())
                    .starting(from: .normal(std: 0.03)),
                Conv2d(inputs, outputs, kernelSize: 1).starting(from: .normal(std: 0.03)))
        }
    }

    /// What it says of images; see `DefaultBoxDetector`.
    public func outputs(_ images: Tensor, _ context: Context) -> DefaultBoxOutputs {
        let maps = backbone(images, context)
        return head(maps, boxes: boxes(maps: maps, images: images), images, context)
    }
}

/// MobileNetV3-Large in two parts, cut after the expansion of its last strided block, and four maps more, each half as
/// large as the one before.
public final class SSDLiteBackbone: Module {
    public let features: [Sequential]
    public let extra: [Sequential]
    /// Of each map.
    public let channels: [Int]

    init(width: Double) {
        let (first, blocks, last) = MobileNetV3.large(width: width)
        let cut = blocks[12]
        let parts = cut.block.layers
        let layers: [any Layer] = blocks
        features = [
            Sequential([first] + layers[..<12] + [parts[0]]),
            Sequential(
                [Sequential(["1": parts[1], "2": parts[2], "3": parts[3]])] + layers[13...]
                    + [last.layer]),
        ]
        func depth(_ channels: Int) -> Int { max(16, Int(Double(channels) * width)) }
        var inputs = last.channels
        extra = [512, 256, 256, 128].map { channels in
            let outputs = depth(channels)
            let middle = outputs / 2
            defer { inputs = outputs }
            return Sequential(
                [
                    MobileNetV3.unit(inputs, middle, 1, activation: ReLU6()),
                    MobileNetV3.unit(
                        middle, middle, 3, stride: 2, groups: middle, activation: ReLU6()),
                    MobileNetV3.unit(middle, outputs, 1, activation: ReLU6()),
                ].map { $0.starting(from: .normal(std: 0.03)) })
        }
        channels = [cut.expanded, last.channels] + [512, 256, 256, 128].map(depth)
    }

    /// Six maps of images `(N, 3, H, W)`, 16 to 512 times smaller.
    func callAsFunction(_ images: Tensor, _ context: Context) -> [Tensor] {
        var x = images
        return (features + extra).map { block in
            x = block(x, context)
            return x
        }
    }
}
