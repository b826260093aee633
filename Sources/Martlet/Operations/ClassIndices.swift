internal import CKernels

extension Tensor {
    /// These class indices as row-major `int64`; stops at one that is neither in `0 ..< classes` nor `ignoreIndex`.
    package func classIndices(
        _ classes: Int, ignoreIndex: Int? = nil, operation: String
    ) -> Tensor {
        precondition(
            !dtype.isFloatingPoint && dtype != .bool,
            "\(operation): expected integer class indices, got \(dtype)")
        let labels = noGrad { to(.int64).contiguous() }
        // Without an index to ignore any class stands for it.
        let bad = mt_first_bad_class(
            Int64(labels.count), labels.pointer.assumingMemoryBound(to: Int64.self),
            Int64(classes), Int64(ignoreIndex ?? 0))
        precondition(
            bad < 0,
            "\(operation): target \(bad < 0 ? 0 : labels.array(as: Int.self)[Int(bad)]) at place \(bad) "
                + "is outside the \(classes) classes")
        return labels
    }
}
