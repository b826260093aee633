/// A rearrangement of the same elements, without arithmetic.
private struct Reshape: DirectOperation {
    let shape: [Int]
    /// How many of the first dimensions stay what they are, whatever their sizes.
    let kept: Int
    private var inputShape: [Int] = []

    init(shape: [Int], kept: Int) { (self.shape, self.kept) = (shape, kept) }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        inputShape = inputs[0].shape
        return [output(for: inputs[0])]
    }

    func output(for x: Tensor) -> Tensor {
        if let strides = View.strides(of: x, as: shape) {
            return Tensor(
                storage: x.storage, offset: x.offset, shape: shape, strides: strides, dtype: x.dtype
            )
        }
        var copy = x.materialized(strides: Shape.contiguousStrides(x.shape))
        copy.shape = shape
        copy.strides = Shape.contiguousStrides(shape)
        return copy
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] { [gradients[0]?.reshape(inputShape)] }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        // 0 copies the input's size, whatever it will be.
        var target = [Int](repeating: 0, count: kept) + shape.dropFirst(kept)
        // For a batch of any size, the dimension that it is part of is left to be worked out: the first that the batch divides.
        func isOpen(_ size: Int) -> Bool {
            graph.batchSize.map { size > 0 && size % $0 == 0 } ?? false
        }
        if inputShape.dropFirst(kept).contains(where: isOpen) {
            if kept == 0 && shape.first == inputShape.first {
                target[0] = 0
            } else if let open = shape.indices.dropFirst(kept).first(where: { isOpen(shape[$0]) }) {
                target[open] = -1
            } else {
                throw ONNXFormError(
                    operation: name,
                    reason: "\(inputShape) to \(shape) mixes the batch with other dimensions")
            }
        }
        return graph.add("Reshape", [inputs[0], graph.constant(target)], outputs: outputs)
    }
}

private enum View {
    /// Strides that show a tensor's memory in another shape, or nil where a copy is needed.
    static func strides(of x: Tensor, as shape: [Int]) -> [Int]? {
        if x.isContiguous { return Shape.contiguousStrides(shape) }
        // Runs of dimensions that lie evenly in memory, as (size, stride), slowest first.
        var runs: [(size: Int, stride: Int)] = []
        for d in x.shape.indices where x.shape[d] != 1 {
            if let last = runs.last, last.stride == x.strides[d] * x.shape[d] {
                runs[runs.count - 1] = (last.size * x.shape[d], x.strides[d])
            } else {
                runs.append((x.shape[d], x.strides[d]))
            }
        }
        var result = [Int](repeating: 1, count: shape.count)
        var run = runs.count - 1
        var left = run >= 0 ? runs[run].size : 1
        var stride = run >= 0 ? runs[run].stride : 1
        for d in shape.indices.reversed() {
            if shape[d] == 1 {
                result[d] = stride
                continue
            }
            if left == 1 {
                run -= 1
                guard run >= 0 else { return nil }
                left = runs[run].size
                stride = runs[run].stride
            }
            guard left % shape[d] == 0 else { return nil }
            result[d] = stride
            left /= shape[d]
            stride *= shape[d]
        }
        return result
    }
}

private struct Permute: DirectOperation {
    let order: [Int]

    func output(for x: Tensor) -> Tensor {
        Tensor(
            storage: x.storage, offset: x.offset, shape: order.map { x.shape[$0] },
            strides: order.map { x.strides[$0] }, dtype: x.dtype)
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        var inverse = order
        for (to, from) in order.enumerated() { inverse[from] = to }
        return [gradients[0]?.permute(inverse)]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("Transpose", inputs, attributes: ["perm": .ints(order)], outputs: outputs)
    }
}

private struct Expand: DirectOperation {
    let shape: [Int]

    func output(for x: Tensor) -> Tensor {
        Tensor(
            storage: x.storage, offset: x.offset, shape: shape,
            strides: Shape.broadcastStrides(x.shape, x.strides, to: shape), dtype: x.dtype)
    }

    // The engine adds up what was broadcast.
    func backward(_ gradients: [Tensor?]) -> [Tensor?] { gradients }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("Expand", [inputs[0], graph.constant(shape)], outputs: outputs)
    }
}

/// `count` elements along a dimension, from `start`, `step` apart; a negative step goes backwards.
private struct Slice: ElementView {
    let dim: Int
    let start: Int
    let count: Int
    let step: Int
    private var inputShape: [Int] = []

    init(dim: Int, start: Int, count: Int, step: Int) {
        self.dim = dim
        self.start = start
        self.count = count
        self.step = step
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        inputShape = inputs[0].shape
        return [view(of: inputs[0])]
    }

    func view(of x: Tensor) -> Tensor {
        var shape = x.shape
        var strides = x.strides
        shape[dim] = count
        strides[dim] *= step
        return Tensor(
            storage: x.storage, offset: x.offset + start * x.strides[dim], shape: shape,
            strides: strides, dtype: x.dtype)
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        [gradients[0].map { Tensor.result(Unview(view: self, shape: inputShape), $0) }]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let last = start + (count - 1) * step
        // What goes on to the end does so in inputs of another size, too.
        let reachesEnd = step > 0 && last + step >= inputs[0].type.shape[dim]
        let end =
            reachesEnd
            ? Int(Int32.max) : step > 0 ? last + 1 : (last == 0 ? Int(Int32.min) : last - 1)
        let bounds = [[start], [end], [dim], [step]].map { graph.constant($0) }
        return graph.add("Slice", [inputs[0]] + bounds, outputs: outputs)
    }
}

/// An operation whose result is some of the elements, each once, where they lie.
protocol ElementView: DirectOperation {
    func view(of x: Tensor) -> Tensor
}

extension ElementView {
    func output(for x: Tensor) -> Tensor { view(of: x) }
}

/// Zeros with a tensor's elements where a view would take them from: a view's gradient.
struct Unview<View: ElementView>: TensorOperation {
    let view: View
    let shape: [Int]

    var name: String { "\(view.name) backward" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let whole = Tensor.zeros(shape, dtype: inputs[0].dtype)
        Kernel.copy(inputs[0], into: view.view(of: whole))
        return [whole]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        [gradients[0].map { Tensor.result(view, $0) }]
    }
}

extension Tensor {
    /// The same elements in row-major order in another shape; one size may be -1, to be worked out.
    /// A view where memory allows, else a copy.
    public func reshape(_ shape: [Int]) -> Tensor {
        var target = shape
        if let unknown = shape.firstIndex(of: -1) {
            let known = shape.indices.reduce(1) { $1 == unknown ? $0 : $0 * shape[$1] }
            target[unknown] = known == 0 ? 0 : count / known
        }
        precondition(
            target.allSatisfy { $0 >= 0 } && Shape.count(target) == count,
            "reshape: \(self.shape) has \(count) elements, which do not fit \(shape)")
        return reshape(target, keeping: 0)
    }

    /// The same elements in another shape of so many elements, the first dimensions of which stay what they are.
    func reshape(_ target: [Int], keeping kept: Int) -> Tensor {
        target == shape ? self : Tensor.result(Reshape(shape: target, kept: kept), self)
    }

    /// `reshape` that never copies: stops where it would have to.
    public func view(_ shape: [Int]) -> Tensor {
        let result = reshape(shape)
        precondition(
            result.storage === storage,
            "view: \(self.shape) with strides \(strides) cannot be seen as \(shape); use reshape")
        return result
    }

    /// Dimensions `from ... to` as one.
    public func flatten(from: Int = 0, to: Int = -1) -> Tensor {
        if ndim == 0 { return reshape([1]) }
        let first = Shape.dimension(from, of: ndim, operation: "flatten")
        let last = Shape.dimension(to, of: ndim, operation: "flatten")
        precondition(first <= last, "flatten: dimension \(from) comes after \(to)")
        let middle = shape[first...last].reduce(1, *)
        return reshape(
            Array(shape[..<first]) + [middle] + Array(shape[(last + 1)...]), keeping: first)
    }

    /// Dimensions in another order.
    public func permute(_ order: [Int]) -> Tensor {
        let dims = order.map { Shape.dimension($0, of: ndim, operation: "permute") }
        precondition(
            dims.count == ndim && dims.reduce(UInt64(0)) { $0 | 1 << UInt64($1) } == 1 << ndim - 1,
            "permute: \(order) is not an order of the \(ndim) dimensions of \(shape)")
        return Tensor.result(Permute(order: dims), self)
    }

    /// Two dimensions exchanged.
    public func transpose(_ a: Int, _ b: Int) -> Tensor {
        let (first, second) = (
            Shape.dimension(a, of: ndim, operation: "transpose"),
            Shape.dimension(b, of: ndim, operation: "transpose")
        )
        if ndim == 0 { return self }
        var order = Array(0..<ndim)
        order.swapAt(first, second)
        return permute(order)
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// The transpose of a matrix.
    public var T: Tensor {
        precondition(ndim == 2, "T: expected a matrix, got shape \(shape)")
        return transpose(0, 1)
    }

    /// Without a dimension of size 1, or without all of them.
    public func squeeze(_ dim: Int? = nil) -> Tensor {
        guard let dim else { return reshape(shape.filter { $0 != 1 }) }
        let d = Shape.dimension(dim, of: ndim, operation: "squeeze")
        guard ndim > 0 && shape[d] == 1 else { return self }
        return reshape(Array(shape[..<d]) + Array(shape[(d + 1)...]), keeping: d)
    }

    /// With a new dimension of size 1 before `dim`; -1 is after the last.
    public func unsqueeze(_ dim: Int) -> Tensor {
        let d = Shape.dimension(dim, of: ndim + 1, operation: "unsqueeze")
        var target = shape
        target.insert(1, at: d)
        return reshape(target, keeping: d)
    }

    /// Dimensions of size 1 repeated, without copying; -1 keeps a size.
    public func expand(_ shape: [Int]) -> Tensor {
        let lead = shape.count - ndim
        precondition(lead >= 0, "expand: \(self.shape) has more dimensions than \(shape)")
        let target = shape.indices.map { d in
            shape[d] == -1 && d >= lead ? self.shape[d - lead] : shape[d]
        }
        precondition(
            Shape.broadcast(self.shape, target, operation: "expand") == target,
            "expand: \(self.shape) does not stretch to \(shape)")
        return target == self.shape ? self : Tensor.result(Expand(shape: target), self)
    }

    /// Elements `start ..< end` along a dimension, `step` apart; bounds may be negative (from the end)
    /// and are cut to the tensor, as in Python.
    public func slice(dim: Int, from start: Int = 0, to end: Int = .max, step: Int = 1) -> Tensor {
        precondition(step > 0, "slice: expected a positive step, got \(step); see flip")
        precondition(ndim > 0, "slice: a tensor without dimensions cannot be sliced")
        let d = Shape.dimension(dim, of: ndim, operation: "slice")
        let size = shape[d]
        let first = Swift.min(Swift.max(start < 0 ? start + size : start, 0), size)
        let last = Swift.min(Swift.max(end < 0 ? end + size : end, first), size)
        let count = (last - first + step - 1) / step
        if count == size { return self }
        return Tensor.result(Slice(dim: d, start: first, count: count, step: step), self)
    }

    /// `length` elements along a dimension from `start`.
    public func narrow(dim: Int, start: Int, length: Int) -> Tensor {
        let size = size(dim)
        precondition(
            start >= 0 && length >= 0 && start + length <= size,
            "narrow: \(start) ..< \(start + length) is outside dimension \(dim) of \(shape)")
        return slice(dim: dim, from: start, to: start + length)
    }

    /// The element at an index of a dimension, without that dimension.
    public func select(dim: Int, index: Int) -> Tensor {
        let d = Shape.dimension(dim, of: ndim, operation: "select")
        precondition(ndim > 0, "select: a tensor without dimensions has no entries")
        let i = index < 0 ? index + shape[d] : index
        precondition(
            i >= 0 && i < shape[d],
            "select: index \(index) is outside dimension \(dim) of \(shape)")
        let row = slice(dim: d, from: i, to: i + 1)
        return row.reshape(Array(shape[..<d]) + Array(shape[(d + 1)...]))
    }

    /// Backwards along some dimensions.
    public func flip(_ dims: [Int]) -> Tensor {
        Shape.dimensions(dims, of: ndim, operation: "flip").reduce(self) { x, d in
            guard x.shape[d] > 1 else { return x }
            return Tensor.result(
                Slice(dim: d, start: x.shape[d] - 1, count: x.shape[d], step: -1), x)
        }
    }

    /// Row-major in memory: self where it is already, else a copy.
    public func contiguous() -> Tensor {
        isContiguous ? self : Tensor.result(Relayout(channelsLast: false), self)
    }

    /// `(N, C, H, W)` or `(N, C, D, H, W)` with the channels innermost in memory: self where it is already, else a copy.
    public func channelsLast() -> Tensor {
        precondition(
            ndim == 4 || ndim == 5,
            "channelsLast: expected (N, C, H, W) or (N, C, D, H, W), got \(shape)")
        return isChannelsLast ? self : Tensor.result(Relayout(channelsLast: true), self)
    }
}

/// The same values at other places in memory.
private struct Relayout: DirectOperation {
    let channelsLast: Bool

    func output(for x: Tensor) -> Tensor {
        x.materialized(
            strides: channelsLast
                ? Shape.channelsLastStrides(x.shape) : Shape.contiguousStrides(x.shape))
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] { gradients }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        inputs  // ONNX knows no layouts
    }
}
