internal import CKernels

/// The places of a `Recurrence`'s inputs: the sequences, perhaps lengths, the first states, and two weights and
/// perhaps two biases for each direction.
struct RecurrenceInputs {
    let directions: Int
    let hasLengths: Bool
    /// 0, 1 or (LSTM) 2.
    let states: Int
    let hasBias: Bool

    var firstState: Int { hasLengths ? 2 : 1 }
    var count: Int { weights(directions) }
    /// Where a direction's input weights are; the state's and the biases follow.
    func weights(_ direction: Int) -> Int { firstState + states + direction * (hasBias ? 4 : 2) }
}

struct Recurrence: TensorOperation {
    var isOnceDifferentiable: Bool { true }
    let cell: RecurrentCell
    let places: RecurrenceInputs
    private var saved: Saved?
    private var needs: [Bool] = []

    private struct Saved {
        let x: Tensor
        let lengths: Tensor?
        let weights: [RecurrentWeights]
        let h0: Tensor
        let c0: Tensor
        let y: Tensor
        let gates: [Tensor]
        let cells: [Tensor]
    }

    init(cell: RecurrentCell, directions: Int, hasLengths: Bool, states: Int, hasBias: Bool) {
        self.cell = cell
        places = RecurrenceInputs(
            directions: directions, hasLengths: hasLengths, states: states, hasBias: hasBias)
    }

    var name: String {
        switch cell {
        case .lstm: "lstm"
        case .gru: "gru"
        case .tanh, .relu: "rnn"
        }
    }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        needs = needsGradient
        let x = inputs[0].materializedIfNeeded
        let weights = (0..<places.directions).map { d in
            let own = inputs[places.weights(d)..<places.weights(d + 1)].map(\.materializedIfNeeded)
            return RecurrentWeights(
                inputHidden: own[0], hiddenHidden: own[1],
                biases: places.hasBias ? (own[2], own[3]) : nil)
        }
        let (steps, batch, hidden) = (x.shape[0], x.shape[1], weights[0].hiddenHidden.shape[1])
        let dtype = weights[0].hiddenHidden.dtype
        let stateShape = [places.directions, batch, hidden]
        func state(_ index: Int) -> Tensor {
            index < places.states
                ? inputs[places.firstState + index].materializedIfNeeded
                : Tensor.zeros(stateShape, dtype: dtype)
        }
        let h0 = state(0)
        let c0 = cell == .lstm ? state(1) : h0
        let lengths = places.hasLengths ? inputs[1].to(.int64).materializedIfNeeded : nil
        let y = Tensor(uninitialized: [steps, batch, places.directions * hidden], dtype: dtype)
        let hn = Tensor(uninitialized: stateShape, dtype: dtype)
        let cn = cell == .lstm ? Tensor(uninitialized: stateShape, dtype: dtype) : hn
        let gates = weights.map { projected(x, $0) }
        let cells = weights.map { _ in
            cell == .lstm ? Tensor(uninitialized: [steps, batch, hidden], dtype: dtype) : hn
        }
        let packed = weights.map { pack($0.hiddenHidden, transposed: true) }
        let bias = weights.map { weights in
            weights.biases.map { $0.hidden.slice(dim: 0, from: (cell.gates - 1) * hidden) }
                ?? Tensor.zeros([hidden], dtype: dtype)
        }
        if batch > 0 {
            let calls = weights.indices.map { d in
                var call = description(d, y, h0, c0, lengths, packed[d])
                call.hidden_bias = bias[d].pointer
                call.gates = gates[d].freshPointer
                call.c = cells[d].freshPointer
                call.hn = hn.freshPointer + d * batch * hidden * dtype.itemSize
                call.cn = cn.freshPointer + d * batch * hidden * dtype.itemSize
                return call
            }
            withExtendedLifetime((packed, bias, gates, cells, h0, c0, lengths)) {
                mt_recurrent_forward(dtype.kernel, Int64(calls.count), calls)
            }
        }
        if needsGradient.contains(true) {
            saved = Saved(
                x: x, lengths: lengths, weights: weights, h0: h0, c0: c0, y: y, gates: gates,
                cells: cells)
        }
        return cell == .lstm ? [y, hn, cn] : [y, hn]
    }

    /// What the inputs give to the gates, `(steps, batch, width)`; a GRU's last part is left open.
    private func projected(_ x: Tensor, _ weights: RecurrentWeights) -> Tensor {
        let dtype = weights.hiddenHidden.dtype
        let (rows, hidden) = (weights.hiddenHidden.shape[0], weights.hiddenHidden.shape[1])
        let gates = Tensor(
            uninitialized: [x.shape[0], x.shape[1], cell.width * hidden], dtype: dtype)
        var bias: Tensor?
        if let (input, own) = weights.biases {
            let added = cell == .gru ? own.slice(dim: 0, to: 2 * hidden) : own
            bias = input + added.pad([(0, rows - added.count)])
        }
        // As rows: where the batch is 1, its stride says nothing.
        let inputs = x.reshape([x.shape[0] * x.shape[1], x.shape[2]])
        RecurrentProduct.run(
            inputs, at: 0, weights.inputHidden.to(x.dtype), at: 0, (1, x.shape[2]),
            (inputs.shape[0], rows, x.shape[2]), bias: bias, into: gates, at: 0,
            row: cell.width * hidden, name)
        return gates
    }

    /// The state's weights as the steps read them: `transposed` for the forward pass.
    private func pack(_ weight: Tensor, transposed: Bool) -> [Tensor] {
        cell.parts(weight.shape[1]).map {
            RecurrentProduct.pack(
                weight, rows: $0.rows..<($0.rows + $0.count), transposed: transposed)
        }
    }

    /// What a direction's passes have in common.
    private func description(
        _ direction: Int, _ y: Tensor, _ h0: Tensor, _ c0: Tensor, _ lengths: Tensor?,
        _ packed: [Tensor]
    ) -> mt_recurrent {
        let (batch, hidden, item) = (h0.shape[1], h0.shape[2], y.dtype.itemSize)
        var call = mt_recurrent()
        call.cell = cell.kernel
        call.reverse = direction == 1
        call.steps = Int64(y.shape[0])
        call.batch = Int64(batch)
        call.hidden = Int64(hidden)
        call.gate_width = Int64(cell.width * hidden)
        call.lengths = lengths?.pointer.assumingMemoryBound(to: Int64.self)
        call.weights = (packed[0].pointer, packed.count > 1 ? packed[1].pointer : nil)
        call.h0 = h0.pointer + direction * batch * hidden * item
        call.c0 = c0.pointer + direction * batch * hidden * item
        call.y = y.freshPointer + direction * hidden * item
        call.y_row = Int64(y.shape[2])
        return call
    }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        var results = [Tensor?](repeating: nil, count: places.count)
        guard let saved else { return results }
        let (steps, batch) = (saved.x.shape[0], saved.x.shape[1])
        let (y, dtype) = (saved.y, saved.y.dtype)
        let (hidden, width) = (saved.h0.shape[2], cell.width * saved.h0.shape[2])
        let gradY = gradients[0]?.materializedIfNeeded ?? y.zerosLike()
        // The kernel starts from the last states' gradients and leaves the first states'.
        func state(_ gradient: Tensor?) -> Tensor {
            gradient?.materialized(strides: Shape.contiguousStrides(saved.h0.shape))
                ?? saved.h0.zerosLike()
        }
        let gradH = state(gradients[1])
        let gradC = cell == .lstm ? state(gradients[2]) : gradH
        let grads = saved.weights.map { _ in
            Tensor(uninitialized: [steps, batch, width], dtype: dtype)
        }
        let packed = saved.weights.map { pack($0.hiddenHidden, transposed: false) }
        if batch > 0 {
            let calls = saved.weights.indices.map { d in
                var call = description(d, y, saved.h0, saved.c0, saved.lengths, packed[d])
                let offset = d * batch * hidden * dtype.itemSize
                call.gates = saved.gates[d].freshPointer
                call.c = saved.cells[d].freshPointer
                call.grad_y = gradY.pointer + d * hidden * dtype.itemSize
                call.grad_gates = grads[d].freshPointer
                call.grad_h0 = gradH.freshPointer + offset
                call.grad_c0 = gradC.freshPointer + offset
                return call
            }
            withExtendedLifetime((packed, grads, gradY, gradH, gradC)) {
                mt_recurrent_backward(dtype.kernel, Int64(calls.count), calls)
            }
        }
        if places.states > 0 { results[places.firstState] = gradH }
        if places.states > 1 { results[places.firstState + 1] = gradC }
        for (d, weights) in saved.weights.enumerated() {
            let place = places.weights(d)
            let gradient = RecurrentGradient(
                cell: cell, reverse: d == 1, grads: grads[d], operands: saved.x.dtype, name: name)
            if needs[0] {
                let part = gradient.input(weights.inputHidden)
                results[0] = results[0].map { $0 + part } ?? part
            }
            if needs[place] { results[place] = gradient.inputWeights(saved.x) }
            if needs[place + 1] {
                results[place + 1] = gradient.stateWeights(
                    y, column: d * hidden, first: places.states > 0 ? saved.h0[d] : nil,
                    lengths: saved.lengths)
            }
            if places.hasBias && (needs[place + 2] || needs[place + 3]) {
                (results[place + 2], results[place + 3]) = gradient.biases()
            }
        }
        return results
    }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        try RecurrentONNX(cell: cell, places: places, name: name).write(inputs, outputs, graph)
    }
}
