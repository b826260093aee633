internal import Martlet

/// What L-BFGS remembers from one move to the next.
struct LBFGSMemory {
    /// Moves and evaluations of the loss so far.
    var iterations = 0
    var evaluations = 0
    /// The loss before the last move, and the move's length.
    var previousLoss = 0.0
    var length = 0.0
    /// The last move's direction.
    private(set) var direction = Tensor.zeros([0])
    private var previousGradient = Tensor.zeros([0])
    /// How gradients changed, how parameters had moved, and one over the products of both.
    private var changes: [Tensor] = []
    private var moves: [Tensor] = []
    private var ratios: [Double] = []
    /// The diagonal of the first guess of the inverse Hessian.
    private var scale = 1.0

    init() {}

    /// Learns from the gradient after the last move, and finds the next direction.
    mutating func remember(_ gradient: Tensor, limit: Int) {
        iterations += 1
        defer { previousGradient = gradient }
        guard iterations > 1 else {
            direction = -gradient
            return
        }
        let change = gradient - previousGradient
        let move = direction * length
        let product = change.dot(move).item(as: Double.self)
        if product > 1e-10 {
            if changes.count == limit {
                changes.removeFirst()
                moves.removeFirst()
                ratios.removeFirst()
            }
            changes.append(change)
            moves.append(move)
            ratios.append(1 / product)
            scale = product / change.dot(change).item(as: Double.self)
        }
        // The inverse Hessian times the gradient, by the two loops of Nocedal.
        var vector = -gradient
        var factors = [Double](repeating: 0, count: changes.count)
        for i in changes.indices.reversed() {
            factors[i] = moves[i].dot(vector).item(as: Double.self) * ratios[i]
            vector += changes[i] * -factors[i]
        }
        vector *= scale
        for i in changes.indices {
            vector +=
                moves[i] * (factors[i] - changes[i].dot(vector).item(as: Double.self) * ratios[i])
        }
        direction = vector
    }

    func state() -> [String: Tensor] {
        guard evaluations > 0 else { return [:] }
        var result = ["func_evals": Tensor(evaluations), "n_iter": Tensor(iterations)]
        guard iterations > 0 else { return result }
        result["t"] = Tensor(length)
        result["H_diag"] = Tensor(scale)
        result["prev_loss"] = Tensor(previousLoss)
        result["d"] = direction
        result["prev_flat_grad"] = previousGradient
        for i in changes.indices {
            result["old_dirs.\(i)"] = changes[i]
            result["old_stps.\(i)"] = moves[i]
            result["ro.\(i)"] = Tensor(ratios[i])
        }
        return result
    }

    /// - Parameters:
    ///   - count: the number of parameters' elements.
    ///   - dtype: their type.
    init(_ state: [String: Tensor], count: Int, dtype: DType) throws {
        guard !state.isEmpty else { return }
        var rest = state
        func entry(_ key: String) throws -> Tensor {
            guard let tensor = rest.removeValue(forKey: key) else {
                throw OptimizerStateError(key: key, reason: "it is missing")
            }
            return tensor
        }
        func vector(_ key: String) throws -> Tensor {
            let tensor = try entry(key)
            guard tensor.shape == [count] && tensor.dtype == dtype else {
                throw OptimizerStateError(
                    key: key,
                    reason: "expected \(dtype) of shape \([count]), got \(tensor.dtype) of shape "
                        + "\(tensor.shape)")
            }
            return tensor.detach()
        }
        func number(_ key: String) throws -> Double {
            try StateEntry.number(try entry(key), key: key)
        }
        evaluations = try StateEntry.count(try entry("func_evals"), key: "func_evals")
        iterations = try StateEntry.count(try entry("n_iter"), key: "n_iter", least: 0)
        if iterations > 0 {
            (length, scale) = (try number("t"), try number("H_diag"))
            previousLoss = try number("prev_loss")
            (direction, previousGradient) = (try vector("d"), try vector("prev_flat_grad"))
            while rest["ro.\(changes.count)"] != nil {
                let i = changes.count
                ratios.append(try number("ro.\(i)"))
                moves.append(try vector("old_stps.\(i)"))
                changes.append(try vector("old_dirs.\(i)"))
            }
        }
        if let key = rest.keys.min() {
            throw OptimizerStateError(key: key, reason: "L-BFGS has no such entry")
        }
    }
}
