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

    /// A leaf's accumulated gradient, or that of a tensor which was asked to keep its own
    /// (`retainGrad`); nil before the first `backward` and for other tensors.
    public var grad: Tensor? {
        get { edge.flatMap { $0.node.gradients[$0.index] } }
        nonmutating set {
            guard let node = edge?.node, node.isLeaf else {
                preconditionFailure("grad: only a leaf that requires a gradient has one to set")
            }
            precondition(
                newValue == nil || newValue?.shape == shape,
                "grad: expected shape \(shape), got \(newValue?.shape ?? [])")
            node.gradients[0] = newValue
        }
    }

    /// Adds the gradient of this tensor with respect to every leaf it was computed from to the
    /// leaves' `grad`.
    ///
    /// - Parameters:
    ///   - gradient: the gradient of the result that matters with respect to this tensor, of this
    ///     tensor's shape; by default 1, for a tensor of one element.
    ///   - retainGraph: keeps what the graph saved, so that it can be walked again; by default only
    ///     with `createGraph`, otherwise memory is freed on the way.
    ///   - createGraph: records the computation of the gradients, so that they have gradients of
    ///     their own. The leaves then keep the graph alive until their `grad` is set to nil;
    ///     ``grad(outputs:inputs:gradients:retainGraph:createGraph:allowUnused:)`` has no such cycle.
    public func backward(
        gradient: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false
    ) {
        let root = Engine.root(self, gradient, operation: "backward")
        Engine.run(
            from: [root], retainGraph: retainGraph ?? createGraph, createGraph: createGraph)
    }
}

/// The gradients of some outputs, weighted and added up, with respect to some inputs: leaves or
/// results in between. Nothing is added to any `grad` (PyTorch's `autograd.grad`).
///
/// - Parameters:
///   - gradients: the weight of each output, of its shape; nil for 1, where outputs have one element.
///   - retainGraph: keeps what the graph saved, so that it can be walked again; by default as
///     `createGraph` says.
///   - createGraph: records the computation, so that the gradients have gradients of their own.
///   - allowUnused: whether an input may have had no part in the outputs: its gradient is then zero.
public func grad(
    outputs: [Tensor], inputs: [Tensor], gradients: [Tensor?]? = nil, retainGraph: Bool? = nil,
    createGraph: Bool = false, allowUnused: Bool = false
) -> [Tensor] {
    precondition(
        gradients == nil || gradients?.count == outputs.count,
        "grad: \(gradients?.count ?? 0) gradients for \(outputs.count) outputs")
    let roots = outputs.enumerated().map {
        Engine.root($1, gradients?[$0] ?? nil, operation: "grad")
    }
    let targets = inputs.enumerated().map { i, input in
        guard let edge = input.edge else {
            preconditionFailure("grad: input \(i), of shape \(input.shape), requires no gradient")
        }
        return edge
    }
    let found = Engine.run(
        from: roots, retainGraph: retainGraph ?? createGraph, createGraph: createGraph,
        targets: targets)
    return zip(inputs, found).enumerated().map { i, pair in
        precondition(
            pair.1 != nil || allowUnused,
            "grad: input \(i), of shape \(pair.0.shape), has no part in the outputs; "
                + "pass allowUnused: true for a gradient of 0")
        return pair.1 ?? pair.0.detach().zerosLike()
    }
}

/// Walks the graph from outputs to the leaves.
enum Engine {
    /// The operation whose gradient is being recorded: see `SavedOutput`.
    @TaskLocal static var recorded: Node?

    struct Root {
        let edge: Edge
        let gradient: Tensor
    }

    /// Where to begin, with what.
    static func root(_ output: Tensor, _ gradient: Tensor?, operation: String) -> Root {
        guard let edge = output.edge else {
            preconditionFailure(
                "\(operation): the tensor does not depend on any tensor that requires a gradient")
        }
        precondition(
            gradient != nil || output.count == 1,
            "\(operation): only a tensor of one element has a gradient by default; pass one for "
                + "shape \(output.shape)")
        let seed = gradient ?? Tensor.ones(output.shape, dtype: output.dtype)
        precondition(
            seed.shape == output.shape,
            "\(operation): expected a gradient of shape \(output.shape), got \(seed.shape)")
        return Root(edge: edge, gradient: seed.to(output.dtype))
    }

    /// Walks the graph and returns the targets' gradients; without targets, adds to the leaves' own.
    @discardableResult
    static func run(
        from roots: [Root], retainGraph: Bool, createGraph: Bool, targets: [Edge]? = nil
    ) -> [Tensor?] {
        var walk = Walk(retainGraph: retainGraph, createGraph: createGraph)
        return ThreadFlags.with(createGraph ? .recording : .off) {
            walk.run(from: roots, targets: targets)
        }
    }
}

/// One walk's gradients on their way.
private struct Walk {
    let retainGraph: Bool
    let createGraph: Bool
    private var pending: [ObjectIdentifier: [Tensor?]] = [:]

    init(retainGraph: Bool, createGraph: Bool) {
        self.retainGraph = retainGraph
        self.createGraph = createGraph
    }

    mutating func run(from roots: [Engine.Root], targets: [Edge]?) -> [Tensor?] {
        // Nodes by descending sequence number: whatever used a node's outputs comes before it.
        var order = reachable(from: roots.map(\.edge.node)).sorted { $0.sequence > $1.sequence }
        if let targets { order = leading(to: targets, among: order) }
        let wanted = Set((targets ?? []).map { ObjectIdentifier($0.node) })
        var captured: [ObjectIdentifier: [Tensor?]] = [:]
        for root in roots {
            arrive(createGraph ? root.gradient : root.gradient.detach(), at: root.edge)
        }
        let included = Set(order.map { ObjectIdentifier($0) })
        for node in order {
            let key = ObjectIdentifier(node)
            guard var gradients = pending.removeValue(forKey: key) else { continue }
            if !node.hooks.isEmpty { callHooks(of: node, &gradients) }
            for index in node.retained {
                accumulate(gradients[index], into: &node.gradients[index])
            }
            if wanted.contains(key) { captured[key] = gradients }
            if node.isLeaf {
                guard targets == nil else { continue }
                ProfileRecorder.time("accumulate gradients") {
                    accumulate(gradients[0], into: &node.gradients[0])
                }
                continue
            }
            // What lies before the targets is of no interest.
            guard
                node.inputs.contains(where: { edge in
                    edge.map { included.contains(ObjectIdentifier($0.node)) } ?? false
                })
            else { continue }
            pass(gradients, through: node, included)
        }
        return (targets ?? []).map { captured[ObjectIdentifier($0.node)]?[$0.index] ?? nil }
    }

    /// Hands the gradients of a node's outputs on to its inputs.
    private mutating func pass(
        _ gradients: [Tensor?], through node: Node, _ included: Set<ObjectIdentifier>
    ) {
        guard let operation = node.operation else {
            preconditionFailure(
                "backward: the graph was freed by an earlier backward; pass retainGraph: true "
                    + "to the first to walk it twice (at \(node.name))")
        }
        // What the gradient is made of is not searched for NaN by itself: the gradient is.
        let results = ThreadFlags.without(ThreadFlags.watching) {
            ProfileRecorder.time("\(node.name) backward") {
                guard createGraph else { return operation.backward(gradients) }
                return Engine.$recorded.withValue(node) {
                    operation.isOnceDifferentiable
                        ? OnceDifferentiated.backward(of: operation, gradients)
                        : operation.backward(gradients)
                }
            }
        }
        precondition(
            results.count == node.inputs.count,
            "\(node.name): backward returned \(results.count) gradients for "
                + "\(node.inputs.count) inputs")
        if ThreadFlags.current.has(ThreadFlags.watching) {
            AnomalyRecorder.look(
                at: results.compactMap { $0 }, from: gradients.compactMap { $0 },
                "the gradient of \(node.name)")
        }
        if !retainGraph { node.operation = nil }
        for (i, result) in results.enumerated() {
            guard let input = node.inputs[i], let result,
                included.contains(ObjectIdentifier(input.node))
            else { continue }
            arrive(fit(result, to: node.inputTypes[i], operation: node.name), at: input)
        }
    }

    private mutating func arrive(_ gradient: Tensor, at edge: Edge) {
        let key = ObjectIdentifier(edge.node)
        var slots =
            pending.removeValue(forKey: key)
            ?? [Tensor?](repeating: nil, count: edge.node.outputTypes.count)
        accumulate(gradient, into: &slots[edge.index])
        pending[key] = slots
    }

    private func callHooks(of node: Node, _ gradients: inout [Tensor?]) {
        for hook in node.hooks {
            guard let gradient = gradients[hook.index], let changed = hook.call(gradient) else {
                continue
            }
            precondition(
                changed.shape == gradient.shape,
                "registerHook: the hook of \(node.name) returned shape \(changed.shape) for a "
                    + "gradient of shape \(gradient.shape)")
            gradients[hook.index] = changed
        }
    }

    private func reachable(from roots: [Node]) -> [Node] {
        var seen: Set<ObjectIdentifier> = []
        var found = roots.filter { seen.insert(ObjectIdentifier($0)).inserted }
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

    /// The nodes that a target can be reached from, in the same order.
    private func leading(to targets: [Edge], among order: [Node]) -> [Node] {
        var leading = Set(targets.map { ObjectIdentifier($0.node) })
        for node in order.reversed()
        where node.inputs.contains(where: { edge in
            edge.map { leading.contains(ObjectIdentifier($0.node)) } ?? false
        }) {
            leading.insert(ObjectIdentifier(node))
        }
        return order.filter { leading.contains(ObjectIdentifier($0)) }
    }

    /// The gradient summed over the dimensions the input was broadcast along, in the input's type.
    private func fit(_ gradient: Tensor, to type: TensorType, operation: String) -> Tensor {
        var result = gradient
        if result.shape != type.shape {
            result = result.summed(to: type.shape, operation: operation)
        }
        return result.dtype == type.dtype ? result : result.to(type.dtype)
    }

    private func accumulate(_ gradient: Tensor?, into slot: inout Tensor?) {
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

/// The gradient of an operation whose gradient is a kernel: it has no gradient of its own, and says so when
/// one is asked for.
private struct OnceDifferentiated: TensorOperation {
    let original: any TensorOperation

    static func backward(of operation: any TensorOperation, _ gradients: [Tensor?]) -> [Tensor?] {
        let results = noGrad { operation.backward(gradients.map { $0?.detach() }) }
        let present = results.compactMap { $0 }
        var marked = Tensor.apply(
            OnceDifferentiated(original: operation),
            present + gradients.compactMap { $0 } + [Tensor.zeros([]).requiringGrad()]
        )[...]
        return results.map { $0 == nil ? nil : marked.removeFirst() }
    }

    var name: String { "the gradient of \(original.name)" }

    mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] { inputs }

    func backward(_ gradients: [Tensor?]) -> [Tensor?] {
        preconditionFailure("\(original.name): its gradient cannot be differentiated again")
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
