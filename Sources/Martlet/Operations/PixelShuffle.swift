extension Tensor {
    /// `(..., C r², H, W)` as `(..., C, H r, W r)`: channels become squares of cells (Shi et al. 2016).
    public func pixelShuffle(_ factor: Int) -> Tensor {
        precondition(
            ndim >= 3 && factor > 0 && shape[ndim - 3] % (factor * factor) == 0,
            "pixelShuffle: expected (..., channels, H, W) with channels that \(factor)² divides, got "
                + "\(shape)")
        let (lead, images) = asImages
        let y = Tensor.result(PixelShuffle(factor: factor), images)
        return ndim == 4 ? y : y.reshape(lead + y.shape[1...])
    }

    /// `(..., C, H r, W r)` as `(..., C r², H, W)`: the inverse of `pixelShuffle`.
    public func pixelUnshuffle(_ factor: Int) -> Tensor {
        precondition(
            ndim >= 3 && factor > 0 && shape[ndim - 2] % factor == 0
                && shape[ndim - 1] % factor == 0,
            "pixelUnshuffle: expected (..., channels, H, W) with a height and width that \(factor) "
                + "divides, got \(shape)")
        let (lead, images) = asImages
        let y = images.unshuffled(factor)
        return ndim == 4 ? y : y.reshape(lead + y.shape[1...])
    }

    /// The channels of `(N, C, ...)`, seen as `groups` rows, read column by column (Zhang et al. 2018).
    public func channelShuffle(groups: Int) -> Tensor {
        precondition(
            ndim >= 2 && groups > 0 && shape[1] % groups == 0,
            "channelShuffle: expected (N, channels, ...) with channels that \(groups) divides, got "
                + "\(shape)")
        if isChannelsLast && !isContiguous {
            let rows = permute([0] + Array(2..<ndim) + [1])
            return rows.reshape(rows.shape.dropLast() + [groups, shape[1] / groups])
                .transpose(-1, -2).reshape(rows.shape)
                .permute([0, ndim - 1] + Array(1..<(ndim - 1)))
        }
        return reshape([shape[0], groups, shape[1] / groups] + shape[2...]).transpose(1, 2)
            .reshape(shape)
    }

    private var asImages: (lead: [Int], images: Tensor) {
        let lead = Array(shape.dropLast(3))
        return (lead, ndim == 4 ? self : reshape([lead.reduce(1, *)] + shape.suffix(3)))
    }

    /// Of `(N, C r², H, W)`; channels-last images stay so.
    fileprivate func shuffled(_ r: Int) -> Tensor {
        let (n, c, h, w) = (shape[0], shape[1] / (r * r), shape[2], shape[3])
        let cells = reshape([n, c, r, r, h, w])
        if isChannelsLast && !isContiguous {
            return cells.permute([0, 4, 2, 5, 3, 1]).reshape([n, h * r, w * r, c])
                .permute([0, 3, 1, 2])
        }
        return cells.permute([0, 1, 4, 2, 5, 3]).reshape([n, c, h * r, w * r])
    }

    /// Of `(N, C, H r, W r)`.
    fileprivate func unshuffled(_ r: Int) -> Tensor {
        let (n, c, h, w) = (shape[0], shape[1], shape[2] / r, shape[3] / r)
        let cells = reshape([n, c, h, r, w, r])
        if isChannelsLast && !isContiguous {
            return cells.permute([0, 2, 4, 1, 3, 5]).reshape([n, h, w, c * r * r])
                .permute([0, 3, 1, 2])
        }
        return cells.permute([0, 1, 3, 5, 2, 4]).reshape([n, c * r * r, h, w])
    }
}

private struct PixelShuffle: TensorOperation {
    let factor: Int

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        [inputs[0].shuffled(factor)]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        [gradients[0]?.unshuffled(factor)]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add(
            "DepthToSpace", inputs,
            attributes: ["blocksize": .int(factor), "mode": .string("CRD")],
            outputs: outputs)
    }
}
