public import Martlet

/// Cross-entropy of probabilities with targets in 0 ... 1 of the same shape (PyTorch's `binary_cross_entropy`,
/// `BCELoss`); logarithms are never below -100.
///
/// `binaryCrossEntropyWithLogits` is more accurate and cannot be given values outside 0 ... 1.
///
/// - Parameter weight: a factor for each loss, of a shape that stretches to the input's.
public func binaryCrossEntropy(
    _ probabilities: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
    probabilities.requireShape(of: target, "binaryCrossEntropy")
    precondition(
        noGrad { probabilities.ge(0).logicalAnd(probabilities.le(1)).all().item(as: Bool.self) },
        "binaryCrossEntropy: expected probabilities in 0 ... 1; for logits there is "
            + "binaryCrossEntropyWithLogits")
    let losses = Tensor.apply(
        BinaryCrossEntropy(), [probabilities, target.to(probabilities.dtype)])[0]
    return reduction(losses.weighted(by: weight, "binaryCrossEntropy"))
}

/// Its gradient is not that of the clamped logarithms: it is (p - y) / (p (1 - p)), with the divisor at least 1e-12.
private struct BinaryCrossEntropy: TensorOperation {
    private var probabilities: Tensor?
    private var target: Tensor?
    private var needsGradient = [false, false]

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let (p, y) = (inputs[0], inputs[1])
        self.needsGradient = needsGradient
        if needsGradient.contains(true) { probabilities = p }
        if needsGradient[0] { target = y }
        return [(y - 1) * BinaryCrossEntropy.logarithm(ofNot: p) - y * p.log().clamp(min: -100)]
    }

    private static func logarithm(ofNot p: Tensor) -> Tensor { (-p).log1p().clamp(min: -100) }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let p = probabilities else { return [nil, nil] }
        return [
            target.map { g * (p - $0) / (p * (1 - p)).clamp(min: 1e-12) },
            needsGradient[1]
                ? g * (BinaryCrossEntropy.logarithm(ofNot: p) - p.log().clamp(min: -100)) : nil,
        ]
    }
}

/// Cross-entropy of the sigmoid of logits with targets in 0 ... 1 of the same shape, without overflow (PyTorch's
/// `binary_cross_entropy_with_logits`, `BCEWithLogitsLoss`).
///
/// - Parameters:
///   - weight: a factor for each loss, of a shape that stretches to the input's.
///   - posWeight: a factor for the part that positive targets have in a loss, of a shape that stretches to the
///     input's: above 1 for classes that are rare.
public func binaryCrossEntropyWithLogits(
    _ logits: Tensor, _ target: Tensor, weight: Tensor? = nil, posWeight: Tensor? = nil,
    reduction: Reduction = .mean
) -> Tensor {
    logits.requireShape(of: target, "binaryCrossEntropyWithLogits")
    let y = target.to(logits.dtype)
    let positive = logits.logSigmoid()
    // -log(1 - sigmoid(x)) is x - log(sigmoid(x)).
    let losses =
        if let posWeight {
            (1 - y) * logits
                - (1 + y.weighted(by: posWeight - 1, "binaryCrossEntropyWithLogits")) * positive
        } else {
            (1 - y) * logits - positive
        }
    return reduction(losses.weighted(by: weight, "binaryCrossEntropyWithLogits"))
}
