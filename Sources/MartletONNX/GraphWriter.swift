internal import Foundation
internal import Martlet
internal import SwiftProtobuf

/// Turns a recorded graph into the file format.
struct GraphWriter {
    private var graph = ONNXGraphProto()
    private var renamed: [String: String] = [:]
    private let recorded: ONNXGraph
    /// Constants that are written otherwise than they were recorded.
    private var replaced: [String: Tensor] = [:]

    init(_ recorded: ONNXGraph) {
        self.recorded = recorded
        graph.name = "martlet"
    }

    /// - Parameter open: for each size what it is called where it may be any.
    mutating func addInput(_ name: String, _ type: TensorType, _ open: [String?]) {
        graph.input.append(Self.port(name, type, open))
    }

    /// Leaves open the sizes that are others in a graph of the same model for other inputs.
    ///
    /// - Parameter weights: constants that are the model's own.
    /// - Throws: `ONNXError` where something else than the shape of a `Reshape` is another.
    mutating func open(likewise other: ONNXGraph, weights: Set<String>) throws {
        let nodes = zip(recorded.nodes, other.nodes)
        guard recorded.nodes.count == other.nodes.count,
            nodes.allSatisfy({ $0.type == $1.type && $0.inputs == $1.inputs })
        else { throw ONNXError(.unsupported, "other nodes run for inputs of another size") }
        for (node, another) in nodes where node.attributes != another.attributes {
            throw ONNXError(
                .unsupported,
                "what the node \(node.outputs.first ?? "") (\(node.type)) does depends "
                    + "on the input's size")
        }
        for (one, another) in zip(recorded.initializers, other.initializers)
        where !weights.contains(one.name) {
            if one.tensor.shape == another.tensor.shape, one.tensor.dtype == another.tensor.dtype,
                one.tensor.eq(another.tensor).all().item(as: Bool.self)
            {
                continue
            }
            let users = recorded.nodes.filter { $0.inputs.contains(one.name) }
            guard users.allSatisfy({ $0.type == "Reshape" && $0.inputs.last == one.name }),
                one.tensor.count == another.tensor.count
            else {
                throw ONNXError(
                    .unsupported,
                    "a constant of \(users.first?.type ?? "no node") depends on the "
                        + "input's size")
            }
            var sizes = one.tensor.array(as: Int.self)
            let others = another.tensor.array(as: Int.self)
            let open = sizes.indices.filter { sizes[$0] != others[$0] }
            guard open.count == 1, !sizes.contains(-1) else {
                throw ONNXError(
                    .unsupported, "several sizes of \(sizes) depend on the input's size")
            }
            sizes[open[0]] = -1
            replaced[one.name] = Tensor(sizes)
        }
    }

    mutating func addOutput(_ name: String, _ value: ONNXValue, _ open: [String?]) {
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
        graph.output.append(Self.port(name, value.type, open))
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
        graph.initializer = recorded.initializers.map {
            ONNXTensorProto(name: $0.name, replaced[$0.name] ?? $0.tensor)
        }

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

    private static func port(_ name: String, _ type: TensorType, _ open: [String?])
        -> ONNXValueInfoProto
    {
        var tensor = ONNXTypeProto.Tensor()
        tensor.elemType = ElementType.code(of: type.dtype)
        tensor.shape.dim = zip(type.shape, open).map { size, name in
            var dimension = ONNXTensorShapeProto.Dimension()
            if let name {
                dimension.dimParam = name
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
