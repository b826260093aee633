/// The operation that first made a NaN.
public struct AnomalyError: Error, CustomStringConvertible, Sendable {
    /// The operation's name, or "the gradient of" it.
    public let operation: String
    /// The shapes and types of what it was computed from.
    public let inputs: [TensorType]

    public var description: String {
        let inputs = inputs.map { "\($0.dtype) \($0.shape)" }.joined(separator: ", ")
        return "\(operation) made the first NaN, of inputs without one: \(inputs)"
    }
}

/// Runs the closure and looks for NaN in the result of every operation and every gradient (PyTorch's
/// `detect_anomaly`). Slow: for finding out why a loss became NaN.
///
/// - Throws: `AnomalyError` naming the operation that first made a NaN of inputs without one, after the closure has
///   ended; and whatever the closure throws.
public func detectAnomaly<R>(_ body: () throws -> R) throws -> R {
    let recorder = AnomalyRecorder()
    let result = try AnomalyRecorder.$current.withValue(recorder) {
        try ThreadFlags.with(ThreadFlags.watching, body)
    }
    if let error = recorder.first { throw error }
    return result
}

/// Remembers the first NaN; used by one thread at a time.
final class AnomalyRecorder: @unchecked Sendable {
    @TaskLocal static var current: AnomalyRecorder?

    private(set) var first: AnomalyError?

    static func look(at outputs: [Tensor], from inputs: [Tensor], _ operation: String) {
        guard let recorder = current, recorder.first == nil else { return }
        // The search is made of operations too.
        ThreadFlags.within {
            if outputs.contains(where: \.hasNaN) && !inputs.contains(where: \.hasNaN) {
                recorder.first = AnomalyError(operation: operation, inputs: inputs.map(\.type))
            }
        }
    }
}

extension Tensor {
    fileprivate var hasNaN: Bool {
        dtype.isFloatingPoint && isNaN().any().item(as: Bool.self)
    }
}
