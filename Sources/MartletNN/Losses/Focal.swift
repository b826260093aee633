public import Martlet

/// Binary cross-entropy of logits in which examples that are already right count little: (1 - p)^gamma times it, where p is
/// the probability given to the target (Lin et al. 2017; torchvision's `sigmoid_focal_loss`).
///
/// - Parameters:
///   - target: 0 or 1, of the logits' shape.
///   - alpha: the weight of positive targets, those of negative ones is 1 - alpha; nil for no weights.
///   - reduction: by default none, as torchvision's; the paper divides the sum by the number of positive anchors.
public func sigmoidFocalLoss(
    _ logits: Tensor, _ target: Tensor, alpha: Double? = 0.25, gamma: Double = 2,
    reduction: Reduction = .none
) -> Tensor {
    precondition(gamma >= 0, "sigmoidFocalLoss: expected gamma >= 0, got \(gamma)")
    let entropy = binaryCrossEntropyWithLogits(logits, target, reduction: .none)
    let y = target.to(logits.dtype)
    let p = logits.sigmoid()
    let wrong = p + y - p * y * 2
    var losses = entropy * wrong.pow(gamma)
    if let alpha { losses = losses * (y * (2 * alpha - 1) + (1 - alpha)) }
    return reduction(losses)
}

/// `crossEntropy` of logits `(N, C, ...)` with class indices `(N, ...)` in which examples that are already right count
/// little: each loss is multiplied by (1 - p)^gamma, where p is the probability of the target (Lin et al. 2017).
///
/// With gamma 0 this is `crossEntropy`.
///
/// - Parameters:
///   - weight: the paper's alpha, a factor for each class `(C)`.
///   - reduction: `.mean` divides by the summed weight of the targets that count; 0 where none does.
public func focalLoss(
    _ logits: Tensor, _ target: Tensor, gamma: Double = 2, weight: Tensor? = nil,
    ignoreIndex: Int = -100, reduction: Reduction = .mean
) -> Tensor {
    precondition(gamma >= 0, "focalLoss: expected gamma >= 0, got \(gamma)")
    logits.requireClassIndices(target, "focalLoss")
    precondition(
        logits.ndim >= 2, "focalLoss: expected logits (N, classes, ...), got \(logits.shape)")
    let target = target.classIndices(
        logits.shape[1], ignoreIndex: ignoreIndex, operation: "focalLoss")
    let (entropy, counted) = logits.crossEntropyRows(target, ignoreIndex: ignoreIndex)
    var weights = counted
    if let weight {
        precondition(
            weight.shape == [logits.shape[1]],
            "focalLoss: expected class weights [\(logits.shape[1])], got shape \(weight.shape)")
        let places = Tensor.where(target.eq(Tensor(ignoreIndex)), Tensor(0), target)
        let each = weight.to(counted.dtype).indexSelect(dim: 0, places.reshape([-1]))
        weights = weights * each.reshape(target.shape)
    }
    let losses = (-(-entropy).expm1()).pow(gamma) * entropy * weights
    return reduction(losses, weights: weights)
}
