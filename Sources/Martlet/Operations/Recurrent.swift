internal import CKernels

/// What a recurrent layer does with its input and its state at each step.
public enum RecurrentCell: Sendable {
    /// Long short-term memory (Hochreiter and Schmidhuber 1997); gates i, f, g, o.
    case lstm
    /// The gated recurrent unit (Cho et al. 2014) as PyTorch has it; gates r, z, n.
    case gru
    /// tanh(W x + b + V h + c).
    case tanh
    /// max(W x + b + V h + c, 0).
    case relu

    /// How many rows of the weights a hidden unit has.
    public var gates: Int {
        switch self {
        case .lstm: 4
        case .gru: 3
        case .tanh, .relu: 1
        }
    }

    /// Numbers that are kept for each hidden unit: a GRU's state has a part of its own in n.
    var width: Int { self == .gru ? 4 : gates }

    var kernel: mt_cell {
        switch self {
        case .lstm: MT_LSTM
        case .gru: MT_GRU
        case .tanh: MT_RNN_TANH
        case .relu: MT_RNN_RELU
        }
    }

    /// What the state is multiplied with, as rows of its weights and where their products go.
    func parts(_ hidden: Int) -> [(rows: Int, count: Int, offset: Int)] {
        self == .gru
            ? [(0, 2 * hidden, 0), (2 * hidden, hidden, 3 * hidden)] : [(0, gates * hidden, 0)]
    }
}

/// The weights of one direction of a recurrent layer, rows in the order of the cell's gates.
public struct RecurrentWeights {
    /// Of the input, `(gates * hidden, input)`.
    public var inputHidden: Tensor
    /// Of the state, `(gates * hidden, hidden)`.
    public var hiddenHidden: Tensor
    /// Beside each of them, `(gates * hidden)`; nil for none.
    public var biases: (input: Tensor, hidden: Tensor)?

    public init(
        inputHidden: Tensor, hiddenHidden: Tensor, biases: (input: Tensor, hidden: Tensor)? = nil
    ) {
        self.inputHidden = inputHidden
        self.hiddenHidden = hiddenHidden
        self.biases = biases
    }
}

extension Tensor {
    /// One recurrent layer over whole sequences, time first.
    ///
    /// The products with the input are one product over all steps, and a thread takes rows of the batch through all
    /// steps. A row's results are the same bits in any batch, except that in bfloat16 the product with the input may differ
    /// in the last one.
    ///
    /// - Parameters:
    ///   - weights: one direction, or two: the second goes backwards in time.
    ///   - states: `(directions, N, hidden)`, and the cell states of an LSTM; zeros when nil.
    ///   - lengths: integers `(N)` in 1 ... T: how many steps each row has. Beyond them outputs are 0; last states are
    ///     those at a row's own end, where the backward direction starts.
    ///   - precision: `.bfloat16` computes the products over all steps in bfloat16; steps and states stay float32.
    /// - Returns: for an input `(T, N, input)` the outputs `(T, N, directions * hidden)`, the last states
    ///   `(directions, N, hidden)`, and the last cell states of an LSTM.
    public func recurrent(
        _ cell: RecurrentCell, _ weights: [RecurrentWeights],
        states: (h: Tensor, c: Tensor?)? = nil, lengths: Tensor? = nil,
        precision: Precision = .float32
    ) -> (output: Tensor, h: Tensor, c: Tensor?) {
        if weights.first?.inputHidden.dtype.isHalf == true {
            return wideRecurrent(cell, weights, states: states, lengths: lengths)
        }
        requireRecurrent(cell, weights)
        let (steps, batch) = (shape[0], shape[1])
        let hidden = weights[0].hiddenHidden.shape[1]
        let dtype = weights[0].inputHidden.dtype
        var inputs = [precision.input(self, weights[0].inputHidden)]
        if let lengths {
            precondition(
                lengths.shape == [batch] && !lengths.dtype.isFloatingPoint,
                "recurrent: expected integer lengths [\(batch)], got \(lengths.dtype) "
                    + "\(lengths.shape)")
            for (row, length) in lengths.array(as: Int.self).enumerated() {
                precondition(
                    length >= 1 && length <= steps,
                    "recurrent: length \(length) of row \(row) is outside 1 ... \(steps)")
            }
            inputs.append(lengths)
        }
        let given = states.map { cell == .lstm ? [$0.h, $0.c].compactMap { $0 } : [$0.h] } ?? []
        precondition(
            given.isEmpty || given.count == (cell == .lstm ? 2 : 1),
            "recurrent: an LSTM starts from states and cell states, only states were given")
        for state in given {
            precondition(
                state.shape == [weights.count, batch, hidden],
                "recurrent: expected states \([weights.count, batch, hidden]) for an input \(shape), "
                    + "got \(state.shape)")
        }
        inputs += given.map { $0.to(dtype) }
        for direction in weights {
            inputs += [direction.inputHidden, direction.hiddenHidden]
            if let biases = direction.biases { inputs += [biases.input, biases.hidden] }
        }
        let operation = Recurrence(
            cell: cell, directions: weights.count, hasLengths: lengths != nil, states: given.count,
            hasBias: weights[0].biases != nil)
        let outputs = Tensor.apply(operation, inputs)
        return (outputs[0], outputs[1], cell == .lstm ? outputs[2] : nil)
    }

    /// With weights of a half type: in float32, and the results rounded once.
    private func wideRecurrent(
        _ cell: RecurrentCell, _ weights: [RecurrentWeights], states: (h: Tensor, c: Tensor?)?,
        lengths: Tensor?
    ) -> (output: Tensor, h: Tensor, c: Tensor?) {
        let dtype = weights[0].inputHidden.dtype
        let wide = weights.map { own in
            RecurrentWeights(
                inputHidden: own.inputHidden.to(.float32),
                hiddenHidden: own.hiddenHidden.to(.float32),
                biases: own.biases.map { ($0.input.to(.float32), $0.hidden.to(.float32)) })
        }
        let result = to(.float32).recurrent(
            cell, wide, states: states.map { ($0.h.to(.float32), $0.c?.to(.float32)) },
            lengths: lengths)
        return (result.output.to(dtype), result.h.to(dtype), result.c?.to(dtype))
    }

    private func requireRecurrent(_ cell: RecurrentCell, _ weights: [RecurrentWeights]) {
        precondition(
            ndim == 3 && shape[0] > 0 && dtype.isFloatingPoint,
            "recurrent: expected a floating-point input (T, N, input) of at least 1 step, got \(dtype) "
                + "\(shape)")
        precondition(
            weights.count == 1 || weights.count == 2,
            "recurrent: expected the weights of 1 or 2 directions, got \(weights.count)")
        let hidden = weights[0].hiddenHidden.shape.last ?? 0
        let rows = cell.gates * hidden
        let dtype = weights[0].inputHidden.dtype
        precondition(
            dtype == .float32 || dtype == .float64,
            "recurrent: expected weights of a floating-point type, got \(dtype)")
        for direction in weights {
            precondition(
                direction.inputHidden.shape == [rows, shape[2]]
                    && direction.hiddenHidden.shape == [rows, hidden],
                "recurrent: expected weights \([rows, shape[2]]) and \([rows, hidden]) for an input "
                    + "\(shape), got \(direction.inputHidden.shape) and "
                    + "\(direction.hiddenHidden.shape)")
            precondition(
                (direction.biases == nil) == (weights[0].biases == nil),
                "recurrent: give biases to both directions or to none")
            for bias in [direction.biases?.input, direction.biases?.hidden].compactMap({ $0 }) {
                precondition(
                    bias.shape == [rows],
                    "recurrent: expected biases [\(rows)], got \(bias.shape)")
            }
        }
    }
}
