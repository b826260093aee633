public import Martlet

/// How the losses of a batch become one.
public enum Reduction: String, Sendable {
    /// Each by itself.
    case none
    case mean
    case sum

    func callAsFunction(_ losses: Tensor) -> Tensor {
        switch self {
        case .none: losses
        case .mean: losses.mean()
        case .sum: losses.sum()
        }
    }
}

/// Cross-entropy of logits `(N, classes)`, or `(N, classes, ...)`, with class indices `(N)`, or `(N, ...)`.
///
/// - Parameters:
///   - weight: a factor for each class `(classes)`.
///   - labelSmoothing: the part of each target that is spread evenly over the classes (Szegedy et al. 2016).
///   - ignoreIndex: targets with this value count nothing.
///   - reduction: `.mean` divides by the summed weight of the targets that count; a batch in which none does has loss 0.
public func crossEntropy(
    _ logits: Tensor, _ target: Tensor, weight: Tensor? = nil, labelSmoothing: Double = 0,
    ignoreIndex: Int = -100, reduction: Reduction = .mean
) -> Tensor {
    precondition(
        logits.ndim >= 2
            && target.shape == [logits.shape[0]] + logits.shape[2...],
        "crossEntropy: expected logits (N, classes, ...) and targets (N, ...), got \(logits.shape) "
            + "and \(target.shape)")
    precondition(
        labelSmoothing >= 0 && labelSmoothing <= 1,
        "crossEntropy: labelSmoothing must be in 0 ... 1, got \(labelSmoothing)")
    var rows = logits
    if logits.ndim > 2 {
        rows = logits.permute([0] + Array(2..<logits.ndim) + [1]).reshape([-1, logits.shape[1]])
    }
    let (loss, rowWeight) = rows.crossEntropyRows(
        target.reshape([-1]), weight: weight, labelSmoothing: labelSmoothing,
        ignoreIndex: ignoreIndex)
    switch reduction {
    case .none: return loss.reshape(target.shape)
    case .sum: return loss.sum()
    case .mean:
        let total = rowWeight.sum()
        return loss.sum() / total.maximum(total.eq(0).to(total.dtype))
    }
}

/// Mean squared error between tensors of one shape.
public func mseLoss(_ prediction: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor
{
    precondition(
        prediction.shape == target.shape,
        "mseLoss: expected two tensors of one shape, got \(prediction.shape) and \(target.shape)")
    return reduction((prediction - target).square())
}
