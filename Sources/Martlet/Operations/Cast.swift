internal import CKernels

extension Tensor {
    /// The elements as another type; gradients come back in this one.
    public func to(_ dtype: DType) -> Tensor {
        dtype == self.dtype ? self : Tensor.result(Cast(dtype: dtype), self)
    }
}

private struct Cast: DirectOperation {
    let dtype: DType

    func output(for x: Tensor) -> Tensor { x.materialized(strides: x.denseStrides, dtype: dtype) }

    // The engine casts a gradient to the type of the input.
    func backward(_ gradients: [Tensor?]) -> [Tensor?] { gradients }

    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        let codes: [DType: Int] = [
            .float32: 1, .uint8: 2, .int32: 6, .int64: 7, .bool: 9, .float16: 10, .float64: 11,
            .bfloat16: 16,
        ]
        guard let code = codes[dtype] else {
            throw ONNXFormError(operation: name, reason: "ONNX has no type for \(dtype)")
        }
        return graph.add("Cast", inputs, attributes: ["to": .int(code)], outputs: outputs)
    }
}
