internal import Foundation
public import Martlet
internal import SwiftProtobuf

/// An ONNX graph read from a file: what it takes and gives, and the means to run it.
///
/// Reads what Martlet writes, and other files that keep to the same operators; anything else is refused with an
/// `ONNXError` that names the node or tensor. No file, however damaged, makes it crash, and
/// none makes it open another file.
///
/// ```swift
/// let model = try ONNXModel(contentsOf: "digits.onnx")
/// let logits = try model.run(["input": images])["logits"]
/// ```
public struct ONNXModel: Sendable {
    /// What is known of one dimension of an input or output.
    public enum Dimension: Sendable, Equatable, CustomStringConvertible {
        /// Always this size.
        case fixed(Int)
        /// Any size, the same wherever the name stands (`batch`).
        case symbol(String)
        /// Any size.
        case any

        /// The size, the name, or `?`.
        public var description: String {
            switch self {
            case .fixed(let size): "\(size)"
            case .symbol(let name): name
            case .any: "?"
            }
        }
    }

    /// An input or output of the graph.
    public struct Port: Sendable, Equatable, CustomStringConvertible {
        /// The name by which values are given and returned.
        public let name: String
        /// The type of the elements.
        public let dtype: DType
        /// One entry a dimension; nil where the file does not say.
        public let shape: [Dimension]?

        /// Name, element type and shape: `input float32 [batch, 1, 28, 28]`.
        public var description: String {
            let sizes =
                shape.map { "[\($0.map(\.description).joined(separator: ", "))]" } ?? "[...]"
            return "\(name) \(dtype) \(sizes)"
        }
    }

    /// How large a file and the tensors in it may be.
    public struct Limits: Sendable {
        /// Bytes of the file. Default 2 GiB, the most the format allows.
        public var fileBytes = 1 << 31
        /// Bytes of one tensor, stored or computed. Default 2 GiB.
        public var tensorBytes = 1 << 31
        /// Nodes in the graph. Default 100,000.
        public var nodes = 100_000

        /// The defaults.
        public init() {}
    }

    /// What the graph takes, initialisers left out.
    public let inputs: [Port]
    /// What the graph gives.
    public let outputs: [Port]
    /// The version of the standard operators the graph counts on.
    public let opset: Int
    /// The program that wrote the file.
    public let producer: String
    /// Text by key, as the writer stored it.
    public let metadata: [String: String]
    /// Weights and other constants by name.
    public let initializers: [String: Tensor]
    /// The operators in the order they run, each name as often as it occurs.
    public var operators: [String] { steps.map(\.type) }

    let steps: [Step]
    let limits: Limits
    let file: String?

    /// Reads a file.
    ///
    /// - Throws: `ONNXError` naming the file, and the node or tensor that is wrong.
    public init(contentsOf path: String, limits: Limits = Limits()) throws {
        do {
            let bytes = try File.read(path, limit: limits.fileBytes)
            try self.init(bytes, file: path, limits: limits)
        } catch let error as ONNXError {
            throw error.inFile(path)
        }
    }

    /// Reads a file's contents.
    ///
    /// - Throws: `ONNXError` naming the node or tensor that is wrong.
    public init(bytes: [UInt8], limits: Limits = Limits()) throws {
        try self.init(Data(bytes), file: nil, limits: limits)
    }

    private init(_ data: Data, file: String?, limits: Limits) throws {
        guard data.count <= limits.fileBytes else {
            throw ONNXError(
                .limit, "\(data.count) bytes are more than the \(limits.fileBytes) allowed")
        }
        let proto: ONNXModelProto
        do {
            var options = BinaryDecodingOptions()
            // A model, its graph, a node, an attribute, its tensor: more nesting is no model of ours.
            options.messageDepthLimit = 12
            options.discardUnknownFields = true
            proto = try ONNXModelProto(serializedBytes: data, options: options)
        } catch {
            throw ONNXError(.damaged, "is not an ONNX file, or is cut short (\(error))")
        }
        let reader = try GraphReader(proto, limits: limits)
        inputs = reader.inputs
        outputs = reader.outputs
        opset = reader.opset
        producer = proto.producerName
        metadata = reader.metadata
        initializers = reader.initializers
        steps = reader.steps
        self.limits = limits
        self.file = file
    }
}

extension ONNXModel: CustomStringConvertible {
    /// Several lines: who wrote the file, its inputs and outputs, operators and weights.
    public var description: String {
        var counts: [String: Int] = [:]
        for type in operators { counts[type, default: 0] += 1 }
        let list = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key) x \($0.value)" }.joined(separator: ", ")
        let numbers = initializers.values.reduce(0) { $0 + $1.count }
        let lines =
            ["ONNX, operators of version \(opset), written by \(producer.isEmpty ? "?" : producer)"]
            + inputs.map { "input: \($0)" } + outputs.map { "output: \($0)" }
            + ["operators: \(list)", "weights: \(initializers.count) tensors, \(numbers) numbers"]
        return lines.joined(separator: "\n")
    }
}
