internal import Synchronization

/// Whether operations are recorded for `backward`.
enum GradientMode: Sendable {
    case off
    case recording
    /// Everything is recorded, inputs included, to write the graph down (see `Trace`).
    case tracing

    @TaskLocal static var current = GradientMode.recording

    static var isRecording: Bool { current != .off }
}

/// Runs the closure without recording operations, so that it takes less memory and time.
public func noGrad<R>(_ body: () throws -> R) rethrows -> R {
    try GradientMode.$current.withValue(.off, operation: body)
}

/// A place gradients arrive at: an output of a recorded operation, or a leaf.
struct Edge {
    let node: Node
    let index: Int
}

/// A recorded operation, or a leaf (a tensor the user asked gradients for).
final class Node {
    /// nil for a leaf, and after `backward` has passed.
    var operation: (any Operation)?
    let name: String
    let isLeaf: Bool
    /// Where each input came from; nil where no gradient is wanted.
    private(set) var inputs: [Edge?]
    let inputTypes: [TensorType]
    let outputTypes: [TensorType]
    /// When tracing, the inputs themselves: constants are among them.
    let tracedInputs: [Tensor]
    /// Later operations have greater numbers: the order `backward` walks in.
    let sequence: UInt64
    /// A leaf's accumulated gradient.
    var gradient: Tensor?

    private static let lastSequence = Atomic<UInt64>(0)

    init(operation: some Operation, inputs: [Tensor], outputs: [Tensor], mode: GradientMode) {
        self.operation = operation
        name = operation.name
        isLeaf = false
        self.inputs = inputs.map(\.edge)
        inputTypes = inputs.map(\.type)
        outputTypes = outputs.map(\.type)
        tracedInputs = mode == .tracing ? inputs : []
        sequence = Node.lastSequence.add(1, ordering: .relaxed).newValue
    }

    init(leaf tensor: Tensor) {
        operation = nil
        name = "leaf"
        isLeaf = true
        inputs = []
        inputTypes = []
        outputTypes = [tensor.type]
        tracedInputs = []
        sequence = Node.lastSequence.add(1, ordering: .relaxed).newValue
    }

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
