public import Martlet
public import MartletNN

/// A single-shot detector (Liu et al., "SSD: Single shot multibox detector", 2016) on a ResNet-18: boxes and scores from
/// four feature maps, 8 to 64 times smaller than the image.
public final class SSD: Module {
    public let stem: Sequential
    public let stages: [Sequential]
    /// One convolution a feature map, for boxes and for scores.
    public let box: [Conv2d]
    public let score: [Conv2d]
    public let classes: Int

    /// - Parameters:
    ///   - classes: with the background as one of them.
    ///   - anchors: boxes at each cell of each feature map.
    public init(classes: Int = 21, anchors: Int = 6) {
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
        let widths = [128, 256, 512, 256]
        box = widths.map { Conv2d($0, anchors * 4, kernelSize: 3, padding: 1) }
        score = widths.map { Conv2d($0, anchors * classes, kernelSize: 3, padding: 1) }
        self.classes = classes
    }

    /// Of images `(N, 3, H, W)` the boxes `(N, A, 4)` and scores `(N, A, classes)` of all A anchors, the feature maps one
    /// after another, each row by row.
    public func callAsFunction(_ images: Tensor, _ context: Context) -> (
        boxes: Tensor, scores: Tensor
    ) {
        func rows(_ y: Tensor, _ width: Int) -> Tensor {
            y.permute([0, 2, 3, 1]).reshape([images.shape[0], -1, width])
        }
        var x = stem(images, context)
        var boxes: [Tensor] = []
        var scores: [Tensor] = []
        for (i, stage) in stages.enumerated() {
            x = stage(x, context)
            boxes.append(rows(box[i](x, context), 4))
            scores.append(rows(score[i](x, context), classes))
        }
        return (Tensor.cat(boxes, dim: 1), Tensor.cat(scores, dim: 1))
    }
}
