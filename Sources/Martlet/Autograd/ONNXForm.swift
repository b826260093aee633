/// A value in an ONNX graph: the name of an edge, with what is known of its type.
public struct ONNXValue: Sendable {
    /// Unique in its graph.
    public let name: String
    public let type: TensorType
}

/// An attribute of an ONNX node.
public enum ONNXAttribute: Sendable, Equatable {
    case int(Int)
    case float(Float)
    case string(String)
    case ints([Int])
    case floats([Float])
}

/// A node of an ONNX graph.
public struct ONNXNode: Sendable {
    /// The operator's name in the standard: `Conv`, `Relu`, ...
    public let type: String
    public let inputs: [String]
    public let outputs: [String]
    public let attributes: [String: ONNXAttribute]
}

/// An ONNX graph (opset 17) being written down, in the order nodes run.
public final class ONNXGraph {
    public private(set) var nodes: [ONNXNode] = []
    /// Weights and other constants by name.
    public private(set) var initializers: [(name: String, tensor: Tensor)] = []
    /// The size of the first dimension of inputs that stands for "any batch size".
    public let batchSize: Int?
    private var lastName = 0
    private let taken: Set<String>
    private let names: [ConstantKey: String]
    private var constants: [ConstantKey: ONNXValue] = [:]

    /// An empty graph.
    ///
    /// - Parameters:
    ///   - reserved: names that values of the graph's own must not have (its inputs').
    ///   - named: what to call constants that are these tensors (a model's weights).
    public init(
        batchSize: Int? = nil, reserved: [String] = [], named: [(name: String, tensor: Tensor)] = []
    ) {
        self.batchSize = batchSize
        taken = Set(reserved + named.map(\.name))
        names = Dictionary(
            named.map { (ConstantKey($0.tensor), $0.name) }, uniquingKeysWith: { first, _ in first }
        )
    }

    /// Adds a node of a standard operator. An input may be `nil` where the operator allows leaving it out.
    public func add(
        _ type: String, _ inputs: [ONNXValue?], attributes: [String: ONNXAttribute] = [:],
        outputs: [TensorType]
    ) -> [ONNXValue] {
        let values = outputs.map { ONNXValue(name: fresh(type.lowercased()), type: $0) }
        nodes.append(
            ONNXNode(
                type: type, inputs: inputs.map { $0?.name ?? "" }, outputs: values.map(\.name),
                attributes: attributes))
        return values
    }

    /// Adds a node of a standard operator that has one output, of integers if nothing else is said.
    public func add(
        _ type: String, _ inputs: [ONNXValue?], _ shape: [Int], _ dtype: DType = .int64,
        _ attributes: [String: ONNXAttribute] = [:]
    ) -> ONNXValue {
        add(
            type, inputs, attributes: attributes,
            outputs: [TensorType(shape: shape, dtype: dtype)])[0]
    }

    /// A dimension's size as the graph finds it when it runs: `(1)`, or without dimensions.
    public func size(of value: ONNXValue, dimension: Int, isScalar: Bool = false) -> ONNXValue {
        let shape = add("Shape", [value], [value.type.shape.count])
        let index = isScalar ? constant(Tensor(dimension)) : constant([dimension])
        return add("Gather", [shape, index], isScalar ? [] : [1], .int64, ["axis": .int(0)])
    }

    /// Adds a constant, under its name if it has one; the same tensor is written only once.
    public func constant(_ tensor: Tensor) -> ONNXValue {
        let key = ConstantKey(tensor)
        if let known = constants[key] { return known }
        let name = names[key] ?? fresh("constant")
        // Kept alive by the list: a key is an address, which must not be used again.
        initializers.append((name, tensor.detach()))
        let value = ONNXValue(name: name, type: tensor.type)
        constants[key] = value
        return value
    }

    /// A constant list of integers, as shapes and axes are given.
    public func constant(_ values: [Int]) -> ONNXValue { constant(Tensor(values)) }

    private func fresh(_ stem: String) -> String {
        var name: String
        repeat {
            lastName += 1
            name = "\(stem)_\(lastName)"
        } while taken.contains(name)
        return name
    }
}

/// An operation that ONNX cannot express.
public struct ONNXFormError: Error, CustomStringConvertible {
    public let operation: String
    public let reason: String

    public init(operation: String, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    public var description: String { "\(operation) cannot be exported to ONNX: \(reason)" }
}

/// Records what a computation does and writes it down as an ONNX graph.
///
/// The graph that gradients would flow through is the record: while tracing, every operation is
/// recorded with its inputs, whether they need gradients or not.
public enum Trace {
    /// Runs the closure on the inputs and returns the graph of what it did, with its outputs.
    ///
    /// - Parameters:
    ///   - inputs: the graph's inputs by name.
    ///   - batchSize: the size of the inputs' first dimension where the graph is to work for any.
    ///   - named: what to call constants that are these tensors (a model's weights).
    /// - Throws: `ONNXFormError` for an operation without ONNX form, and whatever the closure throws.
    public static func onnx(
        inputs: [(name: String, tensor: Tensor)], batchSize: Int?,
        named: [(name: String, tensor: Tensor)], _ body: ([Tensor]) throws -> [Tensor]
    ) throws -> (graph: ONNXGraph, outputs: [ONNXValue], results: [Tensor]) {
        let graph = ONNXGraph(
            batchSize: batchSize, reserved: inputs.map(\.name), named: named)
        var values: [ObjectIdentifier: [ONNXValue]] = [:]
        var marked: [Tensor] = []
        for (name, tensor) in inputs {
            var tensor = tensor.detach()
            let node = Node(leaf: tensor)
            values[ObjectIdentifier(node)] = [ONNXValue(name: name, type: tensor.type)]
            tensor.edge = Edge(node: node, index: 0)
            marked.append(tensor)
        }
        let results = try ThreadFlags.with(.tracing) { try body(marked) }

        func value(of tensor: Tensor) -> ONNXValue {
            if let edge = tensor.edge, let known = values[ObjectIdentifier(edge.node)] {
                return known[edge.index]
            }
            return graph.constant(tensor)
        }
        for node in nodes(behind: results) {
            guard let operation = node.operation else { continue }
            let inputs = node.tracedInputs.map(value(of:))
            let outputs = try operation.onnx(inputs, outputs: node.outputTypes, graph)
            precondition(
                outputs.count == node.outputTypes.count,
                "\(node.name): its ONNX form has \(outputs.count) outputs, not "
                    + "\(node.outputTypes.count)")
            values[ObjectIdentifier(node)] = outputs
        }
        return (graph, results.map(value(of:)), results.map { $0.detach() })
    }

    /// The recorded operations behind some tensors, in the order they ran.
    private static func nodes(behind tensors: [Tensor]) -> [Node] {
        var seen: Set<ObjectIdentifier> = []
        var found: [Node] = []
        var pending = tensors.compactMap { $0.edge?.node }
        while let node = pending.popLast() {
            guard !node.isLeaf, seen.insert(ObjectIdentifier(node)).inserted else { continue }
            found.append(node)
            pending += node.inputs.compactMap { $0?.node }
        }
        return found.sorted { $0.sequence < $1.sequence }
    }
}

/// Tells constants apart by where they lie, so that a weight used twice is written once.
private struct ConstantKey: Hashable {
    let storage: ObjectIdentifier
    let offset: Int
    let shape: [Int]
    let strides: [Int]
    let dtype: DType

    init(_ tensor: Tensor) {
        storage = ObjectIdentifier(tensor.storage)
        offset = tensor.offset
        shape = tensor.shape
        strides = tensor.strides
        dtype = tensor.dtype
    }
}
