/// What can stand between the brackets of `tensor[...]`: an `Int`, a range, `.all`, `.stride(...)`, `.ellipsis` or
/// `.newAxis`.
public enum TensorIndex: Sendable {
    /// One entry; the dimension goes. Negative numbers count from the end.
    case index(Int)
    /// Entries from `start` up to before `end`, `step` apart.
    case slice(from: Int?, to: Int?, step: Int)
    /// `.ellipsis`.
    case rest
    /// `.newAxis`.
    case insert
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
extension Range<Int>: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { .slice(from: lowerBound, to: upperBound, step: 1) }
}
extension ClosedRange<Int>: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { .slice(from: lowerBound, to: upperBound + 1, step: 1) }
}
extension PartialRangeFrom<Int>: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { .slice(from: lowerBound, to: nil, step: 1) }
}
extension PartialRangeUpTo<Int>: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { .slice(from: nil, to: upperBound, step: 1) }
}
extension PartialRangeThrough<Int>: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { .slice(from: nil, to: upperBound + 1, step: 1) }
}

extension Tensor {
    /// A view of part of the tensor, as in NumPy: `x[0]`, `x[1..<3, .all, -1]`, `x[.ellipsis, .newAxis]`.
    ///
    /// Assigning copies values (broadcast) into the part.
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

    private mutating func assign(_ newValue: Tensor, to indices: [TensorIndex]) {
        requireMutable("subscript")
        // The part is a view of this tensor's memory once that is its own.
        _ = writablePointer()
        let place = noGrad { detach().part(indices) }
        precondition(
            place.storage === storage, "subscript: this part of \(shape) cannot be assigned to")
        let value = noGrad { newValue.detach().to(dtype).expand(place.shape) }
        // Values that lie in the same memory are read before they are overwritten.
        let source =
            value.storage === storage
            ? value.materialized(strides: Shape.contiguousStrides(value.shape)) : value
        Kernel.copy(source, into: place)
    }

    private func part(_ indices: [TensorIndex]) -> Tensor {
        var named = 0
        var ellipses = 0
        for index in indices {
            switch index {
            case .index, .slice: named += 1
            case .rest: ellipses += 1
            case .insert: break
            }
        }
        precondition(
            named <= ndim && ellipses <= 1,
            "subscript: \(indices.count) indices do not fit shape \(shape)")
        var result = self
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
            }
        }
        return result
    }
}
