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
    let shapes = [inputShape] + (otherShape.map { [$0] } ?? [])
    precondition(
        !inputShape.isEmpty && shapes.joined().allSatisfy { $0 > 0 }
            && shapes.allSatisfy { $0.count == inputShape.count },
        "exportONNX: expected positive sizes (N, ...), got \(shapes)")
    precondition(
        Set(outputs.map(\.name) + [input]).count == outputs.count + 1,
        "exportONNX: input and outputs need names of their own, got \(input), "
            + "\(outputs.map(\.name))")
    // A size that hardly any layer has, so that it is recognised where it turns up in shapes.
    let batch = 11
    let traces = try shapes.map { shape in
        try Trace.onnx(
            inputs: [(input, randomInput(batch: batch, Array(shape.dropFirst())))],
            batchSize: batch, named: model.stateDict()
        ) { run($0[0]) }
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
        let type = TensorType(shape: [batch] + inputShape.dropFirst(), dtype: .float32)
        writer.addInput(input, type, open(inputShape, otherShape))
        for (index, output) in outputs.enumerated() {
            let value = trace.outputs[index]
            let other = traces.last?.results[index].shape
            writer.addOutput(
                output.name, value,
                open(value.type.shape, other, counting: output.counting, as: output.name))
        }
        let data = try writer.serialized(metadata: metadata, file: path)
        var difference: Float = 0
        try File.write(data, to: path) { temporary in
            do {
                let written = try ONNXModel(contentsOf: temporary)
                for shape in shapes {
                    let shape = Array(shape.dropFirst())
                    for batch in [1, 3] {
                        difference = max(
                            difference,
                            try agree(
                                written, input, outputs, tolerance,
                                attempts: outputs.allSatisfy { $0.counting == ONNXOutput.batch }
                                    ? 1 : 3, batch, shape, run))
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

/// For each size of a port what it is called where it is open.
private func open(
    _ shape: [Int], _ other: [Int]?, counting: String = ONNXOutput.batch, as name: String? = nil
) -> [String?] {
    let sizes = ["", "channels", "height", "width"]
    return shape.indices.map { index in
        if index == 0 { return counting }
        guard let other, other.count == shape.count, other[index] != shape[index] else {
            return nil
        }
        // Images are (N, C, H, W).
        let size = shape.count == sizes.count ? sizes[index] : "\(index)"
        return name.map { "\($0)_\(size)" } ?? size
    }
}

/// Holds what a written graph makes of random inputs against what the model makes of them.
///
/// - Parameter attempts: how many inputs one of which must agree. Where inputs decide how many results there are, a score at a
///   threshold may be judged otherwise, so that a single one says nothing.
/// - Returns: the greatest difference.
private func agree(
    _ written: ONNXModel, _ input: String, _ outputs: [ONNXOutput], _ tolerance: Float,
    attempts: Int, _ batch: Int, _ shape: [Int], _ run: (Tensor) -> [Tensor]
) throws -> Float {
    var attempt = 0
    while true {
        attempt += 1
        let x = randomInput(batch: batch, shape, attempt: attempt)
        let expected = noGrad { run(x) }
        let found = try written.run([input: x])
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

private func randomInput(batch: Int, _ shape: [Int], attempt: Int = 1) -> Tensor {
    var generator = Generator(seed: 17).stream("onnx", batch, attempt)
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
