internal import Martlet
internal import MartletNN

/// Tensors an optimiser remembers for each parameter, by kind ("exp_avg") and parameter name, and
/// how many steps each parameter has taken.
struct Moments {
    let kinds: [String]
    private var tensors: [[String: Tensor]]
    private(set) var steps: [String: Int] = [:]

    private static let stepKind = "step"

    init(kinds: [String]) {
        self.kinds = kinds
        tensors = kinds.map { _ in [:] }
    }

    /// Runs one step over a group: parameters of the same age together, the moments of new ones
    /// zero.
    ///
    /// - Parameters:
    ///   - remembering: whether the step uses moments; without them nothing is remembered and
    ///     nothing ages.
    ///   - body: changes the updates, given how many steps they have taken including this one.
    mutating func update(
        _ group: ParameterGroup, remembering: Bool = true,
        _ body: (inout [FusedUpdate], _ age: Int) -> Void
    ) {
        let trained = group.parameters.filter { !$0.parameter.isFrozen && $0.parameter.grad != nil }
        let kinds = remembering ? kinds : []
        let ages = Dictionary(grouping: trained) { remembering ? (steps[$0.name] ?? 0) + 1 : 1 }
        for (age, members) in ages.sorted(by: { $0.key < $1.key }) {
            var updates: [FusedUpdate] = []
            updates.reserveCapacity(members.count)
            for (name, parameter) in members {
                guard let gradient = parameter.grad else { continue }
                // Everything is handed over, so that the update owns the memory it changes.
                let values = parameter.take()
                let moments = kinds.indices.map { kind in
                    tensors[kind].removeValue(forKey: name) ?? values.zerosLike().detach()
                }
                updates.append(
                    FusedUpdate(
                        parameter: values, gradient: gradient, first: moments.first,
                        second: moments.count > 1 ? moments[1] : nil))
            }
            body(&updates, age)
            for ((name, parameter), update) in zip(members, updates) {
                parameter.put(update.parameter)
                if let first = update.first { tensors[0][name] = first }
                if let second = update.second { tensors[1][name] = second }
                if remembering { steps[name] = age }
            }
        }
    }

    func state() -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for (kind, values) in zip(kinds, tensors) {
            for (name, tensor) in values { result["\(kind).\(name)"] = tensor }
        }
        for (name, step) in steps { result["\(Moments.stepKind).\(name)"] = Tensor(step) }
        return result
    }

    /// The same kinds with the values of a remembered state.
    func loaded(
        _ state: [String: Tensor], for parameters: [(name: String, parameter: Parameter)]
    ) throws -> Moments {
        var result = Moments(kinds: kinds)
        let known = Dictionary(
            parameters.map { ($0.name, $0.parameter) }, uniquingKeysWith: { first, _ in first })
        for (key, tensor) in state.sorted(by: { $0.key < $1.key }) {
            let kind = String(key.prefix { $0 != "." })
            let name = String(key.dropFirst(kind.count + 1))
            let place = kinds.firstIndex(of: kind)
            guard place != nil || kind == Moments.stepKind else {
                let expected = (kinds + [Moments.stepKind]).joined(separator: ", ")
                throw OptimizerStateError(
                    key: key, reason: "expected one of \(expected) before the first point")
            }
            guard let parameter = known[name] else {
                throw OptimizerStateError(
                    key: key, reason: "the model has no trained parameter \"\(name)\"")
            }
            guard let place else {
                result.steps[name] = try Moments.step(tensor, key: key)
                continue
            }
            let dtype = parameter.value.dtype
            guard tensor.shape == parameter.shape && tensor.dtype == dtype else {
                throw OptimizerStateError(
                    key: key,
                    reason: "expected \(dtype) of shape \(parameter.shape), got \(tensor.dtype) of "
                        + "shape \(tensor.shape)")
            }
            result.tensors[place][name] = tensor.detach()
        }
        for (name, _) in result.steps {
            for (kind, values) in zip(kinds, result.tensors) where values[name] == nil {
                throw OptimizerStateError(key: "\(kind).\(name)", reason: "it is missing")
            }
        }
        for values in result.tensors {
            for (name, _) in values where result.steps[name] == nil {
                throw OptimizerStateError(
                    key: "\(Moments.stepKind).\(name)", reason: "it is missing")
            }
        }
        return result
    }

    private static func step(_ tensor: Tensor, key: String) throws -> Int {
        guard tensor.count == 1, !tensor.dtype.isFloatingPoint else {
            throw OptimizerStateError(
                key: key,
                reason: "expected one integer, got \(tensor.dtype) of shape \(tensor.shape)")
        }
        let step = tensor.item(as: Int.self)
        guard step >= 1 else {
            throw OptimizerStateError(key: key, reason: "expected at least 1, got \(step)")
        }
        return step
    }
}
