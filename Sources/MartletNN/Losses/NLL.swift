public import Martlet

/// The negative log-likelihood of class indices `(N)`, `(N, d1, ...)` or `()`, given logarithms of probabilities `(N, C)`,
/// `(N, C, d1, ...)` or `(C)` (PyTorch's `nll_loss`, `NLLLoss`). `crossEntropy` takes logits.
///
/// - Parameters:
///   - weight: a factor for each class `(C)`.
///   - ignoreIndex: class indices with this value count nothing.
///   - reduction: `.mean` divides by the summed weight of the targets that count. A batch in which none does has loss
///     and gradients 0, where PyTorch has NaN.
public func nllLoss(
    _ logProbabilities: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100,
    reduction: Reduction = .mean
) -> Tensor {
    let scores = logProbabilities
    scores.requireClassIndices(target, "nllLoss")
    let dim = scores.classDimension
    let labels = target.classIndices(
        scores.shape[dim], ignoreIndex: ignoreIndex, operation: "nllLoss")
    let ignored = labels.eq(Tensor(ignoreIndex))
    let places = Tensor.where(ignored, Tensor(0), labels)
    var weights = ignored.logicalNot().to(scores.dtype)
    if let weight {
        precondition(
            weight.shape == [scores.shape[dim]],
            "nllLoss: expected class weights [\(scores.shape[dim])], got shape \(weight.shape)")
        let each = weight.to(scores.dtype).indexSelect(dim: 0, places.reshape([-1]))
        weights = weights * each.reshape(target.shape)
    }
    let picked = scores.gather(dim: dim, places.unsqueeze(dim)).squeeze(dim)
    return reduction(-picked.maskedFill(ignored, 0) * weights, weights: weights)
}
