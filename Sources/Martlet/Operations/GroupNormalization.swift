internal import CKernels

extension Tensor {
    /// Each sample's channels in groups, each group normalised by its own mean and biased variance (Wu and He, "Group
    /// normalization", 2018), then scaled and moved by channel. Channels-last tensors stay so.
    ///
    /// - Parameters:
    ///   - groups: divides the channels, dimension 1 of `(N, C, ...)`.
    ///   - weight: `(C)`; nil for 1.
    ///   - bias: `(C)`; nil for 0.
    public func groupNorm(
        groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
    ) -> Tensor {
        precondition(
            ndim >= 2 && groups > 0 && shape[1] % groups == 0,
            "groupNorm: the channels of \(shape) do not divide into \(groups) groups")
        return normalizedGroups(groups, weight, bias, epsilon, relu: false, "groupNorm")
    }

    /// Each sample's channels normalised each by its own mean and biased variance (Ulyanov et al., "Instance normalization:
    /// the missing ingredient for fast stylization", 2016), then scaled and moved by channel. Channels-last tensors stay so.
    ///
    /// - Parameters:
    ///   - weight: `(C)` for `(N, C, ...)`; nil for 1.
    ///   - bias: `(C)`; nil for 0.
    ///   - relu: applies max(., 0) in the same pass.
    public func instanceNorm(
        weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5, relu: Bool = false
    ) -> Tensor {
        precondition(
            ndim >= 3, "instanceNorm: expected (N, C, L) or more dimensions, got \(shape)")
        return normalizedGroups(shape[1], weight, bias, epsilon, relu: relu, "instanceNorm")
    }

    private func normalizedGroups(
        _ groups: Int, _ weight: Tensor?, _ bias: Tensor?, _ epsilon: Double, relu: Bool,
        _ operation: String
    ) -> Tensor {
        precondition(
            dtype.isFloatingPoint,
            "\(operation): expected a floating-point tensor, got \(dtype) \(shape)")
        for parameter in [weight, bias].compactMap({ $0 }) {
            precondition(
                parameter.shape == [shape[1]],
                "\(operation): expected weight and bias of shape [\(shape[1])] for \(shape), got "
                    + "\(parameter.shape)")
        }
        let wide: DType = dtype == .float64 ? .float64 : .float32
        let norm = GroupNorm(
            name: operation, groups: groups, epsilon: epsilon, relu: relu,
            hasWeight: weight != nil, hasBias: bias != nil)
        let parameters = [weight, bias].compactMap { $0?.to(wide) }
        return Tensor.apply(norm, [isChannelsLast ? self : contiguous()] + parameters)[0]
    }

    /// Each element divided by (k + alpha times the mean of squares over `size` neighbouring channels)^beta (Krizhevsky et al.
    /// 2012), for `(N, C, ...)`.
    public func localResponseNorm(
        size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
    ) -> Tensor {
        precondition(
            ndim >= 3 && size > 0,
            "localResponseNorm: expected (N, C, L) or more dimensions and a size above 0, got \(shape)"
        )
        let squares = square().reshape([shape[0], shape[1], 1, -1])
            .pad([(0, 0), (0, 0), (size / 2, (size - 1) / 2)])
        // Pooling runs fastest along the innermost dimension, its channels: the positions here.
        let means = squares.permute([0, 3, 1, 2])
            .avgPool2d(PoolingGeometry(kernel: (size, 1), stride: (1, 1))).permute([0, 2, 3, 1])
        return self / ((means * alpha + k).pow(beta)).reshape(shape)
    }
}

private struct GroupNorm: TensorOperation {
    var isOnceDifferentiable: Bool { true }
    let name: String
    let groups: Int
    let epsilon: Double
    let relu: Bool
    let hasWeight: Bool
    let hasBias: Bool
    private var needs: [Bool] = []
    private var saved: (x: Tensor, y: Tensor?, weight: Tensor?, mean: Tensor, inverse: Tensor)?

    init(
        name: String, groups: Int, epsilon: Double, relu: Bool, hasWeight: Bool, hasBias: Bool
    ) {
        self.name = name
        self.groups = groups
        self.epsilon = epsilon
        self.relu = relu
        self.hasWeight = hasWeight
        self.hasBias = hasBias
    }

    private func description(
        _ x: Tensor, _ weight: Tensor?, _ mean: Tensor, _ inverse: Tensor
    ) -> mt_group_norm {
        var call = mt_group_norm()
        (call.samples, call.channels) = (Int64(x.shape[0]), Int64(x.shape[1]))
        call.positions = Int64(x.shape[2...].reduce(1, *))
        call.groups = Int64(groups)
        call.channels_last = x.isChannelsLast
        (call.relu, call.epsilon) = (relu, epsilon)
        (call.x, call.weight) = (x.pointer, weight?.pointer)
        (call.mean, call.inverse) = (mean.freshPointer, inverse.freshPointer)
        return call
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        needs = needsGradient
        let x = inputs[0]
        let parameters = inputs.dropFirst().map(\.materializedIfNeeded)
        let weight = hasWeight ? parameters[0] : nil
        let wide: DType = x.dtype == .float64 ? .float64 : .float32
        let mean = Tensor(uninitialized: [x.shape[0], groups], dtype: wide)
        let inverse = Tensor(uninitialized: [x.shape[0], groups], dtype: wide)
        let y = Tensor(uninitialized: x.shape, strides: x.strides, dtype: x.dtype)
        var call = description(x, weight, mean, inverse)
        call.bias = hasBias ? parameters[parameters.count - 1].pointer : nil
        call.y = y.freshPointer
        withExtendedLifetime(parameters) { mt_group_norm_forward(x.dtype.kernel, &call) }
        if needs.contains(true) { saved = (x, relu ? y : nil, weight, mean, inverse) }
        return [y]
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        var results = [Tensor?](repeating: nil, count: needs.count)
        guard let gradient = gradients[0], let saved else { return results }
        let x = saved.x
        let g =
            gradient.strides == x.strides ? gradient : gradient.materialized(strides: x.strides)
        for i in needs.indices where needs[i] {
            results[i] =
                i == 0
                ? Tensor(uninitialized: x.shape, strides: x.strides, dtype: x.dtype)
                : Tensor(uninitialized: [x.shape[1]], dtype: saved.mean.dtype)
        }
        var call = description(x, saved.weight, saved.mean, saved.inverse)
        call.y = saved.y?.freshPointer
        call.grad = g.pointer
        call.grad_x = results[0]?.freshPointer
        call.grad_weight = hasWeight ? results[1]?.freshPointer : nil
        call.grad_bias = hasBias ? results[results.count - 1]?.freshPointer : nil
        withExtendedLifetime((g, results)) { mt_group_norm_backward(x.dtype.kernel, &call) }
        return results
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        // Sizes are the input's own, so that any batch and any image will do.
        let (type, shape) = (inputs[0].type, inputs[0].type.shape)
        let rows = TensorType(
            shape: [shape[0], groups, shape[1...].reduce(1, *) / groups], dtype: type.dtype)
        let ones = graph.constant(Tensor.ones([groups], dtype: type.dtype))
        let zeros = graph.constant(Tensor.zeros([groups], dtype: type.dtype))
        let split = graph.add(
            "Reshape", [inputs[0], graph.constant([0, groups, -1])], outputs: [rows])
        let normal = graph.add(
            "InstanceNormalization", split + [ones, zeros],
            attributes: ["epsilon": .float(Float(epsilon))], outputs: [rows])
        let whole = graph.add(
            "Shape", [inputs[0]], outputs: [TensorType(shape: [shape.count], dtype: .int64)])
        var y = graph.add("Reshape", normal + whole, outputs: outputs)
        let wide = [shape[1]] + [Int](repeating: 1, count: shape.count - 2)
        for (operation, parameter) in zip(
            (hasWeight ? ["Mul"] : []) + (hasBias ? ["Add"] : []), inputs.dropFirst())
        {
            let columns = graph.add(
                "Reshape", [parameter, graph.constant(wide)],
                outputs: [TensorType(shape: wide, dtype: type.dtype)])
            y = graph.add(operation, y + columns, outputs: outputs)
        }
        return relu ? graph.add("Relu", y, outputs: outputs) : y
    }
}
