public import Martlet

/// 1 - (2 overlap + smooth) / (predicted + actual + smooth), for each image and class: how well soft regions cover each other
/// (Milletari et al. 2016).
///
/// - Parameters:
///   - input: scores `(N, C, d1, ...)`.
///   - target: class indices `(N, d1, ...)`, the scores go through a softmax over the classes; or regions of the input's
///     shape with elements in 0 ... 1, each class goes through a sigmoid by itself.
///   - smooth: keeps regions that are empty from dividing by 0.
///   - fromLogits: whether the input is scores; false for probabilities.
///   - ignoreIndex: cells with this class index count nothing.
///   - reduction: `.none` gives `(N, C)`.
public func diceLoss(
    _ input: Tensor, _ target: Tensor, smooth: Double = 1, fromLogits: Bool = true,
    ignoreIndex: Int = -100, reduction: Reduction = .mean
) -> Tensor {
    tverskyLoss(
        input, target, alpha: 0.5, beta: 0.5, smooth: smooth / 2, fromLogits: fromLogits,
        ignoreIndex: ignoreIndex, reduction: reduction)
}

/// 1 - (overlap + smooth) / (overlap + alpha (predicted alone) + beta (actual alone) + smooth), for each image and class
/// (Salehi et al. 2017): a `beta` above `alpha` makes missing a region worse than inventing one. Halves are `diceLoss`.
///
/// Inputs, targets and the other parameters are those of `diceLoss`.
public func tverskyLoss(
    _ input: Tensor, _ target: Tensor, alpha: Double = 0.5, beta: Double = 0.5, smooth: Double = 1,
    fromLogits: Bool = true, ignoreIndex: Int = -100, reduction: Reduction = .mean
) -> Tensor {
    precondition(
        input.ndim >= 3,
        "tverskyLoss: expected scores (N, classes, d1, ...), got shape \(input.shape)")
    var (predicted, actual): (Tensor, Tensor)
    if target.shape == input.shape {
        predicted = fromLogits ? input.sigmoid() : input
        actual = target.to(input.dtype)
    } else {
        input.requireClassIndices(target, "tverskyLoss")
        predicted = fromLogits ? input.softmax(dim: 1) : input
        let classes = Tensor.arange(input.shape[1]).reshape(
            [-1] + [Int](repeating: 1, count: input.ndim - 2))
        let labels = target.classIndices(
            input.shape[1], ignoreIndex: ignoreIndex, operation: "tverskyLoss"
        ).unsqueeze(1)
        let ignored = labels.eq(Tensor(ignoreIndex))
        actual = labels.eq(classes).logicalAnd(ignored.logicalNot()).to(input.dtype)
        predicted = predicted.maskedFill(ignored, 0)
    }
    let cells = Array(2..<input.ndim)
    let overlap = (predicted * actual).sum(dims: cells)
    let wrong = (predicted.sum(dims: cells) - overlap) * alpha
    let missed = (actual.sum(dims: cells) - overlap) * beta
    return reduction(1 - (overlap + smooth) / (overlap + wrong + missed + smooth))
}
