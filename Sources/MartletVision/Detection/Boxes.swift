public import Martlet

/// How the four numbers of a box are meant.
public enum BoxFormat: String, Sendable, CaseIterable {
    /// Left, top, right and bottom edge.
    case xyxy
    /// Left and top edge, width and height: COCO's.
    case xywh
    /// The centre, width and height: YOLO's, and what networks predict.
    case cxcywh
}

/// Boxes as tensors `(..., 4)`: rectangles along the axes, the right and the lower edge not part of them.
///
/// Where nothing else is said they are `.xyxy`. All functions have gradients.
public enum Boxes {
    /// Boxes `(..., 4)` in another format.
    public static func convert(_ boxes: Tensor, from: BoxFormat, to: BoxFormat) -> Tensor {
        requireBoxes(boxes, "Boxes.convert")
        if from == to { return boxes }
        let (first, second) = halves(boxes)
        let (corner, size): (Tensor, Tensor) =
            switch from {
            case .xyxy: (first, second - first)
            case .xywh: (first, second)
            case .cxcywh: (first - second * 0.5, second)
            }
        let parts =
            switch to {
            case .xyxy: [corner, from == .xyxy ? second : corner + size]
            case .xywh: [corner, size]
            case .cxcywh: [corner + size * 0.5, size]
            }
        return Tensor.cat(parts, dim: -1)
    }

    /// Areas `(...)` of boxes `(..., 4)`.
    public static func area(_ boxes: Tensor) -> Tensor {
        requireBoxes(boxes, "Boxes.area")
        let (corner, end) = halves(boxes)
        return (end - corner).prod(dims: [-1])
    }

    /// Boxes `(..., 4)` cut at the edges of an image.
    public static func clip(_ boxes: Tensor, height: Int, width: Int) -> Tensor {
        requireBoxes(boxes, "Boxes.clip")
        let most = Tensor([width, height, width, height].map(Float.init)).to(boxes.dtype)
        return boxes.clamp(min: Tensor(0).to(boxes.dtype), max: most)
    }

    /// Boxes `(..., 4)` cut at the edges of images `(N, C, H, W)`.
    static func clip(_ boxes: Tensor, to images: Tensor) -> Tensor {
        boxes.clamp(min: 0).minimum(CellGrid.extent(of: images))
    }

    /// The intersection over the union `(N, M)` of every box of `(N, 4)` with every one of `(M, 4)`.
    public static func iou(_ one: Tensor, _ other: Tensor) -> Tensor {
        let (a, b) = pairs(one, other, "Boxes.iou")
        let overlap = Overlap(a, b)
        return overlap.shared / overlap.union
    }

    /// The generalised intersection over the union `(N, M)`: less the part of the smallest box around both that neither
    /// covers (Rezatofighi et al. 2019).
    public static func generalizedIoU(_ one: Tensor, _ other: Tensor) -> Tensor {
        let (a, b) = pairs(one, other, "Boxes.generalizedIoU")
        let overlap = Overlap(a, b)
        let around = overlap.around.prod(dims: [-1])
        return overlap.shared / overlap.union - (around - overlap.union) / around
    }

    /// The intersection over the union `(N, M)`, less the squared distance of the centres by the squared diagonal of the
    /// smallest box around both (Zheng et al. 2020, section 3.2).
    ///
    /// - Parameter epsilon: added to the squared diagonal.
    public static func distanceIoU(
        _ one: Tensor, _ other: Tensor, epsilon: Double = 1e-7
    ) -> Tensor {
        let (a, b) = pairs(one, other, "Boxes.distanceIoU")
        let overlap = Overlap(a, b)
        return overlap.shared / overlap.union - overlap.distance(epsilon)
    }

    /// The distance one, less what shapes differ by (Zheng et al. 2020, section 3.4).
    ///
    /// - Parameter epsilon: added to what is divided by.
    public static func completeIoU(
        _ one: Tensor, _ other: Tensor, epsilon: Double = 1e-7
    ) -> Tensor {
        let (a, b) = pairs(one, other, "Boxes.completeIoU")
        let overlap = Overlap(a, b)
        let iou = overlap.shared / overlap.union
        return iou - overlap.distance(epsilon) - overlap.shape(iou, epsilon)
    }

    /// Every box of the first `(N, 1, 4)` beside every one of the second `(1, M, 4)`.
    private static func pairs(_ one: Tensor, _ other: Tensor, _ operation: String) -> (
        Tensor, Tensor
    ) {
        precondition(
            one.ndim == 2 && other.ndim == 2 && one.shape[1] == 4 && other.shape[1] == 4,
            "\(operation): expected boxes (N, 4) and (M, 4), got \(one.shape) and \(other.shape)")
        return (one.unsqueeze(1), other.unsqueeze(0))
    }

    static func requireBoxes(_ boxes: Tensor, _ operation: String) {
        precondition(
            boxes.shape.last == 4,
            "\(operation): expected boxes (..., 4), got shape \(boxes.shape)")
    }

    /// The first two numbers of every box, and the last two.
    static func halves(_ boxes: Tensor) -> (Tensor, Tensor) {
        let parts = boxes.split(size: 2, dim: -1)
        return (parts[0], parts[1])
    }
}

/// What two boxes have in common, box by box.
struct Overlap {
    private let one, other: (corner: Tensor, end: Tensor)
    /// Areas `(...)` of the intersections and of the unions.
    let shared, union: Tensor

    init(_ a: Tensor, _ b: Tensor) {
        (one, other) = (Boxes.halves(a), Boxes.halves(b))
        let size = (one.end.minimum(other.end) - one.corner.maximum(other.corner)).clamp(min: 0)
        shared = size.prod(dims: [-1])
        union = Boxes.area(a) + Boxes.area(b) - shared
    }

    /// Width and height `(..., 2)` of the smallest boxes around both.
    var around: Tensor { one.end.maximum(other.end) - one.corner.minimum(other.corner) }

    /// The squared distance of the centres by the squared diagonal around both.
    func distance(_ epsilon: Double) -> Tensor {
        let apart = (one.corner + one.end - other.corner - other.end) * 0.5
        return apart.square().sum(dims: [-1]) / (around.square().sum(dims: [-1]) + epsilon)
    }

    /// How far the ratios of the sides differ, weighted by how well the boxes overlap; the weight is taken as it is.
    func shape(_ iou: Tensor, _ epsilon: Double) -> Tensor {
        func angle(_ box: (corner: Tensor, end: Tensor)) -> Tensor {
            let sides = (box.end - box.corner).unbind(dim: -1)
            return (sides[0] / sides[1]).atan()
        }
        let difference = (angle(one) - angle(other)).square() * (4 / (Double.pi * Double.pi))
        let weight = difference.detach() / (1 - iou.detach() + difference.detach() + epsilon)
        return weight * difference
    }
}
