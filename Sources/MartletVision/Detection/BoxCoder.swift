public import Martlet

/// Boxes as a network predicts them: relative to anchors, the centre's offset by the anchor's size and the logarithm of the
/// ratio of sizes, each times a weight (Girshick et al. 2014, appendix C).
public struct BoxCoder: Sendable, Equatable {
    /// What x, y, width and height are multiplied by: the inverse of SSD's variances.
    public let weights: [Double]
    /// The largest logarithm of a ratio of sizes that is decoded: predictions beyond would overflow.
    public let largestLogarithm: Double

    /// - Parameters:
    ///   - weights: of x, y, width and height.
    ///   - largestLogarithm: of a ratio of sizes.
    public init(
        weights: [Double] = [10, 10, 5, 5], largestLogarithm: Double = 4.135166556742356
    ) {
        precondition(
            weights.count == 4 && weights.allSatisfy { $0 > 0 },
            "BoxCoder: expected four weights above 0, got \(weights)")
        self.weights = weights
        self.largestLogarithm = largestLogarithm
    }

    /// Boxes relative to anchors; all `(..., 4)`, boxes and anchors `.xyxy`.
    public func encode(_ boxes: Tensor, anchors: Tensor) -> Tensor {
        Boxes.requireBoxes(boxes, "BoxCoder.encode")
        let (center, size) = Boxes.halves(Boxes.convert(boxes, from: .xyxy, to: .cxcywh))
        let (middle, scale) = Boxes.halves(Boxes.convert(anchors, from: .xyxy, to: .cxcywh))
        let relative = Tensor.cat([(center - middle) / scale, (size / scale).log()], dim: -1)
        return relative * Tensor(weights).to(relative.dtype)
    }

    /// The boxes `.xyxy` that are meant by codes relative to anchors; all `(..., 4)`.
    public func decode(_ codes: Tensor, anchors: Tensor) -> Tensor {
        Boxes.requireBoxes(codes, "BoxCoder.decode")
        let (offset, ratio) = Boxes.halves(codes / Tensor(weights).to(codes.dtype))
        let (middle, scale) = Boxes.halves(Boxes.convert(anchors, from: .xyxy, to: .cxcywh))
        let center = offset * scale + middle
        let size = ratio.clamp(max: largestLogarithm).exp() * scale
        return Boxes.convert(Tensor.cat([center, size], dim: -1), from: .cxcywh, to: .xyxy)
    }
}
