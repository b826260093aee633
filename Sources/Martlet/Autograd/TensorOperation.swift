/// One differentiable operation: its forward, its gradient and its ONNX form together.
///
/// A value of the type holds the operation's parameters and, after `forward`, what `backward` needs:
/// save only that, and only for the gradients that are wanted. Users define their own operations in
/// the same way (PyTorch's `autograd.Function`) and run them with `Tensor.apply`.
///
/// ```swift
/// struct Cube: TensorOperation {
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
public protocol TensorOperation {
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

    /// Whether `backward` is made of kernels, so that gradients of gradients cannot be had (PyTorch's
    /// `once_differentiable`); by default it is made of operations, which are recorded as any others when
    /// `createGraph` asks for it.
    var isOnceDifferentiable: Bool { get }

    /// Adds the operation to an ONNX graph and returns its outputs.
    ///
    /// - Throws: `ONNXFormError` where ONNX cannot express it.
    func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
}

extension TensorOperation {
    public var name: String {
        let type = String(describing: Self.self)
        return type.prefix(1).lowercased() + type.dropFirst()
    }

    public var isOnceDifferentiable: Bool { false }

    public func onnx(_ inputs: [ONNXValue], outputs: [TensorType], _ graph: ONNXGraph) throws
        -> [ONNXValue]
    {
        throw ONNXFormError(operation: name, reason: "it has no ONNX form")
    }
}

/// An operation on one tensor whose result needs no recording to be computed.
protocol DirectOperation: TensorOperation {
    func output(for x: Tensor) -> Tensor
}

extension DirectOperation {
    /// For operations that save nothing.
    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
        [output(for: inputs[0])]
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

/// An output that an operation saves because its gradient is computed from it.
///
/// An output kept as it is would keep itself alive through the graph that it is part of. This keeps the values alone,
/// and finds the way back when the computation of the gradient is recorded.
public struct SavedOutput {
    private let tensor: Tensor
    private let index: Int

    /// - Parameter index: which of the operation's outputs this is.
    public init(_ output: Tensor, index: Int = 0) {
        tensor = output
        self.index = index
    }

    /// The output, to be read in `backward`.
    public var value: Tensor {
        guard GradientMode.isRecording, let node = Engine.recorded else { return tensor }
        var result = tensor
        result.edge = Edge(node: node, index: index)
        return result
    }
}

extension Tensor {
    /// Runs an operation and, when a gradient is wanted for any input, records it for `backward`.
    public static func apply(_ operation: some TensorOperation, _ inputs: [Tensor]) -> [Tensor] {
        var operation = operation
        let flags = ThreadFlags.current
        let records =
            switch flags.mode {
            case .off: false
            case .tracing: true
            case .recording: inputs.contains { $0.edge != nil }
            }
        let needsGradient =
            flags.mode == .off
            ? [Bool](repeating: false, count: inputs.count) : inputs.map { $0.edge != nil }
        var outputs = ThreadFlags.within {
            ProfileRecorder.time(operation.name) {
                operation.forward(inputs, needsGradient: needsGradient)
            }
        }
        if flags.has(ThreadFlags.watching) {
            AnomalyRecorder.look(at: outputs, from: inputs, operation.name)
        }
        guard records else { return outputs }
        let node = Node(operation: operation, inputs: inputs, outputs: outputs, mode: flags.mode)
        for i in outputs.indices where flags.mode == .tracing || outputs[i].dtype.isFloatingPoint {
            outputs[i].edge = Edge(node: node, index: i)
        }
        return outputs
    }

    /// The output of an operation on one tensor; where it is only to be computed, without the detour.
    static func result(_ operation: some DirectOperation, _ x: Tensor) -> Tensor {
        ThreadFlags.onlyCompute(x) ? operation.output(for: x) : apply(operation, [x])[0]
    }

    /// The single output of an operation that has one.
    static func result(_ operation: some TensorOperation, _ inputs: Tensor...) -> Tensor {
        apply(operation, inputs)[0]
    }
}
