extension Tensor {
    /// Whether gradients flow through this tensor.
    public var requiresGrad: Bool { edge != nil }

    /// Whether the user asked for this tensor's gradient, rather than an operation having made it.
    public var isLeaf: Bool { edge?.node.isLeaf ?? true }

    /// The same values as a leaf whose gradient `backward` accumulates in `grad`.
    public func requiringGrad() -> Tensor {
        precondition(
            dtype.isFloatingPoint,
            "requiringGrad: only floating-point tensors have gradients, got \(dtype)")
        var result = detach()
        result.edge = Edge(node: Node(leaf: self), index: 0)
        return result
    }

    /// The same values, cut from the graph.
    public func detach() -> Tensor {
        var result = self
        result.edge = nil
        return result
    }

    /// A leaf's accumulated gradient; nil before the first `backward` and for tensors that are not
    /// leaves.
    public var grad: Tensor? {
        get { edge.flatMap { $0.node.isLeaf ? $0.node.gradient : nil } }
        nonmutating set {
            guard let node = edge?.node, node.isLeaf else {
                preconditionFailure("grad: only a leaf that requires a gradient has one to set")
            }
            precondition(
                newValue == nil || newValue?.shape == shape,
                "grad: expected shape \(shape), got \(newValue?.shape ?? [])")
            node.gradient = newValue
        }
    }

    /// Adds the gradient of this tensor with respect to every leaf it was computed from to the
    /// leaves' `grad`.
    ///
    /// - Parameters:
    ///   - gradient: the gradient of the result that matters with respect to this tensor, of this
    ///     tensor's shape; by default 1, for a tensor of one element.
    ///   - retainGraph: keeps what the graph saved, so that it can be walked again. By default memory
    ///     is freed on the way.
    public func backward(gradient: Tensor? = nil, retainGraph: Bool = false) {
        guard let edge else {
            preconditionFailure(
                "backward: the tensor does not depend on any tensor that requires a gradient")
        }
        if gradient == nil {
            precondition(
                count == 1,
                "backward: only a tensor of one element has a gradient by default; pass "
                    + "`gradient:` for shape \(shape)")
        }
        let seed = gradient ?? Tensor.ones(shape, dtype: dtype)
        precondition(
            seed.shape == shape,
            "backward: expected a gradient of shape \(shape), got \(seed.shape)")
        noGrad {
            Engine.run(from: edge, gradient: seed.detach().to(dtype), retainGraph: retainGraph)
        }
    }
}

/// Walks the graph from an output to the leaves.
private enum Engine {
    static func run(from edge: Edge, gradient: Tensor, retainGraph: Bool) {
        // Nodes by descending sequence number: whatever used a node's outputs comes before it.
        let order = reachable(from: edge.node).sorted { $0.sequence > $1.sequence }
        var pending: [ObjectIdentifier: [Tensor?]] = [:]
        var seeds = [Tensor?](repeating: nil, count: edge.node.outputTypes.count)
        seeds[edge.index] = gradient
        pending[ObjectIdentifier(edge.node)] = seeds

        for node in order {
            guard let gradients = pending.removeValue(forKey: ObjectIdentifier(node)) else {
                continue
            }
            if node.isLeaf {
                ProfileRecorder.time("accumulate gradients") {
                    accumulate(gradients[0], into: &node.gradient)
                }
                continue
            }
            guard let operation = node.operation else {
                preconditionFailure(
                    "backward: the graph was freed by an earlier backward; pass retainGraph: true "
                        + "to the first to walk it twice (at \(node.name))")
            }
            let results = ProfileRecorder.time("\(node.name) backward") {
                operation.backward(gradients)
            }
            precondition(
                results.count == node.inputs.count,
                "\(node.name): backward returned \(results.count) gradients for "
                    + "\(node.inputs.count) inputs")
            if !retainGraph { node.operation = nil }
            for (i, result) in results.enumerated() {
                guard let input = node.inputs[i], let result else { continue }
                let fitted = fit(result, to: node.inputTypes[i], operation: node.name)
                let key = ObjectIdentifier(input.node)
                var slots =
                    pending.removeValue(forKey: key)
                    ?? [Tensor?](repeating: nil, count: input.node.outputTypes.count)
                accumulate(fitted, into: &slots[input.index])
                pending[key] = slots
            }
        }
    }

    private static func reachable(from root: Node) -> [Node] {
        var seen: Set<ObjectIdentifier> = [ObjectIdentifier(root)]
        var found = [root]
        var next = 0
        while next < found.count {
            for case let edge? in found[next].inputs
            where seen.insert(ObjectIdentifier(edge.node)).inserted {
                found.append(edge.node)
            }
            next += 1
        }
        return found
    }

    /// The gradient summed over the dimensions the input was broadcast along, in the input's type.
    private static func fit(_ gradient: Tensor, to type: TensorType, operation: String) -> Tensor {
        var result = gradient
        if result.shape != type.shape {
            result = result.summed(to: type.shape, operation: operation)
        }
        return result.dtype == type.dtype ? result : result.to(type.dtype)
    }

    private static func accumulate(_ gradient: Tensor?, into slot: inout Tensor?) {
        guard let gradient else { return }
        guard var sum = slot else {
            slot = gradient
            return
        }
        slot = nil
        sum += gradient
        slot = sum
    }
}

extension Tensor {
    /// The sum over the dimensions that broadcasting stretched `target` along.
    func summed(to target: [Int], operation: String) -> Tensor {
        let lead = ndim - target.count
        precondition(
            lead >= 0
                && Shape.broadcast(shape, target, operation: operation) == shape,
            "\(operation): a gradient of shape \(shape) does not fit an input of shape \(target)")
        let dims = shape.indices.filter { $0 < lead || (target[$0 - lead] == 1 && shape[$0] != 1) }
        return sum(dims: dims, keepDim: true).reshape(target)
    }
}

extension Tensor {
    /// Changes a leaf's values in place, as optimisers do; it stays the same leaf and keeps its gradient.
    public mutating func update<R>(_ body: (inout Tensor) throws -> R) rethrows -> R {
        precondition(
            isLeaf, "update: only a leaf can be changed in place, not an operation's result")
        let leaf = edge
        edge = nil
        defer { edge = leaf }
        return try noGrad { try body(&self) }
    }
}
