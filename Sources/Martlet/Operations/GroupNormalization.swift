extension Tensor {
    /// Each sample's channels in groups, each group normalised by its own mean and biased variance (Wu and He, "Group
    /// normalization", 2018), then scaled and moved by channel.
    ///
    /// - Parameters:
    ///   - groups: divides the channels, dimension 1 of `(N, C, ...)`.
    ///   - weight: `(C)`; nil for 1.
    ///   - bias: `(C)`; nil for 0.
    public func groupNorm(
        groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
    ) -> Tensor {
        precondition(
            ndim >= 2 && groups > 0 && shape[1] % groups == 0,
            "groupNorm: the channels of \(shape) do not divide into \(groups) groups")
        let rows = contiguous().reshape([1, shape[0] * groups, -1])
        let y = rows.batchNorm(weight: nil, bias: nil, epsilon: epsilon).output.reshape(shape)
        return y.scaledByChannel(weight, bias, "groupNorm")
    }

    /// Each sample's channels normalised each by its own mean and biased variance (Ulyanov et al., "Instance normalization:
    /// the missing ingredient for fast stylization", 2016), then scaled and moved by channel.
    ///
    /// - Parameters:
    ///   - weight: `(C)` for `(N, C, ...)`; nil for 1.
    ///   - bias: `(C)`; nil for 0.
    ///   - relu: applies max(., 0), in the same pass for a batch of 1.
    public func instanceNorm(
        weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5, relu: Bool = false
    ) -> Tensor {
        precondition(
            ndim >= 3, "instanceNorm: expected (N, C, L) or more dimensions, got \(shape)")
        // One sample's channels are a batch's.
        if shape[0] == 1 && (weight == nil) == (bias == nil) {
            return batchNorm(weight: weight, bias: bias, epsilon: epsilon, relu: relu).output
        }
        let y = groupNorm(groups: shape[1], weight: weight, bias: bias, epsilon: epsilon)
        return relu ? y.relu() : y
    }

    private func scaledByChannel(_ weight: Tensor?, _ bias: Tensor?, _ operation: String) -> Tensor
    {
        for parameter in [weight, bias].compactMap({ $0 }) {
            precondition(
                parameter.shape == [shape[1]],
                "\(operation): expected weight and bias of shape [\(shape[1])] for \(shape), got "
                    + "\(parameter.shape)")
        }
        let wide = [-1] + [Int](repeating: 1, count: ndim - 2)
        let scaled = weight.map { self * $0.to(dtype).reshape(wide) } ?? self
        return bias.map { scaled + $0.to(dtype).reshape(wide) } ?? scaled
    }

    /// Each element divided by (k + alpha times the mean of squares over `size` neighbouring channels)^beta (Krizhevsky et al.
    /// 2012), for `(N, C, ...)`.
    public func localResponseNorm(
        size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
    ) -> Tensor {
        precondition(
            ndim >= 3 && size > 0,
            "localResponseNorm: expected (N, C, L) or more dimensions and a size above 0, got \(shape)"
        )
        let squares = square().reshape([shape[0], 1, shape[1], -1])
            .pad([(0, 0), (size / 2, (size - 1) / 2)])
        let means = squares.avgPool2d(PoolingGeometry(kernel: (size, 1), stride: (1, 1)))
        return self / ((means * alpha + k).pow(beta)).reshape(shape)
    }
}
