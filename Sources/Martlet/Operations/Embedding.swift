internal import CKernels

/// How the rows of a bag become one.
public enum BagMode: String, Sendable {
    case sum
    case mean
    case max
}

extension Tensor {
    /// Rows of a table at these indices: `(...)` integers and a table `(rows, size)` give `(..., size)`.
    ///
    /// - Parameter paddingIdx: an index whose row gets no gradient; negative ones count from the end.
    public func embedding(_ weight: Tensor, paddingIdx: Int? = nil) -> Tensor {
        let rows = checkedRows(weight, "embedding")
        let padding = weight.paddingRow(paddingIdx, "embedding")
        return Tensor.apply(Embedding(padding: padding), [weight, rows])[0]
    }

    /// The sum, mean or maximum of bags of rows of a table `(rows, size)`, without the rows of a whole batch side by
    /// side: `(bags, size)`. An empty bag gives 0.
    ///
    /// - Parameters:
    ///   - offsets: integers `(bags)`: where each bag starts in indices `(n)`; nil for indices `(bags, n)`.
    ///   - perSampleWeights: factors of the indices' shape, for sums only.
    ///   - paddingIdx: an index that does not count; negative ones count from the end.
    public func embeddingBag(
        _ weight: Tensor, offsets: Tensor? = nil, mode: BagMode = .mean,
        perSampleWeights: Tensor? = nil, paddingIdx: Int? = nil
    ) -> Tensor {
        precondition(
            ndim == (offsets == nil ? 2 : 1),
            "embeddingBag: expected indices (bags, n), or (n) with offsets, got \(shape)"
                + (offsets == nil ? "" : " with offsets"))
        precondition(
            perSampleWeights == nil || mode == .sum && perSampleWeights?.shape == shape,
            "embeddingBag: expected weights \(shape) for a sum, got "
                + "\(perSampleWeights?.shape ?? []) for a \(mode.rawValue)")
        var rows = checkedRows(weight, "embeddingBag").reshape([-1])
        var bags = bagOfEach(offsets)
        let count = offsets?.count ?? shape[0]
        var factors = perSampleWeights?.reshape([-1])
        if let padding = weight.paddingRow(paddingIdx, "embeddingBag") {
            let kept = noGrad { rows.ne(Tensor(padding)).nonzero().reshape([-1]) }
            rows = rows.indexSelect(dim: 0, kept)
            bags = bags.indexSelect(dim: 0, kept)
            factors = factors?.indexSelect(dim: 0, kept)
        }
        var selected = Tensor.apply(Embedding(padding: nil), [weight, rows])[0]
        if let factors { selected = selected * factors.to(weight.dtype).unsqueeze(1) }
        if mode == .max {
            let wide = selected.to(weight.dtype == .float64 ? .float64 : .float32)
            return Tensor.apply(BagMax(bags: count), [wide, Tensor.starts(of: bags, count)])[0]
                .to(weight.dtype)
        }
        let sums = Tensor.apply(BagSum(bags: count), [selected, bags])[0]
        guard mode == .mean else { return sums }
        let sizes = noGrad {
            Tensor.zeros([count], dtype: weight.dtype)
                .scatterAdd(dim: 0, bags, Tensor.ones([bags.count], dtype: weight.dtype))
                .clamp(min: 1)
        }
        return sums / sizes.unsqueeze(1)
    }

    /// Scales the rows of this table `(rows, size)` at these indices whose norm is above a limit down to it, in place
    /// (PyTorch's `embedding_renorm_`).
    package mutating func limitRows(_ indices: Tensor, maxNorm: Double, normType: Double) {
        precondition(
            maxNorm >= 0 && normType > 0,
            "embedding: expected maxNorm of 0 or more and normType above 0, got \(maxNorm) and \(normType)"
        )
        let rows = noGrad { indices.checkedRows(self, "embedding").unique().values }
        noGrad {
            let used = detach().indexSelect(dim: 0, rows)
            let norms = used.norm(p: normType, dims: [1], keepDim: true)
            let large = norms.gt(maxNorm).reshape([-1]).nonzero().reshape([-1])
            if large.count == 0 { return }
            // The small number is PyTorch's.
            let scaled = used * (maxNorm / (norms + 1e-7))
            self[rows.indexSelect(dim: 0, large)] = scaled.indexSelect(dim: 0, large)
        }
    }

    private func checkedRows(_ weight: Tensor, _ operation: String) -> Tensor {
        precondition(
            !dtype.isFloatingPoint && dtype != .bool && weight.ndim == 2
                && weight.dtype.isFloatingPoint,
            "\(operation): expected integer indices and a table (rows, size), got \(dtype) \(shape) and "
                + "\(weight.dtype) \(weight.shape)")
        let rows = to(.int64).contiguous()
        let bad = Int(
            mt_first_out_of_range(Int64(rows.count), rows.integers, Int64(weight.shape[0])))
        precondition(
            bad < 0,
            "\(operation): index \(bad < 0 ? 0 : rows.array(as: Int.self)[Swift.max(bad, 0)]) is outside "
                + "the \(weight.shape[0]) rows of the table")
        return rows
    }

    private func paddingRow(_ index: Int?, _ operation: String) -> Int? {
        guard let index else { return nil }
        let row = index < 0 ? index + shape[0] : index
        precondition(
            row >= 0 && row < shape[0],
            "\(operation): paddingIdx \(index) is outside the \(shape[0]) rows of the table")
        return row
    }

    /// The bag of each index, in order.
    private func bagOfEach(_ offsets: Tensor?) -> Tensor {
        guard let offsets else {
            return noGrad {
                Tensor.arange(shape[0]).unsqueeze(1).expand(shape).reshape([-1]).contiguous()
            }
        }
        precondition(
            offsets.ndim == 1 && !offsets.dtype.isFloatingPoint,
            "embeddingBag: expected integer offsets (bags), got \(offsets.dtype) \(offsets.shape)")
        let starts = offsets.array(as: Int.self)
        let ends = starts.dropFirst() + [count]
        precondition(
            starts.first ?? 0 == 0 && zip(starts, ends).allSatisfy { $0 <= $1 },
            "embeddingBag: offsets must start with 0 and not decrease up to \(count), got \(starts)"
        )
        return Tensor(
            zip(starts, ends).enumerated().flatMap { bag, range in
                [Int](repeating: bag, count: range.1 - range.0)
            })
    }

    /// Where each bag starts, and the end of the last, given the bag of each row in order.
    private static func starts(of bags: Tensor, _ count: Int) -> Tensor {
        var starts = [Int](repeating: 0, count: count + 1)
        for bag in bags.array(as: Int.self) { starts[bag + 1] += 1 }
        for bag in 0..<count { starts[bag + 1] += starts[bag] }
        return Tensor(starts)
    }

    fileprivate var integers: UnsafePointer<Int64> { pointer.assumingMemoryBound(to: Int64.self) }
}

/// Rows of a table `(rows, size)` at indices `(...)`, row-major.
private struct Embedding: TensorOperation {
    var isOnceDifferentiable: Bool { true }
    let padding: Int?
    private var indices: Tensor?
    private var tableShape: [Int] = []

    init(padding: Int?) { self.padding = padding }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let (table, rows) = (inputs[0].materializedIfNeeded, inputs[1])
        tableShape = table.shape
        if needsGradient[0] { indices = rows }
        let result = Tensor(uninitialized: rows.shape + [table.shape[1]], dtype: table.dtype)
        mt_index_select(
            table.dtype.kernel, 1, Int64(table.shape[0]), Int64(table.shape[1]), Int64(rows.count),
            rows.integers, table.pointer, result.freshPointer)
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0]?.materializedIfNeeded, let indices else { return [nil, nil] }
        let result = Tensor.zeros(tableShape, dtype: g.dtype)
        mt_index_add(
            g.dtype.kernel, 1, Int64(tableShape[0]), Int64(tableShape[1]), Int64(indices.count),
            indices.integers, g.pointer, result.freshPointer)
        if let padding {
            mt_fill(
                g.dtype.kernel, Int64(tableShape[1]),
                result.freshPointer + padding * tableShape[1] * g.dtype.itemSize, 0, 0)
        }
        return [result, nil]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("Gather", inputs, attributes: ["axis": .int(0)], outputs: outputs)
    }
}

/// Rows `(n, size)` added up by the bag of each.
private struct BagSum: TensorOperation {
    let bags: Int
    private var places: Tensor?

    init(bags: Int) { self.bags = bags }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let (rows, places) = (inputs[0].materializedIfNeeded, inputs[1])
        if needsGradient[0] { self.places = places }
        let result = Tensor.zeros([bags, rows.shape[1]], dtype: rows.dtype)
        mt_index_add(
            rows.dtype.kernel, 1, Int64(bags), Int64(rows.shape[1]), Int64(places.count),
            places.integers, rows.pointer, result.freshPointer)
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0], let places else { return [nil, nil] }
        return [g.indexSelect(dim: 0, places), nil]
    }
}

/// The greatest of the rows `(n, size)` of each bag, which lie from one start to the next.
private struct BagMax: TensorOperation {
    var isOnceDifferentiable: Bool { true }
    let bags: Int
    private var places: Tensor?
    private var rows = 0

    init(bags: Int) { self.bags = bags }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let (x, starts) = (inputs[0].materializedIfNeeded, inputs[1])
        rows = x.shape[0]
        let result = Tensor(uninitialized: [bags, x.shape[1]], dtype: x.dtype)
        let places = Tensor(uninitialized: result.shape, dtype: .int64)
        mt_bag_max(
            x.dtype.kernel, Int64(bags), Int64(x.shape[1]), starts.integers, x.pointer,
            result.freshPointer, places.freshPointer.assumingMemoryBound(to: Int64.self))
        if needsGradient[0] { self.places = places }
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0]?.materializedIfNeeded, let places else { return [nil, nil] }
        let result = Tensor.zeros([rows, g.shape[1]], dtype: g.dtype)
        mt_bag_max_grad(
            g.dtype.kernel, Int64(bags), Int64(g.shape[1]), places.integers, g.pointer,
            result.freshPointer)
        return [result, nil]
    }
}
