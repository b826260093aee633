public import Martlet

/// Kullback-Leibler divergence target (log target - input), of logarithms of probabilities from the target distribution
/// (PyTorch's `kl_div`, `KLDivLoss`). Both broadcast; where a target is 0 so is the loss.
///
/// - Parameters:
///   - logTarget: whether the target, too, is logarithms.
///   - reduction: `.batchMean` is the divergence by its definition, `.mean` divides by the number of classes besides.
public func klDiv(
    _ input: Tensor, _ target: Tensor, logTarget: Bool = false, reduction: Reduction = .mean
) -> Tensor {
    Shape.broadcast(input.shape, target.shape, operation: "klDiv")
    if logTarget { return reduction(target.exp() * (target - input)) }
    let absent = target.le(0)
    let entropy = (target * target.maskedFill(absent, 1).log()).maskedFill(absent, 0)
    return reduction(entropy - target * input)
}

/// The negative log-likelihood of counts that follow a Poisson distribution (PyTorch's `poisson_nll_loss`,
/// `PoissonNLLLoss`), up to a constant.
///
/// - Parameters:
///   - input: the expected counts, or their logarithms.
///   - target: the counts, of the same shape.
///   - logInput: whether the input is logarithms: the loss is e^input - target input, else input - target log(input +
///     epsilon).
///   - full: whether to add Stirling's approximation of log(target!), for targets above 1.
public func poissonNLLLoss(
    _ input: Tensor, _ target: Tensor, logInput: Bool = true, full: Bool = false,
    epsilon: Double = 1e-8, reduction: Reduction = .mean
) -> Tensor {
    input.requireShape(of: target, "poissonNLLLoss")
    let y = target.to(input.dtype)
    var losses =
        logInput ? input.exp() - y * input : input - y * (input + epsilon).log()
    if full {
        let small = y.le(1)
        let count = y.maskedFill(small, 2)
        let stirling = count * count.log() - count + (count * (2 * Double.pi)).log() * 0.5
        losses = losses + stirling.maskedFill(small, 0)
    }
    return reduction(losses)
}

/// The negative log-likelihood (log v + (input - target)² / v) / 2 of values that are normally distributed around the input
/// with variance v (Nix and Weigend 1994; PyTorch's `gaussian_nll_loss`, `GaussianNLLLoss`).
///
/// - Parameters:
///   - variance: of the input's shape, or with 1 in place of its last size, or without it.
///   - full: whether to add the constant log(2π) / 2.
///   - epsilon: what variances are raised to at least; gradients pass as if they were not.
public func gaussianNLLLoss(
    _ input: Tensor, _ target: Tensor, variance: Tensor, full: Bool = false, epsilon: Double = 1e-6,
    reduction: Reduction = .mean
) -> Tensor {
    input.requireShape(of: target, "gaussianNLLLoss")
    let lead = Array(input.shape.dropLast())
    precondition(
        variance.shape == input.shape
            || input.ndim > 0
                && (variance.shape == lead || variance.shape == lead + [1]),
        "gaussianNLLLoss: expected variances of shape \(input.shape), \(lead) or \(lead + [1]), got "
            + "\(variance.shape)")
    precondition(
        noGrad { variance.ge(0).all().item(as: Bool.self) },
        "gaussianNLLLoss: expected variances that are not negative")
    let own = variance.ndim < input.ndim ? variance.unsqueeze(-1) : variance
    let raised = own + noGrad { own.detach().clamp(min: epsilon) - own.detach() }
    var losses = (raised.log() + (input - target).square() / raised) * 0.5
    if full { losses = losses + 0.5 * log2Pi }
    return reduction(losses)
}

private let log2Pi = 1.837_877_066_409_345_5
