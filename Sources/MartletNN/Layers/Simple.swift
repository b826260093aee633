public import Martlet

/// Dimensions `from ... to` as one; by default all but the batch.
public final class Flatten: Layer {
    public let from: Int
    public let to: Int
    public init(from: Int = 1, to: Int = -1) {
        self.from = from
        self.to = to
    }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x.flatten(from: from, to: to) }
}

/// Its input, unchanged.
public final class Identity: Layer {
    public init() {}
    public func forward(_ x: Tensor, _ context: Context) -> Tensor { x }
}

/// One dimension as several: the inverse of `Flatten`.
public final class Unflatten: Layer {
    public let dim: Int
    public let sizes: [Int]
    /// - Parameter sizes: one of them may be -1, to be worked out.
    public init(dim: Int, sizes: [Int]) {
        self.dim = dim
        self.sizes = sizes
    }
    public func forward(_ x: Tensor, _ context: Context) -> Tensor {
        let size = x.size(dim)
        let d = dim < 0 ? dim + x.ndim : dim
        let known = sizes.filter { $0 != -1 }.reduce(1, *)
        precondition(
            sizes.contains(-1)
                ? sizes.count { $0 == -1 } == 1 && known > 0 && size % known == 0 : known == size,
            "Unflatten: sizes \(sizes) do not fit dimension \(dim) of \(x.shape)")
        let whole = sizes.map { $0 == -1 ? size / known : $0 }
        return x.reshape(Array(x.shape[..<d]) + whole + Array(x.shape[(d + 1)...]))
    }
}
