internal import CDNN
internal import CKernels

/// Matrix products on oneDNN (float32, bfloat16) and OpenBLAS (float64).
enum MatrixProduct {
    /// The product of `(..., m, k)` and `(..., k, n)` with one set of leading dimensions each of which may be
    /// broadcast; rank at least 2. bfloat16 operands give `result` or, by default, bfloat16.
    static func run(
        _ a: Tensor, _ b: Tensor, bias: Tensor? = nil, relu: Bool = false,
        result dtype: DType? = nil,
        operation: String
    ) -> Tensor {
        let (m, k) = (a.shape[a.ndim - 2], a.shape[a.ndim - 1])
        let n = b.shape[b.ndim - 1]
        precondition(
            k == b.shape[b.ndim - 2],
            "\(operation): inner sizes of \(a.shape) and \(b.shape) differ: \(k) and "
                + "\(b.shape[b.ndim - 2])")
        let lead =
            a.ndim == 2 && b.ndim == 2
            ? []
            : Shape.broadcast(
                Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)), operation: operation)
        let dtype = dtype ?? a.dtype
        let result = Tensor(uninitialized: lead + [m, n], dtype: dtype)
        if result.count == 0 { return result }
        if k == 0 { return Tensor.zeros(lead + [m, n], dtype: dtype) }
        if a.ndim == 2 && b.ndim == 2 && bias == nil && !relu && dtype == a.dtype {
            let isDone = mt_small_product(
                dtype.kernel, Int64(m), Int64(n), Int64(k), a.pointer, Int64(a.strides[0]),
                Int64(a.strides[1]), b.pointer, Int64(b.strides[0]), Int64(b.strides[1]),
                result.freshPointer, Int64(n))
            if isDone { return result }
        }
        let x = matrices(a, lead)
        let y = matrices(b, lead)
        var shape = mt_matmul_shape()
        shape.batch = Int64(lead.reduce(1, *))
        (shape.m, shape.n, shape.k) = (Int64(m), Int64(n), Int64(k))
        (shape.a_batch, shape.a_row, shape.a_column) = x.steps
        (shape.b_batch, shape.b_row, shape.b_column) = y.steps
        shape.c_batch = Int64(m * n)
        shape.c_row = Int64(n)
        let message = mt_matmul(
            a.dtype.kernel, dtype.kernel, &shape, x.tensor.pointer, y.tensor.pointer,
            bias?.pointer, relu, result.freshPointer)
        DNN.check(message, operation)
        return result
    }

    /// The operand with one stride over all leading dimensions, and rows or columns that lie one after
    /// another: itself where it can be, else a copy.
    private static func matrices(_ x: Tensor, _ lead: [Int]) -> (
        tensor: Tensor, steps: (Int64, Int64, Int64)
    ) {
        let inner = Array(x.shape.suffix(2))
        let own = Array(x.shape.dropLast(2))
        let strides = Array(x.strides.suffix(2))
        let rowMajor = strides[1] == 1 && strides[0] >= inner[1]
        let columnMajor = strides[0] == 1 && strides[1] >= inner[0]
        let unitRow = inner[0] == 1 && strides[1] == 1
        let unitColumn = inner[1] == 1 && strides[0] == 1
        let usable = rowMajor || columnMajor || unitRow || unitColumn
        let batches = own.reduce(1, *)
        let leadStrides = Array(x.strides.dropLast(2))
        let whole = Shape.isContiguous(own, leadStrides.map { $0 / max(1, leadStrides.last ?? 1) })
        let evenly =
            batches <= 1
            || own == lead && whole
                && leadStrides.allSatisfy { $0 % max(1, leadStrides.last ?? 1) == 0 }
        if usable && evenly {
            let batchStride = batches <= 1 ? 0 : leadStrides.last ?? 0
            let row = unitRow ? inner[1] : strides[0]
            let column = unitColumn ? inner[0] : strides[1]
            return (x, (Int64(batchStride), Int64(max(row, 1)), Int64(max(column, 1))))
        }
        let dense = x.expand(lead + inner).materialized(
            strides: Shape.contiguousStrides(lead + inner))
        return (dense, (Int64(inner[0] * inner[1]), Int64(inner[1]), 1))
    }
}

/// What the oneDNN shim reports.
enum DNN {
    /// Shapes and types were checked before, so a message is a defect or lack of memory.
    static func check(_ message: UnsafePointer<CChar>?, _ operation: String) {
        if let message { fatalError("\(operation): \(String(cString: message))") }
    }
}

private struct Matmul: TensorOperation {
    private var a: Tensor?
    private var b: Tensor?

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        if needsGradient[0] { b = inputs[1] }
        if needsGradient[1] { a = inputs[0] }
        return [MatrixProduct.run(inputs[0], inputs[1], operation: name)]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0] else { return [nil, nil] }
        return [
            b.map { g.matmul($0.transpose(-1, -2)) },
            a.map { $0.transpose(-1, -2).matmul(g) },
        ]
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        graph.add("MatMul", inputs, outputs: outputs)
    }
}

extension Tensor {
    /// The matrix product, with PyTorch's rules: vectors take part as a row (left) or a column (right), leading
    /// dimensions broadcast. Floating-point types only.
    public func matmul(_ other: Tensor) -> Tensor {
        precondition(
            ndim > 0 && other.ndim > 0,
            "matmul: expected vectors or matrices, got shapes \(shape) and \(other.shape)")
        let dtype = DType.promoted(self.dtype, other.dtype)
        precondition(
            dtype.isFloatingPoint,
            "matmul: expected floating-point tensors, got \(self.dtype) and \(other.dtype)")
        if dtype == .float16 { return to(.float32).matmul(other.to(.float32)).to(.float16) }
        if ndim == 2 && other.ndim == 2 && ThreadFlags.onlyCompute(self, other) {
            return MatrixProduct.run(to(dtype), other.to(dtype), operation: "matmul")
        }
        let left = (ndim == 1 ? unsqueeze(0) : self).to(dtype)
        let right = (other.ndim == 1 ? other.unsqueeze(1) : other).to(dtype)
        var result = Tensor.result(Matmul(), left, right)
        if other.ndim == 1 { result = result.squeeze(-1) }
        if ndim == 1 { result = result.squeeze(other.ndim == 1 ? -1 : -2) }
        return result
    }

    /// x Wᵀ + b for weights `(out, in)` and inputs `(..., in)`: PyTorch's `linear`.
    ///
    /// - Parameters:
    ///   - precision: `.bfloat16` multiplies in bfloat16, adds up in float32 and gives bfloat16.
    ///   - isBatchInvariant: whether a row's results must be the same bits whatever other rows there are: every element is one
    ///     sum in order then, in float32 at least. oneDNN, somewhat faster, chooses its kernels by the number of rows.
    public func linear(
        _ weight: Tensor, bias: Tensor? = nil, precision: Precision = .float32,
        isBatchInvariant: Bool = false
    ) -> Tensor {
        precondition(
            weight.ndim == 2 && ndim >= 1 && shape[ndim - 1] == weight.shape[1],
            "linear: expected inputs (..., \(weight.ndim == 2 ? weight.shape[1] : 0)) for weights "
                + "\(weight.shape), got \(shape)")
        if let bias {
            precondition(
                bias.shape == [weight.shape[0]],
                "linear: expected a bias of shape [\(weight.shape[0])], got \(bias.shape)")
        }
        if isBatchInvariant && weight.dtype.isHalf {
            return to(.float32).linear(
                weight.to(.float32), bias: bias?.to(.float32), isBatchInvariant: true
            ).to(weight.dtype)
        }
        if weight.dtype == .float16 {
            return product(ofHalf: weight, bias) { $0.linear($1, bias: $2, precision: $3) }
        }
        let input = isBatchInvariant ? to(weight.dtype) : precision.input(self, weight)
        let wide: DType = weight.dtype == .float64 ? .float64 : .float32
        return Tensor.apply(
            Linear(inOrder: isBatchInvariant),
            bias.map { [input, weight, $0.to(wide)] } ?? [input, weight])[0]
    }

    /// All but the last dimension as one.
    fileprivate var asRows: Tensor {
        ndim == 2 ? self : reshape([shape.dropLast().reduce(1, *), shape[ndim - 1]])
    }
}

/// `(..., in)` with weights `(out, in)` and perhaps a bias. Weights stay float32 beside bfloat16 rows.
private struct Linear: TensorOperation {
    /// Whether every element is to be one sum in order.
    let inOrder: Bool
    private var shape: [Int] = []
    private var x: Tensor?
    private var weight: Tensor?
    private var hasBias = false
    private var needsBias = false
    /// The weights of mixed precision are copies.
    private(set) var isOnceDifferentiable = false

    init(inOrder: Bool) { self.inOrder = inOrder }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        let x = inputs[0]
        shape = x.shape
        let weight = inputs[1].to(x.dtype)
        if needsGradient[1] { self.x = x }
        if needsGradient[0] { self.weight = weight }
        isOnceDifferentiable = weight.dtype != inputs[1].dtype
        hasBias = inputs.count > 2
        needsBias = hasBias && needsGradient[2]
        let bias = inputs.count > 2 ? inputs[2].materializedIfNeeded : nil
        let rows = x.asRows
        let y =
            inOrder
            ? productInOrder(rows.materializedIfNeeded, weight.materializedIfNeeded, bias)
            : MatrixProduct.run(rows, weight.transpose(0, 1), bias: bias, operation: name)
        return [y.reshape(shape.dropLast() + [weight.shape[0]])]
    }

    private func productInOrder(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) -> Tensor {
        let (m, n, k) = (x.shape[0], weight.shape[0], weight.shape[1])
        let y = Tensor(uninitialized: [m, n], dtype: x.dtype)
        RecurrentProduct.run(
            x, at: 0, weight, at: 0, (1, k), (m, n, k), bias: bias, into: y, at: 0, row: n, name)
        return y
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0]?.asRows.materializedIfNeeded else {
            return [Tensor?](repeating: nil, count: hasBias ? 3 : 2)
        }
        if GradientMode.isRecording, let gradient = gradients[0]?.asRows {
            let results = [
                weight.map { gradient.matmul($0).reshape(shape) },
                x.map { gradient.transpose(0, 1).matmul($0.asRows) },
                needsBias ? gradient.sum(dims: [0]) : nil,
            ]
            return Array(results.prefix(hasBias ? 3 : 2))
        }
        let wide: DType = g.dtype == .float64 ? .float64 : .float32
        var bias: Tensor?
        if needsBias {
            let sums = Tensor(uninitialized: [g.shape[1]], dtype: wide)
            mt_channel_sum(
                g.dtype.kernel, Int64(g.shape[0]), Int64(g.shape[1]), 1, g.pointer,
                sums.freshPointer)
            bias = sums
        }
        let results = [
            weight.map {
                MatrixProduct.run(g, $0, operation: "\(name) backward").reshape(shape)
            },
            x.map {
                MatrixProduct.run(
                    g.transpose(0, 1), $0.asRows, result: wide, operation: "\(name) backward")
            },
            bias,
        ]
        return Array(results.prefix(hasBias ? 3 : 2))
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        if shape.count == 2 {
            return graph.add("Gemm", inputs, attributes: ["transB": .int(1)], outputs: outputs)
        }
        let weight = inputs[1].type
        let turned = graph.add(
            "Transpose", [inputs[1]], attributes: ["perm": .ints([1, 0])],
            outputs: [TensorType(shape: weight.shape.reversed(), dtype: weight.dtype)])
        let y = graph.add("MatMul", [inputs[0]] + turned, outputs: outputs)
        return inputs.count > 2 ? graph.add("Add", y + [inputs[2]], outputs: outputs) : y
    }
}

extension Tensor {
    /// A product with weights of a half type, made of one with float32 weights: in mixed precision for bfloat16, in float32
    /// and rounded once for float16, which oneDNN has no kernels for.
    func product(
        ofHalf weight: Tensor, _ bias: Tensor?,
        _ body: (Tensor, Tensor, Tensor?, Precision) -> Tensor
    ) -> Tensor {
        let (wide, wideBias) = (weight.to(.float32), bias?.to(.float32))
        if weight.dtype == .bfloat16 { return body(self, wide, wideBias, .bfloat16) }
        return body(to(.float32), wide, wideBias, .float32).to(weight.dtype)
    }
}

/// What the heavy products (convolutions, matrix products) compute in.
public enum Precision: String, Sendable, CaseIterable {
    /// Single precision throughout.
    case float32 = "fp32"
    /// Operands and activations in bfloat16, weights and sums in float32.
    case bfloat16 = "bf16"

    /// Whether this processor multiplies bfloat16 natively; elsewhere it is slower than float32.
    public static var hasNativeBFloat16: Bool { mt_has_native_bfloat16() }

    /// An activation in the type the product is to be computed in.
    func input(_ x: Tensor, _ weight: Tensor) -> Tensor {
        switch (self, weight.dtype) {
        case (.bfloat16, .float32): x.to(.bfloat16)
        default: x.to(weight.dtype)
        }
    }
}
