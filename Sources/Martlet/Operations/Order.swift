internal import CKernels

// What order statistics, counting and searching tell about elements.
extension Tensor {
    /// Where the elements of `sort` come from.
    public func argsort(dim: Int = -1, descending: Bool = false) -> Tensor {
        noGrad { sort(dim: dim, descending: descending).indices }
    }

    /// The greatest element along a dimension and where it is, the first of equals, which has the gradient to itself.
    public func max(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        chosen(argmax(dim: dim, keepDim: true), dim, keepDim)
    }

    /// The least element along a dimension and where it is, the first of equals, which has the gradient to itself.
    public func min(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        chosen(argmin(dim: dim, keepDim: true), dim, keepDim)
    }

    /// The least and the greatest element over some dimensions (nil: all).
    public func aminmax(dims: [Int]? = nil, keepDim: Bool = false) -> (min: Tensor, max: Tensor) {
        (min(dims: dims, keepDim: keepDim), max(dims: dims, keepDim: keepDim))
    }

    /// The `k`th least element along a dimension, counted from 1, and where it is.
    public func kthvalue(_ k: Int, dim: Int = -1, keepDim: Bool = false) -> (
        values: Tensor, indices: Tensor
    ) {
        let d = Shape.dimension(dim, of: ndim, operation: "kthvalue")
        let n = ndim == 0 ? 1 : shape[d]
        precondition(
            k >= 1 && k <= n,
            "kthvalue: k = \(k) is outside 1 ... \(n), the size of dimension \(dim) of \(shape)")
        if ndim == 0 { return (self, Tensor(0)) }
        let places = detach().argsort(dim: d).narrow(dim: d, start: k - 1, length: 1)
        return chosen(places, d, keepDim)
    }

    /// The element in the middle of a dimension's order, the lower of two, and where it is; NaN where there is one.
    public func median(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        let d = Shape.dimension(dim, of: ndim, operation: "median")
        if ndim == 0 { return (self, Tensor(0)) }
        precondition(shape[d] > 0, "median: dimension \(dim) of \(shape) has no elements")
        let middle = kthvalue((shape[d] + 1) / 2, dim: d, keepDim: true).indices
        guard dtype.isFloatingPoint else { return chosen(middle, d, keepDim) }
        // argmax finds a NaN if there is one.
        let greatest = argmax(dim: d, keepDim: true)
        let bad = noGrad { detach().gather(dim: d, greatest).isNaN() }
        return chosen(Tensor.where(bad, greatest, middle), d, keepDim)
    }

    /// The element in the middle of all, the lower of two; NaN if there is one. Equal ones share the gradient.
    public func median() -> Tensor {
        let middle = flatten().median(dim: 0).values
        guard requiresGrad else { return middle }
        let equal = noGrad { eq(middle).logicalOr(isNaN()) }
        // Of the elements that equal it, the greatest is it.
        return Tensor.where(equal, self, Tensor.full([], -.infinity, dtype: dtype)).max()
    }

    /// The most frequent element along a dimension, the least of several, and where its last occurrence is.
    public func mode(dim: Int = -1, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        let d = Shape.dimension(dim, of: ndim, operation: "mode")
        if ndim == 0 { return (self, Tensor(0)) }
        precondition(shape[d] > 0, "mode: dimension \(dim) of \(shape) has no elements")
        let places: Tensor = noGrad {
            let (sorted, order) = detach().movedim(d, to: -1).sort(dim: -1)
            let n = shape[d]
            let rows = sorted.reshape([-1, n])
            // How long the run of equals that ends at each place is.
            let position = Tensor.arange(n).expand(rows.shape)
            let starts = Tensor.cat(
                [
                    Tensor.ones([rows.shape[0], 1], dtype: .bool),
                    rows.slice(dim: 1, from: 1).ne(rows.slice(dim: 1, to: n - 1)),
                ], dim: 1)
            let begin = Tensor.where(starts, position, Tensor(0)).cummax(dim: 1).values
            let longest = (position - begin).argmax(dim: 1, keepDim: true)
            return order.reshape([-1, n]).gather(dim: 1, longest)
                .reshape(Array(sorted.shape.dropLast()) + [1]).movedim(-1, to: d)
        }
        return chosen(places, d, keepDim)
    }

    private func chosen(_ places: Tensor, _ dim: Int, _ keepDim: Bool) -> (
        values: Tensor, indices: Tensor
    ) {
        if ndim == 0 { return (self, places.reshape([])) }
        let d = Shape.dimension(dim, of: ndim, operation: "gather")
        let values = gather(dim: d, places)
        return keepDim ? (values, places) : (values.squeeze(d), places.squeeze(d))
    }

    /// How numbers between two elements are made of them.
    public enum QuantileInterpolation: String, Sendable, CaseIterable {
        case linear, lower, higher, nearest, midpoint
    }

    /// The numbers below which a part `q` (each in 0 ... 1) of the elements along a dimension (nil: all) lies; the parts
    /// are the result's first dimension. NaN where there is one.
    public func quantile(
        _ q: [Double], dim: Int? = nil, keepDim: Bool = false,
        interpolation: QuantileInterpolation = .linear
    ) -> Tensor {
        precondition(
            q.allSatisfy { $0 >= 0 && $0 <= 1 }, "quantile: expected parts in 0 ... 1, got \(q)")
        precondition(
            dtype == .float32 || dtype == .float64,
            "quantile: expected float32 or float64, got \(dtype)")
        guard let dim else {
            let flat = flatten().quantile(q, dim: 0, interpolation: interpolation)
            return keepDim ? flat.reshape([q.count] + shape.map { _ in 1 }) : flat
        }
        let d = Shape.dimension(dim, of: ndim, operation: "quantile")
        precondition(count > 0, "quantile: no elements in shape \(shape)")
        let x = ndim == 0 ? reshape([1]) : self
        let n = x.shape[d]
        let sorted = x.sort(dim: d).values
        let bad = noGrad { x.detach().isNaN().any(dims: [d], keepDim: true) }
        let rows = q.map { part in
            let place = part * Double(n - 1)
            let (low, high) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
            let a = sorted.narrow(dim: d, start: low, length: 1)
            let b = sorted.narrow(dim: d, start: high, length: 1)
            let value =
                switch interpolation {
                case .linear: low == high ? a : a + (b - a) * (place - Double(low))
                case .lower: a
                case .higher: b
                case .nearest:
                    sorted.narrow(dim: d, start: Int(place.rounded(.toNearestOrEven)), length: 1)
                case .midpoint: low == high ? a : (a + b) * 0.5
                }
            let marked = value.maskedFill(bad, .nan)
            return ndim == 0 ? marked.reshape([]) : keepDim ? marked : marked.squeeze(d)
        }
        return Tensor.stack(rows)
    }

    /// One part, without a dimension for it.
    public func quantile(
        _ q: Double, dim: Int? = nil, keepDim: Bool = false,
        interpolation: QuantileInterpolation = .linear
    ) -> Tensor {
        quantile([q], dim: dim, keepDim: keepDim, interpolation: interpolation).squeeze(0)
    }

    /// The different elements in order, where in them each element is (in this tensor's shape), and how often each
    /// occurs. Every NaN is different.
    public func unique() -> (values: Tensor, inverse: Tensor, counts: Tensor) {
        noGrad {
            let (sorted, order) = detach().flatten().sort(dim: 0)
            let runs = sorted.uniqueConsecutive()
            let inverse = Tensor.zeros([count], dtype: .int64)
                .scatter(dim: 0, order, runs.inverse)
            return (runs.values, inverse.reshape(shape), runs.counts)
        }
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
        let x = noGrad { values.to(dtype).contiguous() }
        let places = Tensor(uninitialized: values.shape, dtype: .int64)
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
        return noGrad {
            let most = count == 0 ? -1 : max().item(as: Int.self)
            precondition(
                count == 0 || min().item(as: Int.self) >= 0,
                "bincount: a number is negative: \(count == 0 ? 0 : min().item(as: Int.self))")
            let length = Swift.max(most + 1, minLength)
            let ones =
                weights.map { $0.dtype == .float32 ? $0 : $0.to(.float64) }
                ?? Tensor.ones(shape, dtype: .int64)
            return Tensor.zeros([length], dtype: ones.dtype)
                .indexAdd(dim: 0, self, ones.detach())
        }
    }

    /// How many elements are in each of `bins` equal parts of `low ... high`, those outside left out; equal limits stand for
    /// the least and greatest element.
    public func histc(bins: Int = 100, min low: Double = 0, max high: Double = 0) -> Tensor {
        precondition(bins > 0, "histc: expected at least 1 bin, got \(bins)")
        return noGrad {
            var (low, high) = (low, high)
            if low == high && count > 0 {
                (low, high) = (min().item(as: Double.self), max().item(as: Double.self))
            }
            if low == high { (low, high) = (low - 1, high + 1) }
            precondition(
                dtype.isFloatingPoint, "histc: expected a floating-point tensor, got \(dtype)")
            precondition(
                low < high && low.isFinite && high.isFinite,
                "histc: the range \(low) ... \(high) is not one")
            let flat = detach().flatten()
            let inside = flat.maskedSelect(flat.ge(low).logicalAnd(flat.le(high)))
            let places = ((inside - low) * Double(bins) / (high - low)).floor()
                .clamp(max: Double(bins - 1)).to(.int64)
            return places.bincount(minLength: bins).to(dtype)
        }
    }
}
