internal import Martlet
internal import MartletNN

/// Tensors an optimiser remembers for each parameter, by kind ("exp_avg") and parameter name, and
/// how far each parameter has come.
struct Moments {
    /// How far a parameter has come; parameters of the same age take a step together.
    struct Age: Hashable {
        /// The steps taken, including the one in progress.
        var steps = 0
        /// A number that an optimiser multiplies on at each step.
        var product = 1.0
    }

    let kinds: [String]
    /// What each kind starts from.
    private let initial: [Double]
    /// The name of the ages' product where the optimiser uses it.
    private let productKind: String?
    private var tensors: [[String: Tensor]]
    private var ages: [String: Age] = [:]

    private static let stepKind = "step"

    init(kinds: [String], initial: [Double]? = nil, product: String? = nil) {
        self.kinds = kinds
        self.initial = initial ?? kinds.map { _ in 0 }
        productKind = product
        tensors = kinds.map { _ in [:] }
    }

    /// Runs one step over a group: parameters of the same age together, the moments of new ones
    /// at their initial values.
    ///
    /// - Parameters:
    ///   - remembering: whether the step uses moments; without them nothing is remembered and
    ///     nothing ages.
    ///   - body: changes the updates, and the product of their age if it uses it.
    mutating func update(
        _ group: ParameterGroup, remembering: Bool = true,
        _ body: (inout [FusedUpdate], inout Age) -> Void
    ) {
        let trained = group.parameters.filter { !$0.parameter.isFrozen && $0.parameter.grad != nil }
        let kinds = remembering ? kinds : []
        let cohorts = Dictionary(grouping: trained) {
            remembering ? ages[$0.name] ?? Age() : Age()
        }
        for (before, members) in cohorts {
            var age = before
            age.steps += 1
            var updates: [FusedUpdate] = []
            updates.reserveCapacity(members.count)
            for (name, parameter) in members {
                guard let gradient = parameter.grad else { continue }
                // Everything is handed over, so that the update owns the memory it changes.
                let values = parameter.take()
                let states = kinds.indices.map { kind in
                    tensors[kind].removeValue(forKey: name) ?? start(kind, like: values)
                }
                updates.append(
                    FusedUpdate(parameter: values, gradient: gradient, states: states))
            }
            body(&updates, &age)
            for ((name, parameter), update) in zip(members, updates) {
                parameter.put(update.parameter)
                for (kind, state) in zip(kinds.indices, update.states) {
                    tensors[kind][name] = state
                }
                if remembering { ages[name] = age }
            }
        }
    }

    private func start(_ kind: Int, like values: Tensor) -> Tensor {
        let zeros = values.zerosLike().detach()
        return initial[kind] == 0 ? zeros : zeros + initial[kind]
    }

    func state() -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for (kind, values) in zip(kinds, tensors) {
            for (name, tensor) in values { result["\(kind).\(name)"] = tensor }
        }
        for (name, age) in ages {
            result["\(Moments.stepKind).\(name)"] = Tensor(age.steps)
            if let productKind { result["\(productKind).\(name)"] = Tensor(age.product) }
        }
        return result
    }

    /// The same kinds with the values of a remembered state.
    func loaded(
        _ state: [String: Tensor], for parameters: [(name: String, parameter: Parameter)]
    ) throws -> Moments {
        var result = Moments(kinds: kinds, initial: initial, product: productKind)
        let known = Dictionary(
            parameters.map { ($0.name, $0.parameter) }, uniquingKeysWith: { first, _ in first })
        let scalars = [Moments.stepKind, productKind].compactMap { $0 }
        var complete: Set<String> = []
        for (key, tensor) in state.sorted(by: { $0.key < $1.key }) {
            let kind = String(key.prefix { $0 != "." })
            let name = String(key.dropFirst(kind.count + 1))
            guard kinds.contains(kind) || scalars.contains(kind) else {
                let expected = (kinds + scalars).joined(separator: ", ")
                throw OptimizerStateError(
                    key: key, reason: "expected one of \(expected) before the first point")
            }
            guard let parameter = known[name] else {
                throw OptimizerStateError(
                    key: key, reason: "the model has no trained parameter \"\(name)\"")
            }
            if complete.insert(name).inserted {
                for kind in kinds + scalars where state["\(kind).\(name)"] == nil {
                    throw OptimizerStateError(key: "\(kind).\(name)", reason: "it is missing")
                }
            }
            if let place = kinds.firstIndex(of: kind) {
                try fit(tensor, parameter, key: key)
                result.tensors[place][name] = tensor.detach()
            } else if kind == Moments.stepKind {
                result.ages[name, default: Age()].steps = try StateEntry.count(tensor, key: key)
            } else {
                result.ages[name, default: Age()].product = try StateEntry.number(tensor, key: key)
            }
        }
        return result
    }

    private func fit(_ tensor: Tensor, _ parameter: Parameter, key: String) throws {
        let dtype = parameter.value.dtype
        guard tensor.shape == parameter.shape && tensor.dtype == dtype else {
            throw OptimizerStateError(
                key: key,
                reason: "expected \(dtype) of shape \(parameter.shape), got \(tensor.dtype) of "
                    + "shape \(tensor.shape)")
        }
    }
}
