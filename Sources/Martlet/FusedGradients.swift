internal import CKernels

/// Norms and scales over many tensors at once, as gradient clipping needs them.
package enum FusedGradients {
    /// The sum of the sizes of all elements to the power of `p`, or the greatest size for an infinite
    /// `p`; the same whatever the number of threads.
    package static func powerSum(_ gradients: [Tensor], p: Double) -> Double {
        let gradients = gradients.map { $0.dtype.isHalf ? $0.detach().to(.float32) : $0 }
        var sums: [Double] = []
        for dtype in [DType.float32, .float64] {
            let dense = gradients.filter { $0.dtype == dtype }
                .map { $0.isDense ? $0 : $0.detach().contiguous() }
            guard !dense.isEmpty else { continue }
            let sizes = dense.map { Int64($0.count) }
            let blocks = dense.map { Optional($0.pointer) }
            sums.append(mt_norm_sum(dtype.kernel, p, Int64(dense.count), sizes, blocks))
            withExtendedLifetime(dense) {}
        }
        guard p.isInfinite else { return sums.reduce(0, +) }
        return sums.contains(where: \.isNaN) ? .nan : sums.max() ?? 0
    }

    /// Multiplies every element of every tensor.
    package static func scale(_ gradients: inout [Tensor], by factor: Double) {
        for i in gradients.indices where gradients[i].dtype.isHalf {
            gradients[i] = gradients[i].detach() * factor
        }
        for dtype in [DType.float32, .float64] {
            let indices = gradients.indices.filter { gradients[$0].dtype == dtype }
            guard !indices.isEmpty else { continue }
            let sizes = indices.map { Int64(gradients[$0].count) }
            var blocks: [UnsafeMutableRawPointer?] = []
            for i in indices { blocks.append(gradients[i].writablePointer()) }
            mt_scale(dtype.kernel, Int64(sizes.count), sizes, blocks, factor)
            withExtendedLifetime(gradients) {}
        }
    }
}
