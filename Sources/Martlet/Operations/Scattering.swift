internal import CKernels

// Each returns a copy with some of the elements changed, and gradients flow through both.
extension Tensor {
    /// A copy in which the elements at the places that `indices` name along a dimension are those of `source`
    /// (PyTorch's `scatter`); where a place is named twice, the last stays.
    public func scatter(dim: Int, _ indices: Tensor, _ source: Tensor) -> Tensor {
        scattered(dim, indices, source, "scatter") { Tensor.result(Scatter(dim: $1), $0, $2, $3) }
    }

    /// `scatter` of one number.
    public func scatter(dim: Int, _ indices: Tensor, _ value: Double) -> Tensor {
        scatter(dim: dim, indices, Tensor.full([], value, dtype: dtype).expand(indices.shape))
    }

    /// A copy in which `source` has been added at the places that `indices` name along a dimension
    /// (PyTorch's `scatter_add`).
    public func scatterAdd(dim: Int, _ indices: Tensor, _ source: Tensor) -> Tensor {
        scattered(dim, indices, source, "scatterAdd") {
            Tensor.result(ScatterAdd(dim: $1), $0, $2, $3)
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
        let values = indices.shape.indices.reduce(source.to(dtype)) {
            $0.narrow(dim: $1, start: 0, length: indices.shape[$1])
        }
        let changed = change(part, d, checked, values)
        guard part.shape != shape else { return changed }
        var result = self
        result[part.shape.map { TensorIndex.slice(from: 0, to: $0, step: 1) }] = changed
        return result
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
                    .scatterAdd(dim: d, indices, values.detach().onesLike())
            }
            return dtype.isFloatingPoint ? sum / counts : sum.floorDivide(counts)
        case .prod, .amax, .amin:
            return Tensor.result(
                ScatterExtreme(dim: d, reduction: reduction, includeSelf: includeSelf), self,
                checkedIndices(indices, dim: d, operation: "scatterReduce"), values)
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
        let (d, _) = requireEntries(dim, indices, source, "indexCopy")
        var result = self
        result[[TensorIndex](repeating: .all, count: d) + [.places(indices)]] = source
        return result
    }

    /// A copy in which the entries at some indices (a vector) of a dimension are one number.
    public func indexFill(dim: Int, _ indices: Tensor, _ value: Double) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "indexFill")
        var result = self
        result[[TensorIndex](repeating: .all, count: d) + [.places(indices)]] =
            Tensor.full([], value, dtype: dtype)
        return result
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
        let whole = mask.to(.bool).expand(shape)
        let count = whole.sum().item(as: Int.self)
        precondition(
            count <= source.count,
            "maskedScatter: \(count) places for \(source.count) elements of shape \(source.shape)")
        var result = self
        result[whole] = source.reshape([-1]).slice(dim: 0, to: count)
        return result
    }
}

private struct ScatterAdd: Operation {
    let dim: Int
    private var indices: Tensor?

    init(dim: Int) { self.dim = dim }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[2] { indices = inputs[1] }
        let result = inputs[0].materialized(strides: Shape.contiguousStrides(inputs[0].shape))
        let source = inputs[2].materializedIfNeeded
        let (outer, n, inner) = Extent.around(dim, result.shape)
        let length = source.ndim == 0 ? 1 : source.shape[dim]
        mt_scatter_add(
            result.dtype.kernel, outer, n, inner, Int64(length), inputs[1].indexPointer,
            source.pointer, result.freshPointer)
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0] else { return [nil, nil, nil] }
        return [g, nil, indices.map { g.gather(dim: dim, $0) }]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add(
            "ScatterElements", inputs,
            attributes: ["axis": .int(dim), "reduction": .string("add")], outputs: outputs)
    }
}

private struct Scatter: Operation {
    let dim: Int
    private var indices: Tensor?

    init(dim: Int) { self.dim = dim }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[0] || needsGradient[2] { indices = inputs[1] }
        let result = inputs[0].materialized(strides: Shape.contiguousStrides(inputs[0].shape))
        let source = inputs[2].materializedIfNeeded
        let (outer, n, inner) = Extent.around(dim, result.shape)
        let length = source.ndim == 0 ? 1 : source.shape[dim]
        mt_scatter(
            result.dtype.kernel, outer, n, inner, Int64(length), inputs[1].indexPointer,
            source.pointer, result.freshPointer)
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let indices else { return [nil, nil, nil] }
        return [g.scatter(dim: dim, indices, 0), nil, g.gather(dim: dim, indices)]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("ScatterElements", inputs, attributes: ["axis": .int(dim)], outputs: outputs)
    }
}

/// Products and extremes by place.
private struct ScatterExtreme: Operation {
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

    var name: String { "scatterReduce" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let (x, indices, source) = (inputs[0], inputs[1], inputs[2])
        let neutral: Double =
            switch reduction {
            case .prod: 1
            case .amax: x.dtype.isFloatingPoint ? -.infinity : -9.3e18
            default: x.dtype.isFloatingPoint ? .infinity : 9.2e18
            }
        var result = includeSelf ? x : x.scatter(dim: dim, indices, neutral)
        // One entry of the dimension at a time: no place is named twice then.
        let length = source.ndim == 0 ? 1 : source.shape[dim]
        for i in 0..<length {
            let places = indices.ndim == 0 ? indices : indices.narrow(dim: dim, start: i, length: 1)
            let values = source.ndim == 0 ? source : source.narrow(dim: dim, start: i, length: 1)
            let before = result.gather(dim: dim, places)
            let after =
                switch reduction {
                case .prod: before * values
                case .amax: before.maximum(values)
                default: before.minimum(values)
                }
            result = result.scatter(dim: dim, places, after)
        }
        if needsGradient.contains(true) {
            saved = (x, indices, source)
            output = SavedOutput(result)
        }
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let saved, let output = output?.value else {
            return [nil, nil, nil]
        }
        let (x, indices, source) = saved
        let result = output.gather(dim: dim, indices)
        if reduction == .prod {
            // As in PyTorch, the quotient by the element itself: NaN where that is 0.
            let own = includeSelf ? g * output / x : g.scatter(dim: dim, indices, 0)
            return [own, nil, (g * output).gather(dim: dim, indices) / source]
        }
        let hit = source.detach().eq(result.detach()).to(g.dtype)
        let ownHit = x.detach().eq(output.detach()).to(g.dtype)
        let own = includeSelf ? ownHit : ownHit.scatter(dim: dim, indices, 0)
        let untouched =
            includeSelf
            ? own.zerosLike() : own.onesLike().scatter(dim: dim, indices, 0)
        let counts = own.scatterAdd(dim: dim, indices, hit)
        let share = g / Tensor.where(counts.eq(0), counts.onesLike(), counts)
        return [
            Tensor.where(untouched.gt(0), g, own * share), nil,
            hit * share.gather(dim: dim, indices),
        ]
    }
}

private struct IndexAdd: Operation {
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
