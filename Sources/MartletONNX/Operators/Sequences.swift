internal import Martlet

extension Operators {
    /// Operators with several outputs: recurrent layers, and parts of tensors.
    static let sequences: [String: SeveralOperator] = [
        "LSTM": { try recurrent(.lstm, $0) }, "GRU": { try recurrent(.gru, $0) },
        "RNN": { try recurrent(.tanh, $0) }, "Split": split,
    ]

    private static let split: SeveralOperator = { call in
        let x = try call.tensor(0)
        let axis = try call.axis(call.int("axis", default: 0), of: x.ndim)
        let parts = call.step.outputs.count
        if let sizes = try call.list(1) {
            try call.require(
                sizes.count == parts && sizes.allSatisfy { (0...x.shape[axis]).contains($0) }
                    && sizes.reduce(0, +) == x.shape[axis],
                "its sizes \(sizes) do not make up dimension \(axis) of \(x.shape)")
            return x.split(sizes: sizes, dim: axis)
        }
        try call.require(
            parts > 0 && x.shape[axis] % parts == 0,
            "dimension \(axis) of \(x.shape) does not divide into \(parts) parts")
        return x.split(size: x.shape[axis] / parts, dim: axis)
    }

    /// Outputs `(T, directions, N, hidden)`, the last states `(directions, N, hidden)`, and an LSTM's last cell states.
    private static func recurrent(_ cell: RecurrentCell, _ call: Call) throws -> [Tensor] {
        try call.count(3...(cell == .lstm ? 8 : 6))
        let x = try call.full(0)
        let weights = try RecurrentWeights.read(cell, call, inputs: x)
        let (directions, hidden) = (weights.count, weights[0].hiddenHidden.shape[1])
        try call.checked([x.shape[0], x.shape[1], (cell.gates + 1) * hidden * directions], x.dtype)
        let last = [directions, x.shape[1], hidden]
        let h = try call.optional(5)
        let c = cell == .lstm ? try call.optional(6) : nil
        for state in [h, c].compactMap({ $0 }) {
            try call.sameType([x, state])
            try call.require(state.shape == last, "its first states \(state.shape) are not \(last)")
        }
        if call.values.count > 7, call.values[7] != nil {
            throw call.unsupported("its cells look at their states (peepholes)")
        }
        var states: (h: Tensor, c: Tensor?)?
        if h != nil || c != nil {
            let zeros = Tensor.zeros(last, dtype: x.dtype)
            states = (h ?? zeros, cell == .lstm ? c ?? zeros : nil)
        }
        let result = x.recurrent(
            cell, weights, states: states, lengths: try call.lengths(of: x))
        let steps = result.output.reshape([x.shape[0], x.shape[1], directions, hidden])
        return [steps.permute([0, 2, 1, 3]), result.h] + (result.c.map { [$0] } ?? [])
    }
}

extension RecurrentWeights {
    /// The weights of each direction, rows in Martlet's order.
    fileprivate static func read(
        _ cell: RecurrentCell, _ call: Call, inputs x: Tensor
    ) throws -> [RecurrentWeights] {
        let (input, hidden) = (try call.full(1), try call.full(2))
        let biases = try call.optional(3)
        try call.sameType([x, input, hidden] + (biases.map { [$0] } ?? []))
        try call.require(x.ndim == 3, "its input \(x.shape) is not (T, N, size)")
        let size = try call.int("hidden_size", default: hidden.shape.last ?? 0)
        let directions = try call.directions()
        try call.require(
            size > 0 && size < 1 << 24
                && input.shape == [directions, cell.gates * size, x.shape[2]]
                && hidden.shape == [directions, cell.gates * size, size]
                && (biases.map { $0.shape == [directions, 2 * cell.gates * size] } ?? true),
            "its weights \(input.shape) and \(hidden.shape) do not fit inputs \(x.shape)")
        try call.plainCell(cell)
        let rows = Tensor(
            order(cell).flatMap { Array(($0 * size)..<(($0 + 1) * size)) })
        return (0..<directions).map { direction in
            let both = biases?[direction].split(size: cell.gates * size)
            func ordered(_ rows: Tensor, _ x: Tensor) -> Tensor { x.indexSelect(dim: 0, rows) }
            return RecurrentWeights(
                inputHidden: ordered(rows, input[direction]),
                hiddenHidden: ordered(rows, hidden[direction]),
                biases: both.map { (ordered(rows, $0[0]), ordered(rows, $0[1])) })
        }
    }

    /// Where Martlet's gates are among ONNX's: i, f, g, o in i, o, f, c and r, z, n in z, r, h.
    private static func order(_ cell: RecurrentCell) -> [Int] {
        switch cell {
        case .lstm: [0, 2, 3, 1]
        case .gru: [1, 0, 2]
        case .tanh, .relu: [0]
        }
    }
}

extension Call {
    /// 1 forward or 2.
    fileprivate func directions() throws(ONNXError) -> Int {
        switch try string("direction", default: "forward") {
        case "forward": return 1
        case "bidirectional": return 2
        case let direction: throw unsupported("goes in the direction \(direction.quoted)")
        }
    }

    /// Refuses variants of cells that Martlet has no operation for.
    fileprivate func plainCell(_ cell: RecurrentCell) throws(ONNXError) {
        try only("layout", 0)
        try only("input_forget", 0)
        guard step.attributes["clip"] == nil, step.attributes["activations"] == nil else {
            throw unsupported("its attributes 'clip' and 'activations' are not the defaults")
        }
        if cell == .gru {
            guard try int("linear_before_reset", default: 0) == 1 else {
                throw unsupported("its attribute 'linear_before_reset' is not 1")
            }
        }
    }

    /// How many steps each row of `(T, N, size)` has; nil for all.
    fileprivate func lengths(of x: Tensor) throws(ONNXError) -> Tensor? {
        guard let lengths = try optional(4) else { return nil }
        guard lengths.dtype == .int32 || lengths.dtype == .int64, lengths.shape == [x.shape[1]]
        else { throw damaged("its lengths \(lengths.shape) are no integers [\(x.shape[1])]") }
        for length in lengths.array(as: Int.self) where length < 1 || length > x.shape[0] {
            throw damaged("the length \(length) is outside 1 ... \(x.shape[0])")
        }
        return lengths
    }
}
