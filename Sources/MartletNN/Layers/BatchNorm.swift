public import Martlet

/// Batch normalisation over every dimension but the channels (Ioffe and Szegedy 2015).
///
/// In training each channel is normalised by the batch's mean and biased variance, and running statistics (the
/// unbiased variance) follow with `momentum`; in inference by the running statistics.
public class BatchNorm: Layer {
    /// `(channels)`; nil without affine parameters.
    public let weight: Parameter?
    /// `(channels)`; nil without affine parameters.
    public let bias: Parameter?
    public let runningMean: Buffer
    public let runningVar: Buffer
    public let numBatchesTracked: Buffer
    /// How far the running statistics move to a batch's; nil makes them the mean of all batches' so far.
    public var momentum: Double?
    /// Whether the running statistics stay as they are and normalise in training, too: for small batches and pretrained
    /// weights.
    public var isFrozen = false

    private let options: Options

    private struct Options {
        let channels: Int
        let epsilon: Double
        let dimensions: Set<Int>
    }

    init(
        _ channels: Int, epsilon: Double, momentum: Double?, affine: Bool, dimensions: Set<Int>
    ) {
        precondition(channels > 0, "BatchNorm: expected at least 1 channel, got \(channels)")
        weight = affine ? Parameter([channels], .ones) : nil
        bias = affine ? Parameter([channels], .zeros) : nil
        runningMean = Buffer(Tensor.zeros([channels]))
        runningVar = Buffer(Tensor.ones([channels]))
        numBatchesTracked = Buffer(Tensor(0))
        self.momentum = momentum
        options = Options(channels: channels, epsilon: epsilon, dimensions: dimensions)
    }

    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        forward(x, context, relu: false, residual: nil)
    }

    /// max(self(x) + residual, 0), in one pass: the end of a residual block.
    public func addReLU(_ x: Tensor, _ residual: Tensor, _ context: Context) -> Tensor {
        guard context.observer == nil else { return self(x, context).addReLU(residual) }
        return forward(x, context, relu: true, residual: residual)
    }

    /// The normalised input plus `residual`, then max(., 0) if `relu`, in one pass.
    func forward(_ x: Tensor, _ context: Context, relu: Bool, residual: Tensor?) -> Tensor {
        precondition(
            options.dimensions.contains(x.ndim) && x.shape[1] == options.channels,
            "\(type(of: self)): expected \(options.channels) channels in dimension 1 of a tensor of "
                + "\(options.dimensions.sorted()) dimensions, got \(x.shape)")
        guard context.isTraining && !isFrozen else {
            return x.batchNorm(
                mean: runningMean.value, variance: runningVar.value, weight: weight?.value,
                bias: bias?.value, epsilon: options.epsilon, relu: relu, residual: residual)
        }
        let n = x.count / options.channels
        precondition(
            n > 1,
            "\(type(of: self)): training needs more than 1 value per channel, got \(x.shape); use a "
                + "larger batch or drop the last incomplete one")
        let (y, mean, variance) = x.batchNorm(
            weight: weight?.value, bias: bias?.value, epsilon: options.epsilon, relu: relu,
            residual: residual)
        noGrad {
            let m = momentum ?? 1 / Double(numBatchesTracked.value.item(as: Int.self) + 1)
            let unbiased = variance * (Double(n) / Double(n - 1))
            for (buffer, batch) in [(runningMean, mean), (runningVar, unbiased)] {
                let dtype = buffer.value.dtype
                buffer.value = (buffer.value * (1 - m) + batch * m).to(dtype)
            }
            numBatchesTracked.value = numBatchesTracked.value + 1
        }
        return y
    }
}

/// Batch normalisation of `(N, C)` or `(N, C, L)`.
public final class BatchNorm1d: BatchNorm {
    public init(
        _ channels: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true
    ) {
        super.init(
            channels, epsilon: epsilon, momentum: momentum, affine: affine, dimensions: [2, 3])
    }
}

/// Batch normalisation of `(N, C, H, W)`.
public final class BatchNorm2d: BatchNorm {
    public init(
        _ channels: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true
    ) {
        super.init(channels, epsilon: epsilon, momentum: momentum, affine: affine, dimensions: [4])
    }
}

/// Batch normalisation of `(N, C, D, H, W)`.
public final class BatchNorm3d: BatchNorm {
    public init(
        _ channels: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true
    ) {
        super.init(channels, epsilon: epsilon, momentum: momentum, affine: affine, dimensions: [5])
    }
}
