extension Tensor {
    /// A tensor that the closure writes in full, given its memory: row-major, or with `channelsLast`
    /// the elements of `(N, C, H, W)` in the order `(N, H, W, C)`.
    ///
    /// For readers and converters that produce many elements in one pass.
    public init(
        _ shape: [Int], dtype: DType = .float32, channelsLast: Bool = false,
        writtenBy body: (UnsafeMutableRawBufferPointer) throws -> Void
    ) rethrows {
        self.init(uninitialized: shape, dtype: dtype, channelsLast: channelsLast)
        try body(UnsafeMutableRawBufferPointer(start: freshPointer, count: count * dtype.itemSize))
    }
}
