public import Martlet

/// The input where the target is 1, max(0, margin - input) where it is -1: whether two things are near (PyTorch's
/// `hinge_embedding_loss`, `HingeEmbeddingLoss`). Both have one shape.
public func hingeEmbeddingLoss(
    _ input: Tensor, _ target: Tensor, margin: Double = 1, reduction: Reduction = .mean
) -> Tensor {
    input.requireShape(of: target, "hingeEmbeddingLoss")
    let away = (margin - input).clamp(min: 0).maskedFill(target.eq(1), 0)
    return reduction(away + input.maskedFill(target.eq(-1), 0))
}

/// max(0, 1 - target input) for targets 1 and -1 of the input's shape: the loss of support vector machines.
public func hingeLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
    input.requireShape(of: target, "hingeLoss")
    return reduction((1 - target * input).relu())
}

/// The square of `hingeLoss`, which large violations dominate.
public func squaredHingeLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean)
    -> Tensor
{
    input.requireShape(of: target, "squaredHingeLoss")
    return reduction((1 - target * input).relu().square())
}

/// max(0, margin - target (first - second)): the first should be ranked above the second where the target is 1, below it
/// where it is -1 (PyTorch's `margin_ranking_loss`, `MarginRankingLoss`). The three broadcast.
public func marginRankingLoss(
    _ first: Tensor, _ second: Tensor, _ target: Tensor, margin: Double = 0,
    reduction: Reduction = .mean
) -> Tensor {
    let name = "marginRankingLoss"
    Shape.broadcast(
        Shape.broadcast(first.shape, second.shape, operation: name), target.shape, operation: name)
    return reduction((margin - target * (first - second)).clamp(min: 0))
}

/// log(1 + e^(-target input)) for targets 1 and -1 of the input's shape, without overflow (PyTorch's `soft_margin_loss`,
/// `SoftMarginLoss`).
public func softMarginLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean)
    -> Tensor
{
    input.requireShape(of: target, "softMarginLoss")
    return reduction(-(target * input).logSigmoid())
}
