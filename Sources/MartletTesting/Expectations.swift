public import Martlet
internal import Testing

/// Records an issue unless the tensors agree in type, shape and every element: see `difference`.
///
/// - Parameter label: what the message calls the tensor.
public func expectClose(
    _ actual: Tensor, _ expected: Tensor, rtol: Double = 1e-5, atol: Double = 1e-6,
    _ label: String = "", fileID: String = #fileID, filePath: String = #filePath,
    line: Int = #line, column: Int = #column
) {
    guard let found = difference(actual, expected, rtol: rtol, atol: atol) else { return }
    record(label.isEmpty ? "\(found)" : "\(label): \(found)", fileID, filePath, line, column)
}

/// Records an issue for each gradient that disagrees with central differences: see
/// `gradientErrors`.
public func gradcheck(
    _ inputs: [Tensor], epsilon: Double = 1e-6, rtol: Double = 1e-3, atol: Double = 1e-5,
    _ label: String = "", fileID: String = #fileID, filePath: String = #filePath,
    line: Int = #line, column: Int = #column, _ function: @escaping ([Tensor]) -> [Tensor]
) {
    for error in gradientErrors(inputs, epsilon: epsilon, rtol: rtol, atol: atol, function) {
        record(label.isEmpty ? error : "\(label): \(error)", fileID, filePath, line, column)
    }
}

/// `gradcheck` of a function with one output.
public func gradcheck(
    _ inputs: Tensor..., epsilon: Double = 1e-6, rtol: Double = 1e-3, atol: Double = 1e-5,
    _ label: String = "", fileID: String = #fileID, filePath: String = #filePath,
    line: Int = #line, column: Int = #column, _ function: @escaping ([Tensor]) -> Tensor
) {
    gradcheck(
        inputs, epsilon: epsilon, rtol: rtol, atol: atol, label, fileID: fileID,
        filePath: filePath, line: line, column: column
    ) { [function($0)] }
}

/// Records an issue for each second derivative that disagrees with central differences: see
/// `secondDerivativeErrors`.
public func gradgradcheck(
    _ inputs: Tensor..., epsilon: Double = 1e-6, rtol: Double = 1e-3, atol: Double = 1e-5,
    _ label: String = "", fileID: String = #fileID, filePath: String = #filePath,
    line: Int = #line, column: Int = #column, _ function: @escaping ([Tensor]) -> Tensor
) {
    let errors = secondDerivativeErrors(inputs, epsilon: epsilon, rtol: rtol, atol: atol) {
        [function($0)]
    }
    for error in errors {
        record(label.isEmpty ? error : "\(label): \(error)", fileID, filePath, line, column)
    }
}

func record(_ message: String, _ fileID: String, _ filePath: String, _ line: Int, _ column: Int) {
    Issue.record(
        Comment(rawValue: message),
        sourceLocation: SourceLocation(
            fileID: fileID, filePath: filePath, line: line, column: column))
}
