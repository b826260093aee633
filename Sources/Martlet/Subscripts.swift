internal import CKernels

/// What can stand between the brackets of `tensor[...]`: an `Int`, a range, `.all`, `.stride(...)`, `.ellipsis`,
/// `.newAxis`, a tensor of integers (the entries at these places; without dimensions the same as an `Int`) or of bools (those where it is true; it stands for as many
/// dimensions as it has).
public enum TensorIndex: Sendable {
    /// One entry; the dimension goes. Negative numbers count from the end.
    case index(Int)
    /// Entries from `start` up to before `end`, `step` apart.
    case slice(from: Int?, to: Int?, step: Int)
    /// `.ellipsis`.
    case rest
    /// `.newAxis`.
    case insert
    /// A tensor of integers or of bools.
    case places(Tensor)
}

/// A value that can stand for a `TensorIndex`.
public protocol TensorIndexConvertible {
    var tensorIndex: TensorIndex { get }
}

extension TensorIndex: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { self }
}
extension TensorIndexConvertible where Self == TensorIndex {
    /// A whole dimension.
    public static var all: TensorIndex { .slice(from: nil, to: nil, step: 1) }
    /// As many whole dimensions as are not named.
    public static var ellipsis: TensorIndex { .rest }
    /// A new dimension of size 1.
    public static var newAxis: TensorIndex { .insert }
    /// Entries `step` apart.
    public static func stride(from: Int? = nil, to: Int? = nil, by step: Int) -> TensorIndex {
        .slice(from: from, to: to, step: step)
    }
}
extension Int: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { .index(self) }
}
extension Tensor: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { .places(self) }
}
extension Range<Int>: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { .slice(from: lowerBound, to: upperBound, step: 1) }
}
extension ClosedRange<Int>: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { .slice(from: lowerBound, through: upperBound) }
}
extension PartialRangeFrom<Int>: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { .slice(from: lowerBound, to: nil, step: 1) }
}
extension PartialRangeUpTo<Int>: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { .slice(from: nil, to: upperBound, step: 1) }
}
extension PartialRangeThrough<Int>: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { .slice(from: nil, through: upperBound) }
}
extension TensorIndex {
    /// -1 is the last entry.
    fileprivate static func slice(from start: Int?, through last: Int) -> TensorIndex {
        .slice(from: start, to: last == -1 ? nil : last + 1, step: 1)
    }
}

extension Tensor {
    /// Part of the tensor, as in PyTorch: `x[0]`, `x[1..<3, .all, -1]`, `x[.ellipsis, .newAxis]`, `x[mask]`,
    /// `x[.all, places]`. Without tensors among the indices it is a view.
    ///
    /// Several tensors broadcast against each other; their common shape takes the place of the dimensions they index, or
    /// comes first where these are not neighbours. Assigning copies values (broadcast) into the part; where a place
    /// is named twice, the last value stays. Gradients flow through both.
    public subscript(index: some TensorIndexConvertible) -> Tensor {
        get { part([index.tensorIndex]) }
        set { assign(newValue, to: [index.tensorIndex]) }
    }

    /// A part named by two indices.
    public subscript(a: some TensorIndexConvertible, b: some TensorIndexConvertible) -> Tensor {
        get { part([a.tensorIndex, b.tensorIndex]) }
        set { assign(newValue, to: [a.tensorIndex, b.tensorIndex]) }
    }

    /// A part named by three indices.
    public subscript(
        a: some TensorIndexConvertible, b: some TensorIndexConvertible,
        c: some TensorIndexConvertible
    ) -> Tensor {
        get { part([a.tensorIndex, b.tensorIndex, c.tensorIndex]) }
        set { assign(newValue, to: [a.tensorIndex, b.tensorIndex, c.tensorIndex]) }
    }

    /// A part named by four indices.
    public subscript(
        a: some TensorIndexConvertible, b: some TensorIndexConvertible,
        c: some TensorIndexConvertible, d: some TensorIndexConvertible
    ) -> Tensor {
        get { part([a.tensorIndex, b.tensorIndex, c.tensorIndex, d.tensorIndex]) }
        set { assign(newValue, to: [a.tensorIndex, b.tensorIndex, c.tensorIndex, d.tensorIndex]) }
    }

    /// A part named by any number of indices.
    public subscript(indices: [TensorIndex]) -> Tensor {
        get { part(indices) }
        set { assign(newValue, to: indices) }
    }

    private func part(_ indices: [TensorIndex]) -> Tensor {
        // The two that are used most, without the detour over all that an index can be.
        if indices.count == 1, ndim > 0, case .places(let places) = indices[0] {
            if places.dtype == .bool && places.shape == shape { return maskedSelect(places) }
            if places.dtype != .bool && places.ndim == 1 {
                return entries(0, places, operation: "subscript")
            }
        }
        let (view, places) = viewed(indices)
        return places.isEmpty ? view : view.selected(places)
    }

    /// A copy with values (broadcast) in place of a part.
    func replacing(_ indices: [TensorIndex], with value: Tensor) -> Tensor {
        var result = self
        result.assign(value, to: indices, isCopy: true)
        return result
    }

    /// Where a part would lie if this tensor were contiguous: no memory is read.
    private func place(of indices: [TensorIndex]) -> Assignment.Place {
        let layout = Tensor(
            storage: storage, offset: 0, shape: shape, strides: Shape.contiguousStrides(shape),
            dtype: dtype)
        return noGrad {
            let (view, places) = layout.viewed(indices)
            return places.isEmpty
                ? .view(shape: view.shape, strides: view.strides, offset: view.offset)
                : .elements(view.positions(places))
        }
    }

    private mutating func assign(
        _ newValue: Tensor, to indices: [TensorIndex], isCopy: Bool = false
    ) {
        let target = place(of: indices)
        var value = newValue.to(dtype)
        while value.ndim > target.shape.count && value.shape[0] == 1 { value = value.squeeze(0) }
        precondition(
            Shape.broadcasts(value.shape, to: target.shape),
            "subscript: values of shape \(newValue.shape) do not fit a part of shape "
                + "\(target.shape) of \(shape)")
        let flows = GradientMode.isRecording && (edge != nil || value.edge != nil)
        if flows || GradientMode.current == .tracing {
            precondition(
                isCopy || edge == nil || !isLeaf,
                "subscript: a leaf that requires a gradient cannot be changed in place; use "
                    + "noGrad { }, update { } or detach() first")
            self = Tensor.result(Assignment(place: target), self, value)
            return
        }
        let leaf = edge
        edge = nil
        if !isContiguous { self = materialized(strides: Shape.contiguousStrides(shape)) }
        _ = writablePointer()
        // Values that lie in the same memory are read before they are overwritten.
        let source = value.detach().expand(target.shape)
        let apart =
            source.storage === storage
            ? source.materialized(strides: Shape.contiguousStrides(source.shape)) : source
        target.write(apart, into: self)
        edge = isCopy ? nil : leaf
    }

    /// The part that numbers and ranges name, and which of its dimensions are then indexed by tensors.
    private func viewed(_ indices: [TensorIndex]) -> (
        view: Tensor, places: [(dim: Int, places: Tensor)]
    ) {
        var named = 0
        var ellipses = 0
        for index in indices {
            switch index {
            case .index, .slice: named += 1
            case .rest: ellipses += 1
            case .insert: break
            case .places(let places): named += places.dtype == .bool ? places.ndim : 1
            }
        }
        precondition(
            named <= ndim && ellipses <= 1,
            "subscript: \(indices.count) indices do not fit shape \(shape)")
        var result = self
        var found: [(dim: Int, places: Tensor)] = []
        var dim = 0
        for index in indices {
            switch index {
            case .index(let i):
                result = result.select(dim: dim, index: i)
            case .slice(let start, let end, let step):
                result = result.slice(dim: dim, from: start ?? 0, to: end ?? .max, step: step)
                dim += 1
            case .rest:
                dim += ndim - named
            case .insert:
                result = result.unsqueeze(dim)
                dim += 1
            case .places(let places) where places.dtype == .bool:
                precondition(
                    places.shape == Array(result.shape[dim..<(dim + places.ndim)]),
                    "subscript: a mask of shape \(places.shape) does not fit dimensions \(dim) on of "
                        + "\(result.shape)")
                if places.ndim == 0 {
                    // A truth value by itself: all of it or nothing, in a new dimension.
                    result = result.unsqueeze(dim)
                    found.append((dim, places.reshape([1]).nonzero().select(dim: 1, index: 0)))
                    dim += 1
                } else {
                    for column in places.nonzero().unbind(dim: 1) {
                        found.append((dim, column))
                        dim += 1
                    }
                }
            case .places(let places) where places.ndim == 0:
                precondition(
                    !places.dtype.isFloatingPoint,
                    "subscript: expected integer indices, got \(places.dtype)")
                result = result.select(dim: dim, index: places.item(as: Int.self))
            case .places(let places):
                found.append(
                    (dim, result.checkedIndices(places, dim: dim, operation: "subscript")))
                dim += 1
            }
        }
        return (result, found)
    }

    /// The entries at tensors of places along some dimensions.
    private func selected(_ places: [(dim: Int, places: Tensor)]) -> Tensor {
        let dims = places.map(\.dim)
        let common = Tensor.broadcast(places.map(\.places), operation: "subscript")
        let shape = common[0].shape
        // Neighbours stay where they are, others come first.
        let neighbours = zip(dims, dims.dropFirst()).allSatisfy { $1 == $0 + 1 }
        let x = neighbours ? self : movedim(dims, to: Array(0..<dims.count))
        let first = neighbours ? dims[0] : 0
        var flat = common[0]
        for (i, index) in common.enumerated().dropFirst() {
            flat = flat * x.shape[first + i] + index
        }
        let merged = x.flatten(from: first, to: first + dims.count - 1)
        let entries = merged.indexSelect(dim: first, flat.reshape([-1]))
        return entries.reshape(
            Array(merged.shape[..<first]) + shape + Array(merged.shape[(first + 1)...]))
    }

    /// Where in memory the entries that `selected` would give lie.
    private func positions(_ places: [(dim: Int, places: Tensor)]) -> Tensor {
        let dims = places.map(\.dim)
        let common = Tensor.broadcast(places.map(\.places), operation: "subscript")
        let neighbours = zip(dims, dims.dropFirst()).allSatisfy { $1 == $0 + 1 }
        let before = neighbours ? dims[0] : 0
        let rest = shape.indices.filter { !dims.contains($0) }
        let whole =
            rest[..<before].map { shape[$0] } + common[0].shape + rest[before...].map { shape[$0] }
        func placed(_ x: Tensor, at start: Int) -> Tensor {
            let after = whole.count - start - x.ndim
            return x.reshape(x.shape + [Int](repeating: 1, count: after))
        }
        var result = Tensor(offset).expand(whole)
        for (dim, index) in zip(dims, common) {
            result = result + placed(index * strides[dim], at: before)
        }
        for (i, dim) in rest.enumerated() {
            let steps = Tensor.arange(shape[dim]) * strides[dim]
            result = result + placed(steps, at: i < before ? i : i + common[0].ndim)
        }
        return result
    }
}

/// Values in place of part of a tensor.
private struct Assignment: TensorOperation {
    /// Which part of a contiguous tensor.
    enum Place {
        case view(shape: [Int], strides: [Int], offset: Int)
        /// Positions in memory.
        case elements(Tensor)

        var shape: [Int] {
            switch self {
            case .view(let shape, _, _): shape
            case .elements(let positions): positions.shape
            }
        }

        /// Values of the part's shape (or that broadcast to it) into memory that nothing else refers to.
        func write(_ value: Tensor, into whole: Tensor) {
            let value = value.expand(shape)
            switch self {
            case .view(let shape, let strides, let offset):
                Kernel.copy(
                    value,
                    into: Tensor(
                        storage: whole.storage, offset: whole.offset + offset, shape: shape,
                        strides: strides, dtype: whole.dtype))
            case .elements(let positions):
                let places = positions.materializedIfNeeded
                let dense = value.materializedIfNeeded
                mt_scatter(
                    whole.dtype.kernel, 1, Int64(whole.count), 1, Int64(places.count),
                    places.pointer.assumingMemoryBound(to: Int64.self), dense.pointer,
                    whole.pointer, whole.freshPointer)
            }
        }

        /// The part of a contiguous tensor.
        func read(_ whole: Tensor) -> Tensor {
            switch self {
            case .view(let shape, let strides, let offset):
                return Tensor.result(
                    StridedPart(shape: shape, strides: strides, offset: offset, whole: whole.shape),
                    whole)
            case .elements(let positions):
                return whole.take(positions)
            }
        }
    }

    let place: Place

    var name: String { "assignment" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let result = inputs[0].materialized(strides: Shape.contiguousStrides(inputs[0].shape))
        place.write(inputs[1], into: result)
        return [result]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0]?.contiguous() else { return [nil, nil] }
        let kept = Tensor.result(
            Assignment(place: place), g, Tensor.zeros([], dtype: g.dtype))
        return [kept, place.read(g)]
    }
}

/// A part of a contiguous tensor, given by its strides.
private struct StridedPart: ElementView {
    let shape: [Int]
    let strides: [Int]
    let offset: Int
    let whole: [Int]

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        [view(of: inputs[0].materializedIfNeeded)]
    }

    func view(of x: Tensor) -> Tensor {
        Tensor(
            storage: x.storage, offset: x.offset + offset, shape: shape, strides: strides,
            dtype: x.dtype)
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        [gradients[0].map { Tensor.result(Unview(view: self, shape: whole), $0) }]
    }
}
