internal import Martlet
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
    precondition(
        !inputShape.isEmpty && inputShape.allSatisfy { $0 > 0 },
        "exportONNX: expected positive sizes (N, ...), got \(inputShape)")
    precondition(input != output, "exportONNX: input and output are both called '\(input)'")
    let exampleShape = Array(inputShape.dropFirst())
    // A size that hardly any layer has, so that it is recognised where it turns up in shapes.
    let batch = 11
    let example = randomInput(batch: batch, exampleShape)
    let trace = try Trace.onnx(
        inputs: [(input, example)], batchSize: batch, named: model.stateDict()
    ) { [model.forward($0[0], .inference)] }
    let result = trace.results[0]
    guard result.shape.first == batch else {
        throw ONNXError(
            .unsupported, "the output \(result.shape) does not begin with the batch of \(batch)",
            file: path)
    }

    var writer = GraphWriter(trace.graph)
    writer.addInput(input, example.type)
    writer.addOutput(output, trace.outputs[0])
    let data = try writer.serialized(metadata: metadata, file: path)
    var difference: Float = 0
    do {
        try File.write(data, to: path) { temporary in
            do {
                let written = try ONNXModel(contentsOf: temporary)
                for batch in [1, 3] {
                    let x = randomInput(batch: batch, exampleShape)
                    let expected = noGrad { model.forward(x, .inference) }
                    guard let found = try written.run([input: x])[output] else {
                        throw ONNXError(.mismatch, "the written graph has no output '\(output)'")
                    }
                    difference = max(
                        difference, try compare(found, expected, tolerance, batch: batch))
                }
            } catch let error as ONNXError {
                // The file that was examined is gone by the time anyone reads its name.
                throw ONNXError(error.kind, error.reason, at: error.place)
            }
        }
    } catch let error as ONNXError {
        throw error.inFile(path)
    }
    return ONNXExport(
        bytes: data.count, nodes: trace.graph.nodes.count, greatestDifference: difference)
}

private func randomInput(batch: Int, _ shape: [Int]) -> Tensor {
    var generator = Generator(seed: 17).stream("onnx", batch)
    return Tensor.randn([batch] + shape, generator: &generator)
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
