public import Martlet
public import MartletNN

/// The limited-memory quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno (Liu and Nocedal,
/// "On the limited memory BFGS method for large scale optimization", 1989), as PyTorch has it: for
/// small problems with a loss that is computed over all data.
///
/// ```swift
/// let optimizer = LBFGS(model, lineSearch: .strongWolfe)
/// optimizer.step {
///     model.zeroGrad()
///     let loss = mse(model(x, context), y)
///     loss.backward()
///     return loss
/// }
/// ```
///
/// It remembers 2 `historySize` + 2 vectors as long as all parameters together, which are of one type.
public final class LBFGS {
    /// How the length of a move is found.
    public enum LineSearch: Sendable {
        /// The learning rate is the length; the very first move is no longer than the learning rate.
        case none
        /// By the strong Wolfe conditions, from the learning rate on (Nocedal and Wright, "Numerical
        /// optimization", 2006, section 3.5).
        case strongWolfe
    }

    /// What is trained, under the names that `namedParameters()` gives.
    public let parameters: [(name: String, parameter: Parameter)]
    /// The most moves and evaluations of the loss in one step.
    public let maxIterations: Int
    public let maxEvaluations: Int
    /// A step ends when no element of the gradient is greater, or when neither the loss nor any
    /// parameter changes more.
    public let gradientTolerance: Double
    public let changeTolerance: Double
    /// How many moves are remembered.
    public let historySize: Int
    public let lineSearch: LineSearch

    private var memory = LBFGSMemory()

    /// - Parameter maxEvaluations: by default 1.25 times `maxIterations`.
    public init(
        _ parameters: [(name: String, parameter: Parameter)], maxIterations: Int = 20,
        maxEvaluations: Int? = nil, gradientTolerance: Double = 1e-7,
        changeTolerance: Double = 1e-9, historySize: Int = 100, lineSearch: LineSearch = .none
    ) {
        precondition(
            maxIterations > 0 && historySize > 0,
            "LBFGS: expected at least 1 iteration and 1 remembered move, got \(maxIterations) and "
                + "\(historySize)")
        precondition(
            gradientTolerance >= 0 && changeTolerance >= 0,
            "LBFGS: tolerances must not be negative, got \(gradientTolerance) and "
                + "\(changeTolerance)")
        let dtypes = Set(parameters.map(\.parameter.value.dtype))
        precondition(
            dtypes.count <= 1, "LBFGS: expected parameters of one type, got \(dtypes.count) types")
        requireDistinct([ParameterGroup("all", parameters)], "LBFGS")
        self.parameters = parameters
        self.maxIterations = maxIterations
        self.maxEvaluations = maxEvaluations ?? maxIterations * 5 / 4
        self.gradientTolerance = gradientTolerance
        self.changeTolerance = changeTolerance
        self.historySize = historySize
        self.lineSearch = lineSearch
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, maxIterations: Int = 20, maxEvaluations: Int? = nil,
        gradientTolerance: Double = 1e-7, changeTolerance: Double = 1e-9, historySize: Int = 100,
        lineSearch: LineSearch = .none
    ) {
        self.init(
            module.namedParameters(), maxIterations: maxIterations, maxEvaluations: maxEvaluations,
            gradientTolerance: gradientTolerance, changeTolerance: changeTolerance,
            historySize: historySize, lineSearch: lineSearch)
    }

    /// Moves the parameters until the loss is least or a limit is reached.
    ///
    /// - Parameter closure: computes the loss, of one element, and its gradients anew, after clearing
    ///   the old ones.
    /// - Returns: the loss before the step.
    @discardableResult
    public func step(learningRate: Double = 1, _ closure: () throws -> Tensor) rethrows -> Tensor {
        requireLearningRate(learningRate)
        let first = try closure()
        precondition(
            first.count == 1, "LBFGS: expected a loss of one element, got shape \(first.shape)")
        var loss = first.item(as: Double.self)
        var evaluations = 1
        memory.evaluations += 1
        guard !parameters.isEmpty else { return first }
        var gradient = flatGradient()
        guard !isLeast(gradient) else { return first }

        for iteration in 1...maxIterations {
            memory.remember(gradient, limit: historySize)
            let direction = memory.direction
            let before = (loss: loss, gradient: gradient)
            memory.previousLoss = loss
            memory.length =
                memory.iterations == 1
                ? min(1, 1 / gradient.abs().sum().item(as: Double.self)) * learningRate
                : learningRate
            let slope = gradient.dot(direction).item(as: Double.self)
            if slope > -changeTolerance { break }

            var spent = 0
            switch lineSearch {
            case .strongWolfe:
                let start = parameters.map { $0.parameter.value.detach() }
                let search = StrongWolfe(
                    loss: before.loss, gradient: before.gradient, slope: slope,
                    direction: direction, changeTolerance: changeTolerance,
                    maxEvaluations: maxEvaluations - evaluations)
                let found = try search.run(from: memory.length) { length in
                    move(by: length, along: direction)
                    defer { set(start) }
                    return (try closure().item(as: Double.self), flatGradient())
                }
                (loss, gradient) = (found.point.loss, found.point.gradient)
                memory.length = found.point.length
                spent = found.evaluations
                move(by: memory.length, along: direction)
            case .none:
                move(by: memory.length, along: direction)
                // After the last move the loss would not be used.
                if iteration < maxIterations {
                    loss = try closure().item(as: Double.self)
                    gradient = flatGradient()
                    spent = 1
                }
            }
            evaluations += spent
            memory.evaluations += spent

            if evaluations >= maxEvaluations || isLeast(gradient)
                || (direction * memory.length).greatest <= changeTolerance
                || abs(loss - before.loss) < changeTolerance
            {
                break
            }
        }
        return first
    }

    private func isLeast(_ gradient: Tensor) -> Bool { gradient.greatest <= gradientTolerance }

    /// All gradients as one vector; zeros where there are none.
    private func flatGradient() -> Tensor {
        Tensor.cat(
            parameters.map { _, parameter in
                let value = parameter.value.detach()
                return (parameter.isFrozen ? nil : parameter.grad)?.detach().reshape([-1])
                    ?? Tensor.zeros([value.count], dtype: value.dtype)
            })
    }

    /// Adds `length` times the direction's parts to the parameters that are trained.
    private func move(by length: Double, along direction: Tensor) {
        var begin = 0
        for (_, parameter) in parameters {
            let count = parameter.shape.reduce(1, *)
            let part = direction.narrow(dim: 0, start: begin, length: count)
            begin += count
            guard !parameter.isFrozen else { continue }
            parameter.update { $0 += part.reshape(parameter.shape) * length }
        }
    }

    private func set(_ values: [Tensor]) {
        for ((_, parameter), value) in zip(parameters, values) where !parameter.isFrozen {
            parameter.update { $0 = value }
        }
    }

    /// What the optimiser remembers, for checkpoints, under PyTorch's names; vectors are all
    /// parameters one after another.
    public func state() -> [String: Tensor] { memory.state() }

    /// Takes up a remembered state in place of the present one.
    ///
    /// - Throws: `OptimizerStateError`, and changes nothing, when the state does not fit the
    ///   parameters.
    public func load(state: [String: Tensor]) throws {
        memory = try LBFGSMemory(
            state, count: parameters.reduce(0) { $0 + $1.parameter.shape.reduce(1, *) },
            dtype: parameters.first?.parameter.value.dtype ?? .float32)
    }
}

extension Tensor {
    /// The greatest size of an element.
    var greatest: Double { abs().max().item(as: Double.self) }
}
