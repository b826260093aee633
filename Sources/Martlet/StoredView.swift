extension Tensor {
    /// A view of this contiguous tensor's elements from `offset` on, of any shape and strides, both counted in elements:
    /// what a file that stores memory and views apart is read with. Not recorded for gradients.
    package func view(offset start: Int, shape: [Int], strides: [Int]) -> Tensor {
        // Of no elements, there is no last one.
        let last =
            shape.contains(0)
            ? start - 1 : zip(shape, strides).reduce(start) { $0 + ($1.0 - 1) * $1.1 }
        precondition(
            isContiguous && shape.count == strides.count && start >= 0
                && (shape + strides).allSatisfy { $0 >= 0 }
                && last < count,
            "view: \(shape) with strides \(strides) from element \(start) does not lie in \(count) elements"
        )
        return Tensor(
            storage: storage, offset: offset + start, shape: shape, strides: strides, dtype: dtype)
    }
}
