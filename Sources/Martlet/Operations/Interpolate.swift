/// How values between the cells of a grid are found.
public enum InterpolationMode: String, Sendable, CaseIterable {
    /// The cell whose index is the quotient, rounded down.
    case nearest
    /// The cell whose centre is nearest.
    case nearestExact = "nearest-exact"
    /// Between two cells of `(N, C, L)`.
    case linear
    /// Between four cells of `(N, C, H, W)`.
    case bilinear
    /// Between eight cells of `(N, C, D, H, W)`.
    case trilinear
    /// Between sixteen cells of `(N, C, H, W)`, by cubic convolution with a = -0.75 (Keys 1981).
    case bicubic
    /// The mean of the cells an output covers, as in adaptive average pooling.
    case area
}

extension Tensor {
    /// `(N, C, L)`, `(N, C, H, W)` or `(N, C, D, H, W)` with other sizes (PyTorch's `interpolate`). Channels-last images stay
    /// so.
    ///
    /// - Parameters:
    ///   - size: the new sizes, one for each dimension after the channels.
    ///   - alignCorners: for the linear and cubic modes, whether the centres of the outermost cells stay in place; else
    ///     the outer edges of those cells do.
    public func interpolate(
        size: [Int], mode: InterpolationMode = .nearest, alignCorners: Bool = false
    ) -> Tensor {
        requireGrid(size.count, mode, alignCorners)
        return interpolated(to: size, factors: nil, mode, alignCorners)
    }

    /// `interpolate` to the sizes that another tensor has, which an exported graph takes from it as it runs.
    ///
    /// - Parameter other: of as many dimensions; only the sizes after the channels matter.
    public func interpolate(
        like other: Tensor, mode: InterpolationMode = .nearest, alignCorners: Bool = false
    ) -> Tensor {
        precondition(
            other.ndim == ndim,
            "interpolate: expected a tensor of as many dimensions, got \(shape) and \(other.shape)")
        requireGrid(ndim - 2, mode, alignCorners)
        return interpolated(
            to: Array(other.shape[2...]), factors: nil, mode, alignCorners, like: other)
    }

    /// `interpolate` to sizes that are multiples of the present ones, rounded down. The positions of the new cells follow
    /// from the factors, not from the sizes.
    ///
    /// - Parameter scaleFactor: one for each dimension after the channels.
    public func interpolate(
        scaleFactor: [Double], mode: InterpolationMode = .nearest, alignCorners: Bool = false
    ) -> Tensor {
        requireGrid(scaleFactor.count, mode, alignCorners)
        precondition(
            scaleFactor.allSatisfy { $0 > 0 },
            "interpolate: expected factors above 0, got \(scaleFactor)")
        let size = zip(shape[2...], scaleFactor).map { Int((Double($0) * $1).rounded(.down)) }
        return interpolated(to: size, factors: scaleFactor, mode, alignCorners)
    }

    /// `interpolate` by one factor for all dimensions after the channels.
    public func interpolate(
        scaleFactor: Double, mode: InterpolationMode = .nearest, alignCorners: Bool = false
    ) -> Tensor {
        interpolate(
            scaleFactor: [Double](repeating: scaleFactor, count: Swift.max(0, ndim - 2)),
            mode: mode, alignCorners: alignCorners)
    }

    private func requireGrid(_ count: Int, _ mode: InterpolationMode, _ alignCorners: Bool) {
        precondition(
            dtype.isFloatingPoint && (3...5).contains(ndim) && count == ndim - 2
                && (mode.dimensions ?? ndim) == ndim,
            "interpolate: \(mode) of \(dtype) \(shape) with \(count) sizes or factors; expected "
                + "(N, C, ...) with \(mode.dimensions.map { "\($0)" } ?? "3 to 5") dimensions")
        precondition(
            !alignCorners || mode.dimensions != nil,
            "interpolate: alignCorners is for the linear and cubic modes, not for \(mode)")
    }

    private func interpolated(
        to size: [Int], factors: [Double]?, _ mode: InterpolationMode, _ alignCorners: Bool,
        like other: Tensor? = nil
    ) -> Tensor {
        precondition(
            size.allSatisfy { $0 > 0 } && shape[2...].allSatisfy { $0 > 0 },
            "interpolate: expected sizes above 0, got \(shape) to \(size)")
        var maps: [(dim: Int, taps: Taps)] = []
        for (i, to) in size.enumerated() {
            let factor = mode == .area || alignCorners ? nil : factors?[i]
            if to == shape[i + 2] && (factor ?? 1) == 1 { continue }
            let grid = Grid(from: shape[i + 2], to: to, factor: factor, alignCorners: alignCorners)
            maps.append((i + 2, grid.taps(mode)))
        }
        if maps.isEmpty { return self }
        // Where it grows, rows are cheaper to work on while they are few, and columns are not.
        if size.reduce(1, *) > shape[2...].reduce(1, *) { maps.reverse() }
        let resize = ONNXResize(
            from: Array(shape[2...]), to: size, factors: factors, mode: mode,
            alignCorners: alignCorners)
        return Tensor.apply(
            Resample(name: "interpolate", maps: maps, form: resize.nodes),
            [self] + (other.map { [$0] } ?? []))[0]
    }
}

extension InterpolationMode {
    /// How many dimensions the input must have; nil for any.
    fileprivate var dimensions: Int? {
        switch self {
        case .linear: 3
        case .bilinear, .bicubic: 4
        case .trilinear: 5
        case .nearest, .nearestExact, .area: nil
        }
    }
}

/// The cells of one dimension before and after.
private struct Grid {
    let from: Int
    let to: Int
    let factor: Double?
    let alignCorners: Bool

    func taps(_ mode: InterpolationMode) -> Taps {
        var taps = Taps(sources: from)
        for i in 0..<to {
            switch mode {
            case .nearest: taps.append([(nearest(Float(i)), 1)])
            case .nearestExact: taps.append([(nearest(Float(i) + 0.5), 1)])
            case .linear, .bilinear, .trilinear: taps.append(linear(max(place(i), 0)))
            case .bicubic: taps.append(cubic(place(i)))
            case .area:
                let cells = i * from / to..<((i + 1) * from + to - 1) / to
                taps.append(cells.map { ($0, 1 / Double(cells.count)) })
            }
        }
        return taps
    }

    /// Positions are worked out in single precision, as PyTorch does: which cell is nearest may depend on it.
    private func nearest(_ position: Float) -> Int {
        let step = factor.map { Float(1 / $0) } ?? Float(from) / Float(to)
        return min(Int((position * step).rounded(.down)), from - 1)
    }

    /// Where the centre of an output cell lies among the centres of the input.
    private func place(_ i: Int) -> Double {
        if alignCorners { return to > 1 ? Double(i) * Double(from - 1) / Double(to - 1) : 0 }
        return (Double(i) + 0.5) * (factor.map { 1 / $0 } ?? Double(from) / Double(to)) - 0.5
    }

    private func linear(_ place: Double) -> [(index: Int, weight: Double)] {
        let first = min(Int(place), from - 1)
        let part = place - Double(first)
        return first + 1 < from ? [(first, 1 - part), (first + 1, part)] : [(first, 1)]
    }

    private func cubic(_ place: Double) -> [(index: Int, weight: Double)] {
        let a = -0.75
        let first = place.rounded(.down)
        let part = place - first
        func near(_ x: Double) -> Double { ((a + 2) * x - (a + 3)) * x * x + 1 }
        func far(_ x: Double) -> Double { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
        let weights = [far(part + 1), near(part), near(1 - part), far(2 - part)]
        return weights.enumerated().map { k, weight in
            (min(max(Int(first) - 1 + k, 0), from - 1), weight)
        }
    }
}

/// ONNX's form of an interpolation.
private struct ONNXResize {
    let from: [Int]
    let to: [Int]
    let factors: [Double]?
    let mode: InterpolationMode
    let alignCorners: Bool

    func nodes(
        _ inputs: [ONNXValue], _ outputs: [TensorType], _ graph: ONNXGraph
    ) throws -> [ONNXValue] {
        if mode == .area { return try means(inputs[0], outputs, graph) }
        var attributes: [String: ONNXAttribute] = [:]
        switch mode {
        case .nearest:
            attributes["mode"] = .string("nearest")
            attributes["coordinate_transformation_mode"] = .string("asymmetric")
            attributes["nearest_mode"] = .string("floor")
        case .nearestExact:
            attributes["mode"] = .string("nearest")
            attributes["coordinate_transformation_mode"] = .string("half_pixel")
            attributes["nearest_mode"] = .string("round_prefer_ceil")
        default:
            attributes["mode"] = .string(mode == .bicubic ? "cubic" : "linear")
            attributes["coordinate_transformation_mode"] = .string(
                alignCorners ? "align_corners" : "half_pixel")
            attributes["cubic_coeff_a"] = .float(-0.75)
        }
        let x = inputs[0]
        if let factors {
            let scales = graph.constant(Tensor([1, 1] + factors.map { Float($0) }))
            return graph.add("Resize", [x, nil, scales], attributes: attributes, outputs: outputs)
        }
        // The batch may be of any size: the first two sizes are the input's, the others the second input's if there is one.
        let shape = graph.add(
            "Shape", [x], attributes: ["start": .int(0), "end": .int(2)],
            outputs: [TensorType(shape: [2], dtype: .int64)])[0]
        let rest =
            inputs.count == 1
            ? graph.constant(to)
            : graph.add(
                "Shape", [inputs[1]], attributes: ["start": .int(2)],
                outputs: [TensorType(shape: [to.count], dtype: .int64)])[0]
        let sizes = graph.add(
            "Concat", [shape, rest], attributes: ["axis": .int(0)],
            outputs: [TensorType(shape: [to.count + 2], dtype: .int64)])[0]
        return graph.add("Resize", [x, nil, nil, sizes], attributes: attributes, outputs: outputs)
    }

    private func means(
        _ x: ONNXValue, _ outputs: [TensorType], _ graph: ONNXGraph
    ) throws -> [ONNXValue] {
        guard zip(from, to).allSatisfy({ $0 % $1 == 0 }) else {
            throw ONNXFormError(
                operation: "interpolate", reason: "ONNX has no means over bins of unequal sizes")
        }
        let bins = zip(from, to).map { $0 / $1 }
        return graph.add(
            "AveragePool", [x], attributes: ["kernel_shape": .ints(bins), "strides": .ints(bins)],
            outputs: outputs)
    }
}
