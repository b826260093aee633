public import Martlet

/// Cross-entropy of logits `(N, C)`, `(N, C, d1, ...)` or `(C)` (PyTorch's `cross_entropy`, `CrossEntropyLoss`).
///
/// The target is either class indices, of the logits' shape without the classes: `(N)`, `(N, d1, ...)` or `()`; or, with
/// floating-point elements, probabilities of the logits' shape. Logits that are channels-last in memory are not copied.
///
/// - Parameters:
///   - weight: a factor for each class `(C)`.
///   - labelSmoothing: the part of each target that is spread evenly over the classes (Szegedy et al. 2016).
///   - ignoreIndex: class indices with this value count nothing.
///   - reduction: for class indices `.mean` divides by the summed weight of the targets that count. A batch in which
///     none does has loss and gradients 0, where PyTorch has NaN.
public func crossEntropy(
    _ logits: Tensor, _ target: Tensor, weight: Tensor? = nil, labelSmoothing: Double = 0,
    ignoreIndex: Int = -100, reduction: Reduction = .mean
) -> Tensor {
    precondition(
        labelSmoothing >= 0 && labelSmoothing <= 1,
        "crossEntropy: labelSmoothing must be in 0 ... 1, got \(labelSmoothing)")
    if target.dtype.isFloatingPoint {
        return crossEntropy(
            logits, probabilities: target, weight: weight, labelSmoothing: labelSmoothing,
            reduction: reduction)
    }
    logits.requireClassIndices(target, "crossEntropy")
    let (rows, labels) =
        logits.ndim == 1 ? (logits.unsqueeze(0), target.reshape([1])) : (logits, target)
    let (loss, rowWeight) = rows.crossEntropyRows(
        labels, weight: weight, labelSmoothing: labelSmoothing, ignoreIndex: ignoreIndex)
    return reduction(loss.reshape(target.shape), weights: rowWeight)
}

private func crossEntropy(
    _ logits: Tensor, probabilities: Tensor, weight: Tensor?, labelSmoothing: Double,
    reduction: Reduction
) -> Tensor {
    precondition(
        logits.ndim >= 1 && probabilities.shape == logits.shape,
        "crossEntropy: expected logits and probabilities of one shape, got \(logits.shape) and "
            + "\(probabilities.shape)")
    let classes = logits.shape[logits.classDimension]
    var part = probabilities
    if labelSmoothing > 0 { part = part * (1 - labelSmoothing) + labelSmoothing / Double(classes) }
    if let weight { part = part * logits.alongClasses(weight, "crossEntropy") }
    let logarithms = logits.logSoftmax(dim: logits.classDimension)
    return reduction(-(logarithms * part).sum(dims: [logits.classDimension]))
}

extension Tensor {
    /// Where the classes of `(N, C, ...)` or `(C)` are.
    var classDimension: Int { ndim == 1 ? 0 : 1 }

    /// A number for each class `(C)`, to be multiplied with this tensor's elements.
    func alongClasses(_ weight: Tensor, _ operation: String) -> Tensor {
        let classes = shape[classDimension]
        precondition(
            weight.shape == [classes],
            "\(operation): expected class weights [\(classes)], got shape \(weight.shape)")
        return weight.to(dtype).reshape(
            [classes] + [Int](repeating: 1, count: Swift.max(0, ndim - 2)))
    }

    /// Stops unless these can be class indices for scores `(N, C, ...)` or `(C)`.
    func requireClassIndices(_ target: Tensor, _ operation: String) {
        let wanted = ndim == 1 ? [] : Array(shape.prefix(1) + shape.dropFirst(2))
        precondition(
            ndim >= 1 && target.shape == wanted && !target.dtype.isFloatingPoint,
            "\(operation): expected scores (N, classes, ...) and class indices (N, ...), got \(shape) "
                + "and \(target.dtype) \(target.shape)")
    }
}
