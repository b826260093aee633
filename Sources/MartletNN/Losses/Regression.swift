public import Martlet

/// Mean squared error between tensors of one shape (PyTorch's `mse_loss`, `MSELoss`).
public func mseLoss(_ prediction: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor
{
    prediction.requireShape(of: target, "mseLoss")
    return reduction((prediction - target).square())
}

/// Mean squared logarithmic error, (log(1 + prediction) - log(1 + target))², of values above -1: errors count in
/// proportion to the values.
public func msleLoss(_ prediction: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor
{
    prediction.requireShape(of: target, "msleLoss")
    return reduction((prediction.log1p() - target.log1p()).square())
}

/// Mean absolute error between tensors of one shape (PyTorch's `l1_loss`, `L1Loss`).
public func l1Loss(_ prediction: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
    prediction.requireShape(of: target, "l1Loss")
    return reduction((prediction - target).abs())
}

/// d² / (2 beta) for errors d below `beta`, d - beta / 2 above (Girshick 2015; PyTorch's `smooth_l1_loss`,
/// `SmoothL1Loss`); with `beta` 0 the absolute error.
public func smoothL1Loss(
    _ prediction: Tensor, _ target: Tensor, beta: Double = 1, reduction: Reduction = .mean
) -> Tensor {
    precondition(beta >= 0, "smoothL1Loss: expected beta >= 0, got \(beta)")
    prediction.requireShape(of: target, "smoothL1Loss")
    if beta == 0 { return l1Loss(prediction, target, reduction: reduction) }
    return reduction(huber(prediction, target, delta: beta) / beta)
}

/// d² / 2 for errors d below `delta`, delta (d - delta / 2) above (Huber 1964; PyTorch's `huber_loss`, `HuberLoss`).
public func huberLoss(
    _ prediction: Tensor, _ target: Tensor, delta: Double = 1, reduction: Reduction = .mean
) -> Tensor {
    precondition(delta > 0, "huberLoss: expected delta > 0, got \(delta)")
    prediction.requireShape(of: target, "huberLoss")
    return reduction(huber(prediction, target, delta: delta))
}

/// With c = min(d, delta), both branches are c (d - c / 2).
private func huber(_ prediction: Tensor, _ target: Tensor, delta: Double) -> Tensor {
    let distance = (prediction - target).abs()
    let near = distance.clamp(max: delta)
    return near * (distance - near * 0.5)
}
