public import Martlet
public import MartletNN

/// Some of a model's parameters, trained with settings of their own.
public struct ParameterGroup {
    public let name: String
    /// Names as `namedParameters()` gives them; state is kept under them.
    public let parameters: [(name: String, parameter: Parameter)]
    /// Multiplies the learning rate of every step.
    public var learningRateFactor: Double
    /// The weight of the penalty on squared values, or the decay beside the gradient for `AdamW`.
    public var weightDecay: Double

    public init(
        _ name: String, _ parameters: [(name: String, parameter: Parameter)],
        learningRateFactor: Double = 1, weightDecay: Double = 0
    ) {
        self.name = name
        self.parameters = parameters
        self.learningRateFactor = learningRateFactor
        self.weightDecay = weightDecay
    }

    /// All parameters of a model in one group.
    public static func all(of module: any Module, weightDecay: Double = 0) -> [ParameterGroup] {
        [ParameterGroup("all", module.namedParameters(), weightDecay: weightDecay)]
    }

    /// Two groups: weights, which decay, and vectors (biases, normalisation), which do not.
    public static func exemptingVectors(of module: any Module, weightDecay: Double)
        -> [ParameterGroup]
    {
        let all = module.namedParameters()
        return [
            ParameterGroup(
                "weights", all.filter { $0.parameter.shape.count > 1 }, weightDecay: weightDecay),
            ParameterGroup("vectors", all.filter { $0.parameter.shape.count <= 1 }),
        ]
    }
}

/// Changes parameters along their gradients.
///
/// ```swift
/// let optimizer = AdamW(model, weightDecay: 0.01)
/// for (i, batch) in batches.enumerated() {
///     optimizer.zeroGrad()
///     loss(batch).backward()
///     optimizer.step(learningRate: 1e-3 * schedule.factor(at: i))
/// }
/// ```
public protocol Optimizer: AnyObject {
    /// What is trained. A parameter belongs to one group; names differ over all groups.
    var groups: [ParameterGroup] { get set }

    /// How much of the last direction is kept: SGD's momentum, Adam's β1. One-cycle schedules move
    /// it.
    var momentum: Double { get set }

    /// Changes every parameter that has a gradient; the others, and what is remembered of them,
    /// stay.
    func step(learningRate: Double)

    /// What the optimiser remembers, for checkpoints: tensors under "kind.parameter", for example
    /// "exp_avg.fc.weight".
    func state() -> [String: Tensor]

    /// Takes up a remembered state in place of the present one.
    ///
    /// - Throws: `OptimizerStateError`, and changes nothing, when the state does not fit the
    ///   parameters.
    func load(state: [String: Tensor]) throws
}

extension Optimizer {
    /// All parameters of all groups.
    public var namedParameters: [(name: String, parameter: Parameter)] {
        groups.flatMap(\.parameters)
    }

    /// Forgets the gradients, so that the next `backward` starts from zero.
    public func zeroGrad() {
        for (_, parameter) in namedParameters where !parameter.isFrozen { parameter.grad = nil }
    }
}

/// A remembered optimiser state that does not fit.
public struct OptimizerStateError: Error, CustomStringConvertible, Equatable {
    /// The entry that is wrong.
    public let key: String
    public let reason: String

    public var description: String { "optimizer state \"\(key)\": \(reason)" }
}

/// Stops when a name or a parameter occurs twice.
func requireDistinct(_ groups: [ParameterGroup], _ optimizer: String) {
    var names: Set<String> = []
    var parameters: Set<ObjectIdentifier> = []
    for (name, parameter) in groups.flatMap(\.parameters) {
        precondition(
            names.insert(name).inserted,
            "\(optimizer): two parameters are named \"\(name)\"; prefix the names of each model")
        precondition(
            parameters.insert(ObjectIdentifier(parameter)).inserted,
            "\(optimizer): the parameter \"\(name)\" belongs to two groups")
    }
}
