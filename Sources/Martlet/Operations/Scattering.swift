internal import CKernels

// Each returns a copy with some of the elements changed, and gradients flow through both.
extension Tensor {
    /// A copy in which the elements at the places that `indices` name along a dimension are those of `source`
    /// (PyTorch's `scatter`); where a place is named twice, the last stays.
    public func scatter(dim: Int, _ indices: Tensor, _ source: Tensor) -> Tensor {
        scattered(dim, indices, source, "scatter") {
            Scatter(dim: $1, adds: false).result($0, $2, $3)
        }
    }

    /// `scatter` of one number.
    public func scatter(dim: Int, _ indices: Tensor, _ value: Double) -> Tensor {
        scatter(dim: dim, indices, Tensor.full([], value, dtype: dtype).expand(indices.shape))
    }

    /// A copy in which `source` has been added at the places that `indices` name along a dimension
    /// (PyTorch's `scatter_add`).
    public func scatterAdd(dim: Int, _ indices: Tensor, _ source: Tensor) -> Tensor {
        scattered(dim, indices, source, "scatterAdd") {
            Scatter(dim: $1, adds: true).result($0, $2, $3)
        }
    }

    /// Checks, and where the indices have fewer entries than this tensor changes only its first ones.
    private func scattered(
        _ dim: Int, _ indices: Tensor, _ source: Tensor, _ operation: String,
        _ change: (Tensor, Int, Tensor, Tensor) -> Tensor
    ) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: operation)
        precondition(
            indices.ndim == source.ndim
                && zip(indices.shape, source.shape).allSatisfy { $0 <= $1 },
            "\(operation): indices of shape \(indices.shape) do not fit a source of shape "
                + "\(source.shape)")
        let part = narrowed(to: indices.shape, except: d, operation: operation)
        let checked = checkedIndices(indices, dim: d, operation: operation)
        var values = source.to(dtype)
        if values.shape != indices.shape {
            for (d, size) in indices.shape.enumerated() {
                values = values.narrow(dim: d, start: 0, length: size)
            }
        }
        let changed = change(part, d, checked, values)
        guard part.shape != shape else { return changed }
        return replacing(
            part.shape.map { TensorIndex.slice(from: 0, to: $0, step: 1) }, with: changed)
    }

    /// How several values at one place become one.
    public enum ScatterReduction: String, Sendable, CaseIterable {
        case sum, mean, prod, amax, amin
    }

    /// A copy in which `source` has been combined at the places that `indices` name along a dimension with what is there,
    /// unless `includeSelf` is false (PyTorch's `scatter_reduce`). Equal extremes share the gradient.
    public func scatterReduce(
        dim: Int, _ indices: Tensor, _ source: Tensor, _ reduction: ScatterReduction,
        includeSelf: Bool = true
    ) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "scatterReduce")
        let values = source.to(dtype)
        func spread(_ value: Double) -> Tensor {
            includeSelf ? self : scatter(dim: d, indices, value)
        }
        switch reduction {
        case .sum: return spread(0).scatterAdd(dim: d, indices, values)
        case .mean:
            let sum = spread(0).scatterAdd(dim: d, indices, values)
            let counts = noGrad {
                (includeSelf ? onesLike() : onesLike().scatter(dim: d, indices, 0))
                    .scatterAdd(dim: d, indices, values.onesLike())
            }
            return dtype.isFloatingPoint ? sum / counts : sum.floorDivide(counts)
        case .prod, .amax, .amin:
            return scattered(d, indices, values, "scatterReduce") {
                Tensor.result(
                    ScatterReduce(dim: $1, reduction: reduction, includeSelf: includeSelf), $0, $2,
                    $3)
            }
        }
    }

    /// A copy in which `alpha` times the entries of `source` have been added at some indices (a vector) of a dimension.
    public func indexAdd(dim: Int, _ indices: Tensor, _ source: Tensor, alpha: Double = 1) -> Tensor
    {
        let (d, checked) = requireEntries(dim, indices, source, "indexAdd")
        let scaled = alpha == 1 ? source.to(dtype) : (source * alpha).to(dtype)
        return Tensor.result(IndexAdd(dim: d), self, checked, scaled)
    }

    /// A copy in which the entries at some indices (a vector) of a dimension are those of `source`.
    public func indexCopy(dim: Int, _ indices: Tensor, _ source: Tensor) -> Tensor {
        let (d, places) = requireEntries(dim, indices, source, "indexCopy")
        if ndim == 0 { return source.to(dtype) }
        return replacing(
            [TensorIndex](repeating: .all, count: d) + [.places(places)], with: source)
    }

    /// A copy in which the entries at some indices (a vector) of a dimension are one number.
    public func indexFill(dim: Int, _ indices: Tensor, _ value: Double) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "indexFill")
        precondition(
            indices.ndim == 1, "indexFill: expected a vector of indices, got \(indices.shape)")
        let places = checkedIndices(indices, dim: d, operation: "indexFill")
        if ndim == 0 { return reshape([1]).indexFill(dim: 0, places, value).reshape([]) }
        return replacing(
            [TensorIndex](repeating: .all, count: d) + [.places(places)],
            with: Tensor.full([], value, dtype: dtype))
    }

    private func requireEntries(
        _ dim: Int, _ indices: Tensor, _ source: Tensor, _ operation: String
    ) -> (Int, Tensor) {
        let d = Shape.dimension(dim, of: ndim, operation: operation)
        var wanted = shape
        if ndim > 0 { wanted[d] = indices.count }
        precondition(
            indices.ndim <= 1 && source.shape == wanted,
            "\(operation): expected a vector of indices and a source of shape \(wanted), got shapes "
                + "\(indices.shape) and \(source.shape)")
        return (d, checkedIndices(indices.reshape([-1]), dim: d, operation: operation))
    }

    /// A copy in which the elements at places of the flattened tensor are those of `source`, or have these added.
    public func put(_ indices: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
        precondition(
            indices.count == source.count,
            "put: \(indices.count) indices for \(source.count) elements")
        let (places, values) = (indices.reshape([-1]), source.reshape([-1]))
        let flat = reshape([-1])
        let result =
            accumulate
            ? flat.indexAdd(dim: 0, places, values) : flat.indexCopy(dim: 0, places, values)
        return result.reshape(shape)
    }

    /// A copy in which the elements where a mask holds are the first ones of `source`, in order.
    public func maskedScatter(_ mask: Tensor, _ source: Tensor) -> Tensor {
        precondition(
            mask.dtype == .bool && Shape.broadcasts(mask.shape, to: shape),
            "maskedScatter: expected a mask of bools that stretches to \(shape), got \(mask.dtype) "
                + "\(mask.shape)")
        let whole = mask.expand(shape)
        let count = whole.sum().item(as: Int.self)
        precondition(
            count <= source.count,
            "maskedScatter: \(count) places for \(source.count) elements of shape \(source.shape)")
        return replacing([.places(whole)], with: source.reshape([-1]).slice(dim: 0, to: count))
    }
}

/// Elements of a source put, or added, at places along a dimension.
private struct Scatter: TensorOperation {
    let dim: Int
    let adds: Bool
    private var indices: Tensor?

    init(dim: Int, adds: Bool) {
        self.dim = dim
        self.adds = adds
    }

    var name: String { adds ? "scatterAdd" : "scatter" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[2] || needsGradient[0] && !adds { indices = inputs[1] }
        return [output(for: inputs[0], inputs[1], inputs[2])]
    }

    func result(_ x: Tensor, _ indices: Tensor, _ source: Tensor) -> Tensor {
        ThreadFlags.onlyCompute(x, source)
            ? output(for: x, indices, source) : Tensor.result(self, x, indices, source)
    }

    private func output(for x: Tensor, _ indices: Tensor, _ source: Tensor) -> Tensor {
        if let order = Tensor.rowMajorOrder(x, indices, source),
            let moved = order.firstIndex(of: dim)
        {
            return Scatter(dim: moved, adds: adds).output(
                for: x.permute(order), indices.permute(order), source.permute(order)
            ).permutedBack(order)
        }
        let base = x.materializedIfNeeded
        let result = Tensor(uninitialized: x.shape, dtype: x.dtype)
        let (indices, source) = (indices.materializedIfNeeded, source.materializedIfNeeded)
        let (outer, n, inner) = Extent.around(dim, result.shape)
        let length = source.ndim == 0 ? 1 : source.shape[dim]
        let kernel = adds ? mt_scatter_add : mt_scatter
        kernel(
            result.dtype.kernel, outer, n, inner, Int64(length), indices.indexPointer,
            source.pointer, base.pointer, result.freshPointer)
        return result
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0] else { return [nil, nil, nil] }
        let source = indices.map { g.gather(dim: dim, $0) }
        return [adds ? g : indices.map { g.scatter(dim: dim, $0, 0) }, nil, source]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        var attributes: [String: ONNXAttribute] = ["axis": .int(dim)]
        if adds { attributes["reduction"] = .string("add") }
        return graph.add("ScatterElements", inputs, attributes: attributes, outputs: outputs)
    }
}

/// Products and extremes by place.
private struct ScatterReduce: TensorOperation {
    let dim: Int
    let reduction: Tensor.ScatterReduction
    let includeSelf: Bool
    private var saved: (x: Tensor, indices: Tensor, source: Tensor)?
    private var output: SavedOutput?

    init(dim: Int, reduction: Tensor.ScatterReduction, includeSelf: Bool) {
        self.dim = dim
        self.reduction = reduction
        self.includeSelf = includeSelf
    }

    private var kernel: mt_reduce_op {
        switch reduction {
        case .prod: MT_PROD
        case .amax: MT_MAX
        default: MT_MIN
        }
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        let (indices, source) = (inputs[1].materializedIfNeeded, inputs[2].materializedIfNeeded)
        // Without what is there, extremes begin with one of the values, products with 1.
        let start =
            includeSelf
            ? x
            : reduction == .prod
                ? x.scatter(dim: dim, indices, 1) : x.scatter(dim: dim, indices, source)
        let result = start.materialized(strides: Shape.contiguousStrides(x.shape))
        let (outer, n, inner) = Extent.around(dim, x.shape)
        mt_scatter_reduce(
            kernel, x.dtype.kernel, outer, n, inner, Extent.around(dim, source.shape).1,
            indices.indexPointer, source.pointer, result.freshPointer)
        if needsGradient.contains(true) {
            saved = (inputs[0], inputs[1], inputs[2])
            output = SavedOutput(result)
        }
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let saved, let output = output?.value else {
            return [nil, nil, nil]
        }
        return reduction == .prod
            ? products(g, saved.x, saved.indices, saved.source, output)
            : extremes(g, saved.x, saved.indices, saved.source, output)
    }

    /// For each factor the product of the others, right where one or several are 0.
    private func products(
        _ g: Tensor, _ x: Tensor, _ indices: Tensor, _ source: Tensor, _ output: Tensor
    ) -> [Tensor?] {
        // With 1 in place of x, the product of what was scattered.
        let scattered = Tensor.result(
            ScatterReduce(dim: dim, reduction: .prod, includeSelf: true), x.detach().onesLike(),
            indices, source)
        let own = includeSelf ? g * scattered : g.scatter(dim: dim, indices, 0)
        let zero = source.detach().eq(0)
        let zeros = x.detach().zerosLike().scatterAdd(dim: dim, indices, zero.to(x.dtype))
            .gather(dim: dim, indices)
        let ones = source.detach().onesLike()
        // Where it is the only 0, the product with 1 in its place; where another is 0, nothing.
        let single = zero.logicalAnd(zeros.eq(1))
        let without = Tensor.result(
            ScatterReduce(dim: dim, reduction: .prod, includeSelf: includeSelf), x, indices,
            Tensor.where(single, ones, source))
        let quotient = (g * output).gather(dim: dim, indices) / Tensor.where(zero, ones, source)
        return [
            own, nil,
            Tensor.where(single, (g * without).gather(dim: dim, indices), quotient),
        ]
    }

    /// Equal extremes share.
    private func extremes(
        _ g: Tensor, _ x: Tensor, _ indices: Tensor, _ source: Tensor, _ output: Tensor
    ) -> [Tensor?] {
        let (x, source, output) = (x.detach(), source.detach(), output.detach())
        let hit = source.eq(output.gather(dim: dim, indices)).to(g.dtype)
        let same = x.eq(output).to(g.dtype)
        let own = includeSelf ? same : same.scatter(dim: dim, indices, 0)
        let share = g / own.scatterAdd(dim: dim, indices, hit)
        return [own * share, nil, hit * share.gather(dim: dim, indices)]
    }
}

private struct IndexAdd: TensorOperation {
    let dim: Int
    private var indices: Tensor?

    init(dim: Int) { self.dim = dim }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[2] { indices = inputs[1] }
        let result = inputs[0].materialized(strides: Shape.contiguousStrides(inputs[0].shape))
        let source = inputs[2].materializedIfNeeded
        let (outer, n, inner) = Extent.around(dim, result.shape)
        mt_index_add(
            result.dtype.kernel, outer, n, inner, Int64(inputs[1].count), inputs[1].indexPointer,
            source.pointer, result.freshPointer)
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0] else { return [nil, nil, nil] }
        return [g, nil, indices.map { g.indexSelect(dim: dim, $0) }]
    }
}
