internal import CKernels
internal import Synchronization

/// The generator that functions without one of their own draw from.
private let common = Mutex(Generator(seed: 0))

/// Starts the numbers of functions that are given no generator anew (PyTorch's `manual_seed`). Before, they are those of
/// the seed 0: a program that does not call it is repeatable, too.
public func manualSeed(_ seed: UInt64) { common.withLock { $0 = Generator(seed: seed) } }

extension Generator {
    /// Draws from the generator that functions without one of their own use.
    public static func withCommon<R: Sendable>(_ body: (inout Generator) -> sending R) -> R {
        common.withLock { body(&$0) }
    }
}

extension Tensor {
    /// Uniform numbers in `low ..< high` from the common generator.
    public static func rand(
        _ shape: [Int], low: Double = 0, high: Double = 1, dtype: DType = .float32
    ) -> Tensor {
        Generator.withCommon { rand(shape, low: low, high: high, dtype: dtype, generator: &$0) }
    }

    /// Numbers of the normal distribution from the common generator.
    public static func randn(
        _ shape: [Int], mean: Double = 0, std: Double = 1, dtype: DType = .float32
    ) -> Tensor {
        Generator.withCommon { randn(shape, mean: mean, std: std, dtype: dtype, generator: &$0) }
    }

    /// Whole numbers of a range from the common generator.
    public static func randint(_ range: Range<Int>, _ shape: [Int], dtype: DType = .int64) -> Tensor
    {
        Generator.withCommon { randint(range, shape, dtype: dtype, generator: &$0) }
    }

    /// 0 ..< count in random order, from the common generator.
    public static func randperm(_ count: Int) -> Tensor {
        Generator.withCommon { randperm(count, generator: &$0) }
    }

    /// As `rand`, with this tensor's shape and type.
    public func randLike() -> Tensor { Tensor.rand(shape, dtype: dtype) }
    /// As `randn`, with this tensor's shape and type.
    public func randnLike() -> Tensor { Tensor.randn(shape, dtype: dtype) }
    /// As `randint`, with this tensor's shape and type.
    public func randintLike(_ range: Range<Int>) -> Tensor {
        Tensor.randint(range, shape, dtype: dtype)
    }

    /// Numbers of normal distributions whose means and standard deviations, which broadcast, are tensors.
    public static func normal(mean: Tensor, std: Tensor, generator: inout Generator) -> Tensor {
        let shape = Shape.broadcast(mean.shape, std.shape, operation: "normal")
        let dtype = promotedType(mean, std)
        return mean + std * randn(shape, dtype: dtype, generator: &generator)
    }

    /// Numbers of normal distributions from the common generator.
    public static func normal(mean: Tensor, std: Tensor) -> Tensor {
        Generator.withCommon { normal(mean: mean, std: std, generator: &$0) }
    }

    /// 1 with each element's probability, else 0, in this tensor's type.
    public func bernoulli(generator: inout Generator) -> Tensor {
        precondition(
            dtype.isFloatingPoint && !lt(0).logicalOr(gt(1)).any().item(as: Bool.self),
            "bernoulli: expected probabilities in 0 ... 1 of a floating-point type, got \(dtype)")
        return noGrad {
            Tensor.rand(
                shape, dtype: dtype == .float64 ? .float64 : .float32, generator: &generator
            )
            .lt(detach()).to(dtype)
        }
    }

    /// 1 with each element's probability, else 0, from the common generator.
    public func bernoulli() -> Tensor { Generator.withCommon { bernoulli(generator: &$0) } }

    /// `count` places in the last dimension, drawn with probabilities that are the elements (of at most 2 dimensions), which
    /// need not add up to 1; without replacement no place twice.
    public func multinomial(
        _ count: Int, replacement: Bool = false, generator: inout Generator
    ) -> Tensor {
        precondition(
            (ndim == 1 || ndim == 2) && dtype.isFloatingPoint && count > 0,
            "multinomial: expected a vector or matrix of weights and a count above 0, got \(dtype) "
                + "\(shape) and \(count)")
        let weights = noGrad { detach().to(.float64) }
        precondition(
            weights.ge(0).all().item(as: Bool.self) && weights.isFinite().all().item(as: Bool.self)
                && weights.sum(dims: [-1]).gt(0).all().item(as: Bool.self),
            "multinomial: weights must be finite, not negative, and one of each row above 0")
        let places = shape[ndim - 1]
        let rows = shape.dropLast()
        guard replacement else {
            let possible = weights.gt(0).sum(dims: [-1]).min().item(as: Int.self)
            precondition(
                count <= possible,
                "multinomial: \(count) places without replacement, but a row has \(possible) with a "
                    + "weight above 0")
            // The least of exponential numbers with these rates (Efraimidis and Spirakis, "Weighted random sampling with
            // a reservoir", 2006).
            let times =
                -(1 - Tensor.rand(shape, dtype: .float64, generator: &generator)).log() / weights
            return times.topk(count, dim: -1, largest: false).indices
        }
        let sums = weights.cumsum(dim: -1)
        let total = sums.narrow(dim: -1, start: places - 1, length: 1)
        let draws = Tensor.rand(rows + [count], dtype: .float64, generator: &generator) * total
        return Tensor.searchSorted(sums, draws, right: true).clamp(max: Double(places - 1))
    }

    /// Places drawn with the common generator.
    public func multinomial(_ count: Int, replacement: Bool = false) -> Tensor {
        Generator.withCommon { multinomial(count, replacement: replacement, generator: &$0) }
    }
}
