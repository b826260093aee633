/// The normal distribution of vectors.
public struct MultivariateNormal: ReparameterizedDistribution {
    /// `(..., n)`.
    public let mean: Tensor
    /// The lower triangular factor L of the covariance L Lᵀ, `(..., n, n)`.
    public let scaleTril: Tensor

    /// - Parameters:
    ///   - mean: `(..., n)`.
    ///   - scaleTril: lower triangular `(..., n, n)` with a positive diagonal.
    public init(mean: Tensor, scaleTril: Tensor) {
        precondition(
            mean.ndim >= 1 && scaleTril.ndim >= 2
                && Array(scaleTril.shape.suffix(2)) == [mean.size(-1), mean.size(-1)],
            "MultivariateNormal: expected a mean (..., n) and factors (..., n, n), got shapes "
                + "\(mean.shape) and \(scaleTril.shape)")
        requirePositive(
            scaleTril.detach().diagonal(dim1: -2, dim2: -1), "the factor's diagonal",
            "MultivariateNormal")
        let n = mean.size(-1)
        let lead = Shape.broadcast(
            Array(mean.shape.dropLast()), Array(scaleTril.shape.dropLast(2)),
            operation: "MultivariateNormal")
        self.mean = mean.expand(lead + [n])
        self.scaleTril = scaleTril.expand(lead + [n, n])
    }

    /// - Throws: `LinearAlgebraError` when the covariance is not positive definite.
    public init(mean: Tensor, covariance: Tensor) throws {
        self.init(mean: mean, scaleTril: try covariance.cholesky())
    }

    public var batchShape: [Int] { Array(mean.shape.dropLast()) }
    public var eventShape: [Int] { [mean.size(-1)] }
    /// `(..., n, n)`.
    public var covariance: Tensor { scaleTril.matmul(scaleTril.mT) }
    public var variance: Tensor { scaleTril.square().sum(dims: [-1]) }

    public func reparameterizedSample(_ shape: [Int], generator: inout Generator) -> Tensor {
        let noise = Tensor.randn(
            shape + mean.shape, dtype: mean.dtype, generator: &generator)
        return mean + scaleTril.matmul(noise.unsqueeze(-1)).squeeze(-1)
    }

    /// Half the logarithm of the covariance's determinant.
    var halfLogDet: Tensor { scaleTril.diagonal(dim1: -2, dim2: -1).log().sum(dims: [-1]) }

    public func logProb(_ value: Tensor) -> Tensor {
        let n = Double(eventShape[0])
        let centred = (value - mean).unsqueeze(-1)
        let standard = scaleTril.solveTriangular(centred, upper: false).squeeze(-1)
        return (standard.square().sum(dims: [-1]) + n * 1.837_877_066_409_345_5) * -0.5 - halfLogDet
    }

    public func entropy() -> Tensor {
        halfLogDet + 0.5 * Double(eventShape[0]) * (1 + 1.837_877_066_409_345_5)
    }
}
