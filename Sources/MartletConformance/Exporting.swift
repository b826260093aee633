internal import Foundation
internal import Martlet
internal import MartletNN
internal import MartletONNX
internal import MartletPipeline
internal import MartletTesting
public import Testing

extension ConformanceKit {
    /// The model as an ONNX file computes what the network computes, for batches of any size: run by Martlet, and by ONNX
    /// Runtime where `MARTLET_PYTHON` names a Python that has it.
    ///
    /// - Parameter tolerance: the greatest absolute difference to accept, relative for values beyond 1.
    public func exportsItsNetwork(
        tolerance: Double = 1e-4, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try withTrainedTask { task in
            try withFolder { folder in
                do {
                    try export(task, folder, tolerance)
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

    private func export(_ task: T, _ folder: String, _ tolerance: Double) throws {
        let form = task.exportForm
        let path = folder + "/model.onnx"
        try exportONNX(
            form.network, inputShape: form.inputShape, to: path, output: form.outputName,
            metadata: task.metadata, tolerance: Float(tolerance))
        let model = try ONNXModel(contentsOf: path)
        var cases = RuntimeCases(folder: folder)
        for batch in [1, 2, 5] {
            var generator = Generator(seed: 23).stream("conformance", batch)
            let shape = [batch] + form.inputShape.dropFirst()
            let x = Tensor.randn(shape, generator: &generator)
            let expected = noGrad { form.network.forward(x, .inference) }
            guard let found = try model.run(["input": x])[form.outputName] else {
                throw ONNXMismatch("expected an output named \(form.outputName)")
            }
            if let text = difference(found, expected, rtol: tolerance, atol: tolerance) {
                throw ONNXMismatch(
                    "expected the file to give a batch of \(batch) what the network gives: \(text)")
            }
            try cases.add(file: "model.onnx", inputs: ["input": x], output: expected)
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
