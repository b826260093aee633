internal import CKernels

// What order and its statistics tell about elements.
extension Tensor {
    /// The elements in order along a dimension, and where each was; equal ones keep their order.
    /// Gradients flow through the values.
    public func sort(dim: Int = -1, descending: Bool = false) -> (values: Tensor, indices: Tensor) {
        let d = Shape.dimension(dim, of: ndim, operation: "sort")
        return chosen(ndim == 0 ? 1 : shape[d], dim: d) {
            mt_sort(
                dtype.kernel, $0.outer, $0.count, $0.inner, descending, $0.source.pointer, $1, $2)
        }
    }

    /// Where the elements of `sort` come from.
    public func argsort(dim: Int = -1, descending: Bool = false) -> Tensor {
        noGrad { sort(dim: dim, descending: descending).indices }
    }

    /// The `k` greatest (or least) elements along a dimension, in order, and where each was.
    /// Gradients flow through the values.
    public func topk(_ k: Int, dim: Int = -1, largest: Bool = true) -> (
        values: Tensor, indices: Tensor
    ) {
        let d = Shape.dimension(dim, of: ndim, operation: "topk")
        let (least, most) = ndim == 0 ? (1, 1) : (0, shape[d])
        precondition(
            k >= least && k <= most,
            "topk: k = \(k) is outside \(least) ... \(most), the size of dimension \(dim)")
        return chosen(k, dim: d) {
            mt_topk(
                dtype.kernel, $0.outer, $0.count, $0.inner, Int64(k), largest, $0.source.pointer,
                $1, $2)
        }
    }

    /// The greatest element along a dimension and where it is, the first of equals, which has the gradient to itself.
    public func max(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        gathered(argmax(dim: dim, keepDim: true), dim, keepDim)
    }

    /// The least element along a dimension and where it is, the first of equals, which has the gradient to itself.
    public func min(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        gathered(argmin(dim: dim, keepDim: true), dim, keepDim)
    }

    private func gathered(_ places: Tensor, _ dim: Int, _ keepDim: Bool) -> (
        values: Tensor, indices: Tensor
    ) {
        if ndim == 0 { return (self, places.reshape([])) }
        let d = Shape.dimension(dim, of: ndim, operation: "gather")
        let values = gather(dim: d, places)
        return keepDim ? (values, places) : (values.squeeze(d), places.squeeze(d))
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
        return ranked([k - 1], dim: d, keepDim: keepDim, nanWins: false)
    }

    /// The element in the middle of a dimension's order, the lower of two, and where it is; NaN where there is one.
    public func median(dim: Int, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        let d = Shape.dimension(dim, of: ndim, operation: "median")
        let n = ndim == 0 ? 1 : shape[d]
        precondition(n > 0, "median: dimension \(dim) of \(shape) has no elements")
        return ranked([(n - 1) / 2], dim: d, keepDim: keepDim, nanWins: true)
    }

    /// The element in the middle of all, the lower of two; NaN if there is one. Equal ones share the gradient.
    public func median() -> Tensor {
        precondition(count > 0, "median: no elements in shape \(shape)")
        let middle = detach().inMemoryOrder.median(dim: 0).values
        guard requiresGrad else { return middle }
        let equal = noGrad { eq(middle).logicalOr(isNaN()) }
        // Of the elements that equal it, the greatest is it.
        return Tensor.where(equal, self, Tensor.full([], -.infinity, dtype: dtype)).max()
    }

    /// The elements that `sort` would put at some places of a dimension, counted from 0.
    private func ranked(_ ranks: [Int], dim: Int, keepDim: Bool, nanWins: Bool) -> (
        values: Tensor, indices: Tensor
    ) {
        chosen(ranks.count, dim: dim, keepDim: keepDim) { lines, values, indices in
            Kernel.withInt64(ranks) {
                mt_select(
                    dtype.kernel, lines.outer, lines.count, lines.inner, Int64(ranks.count), $0,
                    nanWins, lines.source.pointer, values, indices)
            }
        }
    }

    /// The most frequent element along a dimension, the least of several, and where its last occurrence is.
    public func mode(dim: Int = -1, keepDim: Bool = false) -> (values: Tensor, indices: Tensor) {
        let d = Shape.dimension(dim, of: ndim, operation: "mode")
        precondition(
            ndim == 0 || shape[d] > 0, "mode: dimension \(dim) of \(shape) has no elements")
        return chosen(1, dim: d, keepDim: keepDim) {
            mt_mode(dtype.kernel, $0.outer, $0.count, $0.inner, $0.source.pointer, $1, $2)
        }
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
        let result = Tensor.stack(quantiles(q, dim, interpolation))
        return keepDim ? keeping(dim, in: result, at: 1) : result
    }

    /// A tensor for each part, without the dimension they are taken over.
    private func quantiles(_ q: [Double], _ dim: Int?, _ interpolation: QuantileInterpolation)
        -> [Tensor]
    {
        precondition(
            q.allSatisfy { $0 >= 0 && $0 <= 1 }, "quantile: expected parts in 0 ... 1, got \(q)")
        precondition(
            dtype == .float32 || dtype == .float64,
            "quantile: expected float32 or float64, got \(dtype)")
        precondition(count > 0, "quantile: no elements in shape \(shape)")
        guard let dim else { return inMemoryOrder.quantiles(q, 0, interpolation) }
        let d = Shape.dimension(dim, of: ndim, operation: "quantile")
        if ndim == 0 { return reshape([1]).quantiles(q, 0, interpolation) }
        let places = q.map { $0 * Double(shape[d] - 1) }
        // For each part the element below and the one above it.
        let ranks: [Int] = places.flatMap { place in
            let (low, high) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
            switch interpolation {
            case .linear, .midpoint: return [low, high]
            case .lower: return [low, low]
            case .higher: return [high, high]
            case .nearest:
                let nearest = Int(place.rounded(.toNearestOrEven))
                return [nearest, nearest]
            }
        }
        let elements = ranked(ranks, dim: d, keepDim: true, nanWins: true).values
        return places.indices.map { i in
            let low = elements.select(dim: d, index: 2 * i)
            if ranks[2 * i] == ranks[2 * i + 1] { return low }
            let weight = interpolation == .midpoint ? 0.5 : places[i] - places[i].rounded(.down)
            return low + (elements.select(dim: d, index: 2 * i + 1) - low) * weight
        }
    }

    /// A reduced tensor with size 1 in place of what it was reduced over, after `place` dimensions of its own.
    private func keeping(_ dim: Int?, in result: Tensor, at place: Int) -> Tensor {
        if ndim == 0 { return result }
        guard let dim else { return result.reshape(result.shape + shape.map { _ in 1 }) }
        return result.unsqueeze(place + Shape.dimension(dim, of: ndim, operation: "quantile"))
    }

    /// One part, without a dimension for it.
    public func quantile(
        _ q: Double, dim: Int? = nil, keepDim: Bool = false,
        interpolation: QuantileInterpolation = .linear
    ) -> Tensor {
        let result = quantiles([q], dim, interpolation)[0]
        return keepDim ? keeping(dim, in: result, at: 0) : result
    }
}
