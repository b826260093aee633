internal import Synchronization

/// A place gradients arrive at: an output of a recorded operation, or a leaf.
struct Edge {
    let node: Node
    let index: Int
}

/// A recorded operation, or a leaf (a tensor the user asked gradients for).
///
/// Handed from thread to thread with the tensors it belongs to; a graph is built and walked by one thread at a time.
final class Node: @unchecked Sendable {
    /// nil for a leaf, and after `backward` has passed.
    var operation: (any TensorOperation)?
    let isLeaf: Bool
    private let operationName: String?
    /// Where each input came from; nil where no gradient is wanted.
    private(set) var inputs: [Edge?]
    let inputTypes: [TensorType]
    let outputTypes: [TensorType]
    /// When tracing, the inputs themselves: constants are among them.
    let tracedInputs: [Tensor]
    /// Later operations have greater numbers: the order `backward` walks in.
    let sequence: UInt64
    /// A leaf's accumulated gradient, or that of an operation's outputs that were asked to keep theirs.
    var gradients: [Int: Tensor] = [:]
    /// What is called with the gradient of an output, in order.
    var hooks: [GradientHook] = []
    /// Which outputs keep their gradients; see `retainGrad`.
    var retained: Set<Int> = []

    private static let lastSequence = Atomic<UInt64>(0)

    init(operation: some TensorOperation, inputs: [Tensor], outputs: [Tensor], mode: GradientMode) {
        self.operation = operation
        operationName = operation.name
        isLeaf = false
        self.inputs = inputs.map(\.edge)
        inputTypes = inputs.map(\.type)
        outputTypes = outputs.map(\.type)
        tracedInputs = mode == .tracing ? inputs : []
        sequence = Node.lastSequence.add(1, ordering: .relaxed).newValue
    }

    init(leaf tensor: Tensor) {
        operation = nil
        operationName = nil
        isLeaf = true
        inputs = []
        inputTypes = []
        outputTypes = [tensor.type]
        tracedInputs = []
        sequence = Node.lastSequence.add(1, ordering: .relaxed).newValue
    }

    var name: String { operationName ?? "leaf" }

    /// Long graphs are taken apart in a loop: freeing them recursively could exhaust the stack.
    deinit {
        var pending = release()
        while var node = pending.popLast() {
            if isKnownUniquelyReferenced(&node) { pending += node.release() }
        }
    }

    /// Lets go of everything this node refers to, and returns the nodes among it.
    private func release() -> [Node] {
        let nodes = inputs.compactMap { $0?.node }
        inputs = []
        operation = nil
        return nodes
    }
}

extension Tensor {
    /// The shape and element type.
    public var type: TensorType { TensorType(shape: shape, dtype: dtype) }
}
