/// One differentiable operation: its forward, its gradient and its ONNX form together.
///
/// A value of the type holds the operation's parameters and, after `forward`, what `backward` needs:
/// save only that, and only for the gradients that are wanted. Users define their own operations in
/// the same way (PyTorch's `autograd.Function`) and run them with `Tensor.apply`.
///
/// ```swift
/// struct Cube: Operation {
///     var x: Tensor?
///     mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
///         if needsGradient[0] { x = inputs[0] }
///         return [inputs[0] * inputs[0] * inputs[0]]
///     }
///     func backward(_ gradients: [Tensor?]) -> [Tensor?] {
///         [gradients[0]! * 3 * x!.square()]
///     }
/// }
/// let y = Tensor.apply(Cube(), [x])[0]
/// ```
public protocol Operation {
    /// What error messages and graphs call the operation; by default the type's name.
    var name: String { get }

    /// Computes the outputs. Gradients are not recorded inside.
    ///
    /// - Parameter needsGradient: for each input, whether `backward` will be asked for its gradient.
    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor]

    /// The gradient of each input (nil where it is zero or not wanted), given the gradient of each
    /// output (nil where it is zero; one of them is not).
    ///
    /// Gradients of inputs that were broadcast may have the output's shape: the engine adds them up.
    func backward(_ gradients: [Tensor?]) -> [Tensor?]

    /// Adds the operation to an ONNX graph and returns its outputs.
    ///
    /// - Throws: `ONNXFormError` where ONNX cannot express it.
    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
}

extension Operation {
    public var name: String {
        let type = String(describing: Self.self)
        return type.prefix(1).lowercased() + type.dropFirst()
    }

    public func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        throw ONNXFormError(operation: name, reason: "it has no ONNX form")
    }
}

/// The shape and element type of a tensor.
public struct TensorType: Equatable, Sendable {
    public var shape: [Int]
    public var dtype: DType

    public init(shape: [Int], dtype: DType) {
        self.shape = shape
        self.dtype = dtype
    }
}

extension Tensor {
    /// Runs an operation and, when a gradient is wanted for any input, records it for `backward`.
    public static func apply(_ operation: some Operation, _ inputs: [Tensor]) -> [Tensor] {
        var operation = operation
        let mode = GradientMode.current
        if mode == .off {
            return ProfileRecorder.time(operation.name) {
                operation.forward(
                    inputs, needsGradient: [Bool](repeating: false, count: inputs.count))
            }
        }
        let needsGradient = inputs.map { $0.edge != nil }
        let records = mode == .tracing || needsGradient.contains(true)
        var outputs = GradientMode.$current.withValue(.off) {
            ProfileRecorder.time(operation.name) {
                operation.forward(inputs, needsGradient: needsGradient)
            }
        }
        guard records else { return outputs }
        let node = Node(operation: operation, inputs: inputs, outputs: outputs, mode: mode)
        for i in outputs.indices where mode == .tracing || outputs[i].dtype.isFloatingPoint {
            outputs[i].edge = Edge(node: node, index: i)
        }
        return outputs
    }

    /// The single output of an operation that has one.
    static func result(_ operation: some Operation, _ inputs: Tensor...) -> Tensor {
        apply(operation, inputs)[0]
    }
}
