public import Martlet
public import MartletNN

/// What `exportONNX` wrote.
public struct ONNXExport: Sendable, Equatable {
    /// The size of the file.
    public let bytes: Int
    /// The number of nodes in the graph.
    public let nodes: Int
    /// The greatest absolute difference between the model's outputs and the written graph's.
    public let greatestDifference: Float
}

/// Writes a model as an ONNX file (opset 17) that takes any batch size.
///
/// The graph is what the model does with an example in inference. The written file is read back and run
/// on random inputs, at batch sizes 1 and 3, and only takes the target's place if its outputs are the model's.
///
/// ```swift
/// try exportONNX(model, inputShape: [1, 1, 28, 28], to: "digits.onnx", metadata: ["task": "digits"])
/// ```
///
/// - Parameters:
///   - model: a layer from `(N, ...)` to `(N, ...)`, in float32.
///   - inputShape: the shape of an input, `[1, 3, 32, 32]`; its first size, the batch, is left open.
///   - path: the file to write. What is there stays untouched until the new file is complete.
///   - input: the name of the graph's input.
///   - output: the name of the graph's output.
///   - metadata: text by key, kept in the file.
///   - tolerance: the greatest absolute difference to accept, relative for values beyond 1.
/// - Throws: `ONNXFormError` for an operation that ONNX cannot express, `ONNXError` where the file cannot be
///   written or does not compute what the model computes.
/// - Returns: figures about the file.
@discardableResult
public func exportONNX(
    _ model: some Layer, inputShape: [Int], to path: String, input: String = "input",
    output: String = "logits", metadata: [String: String] = [:], tolerance: Float = 1e-4
) throws -> ONNXExport {
    try exportONNX(
        model, inputShape: inputShape, to: path, input: input, outputs: [ONNXOutput(output)],
        metadata: metadata, tolerance: tolerance
    ) { [model.forward($0, .inference)] }
}

/// An output of a graph to be written.
public struct ONNXOutput: Sendable, Equatable {
    /// The name by which its value is returned.
    public let name: String
    /// What its first dimension counts. Where it is not the batch, inputs decide how large it is.
    public let counting: String

    /// An output with a row for each element of the batch, if nothing else is said.
    public init(_ name: String, counting: String = ONNXOutput.batch) {
        self.name = name
        self.counting = counting
    }

    /// What the first dimension of inputs counts.
    public static let batch = "batch"
}

/// Writes what a model does with an input as an ONNX file (opset 17) that takes any batch size, and inputs of other sizes too
/// where a second shape shows which may differ.
///
/// What was said of layers holds: the written file is read back and run on random inputs, at two batch sizes and at every
/// shape given.
///
/// - Parameters:
///   - model: whose weights the file holds.
///   - inputShape: the shape of an input, `[1, 3, 256, 256]`; its first size, the batch, is left open.
///   - otherShape: an input's shape too: sizes that differ are left open.
///   - path: the file to write. What is there stays untouched until the new file is complete.
///   - input: the name of the graph's input.
///   - outputs: what the results are called, in order.
///   - metadata: text by key, kept in the file.
///   - tolerance: the greatest absolute difference to accept, relative for values beyond 1.
///   - run: what is written down, in inference.
/// - Throws: as for layers; `ONNXError` too where the graph depends on a size that is to be left open.
/// - Returns: figures about the file.
@discardableResult
public func exportONNX(
    _ model: some Module, inputShape: [Int], otherShape: [Int]? = nil, to path: String,
    input: String = "input", outputs: [ONNXOutput], metadata: [String: String] = [:],
    tolerance: Float = 1e-4, _ run: (Tensor) -> [Tensor]
) throws -> ONNXExport {
    try exportONNX(
        model, inputs: GraphInputs(input, shape: inputShape, otherShape: otherShape), to: path,
        outputs: outputs, metadata: metadata, tolerance: tolerance
    ) { run($0[0]) }
}

/// Writes what a model does with several inputs as an ONNX file (opset 17), their open sizes left open.
///
/// What was said of layers holds: the written file is read back and run on examples of the inputs, at two batch sizes and
/// at every kind of sizes there is.
///
/// - Parameters:
///   - model: whose weights the file holds.
///   - inputs: what the inputs are called, which of their sizes are open, and examples of them.
///   - path: the file to write. What is there stays untouched until the new file is complete.
///   - outputs: what the results are called, in order.
///   - metadata: text by key, kept in the file.
///   - tolerance: the greatest absolute difference to accept, relative for values beyond 1.
///   - run: what is written down, in inference.
/// - Throws: as for layers; `ONNXError` too where the graph depends on a size that is to be left open.
/// - Returns: figures about the file.
@discardableResult
public func exportONNX(
    _ model: some Module, inputs: GraphInputs, to path: String, outputs: [ONNXOutput],
    metadata: [String: String] = [:], tolerance: Float = 1e-4, _ run: ([Tensor]) -> [Tensor]
) throws -> ONNXExport {
    let names = inputs.ports.map(\.name) + outputs.map(\.name)
    precondition(
        Set(names).count == names.count,
        "exportONNX: inputs and outputs need names of their own, got \(names)")
    // A size that hardly any layer has, so that it is recognised where it turns up in shapes.
    let batch = 11
    let examples = (0..<inputs.kinds).map { inputs.example(batch: batch, kind: $0) }
    let traces = try examples.map { example in
        try Trace.onnx(
            inputs: zip(inputs.ports, example).map { ($0.name, $1) }, batchSize: batch,
            named: model.stateDict(), run)
    }
    let trace = traces[0]
    precondition(
        trace.results.count == outputs.count,
        "exportONNX: \(outputs.count) outputs are named, but there are \(trace.results.count)")
    for (result, output) in zip(trace.results, outputs)
    where output.counting == ONNXOutput.batch && result.shape.first != batch {
        throw ONNXError(
            .unsupported, "the output \(result.shape) does not begin with the batch of \(batch)",
            file: path)
    }

    do {
        var writer = GraphWriter(trace.graph)
        if traces.count > 1 {
            try writer.open(
                likewise: traces[1].graph, weights: Set(model.stateDict().map(\.name)))
        }
        for (port, example) in zip(inputs.ports, examples[0]) {
            writer.addInput(port.name, example.type, port.sizes)
        }
        for (index, output) in outputs.enumerated() {
            let value = trace.outputs[index]
            let other = traces.last?.results[index].shape
            writer.addOutput(
                output.name, value, open(value.type.shape, other, counting: output))
        }
        let data = try writer.serialized(metadata: metadata, file: path)
        var difference: Float = 0
        try File.write(data, to: path) { temporary in
            do {
                let written = try ONNXModel(contentsOf: temporary)
                for kind in 0..<inputs.kinds {
                    for batch in [1, 3] {
                        difference = max(
                            difference,
                            try agree(written, inputs, outputs, tolerance, batch, kind, run))
                    }
                }
            } catch let error as ONNXError {
                // The file that was examined is gone by the time anyone reads its name.
                throw ONNXError(error.kind, error.reason, at: error.place)
            }
        }
        return ONNXExport(
            bytes: data.count, nodes: trace.graph.nodes.count, greatestDifference: difference)
    } catch let error as ONNXError {
        throw error.inFile(path)
    }
}

/// For each size of an output what it is called where it is open.
private func open(_ shape: [Int], _ other: [Int]?, counting output: ONNXOutput) -> [String?] {
    shape.indices.map { index in
        if index == 0 { return output.counting }
        guard let other, other.count == shape.count, other[index] != shape[index] else {
            return nil
        }
        return "\(output.name)_\(GraphInputs.sizeName(index, of: shape.count))"
    }
}

/// Holds what a written graph makes of examples of its inputs against what the model makes of them.
///
/// Where inputs decide how many results there are, a score at a threshold may be judged otherwise, so that a single example
/// says nothing: one of three must agree.
///
/// - Returns: the greatest difference.
private func agree(
    _ written: ONNXModel, _ inputs: GraphInputs, _ outputs: [ONNXOutput], _ tolerance: Float,
    _ batch: Int, _ kind: Int, _ run: ([Tensor]) -> [Tensor]
) throws -> Float {
    let attempts = outputs.allSatisfy { $0.counting == ONNXOutput.batch } ? 1 : 3
    var attempt = 0
    while true {
        attempt += 1
        let example = inputs.example(batch: batch, kind: kind, attempt: attempt)
        let expected = noGrad { run(example) }
        let found = try written.run(
            Dictionary(uniqueKeysWithValues: zip(inputs.ports.map(\.name), example)))
        do {
            return try zip(outputs, expected).reduce(0) { greatest, pair in
                guard let value = found[pair.0.name] else {
                    throw ONNXError(
                        .mismatch, "the written graph has no output '\(pair.0.name)'")
                }
                return max(greatest, try compare(value, pair.1, tolerance, batch: batch))
            }
        } catch  where attempt < attempts {
            continue
        }
    }
}

/// The greatest difference, if every one is within the tolerance.
private func compare(
    _ found: Tensor, _ expected: Tensor, _ tolerance: Float, batch: Int
) throws(ONNXError) -> Float {
    guard found.shape == expected.shape else {
        throw ONNXError(
            .mismatch,
            "for a batch of \(batch) the written graph gives \(found.shape), the model "
                + "\(expected.shape)")
    }
    var greatest: Float = 0
    for (a, b) in zip(found.array(as: Float.self), expected.array(as: Float.self)) {
        let difference = abs(a - b)
        guard difference <= tolerance * max(1, abs(b)) || a == b || (a.isNaN && b.isNaN) else {
            throw ONNXError(
                .mismatch,
                "for a batch of \(batch) the written graph gives \(a) where the model gives \(b)")
        }
        if difference > greatest { greatest = difference }
    }
    return greatest
}
