public import Foundation
public import Martlet

/// Inputs, outputs and gradients that another program computed.
///
/// A file holds cases:
///
///     {"cases": [{"name": "rows", "operation": "sum", "arguments": {"dims": [1]},
///       "inputs": [{"type": "float32", "shape": [1, 2], "values": [1, "nan"]}],
///       "outputs": [...], "weights": [...], "gradients": [...]}]}
///
/// The gradients are those of the outputs' sum weighted with `weights`; null where there is none.
public struct FixtureCase: Sendable, CustomStringConvertible {
    /// What is computed, with what, and what PyTorch made of it.
    public let name: String
    public let operation: String
    public let arguments: FixtureArguments
    public let inputs: [Tensor]
    public let outputs: [Tensor]
    /// What each output is weighted with; nil for outputs without gradient.
    public let weights: [Tensor?]
    /// The gradient of each input; nil for inputs without. Empty when gradients are not checked.
    public let gradients: [Tensor?]

    public var description: String { "\(operation): \(name)" }

    /// The cases of `NAME.json` in a folder.
    ///
    /// - Throws: `FixtureError` and what reading the file throws.
    public static func load(_ name: String, in folder: URL?) throws -> [FixtureCase] {
        guard let folder else { throw FixtureError(description: "no folder for \(name).json") }
        let data = try Data(contentsOf: folder.appendingPathComponent("\(name).json"))
        return try JSONDecoder().decode(FixtureFile.self, from: data).cases.map {
            try FixtureCase($0)
        }
    }

    private init(_ file: FixtureFile.Case) throws {
        name = file.name
        operation = file.operation
        arguments = FixtureArguments(values: file.arguments ?? [:], label: "\(operation): \(name)")
        inputs = try file.inputs.map { try $0.tensor() }
        outputs = try file.outputs.map { try $0.tensor() }
        weights = try file.weights?.map { try $0?.tensor() } ?? outputs.map { _ in nil }
        gradients = try file.gradients?.map { try $0?.tensor() } ?? []
    }
}

private struct FixtureFile: Decodable {
    let cases: [Case]

    struct Case: Decodable {
        let name: String
        let operation: String
        let arguments: [String: FixtureValue]?
        let inputs: [Values]
        let outputs: [Values]
        let weights: [Values?]?
        let gradients: [Values?]?
    }

    struct Values: Decodable {
        let type: String
        let shape: [Int]
        let layout: String?
        let values: [FixtureValue]

        func tensor() throws -> Tensor {
            guard let dtype = DType.allCases.first(where: { $0.name == type }) else {
                throw FixtureError(description: "unknown element type \(type)")
            }
            let dense =
                dtype.isFloatingPoint
                ? Tensor(try values.map { try $0.number(type) }, shape: shape)
                : Tensor(try values.map { try $0.integer(type) }, shape: shape)
            guard let layout else { return dense.to(dtype) }
            guard let known = TensorLayout(rawValue: layout) else {
                throw FixtureError(description: "unknown layout \(layout)")
            }
            return known.apply(dense.to(dtype))
        }
    }
}
