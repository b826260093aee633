/// Recurrent layers as ONNX has them: gates in another order, directions and biases in one tensor each.
struct RecurrentONNX {
    let cell: RecurrentCell
    let places: RecurrenceInputs
    let name: String

    /// Where ONNX's gates are among ours: i, o, f, c and z, r, h.
    private var order: [Int] {
        switch cell {
        case .lstm: [0, 3, 1, 2]
        case .gru: [1, 0, 2]
        case .tanh, .relu: [0]
        }
    }

    func write(_ inputs: [ONNXValue], _ outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        guard cell != .relu else {
            throw ONNXFormError(
                operation: name, reason: "activations other than tanh need a list of texts")
        }
        let (steps, batch) = (inputs[0].type.shape[0], inputs[0].type.shape[1])
        let hidden = inputs[places.weights(0) + 1].type.shape[1]
        var operands: [ONNXValue?] = [
            inputs[0], weights(0, inputs, graph), weights(1, inputs, graph),
            places.hasBias ? biases(inputs, graph) : nil,
        ]
        operands.append(
            places.hasLengths
                ? graph.add(
                    "Cast", [inputs[1]], attributes: ["to": .int(6)],
                    outputs: [TensorType(shape: [batch], dtype: .int32)])[0] : nil)
        operands += inputs[places.firstState..<(places.firstState + places.states)].map { $0 }
        while let last = operands.last, last == nil { operands.removeLast() }

        var attributes: [String: ONNXAttribute] = [
            "hidden_size": .int(hidden),
            "direction": .string(places.directions == 2 ? "bidirectional" : "forward"),
        ]
        if cell == .gru { attributes["linear_before_reset"] = .int(1) }
        let type = cell == .lstm ? "LSTM" : cell == .gru ? "GRU" : "RNN"
        let apart = TensorType(
            shape: [steps, places.directions, batch, hidden], dtype: outputs[0].dtype)
        let results = graph.add(
            type, operands, attributes: attributes, outputs: [apart] + outputs.dropFirst())
        // (T, directions, N, hidden) to (T, N, directions * hidden) for any T and N.
        let joined = graph.add(
            "Transpose", [results[0]], attributes: ["perm": .ints([0, 2, 1, 3])],
            outputs: [
                TensorType(
                    shape: [steps, batch, places.directions, hidden], dtype: outputs[0].dtype)
            ])
        let shape = graph.constant([0, 0, places.directions * hidden])
        return graph.add("Reshape", [joined[0], shape], outputs: [outputs[0]])
            + results.dropFirst()
    }

    /// Rows of a weight or bias in ONNX's order.
    private func ordered(_ value: ONNXValue, _ graph: ONNXGraph) -> ONNXValue {
        let hidden = value.type.shape[0] / cell.gates
        let rows = order.flatMap { Array(($0 * hidden)..<(($0 + 1) * hidden)) }
        return graph.add(
            "Gather", [value, graph.constant(rows)], attributes: ["axis": .int(0)],
            outputs: [value.type])[0]
    }

    /// Tensors of each direction along a new first dimension.
    private func stacked(_ values: [ONNXValue], _ graph: ONNXGraph) -> ONNXValue {
        let raised = values.map { value in
            let shape = [1] + value.type.shape
            return graph.add(
                "Reshape", [value, graph.constant(shape)],
                outputs: [TensorType(shape: shape, dtype: value.type.dtype)])[0]
        }
        guard raised.count > 1 else { return raised[0] }
        let whole = TensorType(
            shape: [raised.count] + values[0].type.shape, dtype: values[0].type.dtype)
        return graph.add("Concat", raised, attributes: ["axis": .int(0)], outputs: [whole])[0]
    }

    private func weights(_ offset: Int, _ inputs: [ONNXValue], _ graph: ONNXGraph) -> ONNXValue {
        stacked(
            (0..<places.directions).map { ordered(inputs[places.weights($0) + offset], graph) },
            graph)
    }

    private func biases(_ inputs: [ONNXValue], _ graph: ONNXGraph) -> ONNXValue {
        stacked(
            (0..<places.directions).map { direction in
                let both = [2, 3].map { ordered(inputs[places.weights(direction) + $0], graph) }
                let type = TensorType(
                    shape: [2 * both[0].type.shape[0]], dtype: both[0].type.dtype)
                return graph.add("Concat", both, attributes: ["axis": .int(0)], outputs: [type])[0]
            }, graph)
    }
}
