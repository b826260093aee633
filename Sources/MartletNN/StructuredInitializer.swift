internal import Martlet

extension Initializer {
    /// The identity matrix, for weights `(out, in)`: inputs pass unchanged.
    public static let eye = Initializer { shape, _ in
        precondition(shape.count == 2, "eye: expected weights (out, in), got \(shape)")
        let (rows, columns) = (Tensor.arange(shape[0]), Tensor.arange(shape[1]))
        return rows.unsqueeze(1).eq(columns).to(.float32)
    }

    /// Kernels `(out, in, k1, ...)` of 1 to 3 dimensions that pass as many channels as there can be unchanged, in each of
    /// some groups.
    public static func dirac(groups: Int = 1) -> Initializer {
        Initializer { shape, _ in
            precondition(
                (3...5).contains(shape.count) && groups > 0 && shape[0] % groups == 0,
                "dirac: expected weights (out, in, k1, ...) with out in \(groups) groups, got \(shape)"
            )
            var result = Tensor.zeros(shape)
            let centre = shape[2...].map { TensorIndex.index($0 / 2) }
            let out = shape[0] / groups
            for group in 0..<groups {
                for channel in 0..<min(out, shape[1]) {
                    result[[.index(group * out + channel), .index(channel)] + centre] = Tensor(
                        Float(1))
                }
            }
            return result
        }
    }

    /// N(0, std²) for weights `(out, in)`, with a share of each column, rounded up, that is 0 (Martens 2010).
    public static func sparse(_ sparsity: Double, std: Double = 0.01) -> Initializer {
        precondition(
            sparsity >= 0 && sparsity <= 1, "sparse: expected a share in 0 ... 1, got \(sparsity)")
        return Initializer { shape, generator in
            precondition(shape.count == 2, "sparse: expected weights (out, in), got \(shape)")
            var values = Tensor.randn(shape, std: std, generator: &generator).array(as: Float.self)
            let zeros = Int((sparsity * Double(shape[0])).rounded(.up))
            for column in 0..<shape[1] {
                for row in generator.permutation(shape[0]).prefix(zeros) {
                    values[row * shape[1] + column] = 0
                }
            }
            return Tensor(values, shape: shape)
        }
    }

    /// Rows, or columns where there are fewer of them, that are orthogonal and of length `gain`, for weights `(out, in, ...)`
    /// seen as `(out, rest)` (Saxe et al. 2014).
    public static func orthogonal(gain: Double = 1) -> Initializer {
        Initializer { shape, generator in
            precondition(
                shape.count >= 2, "orthogonal: expected weights (out, in, ...), got \(shape)")
            let rows = shape[0]
            let columns = shape[1...].reduce(1, *)
            let (few, many) = (min(rows, columns), max(rows, columns))
            let normal = Tensor.randn([few, many], dtype: .float64, generator: &generator)
            let vectors = orthonormal(normal)
            let matrix = rows <= columns ? vectors : vectors.T
            return (matrix * gain).to(.float32).reshape(shape)
        }
    }
}

/// The rows of a matrix `(n, length)`, float64, made orthonormal in their order: by Gram and Schmidt's method, twice, which is
/// accurate to all digits; in blocks, so that most of the work is matrix products.
private func orthonormal(_ rows: Tensor) -> Tensor {
    var done: [Tensor] = []
    for start in stride(from: 0, to: rows.shape[0], by: 64) {
        var block = rows.slice(dim: 0, from: start, to: start + 64)
        for _ in 0..<2 {
            for other in done { block = block - block.matmul(other.T).matmul(other) }
            let count = block.shape[0]
            block.withUnsafeMutableBytes {
                orthonormalize($0.bindMemory(to: Double.self), count: count)
            }
        }
        done.append(block)
    }
    return Tensor.cat(done)
}

/// `count` vectors of one length, one after another.
private func orthonormalize(_ values: UnsafeMutableBufferPointer<Double>, count: Int) {
    let length = values.count / count
    for i in 0..<count {
        let own = i * length
        for j in 0..<i {
            var product = 0.0
            for k in 0..<length { product += values[own + k] * values[j * length + k] }
            for k in 0..<length { values[own + k] -= product * values[j * length + k] }
        }
        var squares = 0.0
        for k in 0..<length { squares += values[own + k] * values[own + k] }
        let scale = 1 / squares.squareRoot()
        for k in 0..<length { values[own + k] *= scale }
    }
}
