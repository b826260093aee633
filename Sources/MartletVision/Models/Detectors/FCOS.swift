internal import Foundation
public import Martlet
public import MartletNN

/// A single-shot detector without anchors: every cell of the feature maps says how far it is from the edges of the box
/// it lies in, and how near to its middle (Tian et al., "FCOS: Fully convolutional one-stage object detection", 2019).
///
/// Layers, names, matches and losses are those of torchvision's `FCOS`. It has no class for the background, as `RetinaNet`.
public final class FCOS: SingleShotDetector {
    /// What makes feature maps of images.
    public let backbone: PyramidBackbone
    /// What says of the maps what they show.
    public let head: FCOSHead
    /// How many classes there are to find, the background not among them.
    public let classes: Int
    private let points: AnchorGenerator
    private let matcher: CenterMatcher

    /// - Parameters:
    ///   - classes: to be found.
    ///   - backbone: by default maps from 8 to 128 times smaller than the image, of 256 channels.
    ///   - strides: how many pixels lie between the cells of each map.
    ///   - radius: of the part of a box in which cells find it, around its middle, in strides.
    ///   - groups: of the heads' normalisation; the backbone's channels are a multiple of it.
    public init(
        classes: Int,
        backbone: PyramidBackbone = PyramidBackbone(firstStage: 1, extra: .convolvedMap),
        strides: [Int] = [8, 16, 32, 64, 128], radius: Double = 1.5, groups: Int = 32
    ) {
        precondition(
            strides.count == backbone.levels,
            "FCOS: expected strides of \(backbone.levels) maps, got \(strides)")
        self.backbone = backbone
        self.classes = classes
        // A point is written as an anchor: a square of its stride around it.
        points = AnchorGenerator(
            sizes: strides.map { [Double($0)] },
            aspectRatios: strides.map { _ in [1] })
        matcher = CenterMatcher(radius: radius)
        head = FCOSHead(channels: backbone.channels, classes: classes, groups: groups)
    }

    /// What it says of images, the points `(A, 4)` that it is said of, and how many of them are on each map.
    func outputs(_ images: Tensor, _ context: Context) -> (
        said: FCOSHead.Outputs, points: Tensor, counts: [Int]
    ) {
        let maps = backbone(images, context)
        return (
            head(maps, context), points(maps: maps, images: images),
            maps.map { $0.shape[2] * $0.shape[3] }
        )
    }

    /// Boxes and how sure it is of each class there; see `SingleShotDetector`.
    public func candidates(_ images: Tensor, _ context: Context) -> (boxes: Tensor, scores: Tensor)
    {
        let (said, points, _) = outputs(images, context)
        let scores = said.logits.to(.float32).sigmoid() * said.centerness.to(.float32).sigmoid()
        let boxes = Self.decode(said.distances.to(.float32), points)
        return (Boxes.clip(boxes, to: images), scores.sqrt())
    }

    /// What training lowers; see `Detector`.
    public func loss(
        _ images: Tensor, _ targets: [DetectionTarget], _ context: Context
    ) -> DetectionLoss {
        let (said, points, counts) = outputs(images, context)
        return loss(said, points, counts, targets)
    }

    /// The focal loss of all classes of all points, and for the points that find a box the generalised IoU of their
    /// boxes and the cross-entropy of their nearness to the middle; sums over the batch by the number of the latter
    /// points.
    func loss(
        _ said: FCOSHead.Outputs, _ points: Tensor, _ counts: [Int], _ targets: [DetectionTarget]
    ) -> DetectionLoss {
        let matches = MatchedAnchors(targets, count: points.shape[0]) {
            matcher(boxes: $0.boxes, points: points, counts: counts)
        }
        func found(_ x: Tensor) -> Tensor {
            x.flatten(from: 0, to: 1).to(.float32).indexSelect(dim: 0, Tensor(matches.places))
        }
        let own = points.indexSelect(dim: 0, Tensor(matches.anchors))
        let focal = sigmoidFocalLoss(
            said.logits.flatten(from: 0, to: 1).to(.float32), matches.oneHot(classes: classes),
            reduction: .sum)
        let boxes = generalizedIoULoss(
            Self.decode(found(said.distances), own), matches.boxes, reduction: .sum)
        let centers = binaryCrossEntropyWithLogits(
            found(said.centerness), Self.centerness(of: matches.boxes, own), reduction: .sum)
        let count = max(1, matches.places.count)
        return DetectionLoss(
            [
                ("classes", focal / Double(count)), ("boxes", boxes / Double(count)),
                ("centerness", centers / Double(count)),
            ], count: count)
    }

    /// The boxes `(..., 4)`, `.xyxy`, that are as far from points as distances to the left, top, right and bottom, in
    /// strides, say.
    static func decode(_ distances: Tensor, _ points: Tensor) -> Tensor {
        let (middle, stride) = Boxes.halves(Boxes.convert(points, from: .xyxy, to: .cxcywh))
        let (before, after) = Boxes.halves(distances)
        return Tensor.cat([middle - before * stride, middle + after * stride], dim: -1)
    }

    /// How near points are to the middle of boxes, 0 to 1 (section 3.2, equation 3): `(P, 1)`.
    static func centerness(of boxes: Tensor, _ points: Tensor) -> Tensor {
        let (middle, _) = Boxes.halves(Boxes.convert(points, from: .xyxy, to: .cxcywh))
        let (corner, end) = Boxes.halves(boxes)
        let (before, after) = (middle - corner, end - middle)
        return (before.minimum(after) / before.maximum(after)).prod(dims: [-1], keepDim: true)
            .sqrt()
    }
}

/// Which box a point is to find: the smallest of those in whose middle part it lies and whose edges are as far as its
/// map is for.
struct CenterMatcher: Sendable {
    /// Of the middle part, in strides.
    let radius: Double

    /// For each point the place of a box, or `AnchorMatcher.background`.
    ///
    /// - Parameters:
    ///   - boxes: `(M, 4)`, `.xyxy`.
    ///   - points: `(A, 4)`, squares of a stride, one map after another.
    ///   - counts: points on each map.
    func callAsFunction(boxes: Tensor, points: Tensor, counts: [Int]) -> [Int] {
        let boxes = boxes.array(as: Float.self)
        let points = points.array(as: Float.self)
        var result = [Int](repeating: AnchorMatcher.background, count: points.count / 4)
        var least = [Float](repeating: .infinity, count: result.count)
        for box in 0..<boxes.count / 4 {
            let (left, top) = (boxes[4 * box], boxes[4 * box + 1])
            let (right, bottom) = (boxes[4 * box + 2], boxes[4 * box + 3])
            let area = (right - left) * (bottom - top)
            let middle = (x: (left + right) / 2, y: (top + bottom) / 2)
            var first = 0
            for (map, count) in counts.enumerated() {
                for point in first..<first + count {
                    let x = (points[4 * point] + points[4 * point + 2]) / 2
                    let y = (points[4 * point + 1] + points[4 * point + 3]) / 2
                    let stride = points[4 * point + 2] - points[4 * point]
                    let away = max(abs(x - middle.x), abs(y - middle.y))
                    let nearest = min(x - left, y - top, right - x, bottom - y)
                    let farthest = max(x - left, y - top, right - x, bottom - y)
                    guard away < Float(radius) * stride && nearest > 0,
                        map == 0 || farthest > 4 * stride,
                        map == counts.count - 1 || farthest < 8 * stride, area < least[point]
                    else { continue }
                    least[point] = area
                    result[point] = box
                }
                first += count
            }
        }
        return result
    }
}

/// FCOS's two heads, each four convolutions with group normalisation and one or two for what it says, the same for all
/// maps.
public final class FCOSHead: Module {
    /// Says what there is.
    public let classificationHead: ClassificationHead
    /// Says where it is.
    public let regressionHead: RegressionHead
    private let classes: Int

    /// What is said of A points of N images.
    struct Outputs {
        /// `(N, A, classes)`.
        let logits: Tensor
        /// `(N, A, 4)`, to the left, top, right and bottom, in strides.
        let distances: Tensor
        /// Logits `(N, A, 1)`.
        let centerness: Tensor
    }

    /// What the points show.
    public final class ClassificationHead: Module {
        /// The convolutions before what is said.
        public let conv: Sequential
        /// The logits of the classes.
        public let clsLogits: Conv2d

        init(channels: Int, classes: Int, groups: Int) {
            conv = FCOSHead.tower(channels, groups)
            // At first everything is background with a probability of 0.99.
            clsLogits = RetinaNetHead.convolution(channels, classes, bias: -log(99))
        }
    }

    /// Where what they show is.
    public final class RegressionHead: Module {
        /// The convolutions before what is said.
        public let conv: Sequential
        /// Distances to the edges of boxes.
        public let bboxReg: Conv2d
        /// How near a point is to the middle of its box.
        public let bboxCtrness: Conv2d

        init(channels: Int, groups: Int) {
            conv = FCOSHead.tower(channels, groups)
            bboxReg = RetinaNetHead.convolution(channels, 4)
            bboxCtrness = RetinaNetHead.convolution(channels, 1)
        }
    }

    /// - Parameter groups: of the normalisation.
    public init(channels: Int, classes: Int, groups: Int = 32) {
        classificationHead = ClassificationHead(
            channels: channels, classes: classes, groups: groups)
        regressionHead = RegressionHead(channels: channels, groups: groups)
        self.classes = classes
    }

    private static func tower(_ channels: Int, _ groups: Int) -> Sequential {
        Sequential(
            (0..<4).flatMap { _ in
                [
                    RetinaNetHead.convolution(channels, channels),
                    GroupNorm(groups, channels), ReLU(),
                ] as [any Layer]
            })
    }

    func callAsFunction(_ maps: [Tensor], _ context: Context) -> Outputs {
        let logits = maps.map { map in
            classificationHead.clsLogits(classificationHead.conv(map, context), context)
                .rows(of: classes)
        }
        let features = maps.map { regressionHead.conv($0, context) }
        return Outputs(
            logits: Tensor.cat(logits, dim: 1),
            distances: Tensor.cat(
                features.map { regressionHead.bboxReg($0, context).relu().rows(of: 4) }, dim: 1),
            centerness: Tensor.cat(
                features.map { regressionHead.bboxCtrness($0, context).rows(of: 1) }, dim: 1))
    }
}
