public import Martlet

/// Group normalisation of `(N, C, ...)`: see `Tensor.groupNorm`.
public final class GroupNorm: Layer {
    /// `(channels)`; nil without affine parameters.
    public let weight: Parameter?
    /// `(channels)`; nil without affine parameters.
    public let bias: Parameter?
    public let groups: Int
    public let channels: Int
    public let epsilon: Double

    /// - Parameters:
    ///   - groups: how many `channels` are divided into, without a rest.
    ///   - epsilon: what variances are raised by.
    ///   - affine: whether each channel has a factor and a term that are learnt.
    public init(_ groups: Int, _ channels: Int, epsilon: Double = 1e-5, affine: Bool = true) {
        requireGroups(groups, channels, channels, "GroupNorm")
        weight = affine ? Parameter([channels], .ones) : nil
        bias = affine ? Parameter([channels], .zeros) : nil
        self.groups = groups
        self.channels = channels
        self.epsilon = epsilon
    }

    /// `(N, channels, ...)` to the same shape.
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        precondition(
            x.ndim >= 2 && x.shape[1] == channels,
            "GroupNorm: expected \(channels) channels in dimension 1, got \(x.shape)")
        return x.groupNorm(
            groups: groups, weight: weight?.value, bias: bias?.value, epsilon: epsilon)
    }
}

/// Instance normalisation of `(N, C, ...)` with each sample's own statistics: see `Tensor.instanceNorm`. As in PyTorch there
/// are no affine parameters by default.
///
/// Layers that track running statistics use them in inference, in place of the sample's own.
public class InstanceNorm: Layer {
    /// `(channels)`; nil without affine parameters.
    public let weight: Parameter?
    /// `(channels)`; nil without affine parameters.
    public let bias: Parameter?
    /// `(channels)`: the mean of the samples' means; nil unless they are tracked.
    public let runningMean: Buffer?
    /// `(channels)`: the mean of the samples' unbiased variances; nil unless they are tracked.
    public let runningVar: Buffer?
    /// As in PyTorch it stays 0; nil unless statistics are tracked.
    public let numBatchesTracked: Buffer?
    public let channels: Int
    public let epsilon: Double
    /// How far the running statistics move to a batch's.
    public var momentum: Double
    private let dimensions: Int

    init(
        _ channels: Int, epsilon: Double, momentum: Double, affine: Bool, tracked: Bool,
        dimensions: Int
    ) {
        precondition(channels > 0, "InstanceNorm: expected at least 1 channel, got \(channels)")
        weight = affine ? Parameter([channels], .ones) : nil
        bias = affine ? Parameter([channels], .zeros) : nil
        runningMean = tracked ? Buffer(Tensor.zeros([channels])) : nil
        runningVar = tracked ? Buffer(Tensor.ones([channels])) : nil
        numBatchesTracked = tracked ? Buffer(Tensor(0)) : nil
        self.channels = channels
        self.epsilon = epsilon
        self.momentum = momentum
        self.dimensions = dimensions
    }

    /// `(N, channels, ...)` to the same shape; in training, the running statistics follow.
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        forward(x, context, relu: false)
    }

    /// max(., 0) of the normalised input, in one pass where that is possible.
    func forward(_ x: Tensor, _ context: Context, relu: Bool) -> Tensor {
        precondition(
            x.ndim == dimensions && x.shape[1] == channels,
            "\(type(of: self)): expected \(channels) channels in dimension 1 of a tensor of \(dimensions) "
                + "dimensions, got \(x.shape)")
        if let runningMean, let runningVar, !context.isTraining {
            return x.batchNorm(
                mean: runningMean.value, variance: runningVar.value, weight: weight?.value,
                bias: bias?.value, epsilon: epsilon, relu: relu)
        }
        precondition(
            x.shape[2...].reduce(1, *) > 1,
            "\(type(of: self)): a channel of one element has no variance, got \(x.shape)")
        if let runningMean, let runningVar { track(x, runningMean, runningVar) }
        return x.instanceNorm(
            weight: weight?.value, bias: bias?.value, epsilon: epsilon, relu: relu)
    }

    private func track(_ x: Tensor, _ runningMean: Buffer, _ runningVar: Buffer) {
        noGrad {
            let wide: DType = x.dtype == .float64 ? .float64 : .float32
            let (variance, mean) = x.detach().to(wide).varMean(dims: Array(2..<x.ndim))
            for (buffer, batch) in [(runningMean, mean), (runningVar, variance)] {
                let moved = buffer.value * (1 - momentum) + batch.mean(dims: [0]) * momentum
                buffer.value = moved.to(buffer.value.dtype)
            }
        }
    }
}

/// Instance normalisation of `(N, C, L)`.
public final class InstanceNorm1d: InstanceNorm {
    /// - Parameters:
    ///   - epsilon: what variances are raised by.
    ///   - momentum: how far running statistics move to a batch's.
    ///   - affine: whether each channel has a factor and a term that are learnt.
    ///   - trackRunningStats: whether inference uses the mean statistics of training.
    public init(
        _ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false,
        trackRunningStats: Bool = false
    ) {
        super.init(
            channels, epsilon: epsilon, momentum: momentum, affine: affine,
            tracked: trackRunningStats, dimensions: 3)
    }
}

/// Instance normalisation of `(N, C, H, W)`.
public final class InstanceNorm2d: InstanceNorm {
    /// - Parameters:
    ///   - epsilon: what variances are raised by.
    ///   - momentum: how far running statistics move to a batch's.
    ///   - affine: whether each channel has a factor and a term that are learnt.
    ///   - trackRunningStats: whether inference uses the mean statistics of training.
    public init(
        _ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false,
        trackRunningStats: Bool = false
    ) {
        super.init(
            channels, epsilon: epsilon, momentum: momentum, affine: affine,
            tracked: trackRunningStats, dimensions: 4)
    }
}

/// Instance normalisation of `(N, C, D, H, W)`.
public final class InstanceNorm3d: InstanceNorm {
    /// - Parameters:
    ///   - epsilon: what variances are raised by.
    ///   - momentum: how far running statistics move to a batch's.
    ///   - affine: whether each channel has a factor and a term that are learnt.
    ///   - trackRunningStats: whether inference uses the mean statistics of training.
    public init(
        _ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false,
        trackRunningStats: Bool = false
    ) {
        super.init(
            channels, epsilon: epsilon, momentum: momentum, affine: affine,
            tracked: trackRunningStats, dimensions: 5)
    }
}

/// Local response normalisation of `(N, C, ...)`: see `Tensor.localResponseNorm`.
public final class LocalResponseNorm: Layer {
    public let size: Int
    public let alpha: Double
    public let beta: Double
    public let k: Double

    /// - Parameters:
    ///   - size: how many neighbouring channels are looked at.
    ///   - alpha: the factor of their mean square.
    ///   - beta: the exponent.
    ///   - k: the term added to it.
    public init(_ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k
    }

    /// `(N, C, ...)` to the same shape.
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        x.localResponseNorm(size: size, alpha: alpha, beta: beta, k: k)
    }
}
