internal import CKernels

extension Tensor {
    /// Normalises over the last dimensions, each row by itself (Ba, Kiros and Hinton 2016).
    ///
    /// - Parameters:
    ///   - shape: the sizes of the dimensions to normalise over.
    ///   - weight: of that shape, float32 (float64 for float64 tensors); nil for 1.
    ///   - bias: of that shape; nil for 0.
    public func layerNorm(
        _ shape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
    ) -> Tensor {
        precondition(weight != nil || bias == nil, "layerNorm: a bias needs a weight")
        return normalizedRows(shape, weight, bias, epsilon, centred: true, "layerNorm")
    }

    /// Divides by the root of the mean square over the last dimensions (Zhang and Sennrich 2019).
    ///
    /// - Parameter weight: of that shape; nil for 1.
    public func rmsNorm(_ shape: [Int], weight: Tensor? = nil, epsilon: Double? = nil) -> Tensor {
        let least = dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
        return normalizedRows(shape, weight, nil, epsilon ?? least, centred: false, "rmsNorm")
    }

    private func normalizedRows(
        _ shape: [Int], _ weight: Tensor?, _ bias: Tensor?, _ epsilon: Double, centred: Bool,
        _ name: String
    ) -> Tensor {
        precondition(
            dtype.isFloatingPoint && !shape.isEmpty
                && Array(self.shape.suffix(shape.count)) == shape,
            "\(name): expected a floating-point tensor (..., \(shape)), got \(dtype) \(self.shape)")
        for parameter in [weight, bias].compactMap({ $0 }) {
            precondition(
                parameter.shape == shape,
                "\(name): expected parameters \(shape), got \(parameter.shape)")
        }
        if dtype == .float16 {
            return to(.float32).normalizedRows(shape, weight, bias, epsilon, centred: centred, name)
                .to(.float16)
        }
        let wide: DType = dtype == .float64 ? .float64 : .float32
        let inputs = [self] + [weight, bias].compactMap { $0?.to(wide) }
        return Tensor.apply(
            LayerNorm(
                name: name, size: shape.reduce(1, *), epsilon: epsilon, centred: centred), inputs)[
                0]
    }
}

private struct LayerNorm: TensorOperation {
    var isOnceDifferentiable: Bool { true }
    let name: String
    let size: Int
    let epsilon: Double
    let centred: Bool
    private var needs: [Bool] = []
    private var saved: (x: Tensor, weight: Tensor?, mean: Tensor, inverse: Tensor)?

    init(name: String, size: Int, epsilon: Double, centred: Bool) {
        self.name = name
        self.size = size
        self.epsilon = epsilon
        self.centred = centred
    }

    private func description(
        _ x: Tensor, _ weight: Tensor?, _ mean: Tensor, _ inverse: Tensor
    ) -> mt_layer_norm {
        var call = mt_layer_norm()
        (call.rows, call.size) = (Int64(mean.count), Int64(size))
        (call.centred, call.epsilon) = (centred, epsilon)
        (call.x, call.weight) = (x.pointer, weight?.pointer)
        (call.mean, call.inverse) = (mean.freshPointer, inverse.freshPointer)
        return call
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        needs = needsGradient
        let own = inputs.map(\.materializedIfNeeded)
        let x = own[0]
        let wide: DType = x.dtype == .float64 ? .float64 : .float32
        let rows = [size == 0 ? 0 : x.count / size]
        let mean = Tensor(uninitialized: rows, dtype: wide)
        let inverse = Tensor(uninitialized: rows, dtype: wide)
        let y = Tensor(uninitialized: x.shape, dtype: x.dtype)
        var call = description(x, own.count > 1 ? own[1] : nil, mean, inverse)
        call.bias = own.count > 2 ? own[2].pointer : nil
        call.y = y.freshPointer
        withExtendedLifetime(own) { mt_layer_norm_forward(x.dtype.kernel, &call) }
        if needsGradient.contains(true) { saved = (x, own.count > 1 ? own[1] : nil, mean, inverse) }
        return [y]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        guard let g = gradients[0]?.materializedIfNeeded, let saved else {
            return needs.map { _ in nil }
        }
        var call = description(saved.x, saved.weight, saved.mean, saved.inverse)
        call.grad = g.pointer
        let results = needs.enumerated().map { i, needed in
            needed
                ? Tensor(
                    uninitialized: i == 0 ? saved.x.shape : saved.weight?.shape ?? [],
                    dtype: i == 0 ? saved.x.dtype : saved.mean.dtype) : nil
        }
        call.grad_x = results[0]?.freshPointer
        call.grad_weight = results.count > 1 ? results[1]?.freshPointer : nil
        call.grad_bias = results.count > 2 ? results[2]?.freshPointer : nil
        withExtendedLifetime((g, results)) {
            mt_layer_norm_backward(saved.x.dtype.kernel, &call)
        }
        return results
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let axis = ONNXAttribute.int(-(inputs.count > 1 ? inputs[1].type.shape.count : 1))
        guard centred else { return rootMeanSquare(inputs, outputs, graph) }
        guard inputs.count > 1 || inputs[0].type.shape.last == size else {
            throw ONNXFormError(
                operation: name, reason: "several dimensions without weights")
        }
        let weight =
            inputs.count > 1
            ? inputs[1] : graph.constant(Tensor.ones([size], dtype: inputs[0].type.dtype))
        return graph.add(
            "LayerNormalization", [inputs[0], weight] + inputs.dropFirst(2),
            attributes: ["axis": axis, "epsilon": .float(Float(epsilon))], outputs: outputs)
    }

    private func rootMeanSquare(
        _ inputs: [ONNXValue], _ outputs: [TensorType], _ graph: ONNXGraph
    ) -> [ONNXValue] {
        let (x, type) = (inputs[0], inputs[0].type)
        var (dims, left) = (0, size)
        while left > 1 {
            dims += 1
            left /= type.shape[type.shape.count - dims]
        }
        let small = TensorType(
            shape: type.shape.dropLast(dims) + [Int](repeating: 1, count: dims), dtype: type.dtype)
        let square = graph.add("Mul", [x, x], outputs: [type])
        let mean = graph.add(
            "ReduceMean", square,
            attributes: ["axes": .ints(Array((-max(dims, 1))...(-1)))], outputs: [small])
        let level = graph.constant(Tensor.full([], epsilon, dtype: type.dtype))
        let root = graph.add(
            "Sqrt", graph.add("Add", mean + [level], outputs: [small]), outputs: [small])
        let y = graph.add("Div", [x] + root, outputs: outputs)
        return inputs.count > 1 ? graph.add("Mul", y + [inputs[1]], outputs: outputs) : y
    }
}
