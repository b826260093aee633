/// What can stand between the brackets of `tensor[...]`: an `Int`, a range, `.ellipsis`, `.newAxis`, `.all`,
/// `.stride(...)` or a tensor of indices or booleans.
public enum TensorIndex: Sendable {
    /// One entry; the dimension goes. Negative numbers count from the end.
    case index(Int)
    /// Entries from `start` up to before `end`, `step` apart.
    case slice(from: Int?, to: Int?, step: Int)
    /// As many whole dimensions as are not named.
    case ellipsis
    /// A new dimension of size 1.
    case newAxis
    /// A whole dimension.
    public static let all = TensorIndex.slice(from: nil, to: nil, step: 1)
    /// Entries `step` apart.
    public static func stride(from: Int? = nil, to: Int? = nil, by step: Int) -> TensorIndex {
        .slice(from: from, to: to, step: step)
    }
}

/// A value that can stand for a `TensorIndex`.
public protocol TensorIndexConvertible {
    var tensorIndex: TensorIndex { get }
}

extension TensorIndex: TensorIndexConvertible {
    public var tensorIndex: TensorIndex { self }
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
    public subscript(indices: any TensorIndexConvertible...) -> Tensor {
        get { part(indices.map(\.tensorIndex)) }
        set {
            requireMutable("subscript")
            // The part is a view of this tensor's memory once that is its own.
            _ = writablePointer()
            let place = noGrad { detach().part(indices.map(\.tensorIndex)) }
            precondition(
                place.storage === storage, "subscript: this part of \(shape) cannot be assigned to")
            let value = noGrad { newValue.detach().to(dtype).expand(place.shape) }
            // Values that lie in the same memory are read before they are overwritten.
            let source =
                value.storage === storage
                ? value.materialized(strides: Shape.contiguousStrides(value.shape)) : value
            Kernel.copy(source, into: place)
        }
    }

    private func part(_ indices: [TensorIndex]) -> Tensor {
        var named = 0
        var ellipses = 0
        for index in indices {
            switch index {
            case .index, .slice: named += 1
            case .ellipsis: ellipses += 1
            case .newAxis: break
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
            case .ellipsis:
                dim += ndim - named
            case .newAxis:
                result = result.unsqueeze(dim)
                dim += 1
            }
        }
        return result
    }
}
