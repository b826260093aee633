internal import CKernels

extension Tensor {
    /// How many elements over some dimensions (nil: all) are not 0.
    public func countNonzero(dims: [Int]? = nil) -> Tensor {
        guard dims == nil else { return noGrad { ne(0).sum(dims: dims) } }
        let x = isDense ? self : materializedIfNeeded
        return Tensor(Int(mt_count_nonzero(dtype.kernel, Int64(count), x.pointer)))
    }

    /// The sum of the elements that are not NaN.
    public func nanSum(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        maskedFill(isNaN(), 0).sum(dims: dims, keepDim: keepDim)
    }

    /// The mean of the elements that are not NaN.
    public func nanMean(dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        let known = noGrad { isNaN().logicalNot().sum(dims: dims, keepDim: keepDim) }
        return nanSum(dims: dims, keepDim: keepDim) / known.to(dtype)
    }

    /// `variance` and `mean` at once.
    public func varMean(dims: [Int]? = nil, correction: Double = 1, keepDim: Bool = false) -> (
        variance: Tensor, mean: Tensor
    ) {
        (
            variance(dims: dims, correction: correction, keepDim: keepDim),
            mean(dims: dims, keepDim: keepDim)
        )
    }

    /// The covariance matrix of variables (rows) observed several times (columns).
    public func cov(correction: Double = 1) -> Tensor {
        precondition(ndim <= 2, "cov: expected a matrix of variables, got shape \(shape)")
        let x = ndim == 2 ? self : reshape([1, -1])
        let centred = x - x.mean(dims: [1], keepDim: true)
        let scale = 1 / Swift.max(0, Double(x.shape[1]) - correction)
        let result = centred.matmul(centred.T) * scale
        return ndim == 2 ? result : result.reshape([])
    }

    /// Pearson's correlation coefficients of variables (rows) observed several times (columns).
    public func corrcoef() -> Tensor {
        let c = cov()
        if c.ndim == 0 { return c / c }
        let deviations = c.diagonal().sqrt()
        return (c / deviations.unsqueeze(1) / deviations.unsqueeze(0)).clamp(min: -1, max: 1)
    }

    /// Differences of neighbours along a dimension, `times` over.
    public func diff(_ times: Int = 1, dim: Int = -1) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "diff")
        precondition(ndim > 0 && times >= 0, "diff: expected at least 1 dimension, got \(shape)")
        return (0..<Swift.min(times, shape[d])).reduce(self) { x, _ in
            let n = x.shape[d]
            let (next, last) = (
                x.slice(dim: d, from: 1), x.slice(dim: d, to: Swift.max(n - 1, 0))
            )
            return dtype == .bool ? next.logicalXor(last) : next - last
        }
    }

    /// The integral along a dimension by the trapezoidal rule, for points `step` apart.
    public func trapezoid(step: Double = 1, dim: Int = -1) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "trapezoid")
        precondition(ndim > 0, "trapezoid: expected at least 1 dimension, got \(shape)")
        let n = shape[d]
        let pairs = slice(dim: d, from: 1) + slice(dim: d, to: Swift.max(n - 1, 0))
        return pairs.sum(dims: [d]) * (step / 2)
    }

    // MARK: Norms and distances

    /// The p-norm over some dimensions (nil: all): (Σ|x|^p)^(1/p); the greatest absolute value for infinity, the least for
    /// minus infinity, the number of elements that are not 0 for 0.
    public func norm(p: Double = 2, dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
        precondition(
            dtype.isFloatingPoint, "norm: expected a floating-point tensor, got \(dtype)")
        switch p {
        case .infinity: return abs().max(dims: dims, keepDim: keepDim)
        case -.infinity: return abs().min(dims: dims, keepDim: keepDim)
        case 0:
            // Constant almost everywhere: its gradient is 0, and there is one.
            return Tensor.where(ne(0), Tensor.ones([], dtype: dtype), self * 0)
                .sum(dims: dims, keepDim: keepDim)
        case 1: return abs().sum(dims: dims, keepDim: keepDim)
        case 2: return euclideanNorm(dims: dims, keepDim: keepDim)
        default:
            // The slope of |x|^p at 0 is infinite for p below 1; PyTorch takes 0 there, too.
            let size = abs()
            let flat = p > 0 && p < 1 ? noGrad { size.detach().eq(0) } : nil
            let powers =
                flat.map {
                    Tensor.where(
                        $0, size.detach() * 0, Tensor.where($0, size.onesLike(), size).pow(p))
                } ?? size.pow(p)
            let sum = powers.sum(dims: dims, keepDim: keepDim)
            let zero = noGrad { sum.detach().eq(0) }
            let safe = Tensor.where(zero, sum.onesLike(), sum).pow(1 / p)
            return Tensor.where(zero, safe.detach() * 0, safe)
        }
    }

    /// Scaled to a p-norm of 1 along a dimension; norms below `epsilon` count as `epsilon` (PyTorch's `normalize`).
    public func normalized(p: Double = 2, dim: Int = 1, epsilon: Double = 1e-12) -> Tensor {
        self / norm(p: p, dims: [dim], keepDim: true).clamp(min: epsilon)
    }

    /// The p-norm of the difference.
    public func dist(_ other: Tensor, p: Double = 2) -> Tensor { (self - other).norm(p: p) }

    /// The p-norm distances of all pairs of rows: `(..., n, d)` and `(..., m, d)` to `(..., n, m)`.
    public func cdist(_ other: Tensor, p: Double = 2) -> Tensor {
        precondition(
            ndim >= 2 && other.ndim >= 2 && shape[ndim - 1] == other.shape[other.ndim - 1],
            "cdist: expected rows of one length, got shapes \(shape) and \(other.shape)")
        return (unsqueeze(-2) - other.unsqueeze(-3)).norm(p: p, dims: [-1])
    }

    /// The distances of all pairs of different rows of a matrix, row by row.
    public func pdist(p: Double = 2) -> Tensor {
        precondition(ndim == 2, "pdist: expected a matrix, got shape \(shape)")
        let n = shape[0]
        let pairs = (0..<n).flatMap { i in ((i + 1)..<Swift.max(n, i + 1)).map { (i, $0) } }
        let a = indexSelect(dim: 0, Tensor(pairs.map(\.0)))
        return (a - indexSelect(dim: 0, Tensor(pairs.map(\.1)))).norm(p: p, dims: [1])
    }

    /// The cosine of the angle between vectors along a dimension, which the result is without; the two broadcast.
    ///
    /// - Parameter epsilon: what norms are raised to at least.
    public func cosineSimilarity(_ other: Tensor, dim: Int = 1, epsilon: Double = 1e-8) -> Tensor {
        let shape = Shape.broadcast(self.shape, other.shape, operation: "cosineSimilarity")
        func unit(_ x: Tensor) -> Tensor {
            let squares = x.square().sum(dims: [dim], keepDim: true)
            return x * squares.clamp(min: epsilon * epsilon).rsqrt()
        }
        return (unit(expand(shape)) * unit(other.expand(shape))).sum(dims: [dim])
    }
}
