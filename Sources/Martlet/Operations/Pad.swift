/// What is seen beyond the edges of a tensor.
public enum PaddingMode: String, Sendable, CaseIterable {
    /// Zeros.
    case zeros
    /// The elements before the edge, mirrored at the outermost one, which is not repeated.
    case reflect
    /// The outermost element.
    case replicate
    /// The elements from the other end.
    case circular
}

extension Tensor {
    /// Borders around the last dimensions: pairs (before, after), the last dimension first, as PyTorch's `pad` counts them.
    ///
    /// `.reflect` reaches one less than a dimension's size, `.circular` its size. Channels-last images stay so.
    public func pad(_ amounts: [(Int, Int)], mode: PaddingMode) -> Tensor {
        if mode == .zeros { return pad(amounts) }
        precondition(
            amounts.count <= ndim && amounts.allSatisfy { $0.0 >= 0 && $0.1 >= 0 },
            "pad: amounts \(amounts) do not fit shape \(shape)")
        var maps: [(dim: Int, taps: Taps)] = []
        var sources: [(dim: Int, entries: [Int])] = []
        for (i, amount) in amounts.enumerated() where amount != (0, 0) {
            let d = ndim - 1 - i
            let entries = mode.sources(of: shape, dim: d, before: amount.0, after: amount.1)
            maps.append((d, Taps(sources: shape[d], copying: entries)))
            sources.append((d, entries))
        }
        if maps.isEmpty { return self }
        let n = ndim
        let form: Resample.Form = { inputs, outputs, graph in
            mode == .circular
                ? ONNXPad.gather(sources, inputs[0], graph)
                : ONNXPad.pad(amounts, of: n, mode, inputs[0], outputs, graph)
        }
        return Tensor.result(Resample(name: "pad", maps: maps, form: form), self)
    }
}

extension PaddingMode {
    /// Which entry of a dimension each entry of the padded one shows.
    fileprivate func sources(of shape: [Int], dim: Int, before: Int, after: Int) -> [Int] {
        let n = shape[dim]
        let reach = self == .reflect ? n - 1 : self == .circular ? n : .max
        precondition(
            n > 0 && before <= reach && after <= reach,
            "pad: \(self) padding (\(before), \(after)) is too wide for dimension \(dim) of \(shape)"
        )
        return (-before..<n + after).map { i in
            switch self {
            case .reflect: i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i
            case .circular: (i + n) % n
            case .replicate, .zeros: Swift.min(Swift.max(i, 0), n - 1)
            }
        }
    }
}

private enum ONNXPad {
    static func pad(
        _ amounts: [(Int, Int)], of ndim: Int, _ mode: PaddingMode, _ x: ONNXValue,
        _ outputs: [TensorType], _ graph: ONNXGraph
    ) -> [ONNXValue] {
        let none = [(Int, Int)](repeating: (0, 0), count: ndim - amounts.count)
        let all = none + amounts.reversed()
        return graph.add(
            "Pad", [x, graph.constant(all.map(\.0) + all.map(\.1))],
            attributes: ["mode": .string(mode == .reflect ? "reflect" : "edge")], outputs: outputs)
    }

    /// Opset 17 has no circular padding.
    static func gather(
        _ sources: [(dim: Int, entries: [Int])], _ x: ONNXValue, _ graph: ONNXGraph
    ) -> [ONNXValue] {
        [
            sources.reduce(x) { x, source in
                var type = x.type
                type.shape[source.dim] = source.entries.count
                return graph.add(
                    "Gather", [x, graph.constant(source.entries)],
                    attributes: ["axis": .int(source.dim)], outputs: [type])[0]
            }
        ]
    }
}
