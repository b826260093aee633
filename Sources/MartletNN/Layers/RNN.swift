public import Martlet

/// What recurrent layers share: parameters named as PyTorch names them (`weight_ih_l0`, `bias_hh_l1_reverse`), several
/// layers, two directions, dropout between layers.
public class RecurrentLayer: Module {
    private let options: Options
    /// Of each layer, of each direction.
    private let parts: [[Part]]

    struct Options {
        let cell: RecurrentCell
        let inputSize: Int
        let hiddenSize: Int
        let layers: Int
        let bias: Bool
        let batchFirst: Bool
        let dropout: Double
        let bidirectional: Bool
    }

    private struct Part {
        let suffix: String
        let inputHidden: Parameter
        let hiddenHidden: Parameter
        let biases: (input: Parameter, hidden: Parameter)?

        var weights: RecurrentWeights {
            RecurrentWeights(
                inputHidden: inputHidden.value, hiddenHidden: hiddenHidden.value,
                biases: biases.map { ($0.input.value, $0.hidden.value) })
        }
    }

    init(_ options: Options) {
        let (hidden, layers) = (options.hiddenSize, options.layers)
        precondition(
            options.inputSize > 0 && hidden > 0 && layers > 0,
            "\(type(of: self)): expected positive sizes, got input \(options.inputSize), hidden "
                + "\(hidden), layers \(layers)")
        precondition(
            options.dropout >= 0 && options.dropout <= 1,
            "\(type(of: self)): dropout: expected a probability, got \(options.dropout)")
        self.options = options
        let directions = options.bidirectional ? 2 : 1
        let rows = options.cell.gates * hidden
        let start = Initializer.fanIn(hidden)
        parts = (0..<layers).map { layer in
            (0..<directions).map { direction in
                let size = layer == 0 ? options.inputSize : directions * hidden
                return Part(
                    suffix: "_l\(layer)" + (direction == 1 ? "_reverse" : ""),
                    inputHidden: Parameter([rows, size], start),
                    hiddenHidden: Parameter([rows, hidden], start),
                    biases: options.bias
                        ? (Parameter([rows], start), Parameter([rows], start)) : nil)
            }
        }
    }

    public var members: [Member] {
        parts.joined().flatMap { part in
            var result = [
                Member("weight_ih" + part.suffix, part.inputHidden),
                Member("weight_hh" + part.suffix, part.hiddenHidden),
            ]
            if let biases = part.biases {
                result.append(Member("bias_ih" + part.suffix, biases.input))
                result.append(Member("bias_hh" + part.suffix, biases.hidden))
            }
            return result
        }
    }

    /// What the subclasses' calls have in common: the outputs of the last layer and the last states of every layer and
    /// direction, of an LSTM with its cell states.
    package func run(
        _ x: Tensor, states: (h: Tensor, c: Tensor?)?, lengths: Tensor?, _ context: Context
    ) -> (output: Tensor, h: Tensor, c: Tensor?) {
        precondition(
            x.ndim == 3 && x.shape[2] == options.inputSize,
            "\(type(of: self)): expected an input "
                + (options.batchFirst ? "(N, T, " : "(T, N, ") + "\(options.inputSize)), got "
                + "\(x.shape)")
        var y = options.batchFirst ? x.transpose(0, 1) : x
        let directions = parts[0].count
        let expected = [parts.count * directions, y.shape[1], options.hiddenSize]
        for state in [states?.h, states?.c].compactMap({ $0 }) {
            precondition(
                state.shape == expected,
                "\(type(of: self)): expected states \(expected), got \(state.shape)")
        }
        var h: [Tensor] = []
        var c: [Tensor] = []
        for (layer, part) in parts.enumerated() {
            func own(_ state: Tensor) -> Tensor {
                state.narrow(dim: 0, start: layer * directions, length: directions)
            }
            let result = y.recurrent(
                options.cell, part.map(\.weights),
                states: states.map { (own($0.h), $0.c.map(own)) },
                lengths: lengths, precision: context.precision)
            y = result.output
            if context.isTraining && layer + 1 < parts.count {
                y = y.dropout(options.dropout, generator: &context.generator)
            }
            h.append(result.h)
            if let cell = result.c { c.append(cell) }
        }
        return (
            options.batchFirst ? y.transpose(0, 1) : y, Tensor.cat(h),
            c.isEmpty ? nil : Tensor.cat(c)
        )
    }
}

/// Long short-term memory over sequences (Hochreiter and Schmidhuber 1997; with forget gates, Gers et al. 2000).
public final class LSTM: RecurrentLayer {
    /// - Parameters:
    ///   - bidirectional: a second half of each layer goes backwards in time; outputs are twice as wide.
    ///   - dropout: of the outputs of each layer but the last, in training.
    public init(
        _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, bias: Bool = true,
        batchFirst: Bool = false, dropout: Double = 0, bidirectional: Bool = false
    ) {
        super.init(
            Options(
                cell: .lstm, inputSize: inputSize, hiddenSize: hiddenSize, layers: numLayers,
                bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional))
    }

    /// - Parameters:
    ///   - x: `(T, N, inputSize)`, or `(N, T, inputSize)` with `batchFirst`.
    ///   - states: the first hidden and cell states, each `(numLayers * directions, N, hiddenSize)`; zeros when nil.
    ///   - lengths: integers `(N)` in 1 ... T: the steps of each row that count, as PyTorch's packed sequences have it.
    ///     Outputs beyond are 0, last states are those at a row's own end, where the backward direction starts.
    /// - Returns: the outputs of the last layer `(T, N, directions * hiddenSize)`, or batch first, and the last states
    ///   of every layer and direction.
    public func callAsFunction(
        _ x: Tensor, states: (h: Tensor, c: Tensor)? = nil, lengths: Tensor? = nil,
        _ context: Context
    ) -> (output: Tensor, h: Tensor, c: Tensor) {
        let result = run(x, states: states.map { ($0.h, $0.c) }, lengths: lengths, context)
        return (result.output, result.h, result.c ?? result.h)
    }
}

/// Gated recurrent units over sequences (Cho et al. 2014), the reset gate after the product as in PyTorch.
public final class GRU: RecurrentLayer {
    /// - Parameters:
    ///   - bidirectional: a second half of each layer goes backwards in time; outputs are twice as wide.
    ///   - dropout: of the outputs of each layer but the last, in training.
    public init(
        _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, bias: Bool = true,
        batchFirst: Bool = false, dropout: Double = 0, bidirectional: Bool = false
    ) {
        super.init(
            Options(
                cell: .gru, inputSize: inputSize, hiddenSize: hiddenSize, layers: numLayers,
                bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional))
    }

    /// Outputs `(T, N, directions * hiddenSize)` and last states `(numLayers * directions, N, hiddenSize)`, as ``LSTM``.
    public func callAsFunction(
        _ x: Tensor, state: Tensor? = nil, lengths: Tensor? = nil, _ context: Context
    ) -> (output: Tensor, h: Tensor) {
        let result = run(x, states: state.map { ($0, nil) }, lengths: lengths, context)
        return (result.output, result.h)
    }
}

/// Plain recurrent units over sequences (Elman 1990): tanh or ReLU of what input and state give.
public final class RNN: RecurrentLayer {
    /// - Parameters:
    ///   - relu: max(., 0) in place of tanh.
    ///   - bidirectional: a second half of each layer goes backwards in time; outputs are twice as wide.
    ///   - dropout: of the outputs of each layer but the last, in training.
    public init(
        _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, relu: Bool = false,
        bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
        bidirectional: Bool = false
    ) {
        super.init(
            Options(
                cell: relu ? .relu : .tanh, inputSize: inputSize, hiddenSize: hiddenSize,
                layers: numLayers, bias: bias, batchFirst: batchFirst, dropout: dropout,
                bidirectional: bidirectional))
    }

    /// Outputs `(T, N, directions * hiddenSize)` and last states `(numLayers * directions, N, hiddenSize)`, as ``LSTM``.
    public func callAsFunction(
        _ x: Tensor, state: Tensor? = nil, lengths: Tensor? = nil, _ context: Context
    ) -> (output: Tensor, h: Tensor) {
        let result = run(x, states: state.map { ($0, nil) }, lengths: lengths, context)
        return (result.output, result.h)
    }
}
