public import Martlet

/// Zeroes elements with probability `p` in training and scales the others by 1 / (1 - p) (Srivastava et al. 2014).
public final class Dropout: Layer {
    public let p: Double
    public init(_ p: Double = 0.5) {
        precondition(p >= 0 && p <= 1, "Dropout: expected a probability, got \(p)")
        self.p = p
    }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        context.isTraining ? x.dropout(p, generator: &context.generator) : x
    }
}

/// Zeroes whole channels with probability `p` in training and scales the others by 1 / (1 - p) (Tompson et al. 2015).
public class FeatureDropout: Layer {
    public let p: Double
    private let ndim: Int

    init(_ p: Double, ndim: Int) {
        precondition(p >= 0 && p <= 1, "Dropout\(ndim - 2)d: expected a probability, got \(p)")
        self.p = p
        self.ndim = ndim
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        precondition(
            x.ndim == ndim,
            "\(type(of: self)): expected (N, channels, ...) with \(ndim) dimensions, got \(x.shape)"
        )
        return context.isTraining ? x.featureDropout(p, generator: &context.generator) : x
    }
}

/// Dropout of whole channels of `(N, C, L)`.
public final class Dropout1d: FeatureDropout {
    public init(_ p: Double = 0.5) { super.init(p, ndim: 3) }
}

/// Dropout of whole channels of `(N, C, H, W)`.
public final class Dropout2d: FeatureDropout {
    public init(_ p: Double = 0.5) { super.init(p, ndim: 4) }
}

/// Dropout of whole channels of `(N, C, D, H, W)`.
public final class Dropout3d: FeatureDropout {
    public init(_ p: Double = 0.5) { super.init(p, ndim: 5) }
}

/// Dropout that keeps mean and variance, for networks of SELUs (Klambauer et al. 2017): see `Tensor.alphaDropout`.
public final class AlphaDropout: Layer {
    public let p: Double
    public init(_ p: Double = 0.5) {
        precondition(p >= 0 && p <= 1, "AlphaDropout: expected a probability, got \(p)")
        self.p = p
    }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        context.isTraining ? x.alphaDropout(p, generator: &context.generator) : x
    }
}

/// `AlphaDropout` of whole channels of `(N, C, ...)`.
public final class FeatureAlphaDropout: Layer {
    public let p: Double
    public init(_ p: Double = 0.5) {
        precondition(p >= 0 && p <= 1, "FeatureAlphaDropout: expected a probability, got \(p)")
        self.p = p
    }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        context.isTraining
            ? x.alphaDropout(p, wholeChannels: true, generator: &context.generator) : x
    }
}
