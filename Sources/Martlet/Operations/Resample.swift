internal import CKernels

/// A linear map along one dimension: each entry of the result is a weighted sum of a few entries of the source.
struct Taps: Sendable {
    /// The size of the dimension in the source.
    let sources: Int
    /// Entry i of the result takes the taps starts[i] ..< starts[i + 1].
    private(set) var starts: [Int64] = [0]
    private(set) var indices: [Int64] = []
    private(set) var weights: [Double] = []

    /// The size of the dimension in the result.
    var count: Int { starts.count - 1 }

    init(sources: Int) { self.sources = sources }

    /// Entries that are copies of entries of the source.
    init(sources: Int, copying entries: [Int]) {
        self.init(sources: sources)
        for entry in entries { append([(entry, 1)]) }
    }

    mutating func append(_ taps: [(index: Int, weight: Double)]) {
        for tap in taps {
            indices.append(Int64(tap.index))
            weights.append(tap.weight)
        }
        starts.append(Int64(indices.count))
    }

    /// The map that takes gradients of the result to gradients of the source.
    var transposed: Taps {
        var taken = [[(index: Int, weight: Double)]](repeating: [], count: sources)
        for i in 0..<count {
            for tap in Int(starts[i])..<Int(starts[i + 1]) {
                taken[Int(indices[tap])].append((i, weights[tap]))
            }
        }
        var result = Taps(sources: count)
        for taps in taken { result.append(taps) }
        return result
    }

    /// The map applied to a dimension; channels-last images stay so. Not recorded.
    func callAsFunction(_ x: Tensor, dim: Int) -> Tensor {
        if x.isChannelsLast && !x.isContiguous {
            let order = [0] + Array(2..<x.ndim) + [1]
            let rows = x.permute(order)
            return self(rows, dim: order.firstIndex(of: dim) ?? dim)
                .permute([0, x.ndim - 1] + Array(1..<(x.ndim - 1)))
        }
        let source = x.materializedIfNeeded
        var shape = source.shape
        shape[dim] = count
        let result = Tensor(uninitialized: shape, dtype: x.dtype)
        let (outer, n, inner) = Extent.around(dim, source.shape)
        starts.withUnsafeBufferPointer { starts in
            indices.withUnsafeBufferPointer { indices in
                weights.withUnsafeBufferPointer { weights in
                    mt_resample(
                        x.dtype.kernel, outer, n, inner, Int64(count), starts.baseAddress,
                        indices.baseAddress, weights.baseAddress, source.pointer,
                        result.freshPointer)
                }
            }
        }
        return result
    }
}

/// Linear maps along some dimensions, one after another: what pads and interpolates. A second input only says how large the
/// result is.
struct Resample: TensorOperation {
    typealias Form =
        (_ inputs: [ONNXValue], _ outputs: [TensorType], _ graph: ONNXGraph) throws -> [ONNXValue]

    let name: String
    let maps: [(dim: Int, taps: Taps)]
    /// What ONNX calls them together.
    let form: Form
    private var inputCount = 1

    init(name: String, maps: [(dim: Int, taps: Taps)], form: @escaping Form) {
        self.name = name
        self.maps = maps
        self.form = form
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        inputCount = inputs.count
        return [maps.reduce(inputs[0]) { $1.taps($0, dim: $1.dim) }]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        let name = name
        let back = Resample(
            name: "gradient of \(name)", maps: maps.reversed().map { ($0.dim, $0.taps.transposed) }
        ) { _, _, _ in
            throw ONNXFormError(operation: name, reason: "its gradient has no ONNX form")
        }
        return [gradients[0].map { Tensor.result(back, $0) }]
            + [Tensor?](repeating: nil, count: inputCount - 1)
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        try form(inputs, outputs, graph)
    }
}
