internal import CKernels

extension Tensor {
    /// Sums of everything up to and including each element along a dimension.
    public func cumsum(dim: Int) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "cumsum")
        return Tensor.result(CumulativeSum(dim: d), self)
    }

    /// Products of everything up to and including each element along a dimension.
    public func cumprod(dim: Int) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "cumprod")
        return Tensor.result(CumulativeProduct(dim: d), self)
    }

    /// The greatest element so far along a dimension, and where it is, the last of equals.
    public func cummax(dim: Int) -> (values: Tensor, indices: Tensor) {
        extremes(Shape.dimension(dim, of: ndim, operation: "cummax"), greatest: true)
    }

    /// The least element so far along a dimension, and where it is, the last of equals.
    public func cummin(dim: Int) -> (values: Tensor, indices: Tensor) {
        extremes(Shape.dimension(dim, of: ndim, operation: "cummin"), greatest: false)
    }

    private func extremes(_ d: Int, greatest: Bool) -> (values: Tensor, indices: Tensor) {
        chosen(ndim == 0 ? 1 : shape[d], dim: d) {
            mt_cumulative_extremes(
                dtype.kernel, $0.outer, $0.count, $0.inner, greatest, $0.source.pointer, $1, $2)
        }
    }

    /// log of the sums of e^x up to and including each element along a dimension, without overflow.
    public func logCumSumExp(dim: Int) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "logCumSumExp")
        precondition(
            dtype.isFloatingPoint, "logCumSumExp: expected a floating-point tensor, got \(dtype)")
        return Tensor.result(LogCumulativeSum(dim: d), self)
    }
}

private enum Cumulative {
    static func run(_ kernel: mt_reduce_op, _ x: Tensor, dim: Int) -> Tensor {
        let lines = Lines(x, dim: dim)
        let result = lines.results(x.ndim == 0 ? 1 : x.shape[dim], dtype: x.dtype)
        mt_cumulative(
            kernel, x.dtype.kernel, lines.outer, lines.count, lines.inner, lines.source.pointer,
            result.freshPointer)
        return result
    }
}

private struct CumulativeSum: TensorOperation {
    let dim: Int

    var name: String { "cumsum" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        [Cumulative.run(MT_SUM, inputs[0].to(inputs[0].dtype.accumulated), dim: dim)]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        [gradients[0]?.flip([dim]).cumsum(dim: dim).flip([dim])]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("CumSum", [inputs[0], graph.constant(Tensor(dim))], outputs: outputs)
    }
}

private struct CumulativeProduct: TensorOperation {
    let dim: Int
    private var input: Tensor?

    init(dim: Int) { self.dim = dim }

    var name: String { "cumprod" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[0] { input = inputs[0] }
        return [Cumulative.run(MT_PROD, inputs[0].to(inputs[0].dtype.accumulated), dim: dim)]
    }

    /// d y_j / d x_i for i <= j is the product of the others up to j: the product before i times the products from
    /// i + 1 on, right where there are zeros too, at the cost of a row for each element.
    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let x = input else { return [nil] }
        if x.count == 0 || x.ndim == 0 { return [g] }
        let rows = x.transpose(dim, -1)  // (..., n)
        let n = rows.shape[rows.ndim - 1]
        // (..., i, j): 1 up to i, x_j from i + 1 on.
        let places = Tensor.arange(n)
        let later = places.unsqueeze(0).gt(places.unsqueeze(1))
        let spread = Tensor.where(later, rows.unsqueeze(-2), Tensor.ones([], dtype: x.dtype))
        let from = spread.cumprod(dim: -1)
        let reached = places.unsqueeze(0).ge(places.unsqueeze(1)).to(x.dtype)
        let ones = Tensor.ones(Array(rows.shape.dropLast()) + [1], dtype: x.dtype)
        let before = Tensor.cat([ones, rows.slice(dim: -1, to: n - 1)], dim: -1).cumprod(dim: -1)
        let slopes = from * reached * before.unsqueeze(-1)
        let result = (slopes * g.transpose(dim, -1).unsqueeze(-2)).sum(dims: [-1])
        return [result.transpose(dim, -1)]
    }
}

private struct LogCumulativeSum: TensorOperation {
    let dim: Int
    private var input: Tensor?
    private var output: SavedOutput?

    init(dim: Int) { self.dim = dim }

    var name: String { "logCumSumExp" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let lines = Lines(x, dim: dim)
        let y = lines.results(x.ndim == 0 ? 1 : x.shape[dim], dtype: x.dtype)
        mt_log_cumulative(
            x.dtype.kernel, lines.outer, lines.count, lines.inner, lines.source.pointer,
            y.freshPointer)
        if needsGradient[0] {
            input = x
            output = SavedOutput(y)
        }
        return [y]
    }

    /// d y_j / d x_i = e^(x_i - y_j) for j >= i. No power is above 1 in e^(x_i - y_i) s_i, where s_i is the sum of the
    /// e^(y_i - y_j) g_j, which reaches twice as far each time.
    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard var sums = gradients[0], let x = input, let y = output?.value else { return [nil] }
        let n = x.ndim == 0 ? 1 : x.shape[dim]
        var reach = 1
        while reach < n {
            let decay = ratio(y.slice(dim: dim, to: n - reach), y.slice(dim: dim, from: reach))
            let more = decay * sums.slice(dim: dim, from: reach)
            sums = Tensor.cat(
                [
                    sums.slice(dim: dim, to: n - reach) + more,
                    sums.slice(dim: dim, from: n - reach),
                ], dim: dim)
            reach *= 2
        }
        return [ratio(x, y) * sums]
    }

    /// e^(a - b), 1 for equal infinities.
    private func ratio(_ a: Tensor, _ b: Tensor) -> Tensor {
        let equal = noGrad { a.detach().eq(b.detach()) }
        return (a - b).maskedFill(equal, 0).exp()
    }
}
