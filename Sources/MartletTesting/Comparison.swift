internal import Foundation
public import Martlet

/// How a tensor differs from the one that was expected.
public struct TensorDifference: Error, CustomStringConvertible, Equatable, Sendable {
    public let description: String
}

/// Compares type, shape and every element, and describes the worst one.
///
/// Floating-point elements agree when |actual - expected| <= atol + rtol |expected|; a NaN agrees
/// with a NaN, an infinity with the same infinity. Elements of other types must be equal.
///
/// - Returns: nil when the tensors agree.
public func difference(
    _ actual: Tensor, _ expected: Tensor, rtol: Double = 1e-5, atol: Double = 1e-6
) -> TensorDifference? {
    guard actual.dtype == expected.dtype else {
        return TensorDifference(
            description: "the type is \(actual.dtype), expected \(expected.dtype)")
    }
    guard actual.shape == expected.shape else {
        return TensorDifference(
            description: "the shape is \(actual.shape), expected \(expected.shape)")
    }
    if actual.dtype == .int64 {
        return worst(
            actual.array(as: Int.self), expected.array(as: Int.self), shape: actual.shape
        ) { $0 == $1 ? 0 : Double(($0 &- $1).magnitude) }
    }
    let exact = !actual.dtype.isFloatingPoint
    return worst(
        actual.array(as: Double.self), expected.array(as: Double.self), shape: actual.shape
    ) { a, e in
        if a == e || a.isNaN && e.isNaN { return 0 }
        if exact || !a.isFinite || !e.isFinite { return .infinity }
        let error = abs(a - e)
        return error <= atol + rtol * abs(e) ? 0 : error
    }
}

/// Describes the element with the greatest error; nil when no element has one.
private func worst<T>(
    _ actual: [T], _ expected: [T], shape: [Int], _ error: (T, T) -> Double
) -> TensorDifference? {
    var place = -1
    var greatest = 0.0
    var count = 0
    for i in actual.indices {
        let value = error(actual[i], expected[i])
        if value > 0 { count += 1 }
        if value > greatest { (place, greatest) = (i, value) }
    }
    guard place >= 0 else { return nil }
    return TensorDifference(
        description: "\(count) of \(actual.count) elements differ; the worst, at "
            + "\(index(of: place, in: shape)), is \(actual[place]), expected \(expected[place])")
}

/// The index of an element, given its place in row-major order.
private func index(of place: Int, in shape: [Int]) -> [Int] {
    var rest = place
    return shape.reversed().map { size in
        defer { rest /= size }
        return rest % size
    }.reversed()
}
