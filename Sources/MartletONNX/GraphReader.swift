internal import Foundation
internal import Martlet

/// A node ready to run.
struct Step: Sendable {
    let name: String
    let type: String
    /// Empty where an optional input is left out.
    let inputs: [String]
    let outputs: [String]
    let attributes: [String: ONNXAttribute]

    /// What errors call the node.
    var place: String { "node \(name.quoted) (\(type))" }
}

/// Checks everything about a graph that can be checked without running it.
struct GraphReader {
    private(set) var inputs: [ONNXModel.Port] = []
    private(set) var outputs: [ONNXModel.Port] = []
    private(set) var opset = 0
    private(set) var metadata: [String: String] = [:]
    private(set) var initializers: [String: Tensor] = [:]
    private(set) var steps: [Step] = []
    private let limits: ONNXModel.Limits

    init(_ model: ONNXModelProto, limits: ONNXModel.Limits) throws(ONNXError) {
        self.limits = limits
        guard model.hasIrVersion, model.hasGraph else {
            throw ONNXError(.damaged, "holds no ONNX model: it has no version or no graph")
        }
        guard (3...13).contains(model.irVersion) else {
            throw ONNXError(
                .unsupported, "is written in version \(model.irVersion) of the format, not 3 to 13")
        }
        guard model.functions.isEmpty else {
            throw ONNXError(.unsupported, "defines functions of its own")
        }
        opset = try Self.opset(of: model)
        for entry in model.metadataProps {
            guard metadata.updateValue(entry.value, forKey: entry.key) == nil else {
                throw ONNXError(.damaged, "has metadata \(entry.key.quoted) twice")
            }
        }
        let graph = model.graph
        guard graph.sparseInitializer.isEmpty else {
            throw ONNXError(.unsupported, "has sparse initializers")
        }
        guard graph.node.count <= limits.nodes else {
            throw ONNXError(
                .limit, "\(graph.node.count) nodes are more than the \(limits.nodes) allowed")
        }
        try readInitializers(graph)
        try readInputs(graph)
        try readNodes(graph)
        try readOutputs(graph)
    }

    private static func opset(of model: ONNXModelProto) throws(ONNXError) -> Int {
        let standard = model.opsetImport.filter { $0.domain.isEmpty || $0.domain == "ai.onnx" }
        guard standard.count == 1, let entry = standard.first else {
            throw ONNXError(
                .damaged, "names \(standard.count) versions of the standard operators, not one")
        }
        guard (13...17).contains(entry.version) else {
            throw ONNXError(
                .unsupported, "counts on version \(entry.version) of the operators, not 13 to 17")
        }
        return Int(entry.version)
    }

    private mutating func readInitializers(_ graph: ONNXGraphProto) throws(ONNXError) {
        for proto in graph.initializer {
            let place = "initializer \(proto.name.quoted)"
            guard !proto.name.isEmpty else {
                throw ONNXError(.damaged, "an initializer has no name")
            }
            guard initializers[proto.name] == nil else {
                throw ONNXError(.damaged, "is there twice", at: place)
            }
            initializers[proto.name] = try proto.tensor(limit: limits.tensorBytes, at: place)
        }
    }

    private mutating func readInputs(_ graph: ONNXGraphProto) throws(ONNXError) {
        var seen: Set<String> = []
        for proto in graph.input {
            let port = try port(proto, kind: "input")
            guard seen.insert(port.name).inserted else {
                throw ONNXError(.damaged, "is there twice", at: "input \(port.name.quoted)")
            }
            // Old files list initializers among the inputs.
            if initializers[port.name] == nil { inputs.append(port) }
        }
    }

    private mutating func readOutputs(_ graph: ONNXGraphProto) throws(ONNXError) {
        guard !graph.output.isEmpty else { throw ONNXError(.damaged, "the graph has no outputs") }
        var known = Set(initializers.keys).union(inputs.map(\.name))
        for step in steps { known.formUnion(step.outputs) }
        var seen: Set<String> = []
        for proto in graph.output {
            let port = try port(proto, kind: "output")
            let place = "output \(port.name.quoted)"
            guard seen.insert(port.name).inserted else {
                throw ONNXError(.damaged, "is there twice", at: place)
            }
            guard known.contains(port.name) else {
                throw ONNXError(.damaged, "no node computes it", at: place)
            }
            outputs.append(port)
        }
    }

    private func port(
        _ proto: ONNXValueInfoProto, kind: String
    ) throws(ONNXError) -> ONNXModel.Port {
        guard !proto.name.isEmpty else { throw ONNXError(.damaged, "an \(kind) has no name") }
        let place = "\(kind) \(proto.name.quoted)"
        guard proto.hasType, case .tensorType(let type)? = proto.type.value else {
            throw ONNXError(.damaged, "has no tensor type", at: place)
        }
        guard let dtype = ElementType.dtype(of: type.elemType) else {
            throw ONNXError(
                .unsupported, "has elements of type \(ElementType.name(of: type.elemType))",
                at: place)
        }
        guard type.hasShape else { return .init(name: proto.name, dtype: dtype, shape: nil) }
        let shape = type.shape.dim.map { dimension -> ONNXModel.Dimension in
            switch dimension.value {
            case .dimValue(let size)?: .fixed(Int(size))
            case .dimParam(let name)?: .symbol(name)
            case nil: .any
            }
        }
        let sizes = shape.map { dimension -> Int64 in
            if case .fixed(let size) = dimension { Int64(size) } else { 1 }
        }
        _ = try SafeShape.checked(
            sizes, itemSize: dtype.itemSize, limit: limits.tensorBytes, at: place)
        return .init(name: proto.name, dtype: dtype, shape: shape)
    }

    private mutating func readNodes(_ graph: ONNXGraphProto) throws(ONNXError) {
        var known = Set(initializers.keys).union(inputs.map(\.name))
        let produced = Set(graph.node.flatMap(\.output))
        for (index, proto) in graph.node.enumerated() {
            let step = try step(proto, index: index)
            for input in step.inputs where !input.isEmpty && !known.contains(input) {
                let why =
                    produced.contains(input)
                    ? "is computed later: the nodes are out of order or form a cycle"
                    : "is no input, initializer or result"
                throw ONNXError(.damaged, "its input \(input.quoted) \(why)", at: step.place)
            }
            for output in step.outputs where !output.isEmpty {
                guard known.insert(output).inserted else {
                    throw ONNXError(
                        .damaged, "its output \(output.quoted) exists already", at: step.place)
                }
            }
            steps.append(step)
        }
    }

    private func step(_ proto: ONNXNodeProto, index: Int) throws(ONNXError) -> Step {
        let name = proto.name.isEmpty ? "#\(index)" : proto.name
        let place = "node \(name.quoted) (\(proto.opType.isEmpty ? "?" : proto.opType.quoted))"
        guard !proto.opType.isEmpty else {
            throw ONNXError(.damaged, "names no operator", at: place)
        }
        guard proto.domain.isEmpty || proto.domain == "ai.onnx" else {
            throw ONNXError(
                .unsupported, "is an operator of the domain \(proto.domain.quoted)", at: place)
        }
        guard Operators.all[proto.opType] != nil else {
            throw ONNXError(.unsupported, "Martlet does not run this operator", at: place)
        }
        var attributes: [String: ONNXAttribute] = [:]
        for attribute in proto.attribute {
            let value = try self.attribute(attribute, at: place)
            guard attributes.updateValue(value, forKey: attribute.name) == nil else {
                throw ONNXError(
                    .damaged, "has the attribute \(attribute.name.quoted) twice", at: place)
            }
        }
        return Step(
            name: name, type: proto.opType, inputs: proto.input, outputs: proto.output,
            attributes: attributes)
    }

    private func attribute(
        _ proto: ONNXAttributeProto, at place: String
    ) throws(ONNXError) -> ONNXAttribute {
        let name = "its attribute \(proto.name.quoted)"
        guard !proto.name.isEmpty else {
            throw ONNXError(.damaged, "has an attribute without a name", at: place)
        }
        guard !proto.hasRefAttrName else {
            throw ONNXError(.unsupported, "\(name) refers to a function's", at: place)
        }
        switch proto.type {
        case .float: return .float(proto.f)
        case .int: return .int(Int(proto.i))
        case .string:
            guard let text = String(validating: proto.s, as: UTF8.self) else {
                throw ONNXError(.damaged, "\(name) is not UTF-8 text", at: place)
            }
            return .string(text)
        case .floats: return .floats(proto.floats)
        case .ints: return .ints(proto.ints.map { Int($0) })
        case .undefined: throw ONNXError(.damaged, "\(name) has no type", at: place)
        default:
            throw ONNXError(.unsupported, "\(name) is of the type \(proto.type)", at: place)
        }
    }
}
