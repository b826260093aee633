internal import Martlet

extension Operators {
    /// Products, convolutions, pooling and normalisation.
    static let layers: [String: Operator] = [
        "MatMul": matMul, "Gemm": gemm, "Conv": convolution, "MaxPool": maxPool,
        "AveragePool": averagePool, "BatchNormalization": batchNorm,
        "InstanceNormalization": instanceNorm, "LayerNormalization": layerNorm,
        "GlobalAveragePool": { call in
            let x = try call.images(0)
            return x.ndim == 4 ? x.adaptiveAvgPool2d((1, 1)) : x.adaptiveAvgPool3d((1, 1, 1))
        },
        "GlobalMaxPool": { call in
            let x = try call.images(0)
            return x.ndim == 4 ? x.adaptiveMaxPool2d((1, 1)) : x.adaptiveMaxPool3d((1, 1, 1))
        },
    ]

    private static let matMul: Operator = { call in
        let (a, b) = (try call.full(0), try call.full(1))
        try call.sameType([a, b])
        try call.require(a.ndim > 0 && b.ndim > 0, "multiplies numbers, not matrices")
        let inner = b.ndim == 1 ? b.shape[0] : b.shape[b.ndim - 2]
        try call.require(
            a.shape[a.ndim - 1] == inner, "matrices \(a.shape) and \(b.shape) do not fit")
        let lead = try call.broadcast(
            [Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2))], a.dtype)
        let rows = a.ndim > 1 ? [a.shape[a.ndim - 2]] : []
        let columns = b.ndim > 1 ? [b.shape[b.ndim - 1]] : []
        try call.checked(lead + rows + columns, a.dtype)
        // One matrix for all is used as it is; several that repeat are written out.
        for operand in [a, b] {
            let own = Array(operand.shape.dropLast(2))
            if own != lead && own.contains(where: { $0 > 1 }) {
                try call.checked(lead + operand.shape.suffix(2), a.dtype)
            }
        }
        return a.contiguous().matmul(b.contiguous())
    }

    private static let gemm: Operator = { call in
        var (a, b) = (try call.full(0), try call.full(1))
        try call.sameType([a, b])
        try call.require(
            a.ndim == 2 && b.ndim == 2, "multiplies \(a.shape) and \(b.shape), not matrices")
        if try call.flag("transA") { a = a.transpose(0, 1) }
        if try call.flag("transB") { b = b.transpose(0, 1) }
        try call.require(
            a.shape[1] == b.shape[0], "matrices \(a.shape) and \(b.shape) do not fit")
        let shape = try call.checked([a.shape[0], b.shape[1]], a.dtype)
        let alpha = try call.float("alpha", default: 1)
        let beta = try call.float("beta", default: 1)
        var result = a.matmul(b)
        if alpha != 1 { result = result * alpha }
        guard let c = try call.optional(2) else { return result }
        try call.sameType([a, c])
        try call.require(
            try call.broadcast([shape, c.shape], c.dtype) == shape,
            "its third input \(c.shape) does not fit \(shape)")
        return result + (beta == 1 ? c : c * beta)
    }

    private static let convolution: Operator = { call in
        try call.count(2...3)
        let x = try call.images(0)
        let weight = try call.full(1)
        let bias = try call.optional(2)
        try call.sameType([x, weight] + (bias.map { [$0] } ?? []))
        try call.require(
            weight.ndim == x.ndim, "its weights \(weight.shape) do not fit its input \(x.shape)")
        let kernel = Array(weight.shape[2...])
        let window = try call.window(kernel: kernel)
        let groups = try call.int("group", default: 1)
        try call.require(
            groups > 0 && groups <= weight.shape[0] && weight.shape[0] % groups == 0
                && x.shape[1] % groups == 0 && x.shape[1] / groups == weight.shape[1],
            "input \(x.shape) and weights \(weight.shape) do not fit in \(groups) group(s)")
        if let bias {
            try call.require(
                bias.shape == [weight.shape[0]],
                "its bias \(bias.shape) does not fit weights \(weight.shape)")
        }
        let (stride, dilation, pads) = (window.stride, window.dilation, window.pads)
        let rooms = kernel.indices.map { d in
            x.shape[2 + d] + pads[d] + pads[kernel.count + d] - dilation[d] * (kernel[d] - 1) - 1
        }
        try call.require(
            rooms.allSatisfy { $0 >= 0 }, "a kernel of \(kernel) does not fit into \(x.shape)")
        let sizes = zip(rooms, stride).map { $0 / $1 + 1 }
        try call.checked([x.shape[0], weight.shape[0]] + sizes, x.dtype)
        // In double precision the patches of an image are written out.
        if x.dtype == .float64 { try call.checked(sizes + weight.shape[1...], x.dtype) }
        if kernel.count == 2 {
            var geometry = ConvolutionGeometry(
                stride: (stride[0], stride[1]), dilation: (dilation[0], dilation[1]),
                groups: groups)
            geometry.padding = (pads[0], pads[1], pads[2], pads[3])
            return x.conv2d(weight, bias: bias, geometry)
        }
        guard pads[..<3] == pads[3...] else {
            throw call.unsupported("pads \(pads) of three dimensions are uneven")
        }
        let geometry = VolumeGeometry(
            stride: (stride[0], stride[1], stride[2]), padding: (pads[0], pads[1], pads[2]),
            dilation: (dilation[0], dilation[1], dilation[2]), groups: groups)
        return x.conv3d(weight, bias: bias, geometry)
    }

    private static let maxPool: Operator = { call in
        try call.only("storage_order", 0)
        return try call.pool { x, window, ceil in
            let (kernel, stride, pads) = (window.kernel, window.stride, window.pads)
            guard kernel.count == 3 else { return x.maxPool2d(window.pooling(ceil)) }
            return x.maxPool3d(
                kernel: (kernel[0], kernel[1], kernel[2]),
                stride: (stride[0], stride[1], stride[2]), padding: (pads[0], pads[1], pads[2]),
                dilation: (window.dilation[0], window.dilation[1], window.dilation[2]),
                ceilMode: ceil)
        }
    }

    private static let averagePool: Operator = { call in
        let countsPadding = try call.flag("count_include_pad")
        try call.require(call.step.attributes["dilations"] == nil, "has no dilations in opset 17")
        return try call.pool { x, window, ceil in
            let (kernel, stride, pads) = (window.kernel, window.stride, window.pads)
            guard kernel.count == 3 else {
                return x.avgPool2d(window.pooling(ceil), countIncludePad: countsPadding)
            }
            return x.avgPool3d(
                kernel: (kernel[0], kernel[1], kernel[2]),
                stride: (stride[0], stride[1], stride[2]), padding: (pads[0], pads[1], pads[2]),
                ceilMode: ceil, countIncludePad: countsPadding)
        }
    }

    private static let instanceNorm: Operator = { call in
        try call.count(3...3)
        let (x, scale, bias) = (try call.full(0), try call.full(1), try call.full(2))
        try call.sameType([x, scale, bias])
        try call.require(
            x.ndim >= 3 && scale.shape == [x.shape[1]] && bias.shape == [x.shape[1]],
            "its scale \(scale.shape) and bias \(bias.shape) do not fit \(x.shape)")
        return x.instanceNorm(
            weight: scale, bias: bias, epsilon: try call.float("epsilon", default: 1e-5))
    }

    private static let layerNorm: Operator = { call in
        try call.count(2...3)
        let x = try call.full(0)
        let axis = try call.axis(call.int("axis", default: -1), of: x.ndim)
        let shape = Array(x.shape[axis...])
        let parameters = [try call.full(1), try call.optional(2)].compactMap { $0 }
        try call.sameType([x] + parameters)
        for parameter in parameters {
            try call.require(
                parameter.shape == shape,
                "its scale or bias \(parameter.shape) does not fit \(x.shape)")
        }
        return x.layerNorm(
            shape, weight: parameters[0], bias: parameters.count > 1 ? parameters[1] : nil,
            epsilon: try call.float("epsilon", default: 1e-5))
    }

    private static let batchNorm: Operator = { call in
        try call.count(5...5)
        let x = try call.full(0)
        try call.only("training_mode", 0)
        try call.require(x.ndim >= 2, "its input \(x.shape) has no channels")
        guard (2...4).contains(x.ndim) else {
            throw call.unsupported("its input has \(x.ndim) dimensions, not 2 to 4")
        }
        let parameters = try (1...4).map { try call.full($0) }
        try call.sameType([x] + parameters)
        for (name, parameter) in zip(["scale", "bias", "mean", "variance"], parameters) {
            try call.require(
                parameter.shape == [x.shape[1]],
                "its \(name) \(parameter.shape) does not fit \(x.shape)")
        }
        return x.batchNorm(
            mean: parameters[2], variance: parameters[3], weight: parameters[0],
            bias: parameters[1], epsilon: try call.float("epsilon", default: 1e-5))
    }
}

/// How a window moves, as attributes give it: a number for each dimension.
private struct Window {
    let kernel: [Int]
    let stride: [Int]
    let dilation: [Int]
    /// Before the input in each dimension, then after it.
    let pads: [Int]

    /// Of images.
    func pooling(_ ceilMode: Bool) -> PoolingGeometry {
        PoolingGeometry(
            kernel: (kernel[0], kernel[1]), stride: (stride[0], stride[1]),
            padding: (pads[0], pads[1]), dilation: (dilation[0], dilation[1]), ceilMode: ceilMode)
    }
}

extension Call {
    /// An input `(N, C, H, W)` or `(N, C, D, H, W)`.
    fileprivate func images(_ index: Int) throws(ONNXError) -> Tensor {
        let x = try full(index)
        guard x.ndim == 4 || x.ndim == 5 else {
            throw unsupported(
                "its input \(index) is \(x.shape), not (N, C, H, W) or (N, C, D, H, W)")
        }
        return x
    }

    fileprivate func window(kernel: [Int]) throws(ONNXError) -> Window {
        guard try string("auto_pad", default: "NOTSET") == "NOTSET" else {
            throw unsupported("its attribute 'auto_pad' is not NOTSET")
        }
        let named = try ints("kernel_shape")
        try require(
            named == nil || named == kernel, "its kernel_shape does not fit weights of \(kernel)")
        // 2^20 keeps all arithmetic on sizes far from overflow.
        let (n, ones) = (kernel.count, [Int](repeating: 1, count: kernel.count))
        return Window(
            kernel: kernel,
            stride: try sizes("strides", count: n, in: 1...1 << 20, default: ones),
            dilation: try sizes("dilations", count: n, in: 1...1 << 20, default: ones),
            pads: try sizes(
                "pads", count: 2 * n, in: 0...1 << 20,
                default: [Int](repeating: 0, count: 2 * n)))
    }

    fileprivate func pool(
        _ body: (_ x: Tensor, _ window: Window, _ ceilMode: Bool) -> Tensor
    ) throws -> Tensor {
        try count(1...1)
        let x = try images(0)
        let n = x.ndim - 2
        let kernel = try sizes("kernel_shape", count: n, in: 1...1 << 20, default: [])
        let window = try window(kernel: kernel)
        let (dilation, pads) = (window.dilation, window.pads)
        guard pads[..<n] == pads[n...], zip(pads, kernel).allSatisfy({ $0 * 2 <= $1 }) else {
            throw unsupported("pads \(pads) are uneven, or more than half of the kernel \(kernel)")
        }
        let padded = kernel.indices.map { x.shape[2 + $0] + 2 * pads[$0] }
        let fits = kernel.indices.allSatisfy { padded[$0] > dilation[$0] * (kernel[$0] - 1) }
        try require(fits, "a window of \(kernel) does not fit into \(x.shape)")
        try checked(Array(x.shape[..<2]) + padded, x.dtype)
        return body(x, window, try flag("ceil_mode"))
    }
}
