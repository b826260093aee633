public import Martlet
public import MartletNN

/// A single-shot detector (Liu et al., "SSD: Single shot multibox detector", 2016) on a ResNet-18: boxes and scores from
/// four feature maps, 8 to 64 times smaller than the image.
public final class SSD: DefaultBoxDetector {
    public let stem: Sequential
    public let stages: [Sequential]
    /// One convolution a feature map, for boxes and for scores.
    public let box: [Conv2d]
    public let score: [Conv2d]
    /// The things to be found, the background not among them.
    public let classes: Int
    /// The anchors, as parts of the image.
    public let anchors: DefaultBoxGenerator
    public let multiBoxLoss: MultiBoxLoss

    /// Six shapes for each feature map, from a twelfth of the image to more than half of it: square and a little wider, of
    /// three sizes.
    public static let defaultAnchors = DefaultBoxGenerator(
        shapes: [0.08, 0.18, 0.32, 0.5].map { scale in
            [1, 1.25, 0.8].flatMap { factor in
                [1, 1.4].map { ratio in
                    let side = scale * factor
                    return DefaultBoxGenerator.Shape(
                        width: side * ratio.squareRoot(), height: side / ratio.squareRoot())
                }
            }
        })

    /// - Parameters:
    ///   - classes: the things to be found, the background not among them.
    ///   - anchors: shapes at each cell of each of the four feature maps.
    ///   - loss: who is to find what, and what is learnt of the background.
    public init(
        classes: Int = 20, anchors: DefaultBoxGenerator = SSD.defaultAnchors,
        loss: MultiBoxLoss = MultiBoxLoss()
    ) {
        precondition(
            classes > 0 && anchors.shapes.count == 4,
            "SSD: expected a class or more and anchors of 4 feature maps, got \(classes) and "
                + "\(anchors.shapes.count)")
        stem = Sequential(
            convNormReLU(3, 64, 7, stride: 2, bias: false),
            MaxPool2d(kernelSize: 3, stride: 2, padding: 1))
        func stage(_ inChannels: Int, _ outChannels: Int) -> [any Layer] {
            [
                ResidualBlock(inChannels, outChannels, stride: 2),
                ResidualBlock(outChannels, outChannels, stride: 1),
            ]
        }
        let first: [any Layer] = [
            ResidualBlock(64, 64, stride: 1), ResidualBlock(64, 64, stride: 1),
        ]
        stages = [
            Sequential(first + stage(64, 128)), Sequential(stage(128, 256)),
            Sequential(stage(256, 512)),
            Sequential(convNormReLU(512, 128, 1), convNormReLU(128, 256, 3, stride: 2)),
        ]
        let widths = zip([128, 256, 512, 256], anchors.countsPerCell)
        box = widths.map { Conv2d($0, $1 * 4, kernelSize: 3, padding: 1) }
        score = widths.map { Conv2d($0, $1 * (1 + classes), kernelSize: 3, padding: 1) }
        self.classes = classes
        self.anchors = anchors
        multiBoxLoss = loss
    }

    /// What it says of images, the feature maps one after another, each row by row.
    public func outputs(_ images: Tensor, _ context: Context) -> DefaultBoxOutputs {
        var x = stem(images, context)
        var maps: [Tensor] = []
        var codes: [Tensor] = []
        var logits: [Tensor] = []
        for (i, stage) in stages.enumerated() {
            x = stage(x, context)
            maps.append(x)
            codes.append(box[i](x, context).rows(of: 4))
            logits.append(score[i](x, context).rows(of: 1 + classes))
        }
        return DefaultBoxOutputs(
            codes: Tensor.cat(codes, dim: 1), logits: Tensor.cat(logits, dim: 1),
            boxes: anchors(maps: maps, images: images), images: images)
    }
}
