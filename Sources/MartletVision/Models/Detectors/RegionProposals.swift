internal import Martlet
public import MartletNN

/// Says where in images there is anything at all: the first of Faster R-CNN's two stages (Ren et al., "Faster R-CNN", 2015,
/// section 3.1).
///
/// Layers, names and losses are those of torchvision's `RegionProposalNetwork`.
public final class RegionProposalNetwork: Module {
    /// What says of the maps what they show.
    public let head: RegionProposalHead
    /// Around every cell of the maps, with as many at each.
    public let anchors: AnchorGenerator
    /// Which anchors are to find a box.
    public var matcher = AnchorMatcher(positive: 0.7, negative: 0.3, forced: .bestAnchors)
    /// Which of them a step learns from.
    public var sampler = BalancedSampler(count: 256, positiveFraction: 0.5)
    /// How many proposals of a map are looked at, the surest.
    public var candidates = (training: 2000, inference: 1000)
    /// How many proposals an image has at most.
    public var limit = (training: 2000, inference: 1000)
    /// Of two proposals of a map that overlap more (intersection over union), the surer one stays.
    public var overlap = 0.7
    private let coder = BoxCoder(weights: [1, 1, 1, 1])

    /// - Parameter channels: of the maps.
    public init(channels: Int, anchors: AnchorGenerator) {
        let counts = Set(anchors.countsPerCell)
        precondition(
            counts.count == 1,
            "RegionProposalNetwork: expected the same number of anchors for each map, got "
                + "\(anchors.countsPerCell)")
        self.anchors = anchors
        head = RegionProposalHead(channels: channels, anchors: anchors.countsPerCell[0])
    }

    /// What it says of images.
    struct Outputs {
        /// For each map logits `(N, A)` and codes `(N, A, 4)`, and the anchors `(A, 4)` they belong to.
        let levels: [(logits: Tensor, codes: Tensor, anchors: Tensor)]
        /// `(N, 3, H, W)`, of which only the size matters.
        let images: Tensor

        /// Those of all maps, one after another.
        var joined: (logits: Tensor, codes: Tensor, anchors: Tensor) {
            (
                Tensor.cat(levels.map(\.logits), dim: 1), Tensor.cat(levels.map(\.codes), dim: 1),
                Tensor.cat(levels.map(\.anchors))
            )
        }
    }

    func callAsFunction(_ maps: [Tensor], images: Tensor, _ context: Context) -> Outputs {
        let all = anchors(maps: maps, images: images)
            .split(
                sizes: zip(maps, anchors.countsPerCell).map { $0.shape[2] * $0.shape[3] * $1 })
        let levels = zip(maps, all).map { map, anchors in
            let (logits, codes) = head(map, context)
            return (logits: logits.to(.float32), codes: codes.to(.float32), anchors: anchors)
        }
        return Outputs(levels: levels, images: images)
    }

    /// For each image where there may be something, boxes `(K, 4)`, `.xyxy`, the surest first. No gradients flow
    /// through them.
    func proposals(_ said: Outputs, _ context: Context) -> [Tensor] {
        let candidates = context.isTraining ? candidates.training : candidates.inference
        let limit = context.isTraining ? limit.training : limit.inference
        let count = said.levels.first?.logits.shape[0] ?? 0
        return noGrad {
            (0..<count).map { image in
                let found = said.levels.flatMap { level in
                    let logits = level.logits[image]
                    let best = logits.topk(min(candidates, logits.count), dim: 0)
                    let boxes = coder.decode(
                        level.codes[image].indexSelect(dim: 0, best.indices),
                        anchors: level.anchors.indexSelect(dim: 0, best.indices))
                    return kept(
                        Boxes.clip(boxes, to: said.images), best.values)
                }
                // Of equal scores the one of the finer map stands first.
                let order = found.indices.sorted {
                    found[$0].score == found[$1].score
                        ? $0 < $1 : found[$0].score > found[$1].score
                }
                let numbers = order.prefix(limit).flatMap { found[$0].box }
                return Tensor(numbers, shape: [numbers.count / 4, 4])
            }
        }
    }

    /// A map's proposals that have an area and overlap no surer one.
    private func kept(_ boxes: Tensor, _ scores: Tensor) -> [(box: [Float], score: Float)] {
        let numbers = boxes.array(as: Float.self)
        let sound = (0..<scores.count).filter { box -> Bool in
            let width = numbers[4 * box + 2] - numbers[4 * box]
            let height = numbers[4 * box + 3] - numbers[4 * box + 1]
            // False, too, where a network has come to numbers that are none.
            return width >= 1e-3 && height >= 1e-3
        }
        let values = scores.array(as: Float.self)
        let proposals = Candidates(
            boxes: sound.flatMap { numbers[4 * $0..<4 * $0 + 4] }, scores: sound.map { values[$0] })
        return proposals.kept(threshold: overlap).map {
            (Array(proposals.boxes[4 * $0..<4 * $0 + 4]), proposals.scores[$0])
        }
    }

    /// The cross-entropy of whether there is anything at the anchors drawn, a mean, and smooth L1 of the codes of those
    /// that find a box, a sum by the number of all that are drawn.
    func loss(_ said: Outputs, _ targets: [DetectionTarget], _ context: Context) -> [(
        name: String, value: Tensor
    )] {
        let (logits, codes, anchors) = said.joined
        let count = anchors.shape[0]
        let matches = MatchedAnchors(targets, count: count) {
            matcher(boxes: $0.boxes, anchors: anchors)
        }
        var positives: [Int] = []
        var negatives: [Int] = []
        for image in targets.indices {
            let range = image * count..<(image + 1) * count
            let drawn = sampler(
                positives: matches.places.indices.filter { matches.images[$0] == image },
                negatives: matches.background.filter { range.contains($0) },
                generator: &context.generator)
            positives += drawn.positives
            negatives += drawn.negatives
        }
        let places = positives.map { matches.places[$0] }
        let total = Double(max(1, places.count + negatives.count))
        let truths = places.map { _ in Float(1) } + negatives.map { _ in 0 }
        let entropy = binaryCrossEntropyWithLogits(
            logits.flatten().indexSelect(dim: 0, Tensor(places + negatives)), Tensor(truths),
            reduction: .sum)
        let wanted = coder.encode(
            matches.boxes.indexSelect(dim: 0, Tensor(positives)),
            anchors: anchors.indexSelect(dim: 0, Tensor(positives.map { matches.anchors[$0] })))
        let distance = smoothL1Loss(
            codes.flatten(from: 0, to: 1).indexSelect(dim: 0, Tensor(places)), wanted,
            beta: 1.0 / 9, reduction: .sum)
        return [("objectness", entropy / total), ("proposals", distance / total)]
    }
}

/// A convolution and what it says of each anchor: whether there is something, and where.
public final class RegionProposalHead: Module {
    /// The convolutions before what is said.
    public let conv: Sequential
    /// How sure it is that there is something, a logit.
    public let clsLogits: Conv2d
    /// The codes of its box.
    public let bboxPred: Conv2d

    /// - Parameter anchors: at each cell.
    public init(channels: Int, anchors: Int) {
        func convolution(_ outputs: Int, _ kernel: Int) -> Conv2d {
            Conv2d(channels, outputs, kernelSize: kernel, padding: kernel / 2)
                .starting(from: .normal(std: 0.01))
        }
        conv = Sequential(Sequential(convolution(channels, 3), ReLU()))
        clsLogits = convolution(anchors, 1)
        bboxPred = convolution(anchors * 4, 1)
    }

    /// Of a map `(N, channels, H, W)` logits `(N, A)` and codes `(N, A, 4)`.
    func callAsFunction(_ map: Tensor, _ context: Context) -> (logits: Tensor, codes: Tensor) {
        let features = conv(map, context)
        return (
            clsLogits(features, context).rows(of: 1).squeeze(2),
            bboxPred(features, context).rows(of: 4)
        )
    }
}
