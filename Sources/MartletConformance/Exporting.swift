internal import Foundation
public import Martlet
internal import MartletNN
internal import MartletONNX
internal import MartletPipeline
internal import MartletTesting
public import Testing

extension ConformanceKit {
    /// The model as an ONNX file computes what the network computes, for batches of any size: run by Martlet, and by ONNX
    /// Runtime where `MARTLET_PYTHON` names a Python that has it.
    ///
    /// - Parameters:
    ///   - tolerance: the greatest absolute difference to accept, relative for values beyond 1.
    ///   - inputs: gives the only input for a batch and a shape `(N, ...)`; the form's examples where there is none. A detector has something to be found
    ///     only in images like those it was trained on.
    public func exportsItsNetwork(
        tolerance: Double = 1e-4, sourceLocation: SourceLocation = #_sourceLocation,
        inputs: ((_ batch: Int, _ shape: [Int]) throws -> Tensor)? = nil
    ) throws {
        try withTrainedTask { task in
            try withFolder { folder in
                do {
                    try export(task, folder, tolerance, inputs)
                } catch let error as ONNXMismatch {
                    broken("exportsItsNetwork", "\(error)", sourceLocation)
                } catch let error as ONNXError {
                    broken("exportsItsNetwork", "expected a file: \(error)", sourceLocation)
                } catch let error as ONNXFormError {
                    broken("exportsItsNetwork", "expected a file: \(error)", sourceLocation)
                }
            }
        }
    }

    private func export(
        _ task: T, _ folder: String, _ tolerance: Double,
        _ inputs: ((_ batch: Int, _ shape: [Int]) throws -> Tensor)?
    ) throws {
        let form = task.exportForm
        let path = folder + "/model.onnx"
        try exportONNX(
            form.network, inputs: form.inputs, to: path,
            outputs: form.outputs.map {
                ONNXOutput($0.name, counting: $0.counting ?? ONNXOutput.batch)
            }, metadata: task.metadata, tolerance: Float(tolerance)
        ) { form.run($0, .inference) }
        let model = try ONNXModel(contentsOf: path)
        var cases = RuntimeCases(folder: folder)
        for kind in 0..<form.inputs.kinds {
            for batch in [1, 2, 5] {
                var example = form.inputs.example(batch: batch, kind: kind)
                if let inputs { example = [try inputs(batch, example[0].shape)] }
                let named = Dictionary(
                    uniqueKeysWithValues: zip(form.inputs.ports.map(\.name), example))
                let expected = noGrad { form.run(example, .inference) }
                let results = try model.run(named)
                for (output, expected) in zip(form.outputs, expected) {
                    guard let found = results[output.name] else {
                        throw ONNXMismatch("expected an output named \(output.name)")
                    }
                    if let text = difference(found, expected, rtol: tolerance, atol: tolerance) {
                        throw ONNXMismatch(
                            "expected the file to give for inputs \(example.map(\.shape)) the \(output.name) "
                                + "that the network gives: \(text)")
                    }
                }
                try cases.add(file: "model.onnx", inputs: named, outputs: expected)
            }
        }
        if RuntimeCases.python != nil, let text = try cases.failures() {
            throw ONNXMismatch("expected ONNX Runtime to give what the network gives: \(text)")
        }
    }
}

/// A file that computes something else than the network.
private struct ONNXMismatch: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
