internal import Foundation
internal import Martlet
internal import SwiftProtobuf

/// Turns a recorded graph into the file format.
struct GraphWriter {
    private var graph = ONNXGraphProto()
    private var renamed: [String: String] = [:]
    private let recorded: ONNXGraph

    init(_ recorded: ONNXGraph) {
        self.recorded = recorded
        graph.name = "martlet"
    }

    mutating func addInput(_ name: String, _ type: TensorType) {
        graph.input.append(Self.port(name, type))
    }

    mutating func addOutput(_ name: String, _ value: ONNXValue) {
        let isComputed = recorded.nodes.contains { $0.outputs.contains(value.name) }
        if isComputed && renamed[value.name] == nil {
            renamed[value.name] = name
        } else {
            // An input or a weight, handed through.
            var node = ONNXNodeProto()
            node.opType = "Identity"
            node.name = name
            node.input = [value.name]
            node.output = [name]
            graph.node.append(node)
        }
        graph.output.append(Self.port(name, value.type))
    }

    /// The file's contents.
    ///
    /// - Throws: `ONNXError` where they would exceed what the format can hold.
    func serialized(metadata: [String: String], file: String) throws -> Data {
        let bytes = recorded.initializers.reduce(0) {
            $0 + $1.tensor.count * $1.tensor.dtype.itemSize
        }
        guard bytes < 2_000_000_000 else {
            throw ONNXError(
                .limit, "\(bytes) bytes of weights are more than the 2 GB that one file can hold",
                file: file)
        }
        var graph = graph
        graph.node = recorded.nodes.map(proto) + graph.node
        graph.initializer = recorded.initializers.map { ONNXTensorProto(name: $0.name, $0.tensor) }

        var model = ONNXModelProto()
        model.irVersion = 8
        model.producerName = "martlet"
        var opset = ONNXOperatorSetIdProto()
        opset.domain = ""
        opset.version = 17
        model.opsetImport = [opset]
        model.graph = graph
        model.metadataProps = metadata.sorted { $0.key < $1.key }.map { key, value in
            var entry = ONNXStringStringEntryProto()
            entry.key = key
            entry.value = value
            return entry
        }
        return try model.serializedData()
    }

    private func proto(_ node: ONNXNode) -> ONNXNodeProto {
        var proto = ONNXNodeProto()
        proto.opType = node.type
        // Named like its first result, which is unique.
        proto.name = node.outputs.first ?? node.type
        proto.input = node.inputs.map { renamed[$0] ?? $0 }
        proto.output = node.outputs.map { renamed[$0] ?? $0 }
        proto.attribute = node.attributes.sorted { $0.key < $1.key }.map(Self.attribute)
        return proto
    }

    static func attribute(_ name: String, _ value: ONNXAttribute) -> ONNXAttributeProto {
        var proto = ONNXAttributeProto()
        proto.name = name
        switch value {
        case .int(let value):
            proto.type = .int
            proto.i = Int64(value)
        case .float(let value):
            proto.type = .float
            proto.f = value
        case .string(let value):
            proto.type = .string
            proto.s = Data(value.utf8)
        case .ints(let values):
            proto.type = .ints
            proto.ints = values.map(Int64.init)
        case .floats(let values):
            proto.type = .floats
            proto.floats = values
        }
        return proto
    }

    /// A value whose first dimension is the batch.
    private static func port(_ name: String, _ type: TensorType) -> ONNXValueInfoProto {
        var tensor = ONNXTypeProto.Tensor()
        tensor.elemType = ElementType.code(of: type.dtype)
        tensor.shape.dim = type.shape.enumerated().map { index, size in
            var dimension = ONNXTensorShapeProto.Dimension()
            if index == 0 {
                dimension.dimParam = "batch"
            } else {
                dimension.dimValue = Int64(size)
            }
            return dimension
        }
        var proto = ONNXValueInfoProto()
        proto.name = name
        proto.type.tensorType = tensor
        return proto
    }
}
