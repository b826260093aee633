import Foundation
import Martlet
import MartletTesting

/// The cases of a file that `Tests/Reference` wrote.
func fixtures(_ name: String) throws -> [FixtureCase] {
    try FixtureCase.load(name, in: Bundle.module.resourceURL?.appendingPathComponent("Fixtures"))
}

typealias Function = @Sendable ([Tensor]) -> [Tensor]

/// An operation of one tensor, without arguments.
func one(
    _ function: @escaping @Sendable (Tensor) -> Tensor
) -> @Sendable (FixtureArguments) throws -> Function {
    { _ in { [function($0[0])] } }
}

/// An operation of two tensors, without arguments.
func two(
    _ function: @escaping @Sendable (Tensor, Tensor) -> Tensor
) -> @Sendable (FixtureArguments) throws -> Function {
    { _ in { [function($0[0], $0[1])] } }
}

/// Uniform float64 numbers that are the same every time.
func numbers(_ shape: [Int], low: Double = -1, high: Double = 1, seed: UInt64 = 1) -> Tensor {
    var generator = Generator(seed: seed)
    return Tensor.rand(shape, low: low, high: high, dtype: .float64, generator: &generator)
}

extension FixtureArguments {
    /// An argument that may be missing.
    func dim(_ name: String = "dim") throws -> Int? { has(name) ? try int(name) : nil }
    /// A list that may be missing.
    func dims(_ name: String = "dims") throws -> [Int]? { has(name) ? try ints(name) : nil }
    /// An element type by its name; nil where none is named.
    func dtype() throws -> DType? {
        guard has("type") else { return nil }
        let name = try string("type")
        return DType.allCases.first { $0.name == name }
    }
}

/// An operation whose results are several tensors.
func many(
    _ function: @escaping @Sendable ([Tensor]) -> [Tensor]
) -> @Sendable (FixtureArguments) throws -> Function {
    { _ in function }
}
