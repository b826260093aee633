public import Martlet

/// max(0, margin + distance to the positive - distance to the negative): an anchor should be nearer to the positive than
/// to the negative (Balntas et al. 2016; PyTorch's `triplet_margin_loss`, `TripletMarginLoss`). All are `(N, D)` or `(D)`.
///
/// - Parameters:
///   - p: which norm the distance is.
///   - epsilon: added to each difference.
///   - swap: whether the distance from the positive to the negative counts instead, where it is the lesser.
public func tripletMarginLoss(
    _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1, p: Double = 2,
    epsilon: Double = 1e-6, swap: Bool = false, reduction: Reduction = .mean
) -> Tensor {
    tripletMarginWithDistanceLoss(
        anchor, positive, negative, margin: margin, swap: swap, reduction: reduction
    ) { pairwiseDistance($0, $1, p: p, epsilon: epsilon) }
}

/// `tripletMarginLoss` with a distance of one's own, which gives a distance `(N)` for two batches `(N, D)` (PyTorch's
/// `triplet_margin_with_distance_loss`).
public func tripletMarginWithDistanceLoss(
    _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1,
    swap: Bool = false, reduction: Reduction = .mean, distance: (Tensor, Tensor) -> Tensor
) -> Tensor {
    precondition(margin > 0, "tripletMarginLoss: expected a margin above 0, got \(margin)")
    precondition(
        anchor.ndim == positive.ndim && anchor.ndim == negative.ndim,
        "tripletMarginLoss: expected anchor, positive and negative with as many dimensions, got "
            + "\(anchor.shape), \(positive.shape) and \(negative.shape)")
    let near = distance(anchor, positive)
    var far = distance(anchor, negative)
    if swap { far = far.minimum(distance(positive, negative)) }
    return reduction((margin + near - far).clamp(min: 0))
}

/// 1 - cosine where the target is 1, max(0, cosine - margin) where it is -1, of the angle between the vectors `(N, D)` or
/// `(D)`; targets are `(N)` or `()` (PyTorch's `cosine_embedding_loss`, `CosineEmbeddingLoss`).
public func cosineEmbeddingLoss(
    _ first: Tensor, _ second: Tensor, _ target: Tensor, margin: Double = 0,
    reduction: Reduction = .mean
) -> Tensor {
    first.requireShape(of: second, "cosineEmbeddingLoss")
    precondition(
        (1...2).contains(first.ndim) && target.shape == Array(first.shape.dropLast()),
        "cosineEmbeddingLoss: expected vectors (N, D) and targets (N), got \(first.shape) and "
            + "\(target.shape)")
    let squares =
        ((first * first).sum(dims: [-1]) + 1e-12) * ((second * second).sum(dims: [-1]) + 1e-12)
    let cosine = (first * second).sum(dims: [-1]) / squares.sqrt()
    let alike = (1 - cosine).maskedFill(target.ne(1), 0)
    return reduction(alike + (cosine - margin).clamp(min: 0).maskedFill(target.ne(-1), 0))
}
