public import Martlet

/// Connectionist temporal classification (Graves et al. 2006): how surprising labels are, given a distribution over
/// classes for each frame, whatever frames spell which label.
///
/// - Parameters:
///   - logProbs: logarithms of probabilities `(T, N, C)`, as `logSoftmax(dim: 2)` gives them.
///   - targets: integer labels `(N, S)`, or one sample's after another's `(sum of lengths)`.
///   - inputLengths: integers `(N)`: the frames of each sample.
///   - targetLengths: integers `(N)`: the labels of each sample.
///   - blank: the class that spells nothing.
///   - reduction: `.mean` divides each loss by its number of labels (at least 1) and averages.
///   - zeroInfinity: samples of more labels than their frames can spell count 0; else infinity.
public func ctcLoss(
    _ logProbs: Tensor, _ targets: Tensor, inputLengths: Tensor, targetLengths: Tensor,
    blank: Int = 0, reduction: Reduction = .mean, zeroInfinity: Bool = false
) -> Tensor {
    let losses = logProbs.ctcLossRows(
        targets, inputLengths: inputLengths, targetLengths: targetLengths, blank: blank,
        zeroInfinity: zeroInfinity)
    guard reduction == .mean else { return reduction(losses) }
    return (losses / targetLengths.to(losses.dtype).clamp(min: 1)).mean()
}
