public import Martlet
public import MartletNN

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
    /// it. By default 0, which cannot be changed, for optimisers that keep nothing of it.
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

    public var momentum: Double {
        get { 0 }
        set {
            precondition(
                newValue == 0,
                "\(type(of: self)): it has no momentum, got \(newValue); use a schedule that "
                    + "leaves the momentum alone")
        }
    }

    /// Forgets the gradients, so that the next `backward` starts from zero.
    public func zeroGrad() {
        for (_, parameter) in namedParameters where !parameter.isFrozen { parameter.grad = nil }
    }
}

/// A remembered state, of an optimiser or an average, that does not fit.
public struct OptimizerStateError: Error, CustomStringConvertible, Equatable {
    /// The entry that is wrong.
    public let key: String
    public let reason: String

    public init(key: String, reason: String) {
        self.key = key
        self.reason = reason
    }

    public var description: String { "optimizer state \"\(key)\": \(reason)" }
}

/// Numbers in an optimiser's state.
enum StateEntry {
    /// How often something has happened: at least `least` times.
    static func count(_ tensor: Tensor, key: String, least: Int = 1) throws -> Int {
        guard tensor.count == 1, !tensor.dtype.isFloatingPoint else {
            throw OptimizerStateError(
                key: key,
                reason: "expected one integer, got \(tensor.dtype) of shape \(tensor.shape)")
        }
        let count = tensor.item(as: Int.self)
        guard count >= least else {
            throw OptimizerStateError(key: key, reason: "expected at least \(least), got \(count)")
        }
        return count
    }

    static func number(_ tensor: Tensor, key: String) throws -> Double {
        guard tensor.count == 1, tensor.dtype.isFloatingPoint else {
            throw OptimizerStateError(
                key: key,
                reason: "expected one real number, got \(tensor.dtype) of shape \(tensor.shape)")
        }
        return tensor.item(as: Double.self)
    }
}

/// Stops when there is nothing to train, or when a name or a parameter occurs twice.
func requireDistinct(_ groups: [ParameterGroup], _ optimizer: String) {
    precondition(
        groups.contains { !$0.parameters.isEmpty },
        "\(optimizer): expected at least 1 parameter, got none in \(groups.count) groups")
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

/// Stops unless a setting is in 0 ..< 1.
func requireFraction(_ value: Double, _ setting: String, _ optimizer: String) {
    precondition(
        value >= 0 && value < 1, "\(optimizer): expected \(setting) in 0 ..< 1, got \(value)")
}

/// Stops when a setting is below 0.
func requireNotNegative(_ value: Double, _ setting: String, _ optimizer: String) {
    precondition(value >= 0, "\(optimizer): \(setting) must not be negative, got \(value)")
}
