internal import Foundation
public import Martlet
public import MartletNN

/// A single-shot detector that learns from every anchor, those that are easily told as background counting little (Lin
/// et al., "Focal loss for dense object detection", 2017).
///
/// Layers, names, matches and losses are those of torchvision's `RetinaNet`. It has no class for the background;
/// torchvision's own weights have one that is never meant, so `classes` is then its `num_classes` and labels count from
/// 1.
public final class RetinaNet: SingleShotDetector {
    /// What makes feature maps of images.
    public let backbone: PyramidBackbone
    /// What says of the maps what they show.
    public let head: RetinaNetHead
    /// How many classes there are to find, the background not among them.
    public let classes: Int
    private let anchors: AnchorGenerator
    private let matcher = AnchorMatcher(positive: 0.5, negative: 0.4, forced: .bestAnchors)
    private let coder = BoxCoder(weights: [1, 1, 1, 1])

    /// Three sizes of each of three shapes at every cell, from 32 pixels on the first of five maps.
    public static let anchors = AnchorGenerator(
        sizes: [32, 64, 128, 256, 512].map { size in
            [0, 1, 2].map { (size * exp2(Double($0) / 3)).rounded(.down) }
        }, aspectRatios: Array(repeating: [0.5, 1, 2], count: 5))

    /// - Parameters:
    ///   - classes: to be found.
    ///   - backbone: by default maps from 8 to 128 times smaller than the image, of 256 channels.
    ///   - anchors: as many feature maps as the backbone makes, each with as many anchors at a cell.
    public init(
        classes: Int,
        backbone: PyramidBackbone = PyramidBackbone(firstStage: 1, extra: .convolvedStage),
        anchors: AnchorGenerator = RetinaNet.anchors
    ) {
        let counts = Set(anchors.countsPerCell)
        precondition(
            anchors.sizes.count == backbone.levels && counts.count == 1,
            "RetinaNet: expected the same number of anchors for each of \(backbone.levels) maps, got "
                + "\(anchors.countsPerCell)")
        self.backbone = backbone
        self.classes = classes
        self.anchors = anchors
        head = RetinaNetHead(
            channels: backbone.channels, anchors: anchors.countsPerCell[0], classes: classes)
    }

    /// What it says of images: logits `(N, A, classes)`, codes `(N, A, 4)` and the anchors `(A, 4)` they belong to.
    func outputs(_ images: Tensor, _ context: Context) -> (
        logits: Tensor, codes: Tensor, anchors: Tensor
    ) {
        let maps = backbone(images, context)
        let (logits, codes) = head(maps, context)
        return (logits, codes, anchors(maps: maps, images: images))
    }

    /// Boxes and how sure it is of each class there; see `SingleShotDetector`.
    public func candidates(_ images: Tensor, _ context: Context) -> (boxes: Tensor, scores: Tensor)
    {
        let (logits, codes, anchors) = outputs(images, context)
        let boxes = coder.decode(codes.to(.float32), anchors: anchors)
        return (
            Boxes.clip(boxes, to: images), logits.to(.float32).sigmoid()
        )
    }

    /// What training lowers; see `Detector`.
    public func loss(
        _ images: Tensor, _ targets: [DetectionTarget], _ context: Context
    ) -> DetectionLoss {
        let (logits, codes, anchors) = outputs(images, context)
        return loss(logits, codes, anchors, targets)
    }

    /// The focal loss of all classes of all anchors that are judged, and the distance of the codes of those that find a
    /// box: for each image their sum by the number of the latter, and then the mean over the images.
    func loss(_ logits: Tensor, _ codes: Tensor, _ anchors: Tensor, _ targets: [DetectionTarget])
        -> DetectionLoss
    {
        let count = anchors.shape[0]
        let matches = MatchedAnchors(targets, count: count) {
            matcher(boxes: $0.boxes, anchors: anchors)
        }
        let shares = matches.positives.map { 1 / Float(max(1, $0) * targets.count) }
        var weights = [Float](repeating: 0, count: count * targets.count)
        for place in matches.places + matches.background { weights[place] = shares[place / count] }
        let flat = logits.flatten(from: 0, to: 1).to(.float32)
        let focal = sigmoidFocalLoss(flat, matches.oneHot(classes: classes))
        let wanted = coder.encode(
            matches.boxes, anchors: anchors.indexSelect(dim: 0, Tensor(matches.anchors)))
        let distances = l1Loss(
            codes.flatten(from: 0, to: 1).to(.float32)
                .indexSelect(dim: 0, Tensor(matches.places)), wanted, reduction: .none)
        return DetectionLoss(
            [
                ("classes", (focal.sum(dims: [1]) * Tensor(weights)).sum()),
                (
                    "boxes",
                    (distances.sum(dims: [1]) * Tensor(matches.images.map { shares[$0] })).sum()
                ),
            ], count: targets.count)
    }
}

/// RetinaNet's two heads, each four convolutions and one for what it says, the same for all maps.
public final class RetinaNetHead: Module {
    /// Says what there is.
    public let classificationHead: ClassificationHead
    /// Says where it is.
    public let regressionHead: RegressionHead

    /// What the anchors show.
    public final class ClassificationHead: Module {
        /// The convolutions before what is said.
        public let conv: Sequential
        /// The logits of the classes.
        public let clsLogits: Conv2d

        init(channels: Int, outputs: Int) {
            conv = RetinaNetHead.tower(channels)
            // At first everything is background with a probability of 0.99.
            clsLogits = RetinaNetHead.convolution(channels, outputs, bias: -log(99))
        }
    }

    /// Where what they show is.
    public final class RegressionHead: Module {
        /// The convolutions before what is said.
        public let conv: Sequential
        /// Distances to the edges of boxes.
        public let bboxReg: Conv2d

        init(channels: Int, outputs: Int) {
            conv = RetinaNetHead.tower(channels)
            bboxReg = RetinaNetHead.convolution(channels, outputs)
        }
    }

    private let classes: Int

    /// - Parameter anchors: at each cell.
    public init(channels: Int, anchors: Int, classes: Int) {
        classificationHead = ClassificationHead(channels: channels, outputs: anchors * classes)
        regressionHead = RegressionHead(channels: channels, outputs: anchors * 4)
        self.classes = classes
    }

    static func convolution(_ inputs: Int, _ outputs: Int, bias: Double = 0) -> Conv2d {
        Conv2d(inputs, outputs, kernelSize: 3, padding: 1)
            .starting(from: .normal(std: 0.01), bias: bias)
    }

    private static func tower(_ channels: Int) -> Sequential {
        Sequential((0..<4).map { _ in Sequential(convolution(channels, channels), ReLU()) })
    }

    /// Of maps `(N, channels, H, W)` logits `(N, A, classes)` and codes `(N, A, 4)`, one map after another.
    public func callAsFunction(_ maps: [Tensor], _ context: Context) -> (
        logits: Tensor, codes: Tensor
    ) {
        let logits = maps.map { map in
            classificationHead.clsLogits(classificationHead.conv(map, context), context)
                .rows(of: classes)
        }
        let codes = maps.map { map in
            regressionHead.bboxReg(regressionHead.conv(map, context), context).rows(of: 4)
        }
        return (Tensor.cat(logits, dim: 1), Tensor.cat(codes, dim: 1))
    }
}
