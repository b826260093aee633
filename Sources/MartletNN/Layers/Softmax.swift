public import Martlet

/// e^x divided by its sum along a dimension.
public final class Softmax: Layer {
    public let dim: Int
    public init(dim: Int) { self.dim = dim }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.softmax(dim: dim) }
}

/// The logarithm of `Softmax`, computed as such.
public final class LogSoftmax: Layer {
    public let dim: Int
    public init(dim: Int) { self.dim = dim }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.logSoftmax(dim: dim) }
}

/// `Softmax` of -x.
public final class Softmin: Layer {
    public let dim: Int
    public init(dim: Int) { self.dim = dim }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.softmin(dim: dim) }
}

/// `Softmax` over the channels at each place of `(N, C, H, W)` or `(C, H, W)`.
public final class Softmax2d: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        precondition(
            x.ndim == 3 || x.ndim == 4, "Softmax2d: expected (N, C, H, W), got shape \(x.shape)")
        return x.softmax(dim: -3)
    }
}
