public import Martlet
public import MartletNN

/// 1 less the generalised intersection over the union of predicted boxes and the ones meant (Rezatofighi et al. 2019).
///
/// - Parameters:
///   - input: boxes `(N, 4)`, `.xyxy`.
///   - target: boxes of the same shape.
///   - reduction: `.none` gives `(N)`.
///   - epsilon: added to what is divided by.
public func generalizedIoULoss(
    _ input: Tensor, _ target: Tensor, reduction: Reduction = .none, epsilon: Double = 1e-7
) -> Tensor {
    boxLoss(input, target, reduction, epsilon, "generalizedIoULoss") { overlap, _ in
        let around = overlap.around.prod(dims: [-1])
        return (around - overlap.union) / (around + epsilon)
    }
}

/// 1 less the distance intersection over the union of predicted boxes and the ones meant (Zheng et al. 2020, section 3.2).
///
/// Parameters are those of `generalizedIoULoss`.
public func distanceIoULoss(
    _ input: Tensor, _ target: Tensor, reduction: Reduction = .none, epsilon: Double = 1e-7
) -> Tensor {
    boxLoss(input, target, reduction, epsilon, "distanceIoULoss") { overlap, _ in
        overlap.distance(epsilon)
    }
}

/// 1 less the complete intersection over the union of predicted boxes and the ones meant (Zheng et al. 2020, section 3.4).
///
/// Parameters are those of `generalizedIoULoss`.
public func completeIoULoss(
    _ input: Tensor, _ target: Tensor, reduction: Reduction = .none, epsilon: Double = 1e-7
) -> Tensor {
    boxLoss(input, target, reduction, epsilon, "completeIoULoss") { overlap, iou in
        overlap.distance(epsilon) + overlap.shape(iou, epsilon)
    }
}

/// 1 less the intersection over the union, and what is added to that.
private func boxLoss(
    _ input: Tensor, _ target: Tensor, _ reduction: Reduction, _ epsilon: Double,
    _ operation: String, adding more: (_ overlap: Overlap, _ iou: Tensor) -> Tensor
) -> Tensor {
    precondition(
        input.shape == target.shape && input.shape.last == 4,
        "\(operation): expected two tensors of boxes (N, 4), got \(input.shape) and \(target.shape)"
    )
    let overlap = Overlap(input, target)
    let iou = overlap.shared / (overlap.union + epsilon)
    return reduction(1 - iou + more(overlap, iou))
}
