public import Martlet

/// The mean over the classes of max(0, margin - score of the target + score of the class)^p, the target left out
/// (PyTorch's `multi_margin_loss`, `MultiMarginLoss`).
///
/// - Parameters:
///   - input: scores `(N, C)` or `(C)`.
///   - target: class indices `(N)` or `()`.
///   - p: 1 or 2.
///   - weight: a factor for each class `(C)`, that of the target counts.
public func multiMarginLoss(
    _ input: Tensor, _ target: Tensor, p: Int = 1, margin: Double = 1, weight: Tensor? = nil,
    reduction: Reduction = .mean
) -> Tensor {
    precondition(p == 1 || p == 2, "multiMarginLoss: expected p 1 or 2, got \(p)")
    precondition(
        input.ndim <= 2, "multiMarginLoss: expected scores (N, classes), got \(input.shape)")
    input.requireClassIndices(target, "multiMarginLoss")
    let dim = input.classDimension
    let classes = input.shape[dim]
    let labels = target.classIndices(classes, operation: "multiMarginLoss")
    let violation = (margin - input.gather(dim: dim, labels.unsqueeze(dim)) + input).relu()
    var losses = p == 1 ? violation : violation.square()
    losses = losses.maskedFill(labels.unsqueeze(dim).eq(Tensor.arange(classes)), 0)
    if let weight {
        precondition(
            weight.shape == [classes],
            "multiMarginLoss: expected class weights [\(classes)], got shape \(weight.shape)")
        let each = weight.to(input.dtype).indexSelect(dim: 0, labels.reshape([-1]))
        losses = losses * each.reshape(labels.unsqueeze(dim).shape)
    }
    return reduction(losses.sum(dims: [dim]) / Double(classes))
}

/// The sum over pairs of a target class and another class of max(0, 1 - score of the target + score of the other),
/// divided by the number of classes (PyTorch's `multilabel_margin_loss`, `MultiLabelMarginLoss`).
///
/// - Parameters:
///   - input: scores `(N, C)` or `(C)`.
///   - target: indices of the target classes, of the input's shape; those from the first -1 on do not count.
public func multilabelMarginLoss(
    _ input: Tensor, _ target: Tensor, reduction: Reduction = .mean
) -> Tensor {
    input.requireShape(of: target, "multilabelMarginLoss")
    precondition(
        input.ndim == 1 || input.ndim == 2,
        "multilabelMarginLoss: expected scores (N, classes), got \(input.shape)")
    let classes = input.shape[input.ndim - 1]
    let scores = input.reshape([-1, classes])
    let labels = target.reshape([-1, classes]).classIndices(
        classes, ignoreIndex: -1, operation: "multilabelMarginLoss")
    let (named, others) = noGrad {
        let named = labels.eq(Tensor(-1)).to(.int64).cumsum(dim: 1).eq(Tensor(0))
        let places = Tensor.where(named, labels, Tensor(0))
        let hits = Tensor.zeros(labels.shape, dtype: .int64)
            .scatterAdd(dim: 1, places, named.to(.int64))
        return (named, hits.eq(Tensor(0)))
    }
    let own = scores.gather(dim: 1, Tensor.where(named, labels, Tensor(0)))
    // (N, target, other)
    let violation = (1 - own.unsqueeze(2) + scores.unsqueeze(1)).relu()
    let counted = named.unsqueeze(2).logicalAnd(others.unsqueeze(1)).to(input.dtype)
    let losses = (violation * counted).sum(dims: [1, 2]) / Double(classes)
    return reduction(losses.reshape(Array(input.shape.dropLast())))
}

/// The mean over the last dimension, the classes, of the binary cross-entropy of logits with targets 0 and 1 of the same
/// shape (PyTorch's `multilabel_soft_margin_loss`, `MultiLabelSoftMarginLoss`).
///
/// - Parameter weight: a factor for each class `(C)`.
public func multilabelSoftMarginLoss(
    _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
    precondition(
        input.ndim >= 1,
        "multilabelSoftMarginLoss: expected scores (..., classes), got shape \(input.shape)")
    input.requireShape(of: target, "multilabelSoftMarginLoss")
    let losses = binaryCrossEntropyWithLogits(input, target, weight: weight, reduction: .none)
    return reduction(losses.mean(dims: [-1]))
}
