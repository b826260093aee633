internal import CKernels

extension Tensor {
    /// Copies side by side: `counts` of them along each dimension, the last ones first; more counts
    /// than dimensions add dimensions in front (PyTorch's `repeat`).
    public func repeated(_ counts: [Int]) -> Tensor {
        precondition(
            counts.count >= ndim && counts.allSatisfy { $0 >= 0 },
            "repeated: expected at least \(ndim) counts for shape \(shape), got \(counts)")
        let own = [Int](repeating: 1, count: counts.count - ndim) + shape
        // Each dimension as (count, size), the count stretched.
        let pairs = own.flatMap { [1, $0] }
        let stretched = zip(counts, own).flatMap { [$0, $1] }
        return reshape(pairs).expand(stretched).reshape(zip(counts, own).map { $0 * $1 })
    }

    /// `repeated` with as many counts as one likes: missing ones in front are 1.
    public func tile(_ counts: [Int]) -> Tensor {
        repeated([Int](repeating: 1, count: Swift.max(0, ndim - counts.count)) + counts)
    }

    /// Every entry of a dimension `count` times in a row; without a dimension those of the flattened
    /// tensor.
    public func repeatInterleave(_ count: Int, dim: Int? = nil) -> Tensor {
        precondition(count >= 0, "repeatInterleave: the count must not be negative, got \(count)")
        guard let dim else { return flatten().repeatInterleave(count, dim: 0) }
        let d = Shape.dimension(dim, of: ndim, operation: "repeatInterleave")
        var stretched = shape
        stretched.insert(count, at: d + 1)
        var target = shape
        target[d] *= count
        return unsqueeze(d + 1).expand(stretched).reshape(target)
    }

    /// Every entry of a dimension as often as `counts` (a vector of its size) says; without a dimension
    /// those of the flattened tensor.
    public func repeatInterleave(_ counts: Tensor, dim: Int? = nil) -> Tensor {
        guard let dim else { return flatten().repeatInterleave(counts, dim: 0) }
        let d = Shape.dimension(dim, of: ndim, operation: "repeatInterleave")
        precondition(
            counts.shape == [size(d)] && !counts.dtype.isFloatingPoint,
            "repeatInterleave: expected \(size(d)) integer counts, got \(counts.dtype) "
                + "\(counts.shape)")
        let numbers = counts.array(as: Int.self)
        precondition(
            numbers.allSatisfy { $0 >= 0 }, "repeatInterleave: a count is negative in \(numbers)")
        let places = numbers.enumerated().flatMap { [Int](repeating: $0, count: $1) }
        return indexSelect(dim: d, Tensor(places))
    }

    /// Entries moved on by `shifts` along dimensions; those that leave at the end come in at the front. Without dimensions
    /// the flattened tensor is rolled.
    public func roll(_ shifts: [Int], dims: [Int]? = nil) -> Tensor {
        guard let dims else {
            precondition(
                shifts.count == 1, "roll: expected one shift without dimensions, got \(shifts)")
            return flatten().roll(shifts, dims: [0]).reshape(shape)
        }
        precondition(
            shifts.count == dims.count,
            "roll: \(shifts.count) shifts \(shifts) for \(dims.count) dimensions \(dims)")
        return zip(shifts, dims).reduce(self) { x, move in
            let d = Shape.dimension(move.1, of: ndim, operation: "roll")
            let n = x.shape.isEmpty ? 1 : x.shape[d]
            guard n > 1 else { return x }
            let shift = ((move.0 % n) + n) % n
            guard shift > 0 else { return x }
            return Tensor.cat(
                [x.slice(dim: d, from: n - shift), x.slice(dim: d, to: n - shift)], dim: d)
        }
    }

    /// Turned by `quarters` times 90 degrees from the first of two dimensions towards the second.
    public func rot90(_ quarters: Int = 1, dims: (Int, Int) = (0, 1)) -> Tensor {
        precondition(ndim >= 2, "rot90: expected at least 2 dimensions, got shape \(shape)")
        let a = Shape.dimension(dims.0, of: ndim, operation: "rot90")
        let b = Shape.dimension(dims.1, of: ndim, operation: "rot90")
        precondition(a != b, "rot90: expected two different dimensions, got \(dims)")
        switch ((quarters % 4) + 4) % 4 {
        case 1: return flip([b]).transpose(a, b)
        case 2: return flip([a, b])
        case 3: return flip([a]).transpose(a, b)
        default: return self
        }
    }

    /// Dimensions moved to other places; the others keep their order.
    public func movedim(_ from: [Int], to: [Int]) -> Tensor {
        let sources = from.map { Shape.dimension($0, of: ndim, operation: "movedim") }
        let targets = to.map { Shape.dimension($0, of: ndim, operation: "movedim") }
        if ndim == 0 { return self }
        precondition(
            sources.count == targets.count && Set(sources).count == sources.count
                && Set(targets).count == targets.count,
            "movedim: \(from) does not move to \(to)")
        var order = [Int](repeating: -1, count: ndim)
        for (source, target) in zip(sources, targets) { order[target] = source }
        var rest = (0..<ndim).filter { !sources.contains($0) }[...]
        for d in order.indices where order[d] < 0 { order[d] = rest.removeFirst() }
        return permute(order)
    }

    /// One dimension moved to another place.
    public func movedim(_ from: Int, to: Int) -> Tensor { movedim([from], to: [to]) }

    /// The entries of a dimension, each without it.
    public func unbind(dim: Int = 0) -> [Tensor] {
        precondition(ndim > 0, "unbind: a tensor without dimensions has no entries")
        return (0..<size(dim)).map { select(dim: dim, index: $0) }
    }

    /// A dimension as several of the given sizes; one may be -1.
    public func unflatten(dim: Int, _ sizes: [Int]) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "unflatten")
        precondition(ndim > 0, "unflatten: expected at least 1 dimension")
        var sizes = sizes
        if let open = sizes.firstIndex(of: -1) {
            let known = sizes.reduce(1) { $1 == -1 ? $0 : $0 * $1 }
            sizes[open] = known == 0 ? 0 : size(d) / known
        }
        precondition(
            sizes.reduce(1, *) == size(d) && sizes.allSatisfy { $0 >= 0 },
            "unflatten: \(sizes) does not divide dimension \(dim) of \(shape)")
        return reshape(Array(shape[..<d]) + sizes + Array(shape[(d + 1)...]), keeping: d)
    }

    /// Windows of `size` entries along a dimension, `step` apart, in a new last dimension.
    public func unfold(dim: Int, size: Int, step: Int) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "unfold")
        let length = ndim == 0 ? 1 : shape[d]
        precondition(
            size >= 0 && size <= length && step > 0,
            "unfold: windows of \(size), \(step) apart, do not fit dimension \(dim) of \(shape)")
        if ndim == 0 { return reshape([1]).slice(dim: 0, to: size) }
        let count = (length - size) / step + 1
        let places = (0..<count).flatMap { i in (0..<size).map { i * step + $0 } }
        return indexSelect(dim: d, Tensor(places)).unflatten(dim: d, [count, size])
            .movedim(d + 1, to: -1)
    }

    /// The elements on and below a diagonal of the last two dimensions, 0 elsewhere.
    public func tril(_ diagonal: Int = 0) -> Tensor { triangle("tril", diagonal, isUpper: false) }

    /// The elements on and above a diagonal of the last two dimensions, 0 elsewhere.
    public func triu(_ diagonal: Int = 0) -> Tensor { triangle("triu", diagonal, isUpper: true) }

    private func triangle(_ operation: String, _ diagonal: Int, isUpper: Bool) -> Tensor {
        precondition(ndim >= 2, "\(operation): expected a matrix or a batch of them, got \(shape)")
        return Tensor.result(Triangle(diagonal: diagonal, isUpper: isUpper), self)
    }

    /// A diagonal of two dimensions as a new last one, `offset` above (or below) the main one.
    public func diagonal(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
        let a = Shape.dimension(dim1, of: ndim, operation: "diagonal")
        let b = Shape.dimension(dim2, of: ndim, operation: "diagonal")
        precondition(
            ndim >= 2 && a != b,
            "diagonal: expected two different dimensions of \(shape), got \(dim1) and \(dim2)")
        let moved = movedim([a, b], to: [-2, -1])
        return Tensor.result(Diagonal(offset: offset, inputShape: moved.shape), moved)
    }

    /// The main diagonal of a matrix; of a vector, the matrix that has it as a diagonal.
    public func diag(_ offset: Int = 0) -> Tensor {
        precondition(ndim == 1 || ndim == 2, "diag: expected a vector or matrix, got \(shape)")
        return ndim == 2 ? diagonal(offset: offset) : diagEmbed(offset: offset)
    }

    /// Matrices whose diagonals are the last dimension, 0 elsewhere.
    public func diagEmbed(offset: Int = 0) -> Tensor {
        precondition(ndim >= 1, "diagEmbed: expected at least 1 dimension")
        let n = shape[ndim - 1] + Swift.abs(offset)
        let whole = Array(shape.dropLast()) + [n, n]
        return Tensor.result(
            Unview(view: Diagonal(offset: offset, inputShape: whole), shape: whole), self)
    }

    /// The sum of a matrix's main diagonal.
    public func trace() -> Tensor {
        precondition(ndim == 2, "trace: expected a matrix, got shape \(shape)")
        return diagonal().sum()
    }

    /// Coordinates on a grid: each of the vectors along a dimension of its own, all of one shape.
    ///
    /// - Parameter indexing: `.ij` for rows first (matrices), `.xy` for columns first (pictures).
    public static func meshgrid(_ vectors: [Tensor], indexing: GridIndexing = .ij) -> [Tensor] {
        precondition(
            vectors.allSatisfy { $0.ndim <= 1 },
            "meshgrid: expected vectors, got shapes \(vectors.map(\.shape))")
        let shape = vectors.map(\.count)
        let grids = vectors.enumerated().map { i, vector in
            var own = [Int](repeating: 1, count: vectors.count)
            own[i] = vector.count
            return vector.reshape(own).expand(shape)
        }
        guard indexing == .xy, vectors.count >= 2 else { return grids }
        return grids.map { $0.transpose(0, 1) }
    }

    /// Tensors stretched to the shape they have together.
    public static func broadcast(_ tensors: [Tensor]) -> [Tensor] {
        broadcast(tensors, operation: "broadcast")
    }

    static func broadcast(_ tensors: [Tensor], operation: String) -> [Tensor] {
        let shape = tensors.dropFirst().reduce(tensors.first?.shape ?? []) {
            Shape.broadcast($0, $1.shape, operation: operation)
        }
        return tensors.map { $0.expand(shape) }
    }

    /// Matrices along the diagonal of a great one, 0 elsewhere.
    public static func blockDiag(_ matrices: [Tensor]) -> Tensor {
        let blocks = matrices.map { $0.ndim == 2 ? $0 : $0.reshape([1, -1]) }
        precondition(
            matrices.allSatisfy { $0.ndim <= 2 },
            "blockDiag: expected matrices, got shapes \(matrices.map(\.shape))")
        let width = blocks.reduce(0) { $0 + $1.shape[1] }
        var before = 0
        return cat(
            blocks.map { block in
                defer { before += block.shape[1] }
                return block.pad([(before, width - before - block.shape[1])])
            })
    }

    /// The Kronecker product: every element times the whole of the other.
    public func kron(_ other: Tensor) -> Tensor {
        let n = Swift.max(ndim, other.ndim)
        let a = reshape([Int](repeating: 1, count: n - ndim) + shape)
        let b = other.reshape([Int](repeating: 1, count: n - other.ndim) + other.shape)
        let outer = a.reshape(a.shape.flatMap { [$0, 1] })
        let inner = b.reshape(b.shape.flatMap { [1, $0] })
        return (outer * inner).reshape(zip(a.shape, b.shape).map { $0 * $1 })
    }
}

/// Which way round the first two dimensions of a grid are.
public enum GridIndexing: String, Sendable, CaseIterable {
    case ij, xy
}

/// What is on one side of a diagonal of matrices.
private struct Triangle: DirectOperation {
    let diagonal: Int
    let isUpper: Bool

    var name: String { isUpper ? "triu" : "tril" }

    func output(for x: Tensor) -> Tensor {
        if x.ndim == 2 && !x.isContiguous && x.transpose(0, 1).isContiguous {
            return Triangle(diagonal: -diagonal, isUpper: !isUpper).output(for: x.transpose(0, 1))
                .transpose(0, 1)
        }
        let x = x.materializedIfNeeded
        let result = Tensor(uninitialized: x.shape, dtype: x.dtype)
        let (rows, columns) = (x.shape[x.ndim - 2], x.shape[x.ndim - 1])
        if x.count > 0 {
            mt_triangle(
                x.dtype.kernel, Int64(x.count / (rows * columns)), Int64(rows), Int64(columns),
                Int64(diagonal), isUpper, x.pointer, result.freshPointer)
        }
        return result
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        [gradients[0].map { Tensor.result(self, $0) }]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let matrix = Array(inputs[0].type.shape.suffix(2))
        let kept = output(for: Tensor.ones(matrix, dtype: .bool))
        let zero = Tensor.zeros([], dtype: inputs[0].type.dtype)
        return graph.add(
            "Where", [graph.constant(kept), inputs[0], graph.constant(zero)], outputs: outputs)
    }
}

/// A diagonal of the last two dimensions.
private struct Diagonal: ElementView {
    let offset: Int
    let inputShape: [Int]

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        [view(of: inputs[0])]
    }

    func view(of x: Tensor) -> Tensor {
        let (rows, columns) = (inputShape[inputShape.count - 2], inputShape[inputShape.count - 1])
        let (row, column) = (x.strides[x.ndim - 2], x.strides[x.ndim - 1])
        let length = max(0, min(rows + min(0, offset), columns - max(0, offset)))
        let start = length == 0 ? 0 : offset >= 0 ? offset * column : -offset * row
        return Tensor(
            storage: x.storage, offset: x.offset + start,
            shape: Array(inputShape.dropLast(2)) + [length],
            strides: Array(x.strides.dropLast(2)) + [row + column], dtype: x.dtype)
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        [gradients[0].map { Tensor.result(Unview(view: self, shape: inputShape), $0) }]
    }
}
