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
    requirePairs(input, target, "generalizedIoULoss")
    let overlap = Overlap(input, target)
    let around = overlap.around.prod(dims: [-1])
    let iou = overlap.shared / (overlap.union + epsilon)
    return reduction(1 - iou + (around - overlap.union) / (around + epsilon))
}

/// 1 less the distance intersection over the union of predicted boxes and the ones meant (Zheng et al. 2020, section 3.2).
///
/// Parameters are those of `generalizedIoULoss`.
public func distanceIoULoss(
    _ input: Tensor, _ target: Tensor, reduction: Reduction = .none, epsilon: Double = 1e-7
) -> Tensor {
    requirePairs(input, target, "distanceIoULoss")
    let overlap = Overlap(input, target)
    let iou = overlap.shared / (overlap.union + epsilon)
    return reduction(1 - iou + overlap.distance(epsilon))
}

/// 1 less the complete intersection over the union of predicted boxes and the ones meant (Zheng et al. 2020, section 3.4).
///
/// Parameters are those of `generalizedIoULoss`.
public func completeIoULoss(
    _ input: Tensor, _ target: Tensor, reduction: Reduction = .none, epsilon: Double = 1e-7
) -> Tensor {
    requirePairs(input, target, "completeIoULoss")
    let overlap = Overlap(input, target)
    let iou = overlap.shared / (overlap.union + epsilon)
    return reduction(1 - iou + overlap.distance(epsilon) + overlap.shape(iou, epsilon))
}

private func requirePairs(_ input: Tensor, _ target: Tensor, _ operation: String) {
    precondition(
        input.shape == target.shape && input.shape.last == 4,
        "\(operation): expected two tensors of boxes (N, 4), got \(input.shape) and \(target.shape)"
    )
}
