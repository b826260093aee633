internal import CKernels

// Searching for elements, and counting them.
extension Tensor {
    /// The different elements in order, where in them each element is (in this tensor's shape), and how often each
    /// occurs. Every NaN is different.
    public func unique() -> (values: Tensor, inverse: Tensor, counts: Tensor) {
        let x = isDense ? self : materializedIfNeeded
        let values = Tensor(uninitialized: [count], dtype: dtype)
        let counts = Tensor(uninitialized: [count], dtype: .int64)
        let inverse = Tensor(uninitialized: shape, strides: x.strides, dtype: .int64)
        let found = Int(
            mt_unique(
                dtype.kernel, Int64(count), x.pointer, values.freshPointer,
                inverse.freshPointer.assumingMemoryBound(to: Int64.self),
                counts.freshPointer.assumingMemoryBound(to: Int64.self)))
        return (values.firsts(found), inverse, counts.firsts(found))
    }

    /// The first elements of a vector, in memory of their own.
    private func firsts(_ n: Int) -> Tensor {
        n == count ? self : slice(dim: 0, to: n).materialized(strides: [1])
    }

    /// The elements of the flattened tensor without those that equal the one before, where in them each element is, and how
    /// often each repeats.
    public func uniqueConsecutive() -> (values: Tensor, inverse: Tensor, counts: Tensor) {
        noGrad {
            let flat = detach().flatten()
            let n = flat.count
            guard n > 0 else {
                let none = Tensor(uninitialized: [0], dtype: .int64)
                return (flat, none.reshape(shape), none)
            }
            let changes = Tensor.cat([
                Tensor.ones([1], dtype: .bool),
                flat.slice(dim: 0, from: 1).ne(flat.slice(dim: 0, to: n - 1)),
            ])
            let inverse = changes.cumsum(dim: 0) - 1
            let starts = changes.nonzero().reshape([-1])
            let ends = Tensor.cat([starts.slice(dim: 0, from: 1), Tensor([n])])
            return (flat.indexSelect(dim: 0, starts), inverse.reshape(shape), ends - starts)
        }
    }

    /// Different entries of a dimension in order, where in them each entry is, and how often each occurs.
    public func unique(dim: Int) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
        let d = Shape.dimension(dim, of: ndim, operation: "unique")
        precondition(ndim > 0, "unique: a tensor without dimensions has no dimension \(dim)")
        return noGrad {
            let n = shape[d]
            let rows = detach().movedim(d, to: 0).reshape([n, -1])
            // Sorted by each column from the last to the first: a stable sort keeps what later ones did.
            var order = Tensor.arange(n)
            for column in rows.unbind(dim: 1).reversed() {
                order = order.indexSelect(
                    dim: 0, column.indexSelect(dim: 0, order).argsort(dim: 0))
            }
            let sorted = rows.indexSelect(dim: 0, order)
            let changes = Tensor.cat([
                Tensor.ones([Swift.min(n, 1)], dtype: .bool),
                sorted.slice(dim: 0, from: 1).ne(sorted.slice(dim: 0, to: Swift.max(n - 1, 0)))
                    .any(dims: [1]),
            ])
            let starts = changes.nonzero().reshape([-1])
            let ends = Tensor.cat([starts.slice(dim: 0, from: 1), Tensor([n])])
            let inverse = Tensor.zeros([n], dtype: .int64)
                .scatter(dim: 0, order, changes.cumsum(dim: 0) - 1)
            let values = indexSelect(dim: d, order.indexSelect(dim: 0, starts))
            return (values.detach(), inverse, ends - starts)
        }
    }

    /// Where each value would go into the sorted numbers along the last dimension: before equal ones or, with `right`, after
    /// them. The sorted numbers are a vector for all values, or have the values' leading dimensions.
    public static func searchSorted(_ sorted: Tensor, _ values: Tensor, right: Bool = false)
        -> Tensor
    {
        let shared = sorted.ndim == 1
        precondition(
            shared
                || sorted.ndim == values.ndim && sorted.ndim > 0
                    && sorted.shape.dropLast() == values.shape.dropLast(),
            "searchSorted: sorted numbers of shape \(sorted.shape) do not fit values of shape "
                + "\(values.shape)")
        let promoted = DType.promoted(sorted.dtype, values.dtype)
        let dtype: DType =
            promoted == .float64 ? .float64 : promoted.isFloatingPoint ? .float32 : .int64
        let numbers = noGrad { sorted.to(dtype).contiguous() }
        let own = noGrad { values.to(dtype) }
        let x = shared && own.isDense ? own : own.materializedIfNeeded
        let places = Tensor(uninitialized: values.shape, strides: x.strides, dtype: .int64)
        let length = numbers.shape[numbers.ndim - 1]
        let count = x.ndim == 0 ? 1 : shared ? x.count : x.shape[x.ndim - 1]
        let rows = count == 0 ? 0 : x.count / count
        mt_search_sorted(
            dtype.kernel, Int64(rows), Int64(length), Int64(count), shared, right,
            numbers.pointer, x.pointer,
            places.freshPointer.assumingMemoryBound(to: Int64.self))
        return places
    }

    /// The number of the bin each element is in, given the bins' sorted limits; `right` puts an element
    /// that equals a limit above it (PyTorch's `bucketize`).
    public func bucketize(_ limits: Tensor, right: Bool = false) -> Tensor {
        precondition(
            limits.ndim == 1, "bucketize: expected a vector of limits, got \(limits.shape)")
        return Tensor.searchSorted(limits, self, right: right)
    }

    /// How often each whole number from 0 on occurs in a vector, or the sum of their weights.
    public func bincount(weights: Tensor? = nil, minLength: Int = 0) -> Tensor {
        precondition(
            ndim == 1 && !dtype.isFloatingPoint && dtype != .bool,
            "bincount: expected a vector of integers, got \(dtype) \(shape)")
        precondition(
            weights == nil || weights?.shape == shape,
            "bincount: expected weights of shape \(shape), got \(weights?.shape ?? [])")
        let numbers = noGrad { to(.int64).contiguous() }
        var (least, most): (Int64, Int64) = (0, -1)
        if count > 0 { mt_limits(Int64(count), numbers.indexPointer, &least, &most) }
        precondition(least >= 0, "bincount: a number is negative: \(least)")
        let length = Swift.max(Int(most) + 1, minLength)
        if let weights {
            let own = noGrad {
                weights.detach().to(weights.dtype == .float32 ? .float32 : .float64)
            }
            return noGrad {
                Tensor.zeros([length], dtype: own.dtype).indexAdd(dim: 0, numbers, own)
            }
        }
        let counts = Tensor(uninitialized: [length], dtype: .int64)
        mt_bincount(
            Int64(count), numbers.indexPointer, Int64(length),
            counts.freshPointer.assumingMemoryBound(to: Int64.self))
        return counts
    }

    /// How many elements are in each of `bins` equal parts of `low ... high`, those outside left out; equal limits stand for
    /// the least and greatest element.
    public func histc(bins: Int = 100, min low: Double = 0, max high: Double = 0) -> Tensor {
        precondition(bins > 0, "histc: expected at least 1 bin, got \(bins)")
        precondition(
            dtype.isFloatingPoint, "histc: expected a floating-point tensor, got \(dtype)")
        var (low, high) = (low, high)
        if low == high && count > 0 {
            (low, high) = (min().item(as: Double.self), max().item(as: Double.self))
        }
        if low == high { (low, high) = (low - 1, high + 1) }
        precondition(
            low < high && low.isFinite && high.isFinite,
            "histc: the range \(low) ... \(high) is not one")
        let x = isDense ? self : materializedIfNeeded
        let counts = Tensor(uninitialized: [bins], dtype: .int64)
        mt_histogram(
            dtype.kernel, Int64(count), x.pointer, Int64(bins), low, high,
            counts.freshPointer.assumingMemoryBound(to: Int64.self))
        return noGrad { counts.to(dtype) }
    }
}
