public import Martlet

/// One step of a recurrent layer, for loops that decide what comes next: a decoder with attention.
///
/// Steps compute in the weights' type whatever the context's precision: their products are too small to gain by less.
public class RecurrentCellLayer: Module {
    /// `(gates * hiddenSize, inputSize)`.
    public let weightIh: Parameter
    /// `(gates * hiddenSize, hiddenSize)`.
    public let weightHh: Parameter
    /// `(gates * hiddenSize)`; nil without biases.
    public let biasIh: Parameter?
    /// `(gates * hiddenSize)`; nil without biases.
    public let biasHh: Parameter?

    private let cell: RecurrentCell

    init(_ cell: RecurrentCell, _ inputSize: Int, _ hiddenSize: Int, bias: Bool) {
        precondition(
            inputSize > 0 && hiddenSize > 0,
            "\(type(of: self)): sizes must be positive, got \(inputSize) and \(hiddenSize)")
        let rows = cell.gates * hiddenSize
        let start = Initializer.fanIn(hiddenSize)
        self.cell = cell
        weightIh = Parameter([rows, inputSize], start)
        weightHh = Parameter([rows, hiddenSize], start)
        biasIh = bias ? Parameter([rows], start) : nil
        biasHh = bias ? Parameter([rows], start) : nil
    }

    func step(_ x: Tensor, _ states: (h: Tensor, c: Tensor?)?, _ context: Context) -> (
        h: Tensor, c: Tensor?
    ) {
        precondition(
            x.ndim == 2 && x.shape[1] == weightIh.shape[1],
            "\(type(of: self)): expected an input (N, \(weightIh.shape[1])), got \(x.shape)")
        let expected = [x.shape[0], weightHh.shape[1]]
        for state in [states?.h, states?.c].compactMap({ $0 }) {
            precondition(
                state.shape == expected,
                "\(type(of: self)): expected states \(expected), got \(state.shape)")
        }
        var biases: (input: Tensor, hidden: Tensor)?
        if let biasIh, let biasHh { biases = (biasIh.value, biasHh.value) }
        let weights = RecurrentWeights(
            inputHidden: weightIh.value, hiddenHidden: weightHh.value, biases: biases)
        let result = x.unsqueeze(0).recurrent(
            cell, [weights], states: states.map { ($0.h.unsqueeze(0), $0.c?.unsqueeze(0)) })
        return (result.output.squeeze(0), result.c?.squeeze(0))
    }
}

/// One step of an ``LSTM``.
public final class LSTMCell: RecurrentCellLayer {
    public init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool = true) {
        super.init(.lstm, inputSize, hiddenSize, bias: bias)
    }

    /// The states `(N, hiddenSize)` after an input `(N, inputSize)`; those before are zeros when nil.
    public func callAsFunction(
        _ x: Tensor, _ states: (h: Tensor, c: Tensor)? = nil, _ context: Context
    ) -> (h: Tensor, c: Tensor) {
        let result = step(x, states.map { ($0.h, $0.c) }, context)
        return (result.h, result.c ?? result.h)
    }
}

/// One step of a ``GRU``.
public final class GRUCell: RecurrentCellLayer {
    public init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool = true) {
        super.init(.gru, inputSize, hiddenSize, bias: bias)
    }

    /// The state `(N, hiddenSize)` after an input `(N, inputSize)`; the one before is zeros when nil.
    public func callAsFunction(_ x: Tensor, _ state: Tensor? = nil, _ context: Context) -> Tensor {
        step(x, state.map { ($0, nil) }, context).h
    }
}

/// One step of an ``RNN``.
public final class RNNCell: RecurrentCellLayer {
    /// - Parameter relu: max(., 0) in place of tanh.
    public init(_ inputSize: Int, _ hiddenSize: Int, relu: Bool = false, bias: Bool = true) {
        super.init(relu ? .relu : .tanh, inputSize, hiddenSize, bias: bias)
    }

    /// The state `(N, hiddenSize)` after an input `(N, inputSize)`; the one before is zeros when nil.
    public func callAsFunction(_ x: Tensor, _ state: Tensor? = nil, _ context: Context) -> Tensor {
        step(x, state.map { ($0, nil) }, context).h
    }
}
