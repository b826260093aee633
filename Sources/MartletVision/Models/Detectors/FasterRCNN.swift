public import Martlet
public import MartletNN

/// A detector of two stages: a network proposes boxes, and a second one looks at the features within each (Ren et al.,
/// "Faster R-CNN: Towards real-time object detection with region proposal networks", 2015), on a feature pyramid (Lin
/// et al. 2017).
///
/// Layers, names, matches and losses are those of torchvision's `FasterRCNN`.
public final class FasterRCNN: Detector {
    /// What makes feature maps of images.
    public let backbone: PyramidBackbone
    /// The first stage: proposes boxes.
    public let rpn: RegionProposalNetwork
    /// The second stage: judges what was proposed.
    public let roiHeads: RoIHeads
    /// How many classes there are to find, the background not among them.
    public let classes: Int

    /// One size of each of three shapes at every cell, from 32 pixels on the first of five maps.
    public static let anchors = AnchorGenerator(
        sizes: [[32], [64], [128], [256], [512]],
        aspectRatios: Array(repeating: [0.5, 1, 2], count: 5))

    /// - Parameters:
    ///   - classes: to be found.
    ///   - backbone: by default maps from 4 to 64 times smaller than the image, of 256 channels. Proposals come from all, their
    ///     features from those that are made of stages.
    ///   - anchors: as many feature maps as the backbone makes, each with as many anchors at a cell.
    ///   - width: of the second stage's fully connected layers.
    ///   - pooling: how a proposal's features become a grid of one size.
    public init(
        classes: Int,
        backbone: PyramidBackbone = PyramidBackbone(firstStage: 0, extra: .subsampled),
        anchors: AnchorGenerator = FasterRCNN.anchors, width: Int = 1024,
        pooling: PyramidRoIAlign = PyramidRoIAlign()
    ) {
        precondition(
            anchors.sizes.count == backbone.levels,
            "FasterRCNN: expected anchors for \(backbone.levels) maps, got \(anchors.sizes.count)")
        self.backbone = backbone
        self.classes = classes
        rpn = RegionProposalNetwork(channels: backbone.channels, anchors: anchors)
        roiHeads = RoIHeads(
            classes: classes, channels: backbone.channels, width: width, pooling: pooling)
    }

    /// What training lowers; see `Detector`.
    public func loss(
        _ images: Tensor, _ targets: [DetectionTarget], _ context: Context
    ) -> DetectionLoss {
        let maps = backbone(images, context)
        let said = rpn(maps, images: images, context)
        return DetectionLoss(
            rpn.loss(said, targets, context)
                + roiHeads.loss(
                    pooled(maps), rpn.proposals(said, context), targets, images, context),
            count: targets.count)
    }

    /// What there is in images; see `Detector`.
    public func detect(
        _ images: Tensor, _ selection: DetectionSelection, _ context: Context
    ) -> [FoundObjects] {
        let (boxes, scores) = noGrad { candidates(images, context) }
        return zip(boxes, scores).map { selection(boxes: $0, scores: $1) }
    }

    /// What there is in a batch, as an exported graph gives it; see `Detector`.
    public func detections(
        _ images: Tensor, _ selection: DetectionSelection, _ context: Context
    ) -> [Tensor] {
        let (boxes, scores) = candidates(images, context)
        return Tensor.apply(
            TwoStageDetections(selection: selection), (boxes + scores).map { $0.detach() })
    }

    /// For each image boxes `(K, classes, 4)`, each class with its own, and how sure it is of each class `(K, classes)`.
    private func candidates(_ images: Tensor, _ context: Context) -> (
        boxes: [Tensor], scores: [Tensor]
    ) {
        let maps = backbone(images, context)
        let said = rpn(maps, images: images, context)
        return roiHeads.candidates(
            pooled(maps), rpn.proposals(said, context), images, context)
    }

    /// The maps that features are taken from.
    private func pooled(_ maps: [Tensor]) -> [Tensor] {
        Array(maps.prefix(backbone.fpn.innerBlocks.count))
    }
}

/// Says what proposals show and where exactly it is: the second of Faster R-CNN's two stages (Girshick, "Fast R-CNN",
/// 2015).
///
/// Layers, names and losses are those of torchvision's `RoIHeads`.
public final class RoIHeads: Module {
    /// Makes a vector of the features within a proposal.
    public let boxHead: TwoLayerHead
    /// Says of that vector what there is, and where.
    public let boxPredictor: BoxPredictor
    /// Which proposals are to find a box.
    public var matcher = AnchorMatcher(positive: 0.5, negative: 0.5, forced: .none)
    /// Which of them a step learns from.
    public var sampler = BalancedSampler(count: 512, positiveFraction: 0.25)
    /// How a proposal's features become a grid.
    public let pooling: PyramidRoIAlign
    private let classes: Int
    private let coder = BoxCoder()

    /// - Parameters:
    ///   - channels: of the maps.
    ///   - width: of the fully connected layers.
    public init(classes: Int, channels: Int, width: Int, pooling: PyramidRoIAlign) {
        self.classes = classes
        self.pooling = pooling
        boxHead = TwoLayerHead(channels * pooling.outputSize.area, width)
        boxPredictor = BoxPredictor(width, classes: classes)
    }

    /// For proposals, those of all images in one row, logits `(K, 1 + classes)`, the background first, and codes
    /// `(K, 1 + classes, 4)`.
    private func outputs(
        _ maps: [Tensor], _ proposals: [Tensor], _ images: Tensor, _ context: Context
    ) -> (logits: Tensor, codes: Tensor) {
        let features = boxHead(pooling(maps, boxes: proposals, image: images.imageSize), context)
        let logits = boxPredictor.clsScore(features, context).to(.float32)
        let codes = boxPredictor.bboxPred(features, context).to(.float32)
        return (logits, codes.reshape([logits.shape[0], 1 + classes, 4]))
    }

    /// The cross-entropy of the classes of the proposals drawn, a mean, and smooth L1 of the codes of those that find a
    /// box, for the box's class, a sum by the number of all that are drawn.
    func loss(
        _ maps: [Tensor], _ proposals: [Tensor], _ targets: [DetectionTarget], _ images: Tensor,
        _ context: Context
    ) -> [(name: String, value: Tensor)] {
        var drawn: [Tensor] = []
        var labels: [Int] = []
        // Those that find a box: their places among the codes of all classes, and what the codes should be.
        var places: [Int] = []
        var wanted: [Tensor] = []
        for (proposals, target) in zip(proposals, targets) {
            let sample = sample(proposals, target, context)
            drawn.append(sample.boxes)
            wanted.append(sample.codes)
            for label in sample.labels {
                if label > 0 { places.append(labels.count * (1 + classes) + label) }
                labels.append(label)
            }
        }
        guard !labels.isEmpty else { return [] }
        let (logits, codes) = outputs(maps, drawn, images, context)
        let distance = smoothL1Loss(
            codes.reshape([-1, 4]).indexSelect(dim: 0, Tensor(places)), Tensor.cat(wanted),
            beta: 1.0 / 9, reduction: .sum)
        return [
            ("classes", crossEntropy(logits, Tensor(labels))),
            ("boxes", distance / Double(labels.count)),
        ]
    }

    /// Of an image's proposals and the boxes themselves some to learn from, with their labels, 0 for the background;
    /// and for those that find a box, which come first, the codes.
    private func sample(_ proposals: Tensor, _ target: DetectionTarget, _ context: Context) -> (
        boxes: Tensor, labels: [Int], codes: Tensor
    ) {
        let all = Tensor.cat([proposals, target.boxes.to(.float32)])
        let matches = MatchedAnchors([target], count: all.shape[0]) {
            matcher(boxes: $0.boxes, anchors: all)
        }
        let drawn = sampler(
            positives: Array(matches.places.indices), negatives: matches.background,
            generator: &context.generator)
        let own = all.indexSelect(dim: 0, Tensor(drawn.positives.map { matches.places[$0] }))
        let background = all.indexSelect(dim: 0, Tensor(drawn.negatives))
        return (
            Tensor.cat([own, background]),
            drawn.positives.map { matches.labels[$0] + 1 } + drawn.negatives.map { _ in 0 },
            coder.encode(
                matches.boxes.indexSelect(dim: 0, Tensor(drawn.positives)), anchors: own)
        )
    }

    /// What each image's proposals show: boxes `(K, classes, 4)`, each class with its own, and how sure it is of each class
    /// `(K, classes)`.
    func candidates(
        _ maps: [Tensor], _ proposals: [Tensor], _ images: Tensor, _ context: Context
    ) -> (boxes: [Tensor], scores: [Tensor]) {
        let counts = proposals.map { $0.shape[0] }
        guard counts.contains(where: { $0 > 0 }) else {
            return (
                counts.map { _ in Tensor.zeros([0, classes, 4]) },
                counts.map { _ in Tensor.zeros([0, classes]) }
            )
        }
        let (logits, codes) = outputs(maps, proposals, images, context)
        let boxes = Boxes.clip(
            coder.decode(
                codes.narrow(dim: 1, start: 1, length: classes),
                anchors: Tensor.cat(proposals).unsqueeze(1)), to: images)
        // Boxes that have shrunk to nothing show nothing.
        let (_, sides) = Boxes.halves(Boxes.convert(boxes, from: .xyxy, to: .xywh))
        let scores =
            logits.softmax(dim: 1).narrow(dim: 1, start: 1, length: classes)
            * sides.min(dims: [-1]).ge(1e-2).to(.float32)
        return (boxes.split(sizes: counts), scores.split(sizes: counts))
    }
}

/// What is left of the candidates of a batch: for each image boxes, then for each image scores. Proposals have no ONNX form
/// here, so that nothing of what comes before is part of a graph, and this says so.
private struct TwoStageDetections: TensorOperation {
    let selection: DetectionSelection
    private var inputs = 0

    init(selection: DetectionSelection) { self.selection = selection }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        self.inputs = inputs.count
        let count = inputs.count / 2
        var images: [Int] = []
        var boxes = [Tensor.zeros([0, 4])]
        var labels: [Int] = []
        var values: [Float] = []
        for (image, (own, scores)) in zip(inputs[..<count], inputs[count...]).enumerated() {
            let found = selection.places(boxes: own, scores: scores)
            images += found.map { _ in image }
            boxes.append(
                own.reshape([-1, 4]).indexSelect(dim: 0, Tensor(found.map(\.row))))
            labels += found.map(\.label)
            values += found.map(\.score)
        }
        return [Tensor(images), Tensor.cat(boxes), Tensor(labels), Tensor(values)]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] { [Tensor?](repeating: nil, count: inputs) }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        throw ONNXFormError(
            operation: "Faster R-CNN",
            reason: "what its first stage proposes has no ONNX form here; detectors of one stage do"
        )
    }
}

/// Two fully connected layers on grids of features: torchvision's `TwoMLPHead`.
public final class TwoLayerHead: Layer {
    /// The first of the two layers.
    public let fc6: Linear
    /// The second of the two layers.
    public let fc7: Linear

    init(_ inFeatures: Int, _ width: Int) {
        fc6 = Linear(inFeatures, width)
        fc7 = Linear(width, width)
    }

    /// `(K, C, H, W)` to `(K, width)`.
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        fc7(fc6(x.flatten(from: 1), context).relu(), context).relu()
    }
}

/// What Faster R-CNN says of a proposal: its class, the background first, and for each class a box: torchvision's
/// `FastRCNNPredictor`.
public final class BoxPredictor: Module {
    /// The logits of the classes and the background.
    public let clsScore: Linear
    /// The codes of boxes.
    public let bboxPred: Linear

    init(_ inFeatures: Int, classes: Int) {
        clsScore = Linear(inFeatures, 1 + classes)
        bboxPred = Linear(inFeatures, 4 * (1 + classes))
    }
}
