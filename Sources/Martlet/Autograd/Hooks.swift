internal import Synchronization

/// What is called with the gradient of one output of a node.
struct GradientHook {
    let identifier: Int
    let index: Int
    let call: (Tensor) -> Tensor?
}

/// Takes a hook away again.
public struct HookHandle {
    private weak var node: Node?
    private let identifier: Int

    init(_ node: Node, _ identifier: Int) {
        self.node = node
        self.identifier = identifier
    }

    /// The hook is no longer called.
    public func remove() { node?.hooks.removeAll { $0.identifier == identifier } }
}

private let lastHook = Atomic<Int>(0)

extension Tensor {
    /// Calls the closure with this tensor's gradient each time `backward` has all of it, before it flows on; what the
    /// closure returns, if not nil, takes its place.
    @discardableResult
    public func registerHook(_ hook: @escaping (Tensor) -> Tensor?) -> HookHandle {
        guard let edge else {
            preconditionFailure("registerHook: no gradient flows through this tensor")
        }
        let identifier = lastHook.add(1, ordering: .relaxed).newValue
        edge.node.hooks.append(
            GradientHook(identifier: identifier, index: edge.index, call: hook))
        return HookHandle(edge.node, identifier)
    }

    /// Adds this tensor's gradient to its `grad` at each `backward`, though it is not a leaf (PyTorch's `retain_grad`).
    public func retainGrad() {
        guard let edge else {
            preconditionFailure("retainGrad: no gradient flows through this tensor")
        }
        if !edge.node.isLeaf { edge.node.retained.insert(edge.index) }
    }
}
