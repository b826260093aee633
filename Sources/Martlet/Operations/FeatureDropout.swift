extension Tensor {
    /// Zeroes whole channels of `(N, C, ...)` with probability `p` and scales the others by 1 / (1 - p) (Tompson et al.
    /// 2015; PyTorch's `feature_dropout`).
    public func featureDropout(_ p: Double, generator: inout Generator) -> Tensor {
        precondition(
            ndim >= 2, "featureDropout: expected (N, channels, ...), got shape \(shape)")
        return self * Tensor.ones(channelShape, dtype: dtype).dropout(p, generator: &generator)
    }

    /// Dropout that keeps mean and variance of standard normal inputs, for networks of SELUs: elements become the SELU's
    /// lower limit with probability `p`, then all are scaled and shifted (Klambauer et al. 2017).
    ///
    /// - Parameter wholeChannels: whether the channels of `(N, C, ...)` are dropped as wholes (PyTorch's
    ///   `feature_alpha_dropout`).
    public func alphaDropout(
        _ p: Double, wholeChannels: Bool = false, generator: inout Generator
    ) -> Tensor {
        precondition(p >= 0 && p <= 1, "alphaDropout: expected a probability, got \(p)")
        precondition(
            !wholeChannels || ndim >= 2,
            "alphaDropout: expected (N, channels, ...), got shape \(shape)")
        if p == 0 { return self }
        if p == 1 { return self * 0 }
        let kept = Tensor.rand(
            wholeChannels ? channelShape : shape, dtype: .float32, generator: &generator
        ).ge(p).to(dtype)
        let limit = -1.758_099_340_847_376_8  // -scale alpha of the SELU
        let scale = 1 / ((1 - p) * (1 + p * limit * limit)).squareRoot()
        // (x kept + limit (1 - kept)) scale - scale p limit
        return self * (kept * scale) + ((1 - kept) * (limit * scale) - scale * p * limit)
    }

    private var channelShape: [Int] {
        Array(shape[..<2]) + [Int](repeating: 1, count: ndim - 2)
    }
}
