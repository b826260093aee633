public import Martlet
public import MartletNN

/// Stochastic gradient descent with momentum (Sutskever et al., "On the importance of
/// initialization and momentum in deep learning", 2013), in PyTorch's form.
///
/// With g the gradient plus `weightDecay` times the parameter, the momentum becomes v = `momentum`
/// v + (1 - `dampening`) g, which is g on a parameter's first step, and the parameter moves by
/// -learningRate v, or by -learningRate (g + `momentum` v) with `nesterov`.
public final class SGD: Optimizer {
    public var groups: [ParameterGroup] {
        didSet { requireDistinct(groups, "SGD") }
    }
    public var momentum: Double {
        didSet { requireNotNegative(momentum, "momentum", "SGD") }
    }
    /// The part of the gradient that momentum leaves out, and whether the step looks ahead (Nesterov).
    public let dampening: Double
    public let nesterov: Bool

    private var moments = Moments(kinds: ["momentum_buffer"])

    /// - Parameters:
    ///   - momentum: 0 remembers nothing.
    ///   - nesterov: needs a momentum, and no dampening.
    public init(
        groups: [ParameterGroup], momentum: Double = 0, dampening: Double = 0,
        nesterov: Bool = false
    ) {
        requireNotNegative(momentum, "momentum", "SGD")
        precondition(
            !nesterov || (momentum > 0 && dampening == 0),
            "SGD: Nesterov's momentum needs a momentum above 0 and no dampening, got "
                + "\(momentum) and \(dampening)")
        requireDistinct(groups, "SGD")
        self.groups = groups
        self.momentum = momentum
        self.dampening = dampening
        self.nesterov = nesterov
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
        nesterov: Bool = false
    ) {
        self.init(
            groups: ParameterGroup.all(of: module, weightDecay: weightDecay), momentum: momentum,
            dampening: dampening, nesterov: nesterov)
    }

    public func step(learningRate: Double) {
        for group in groups {
            moments.update(group, remembering: momentum > 0) { updates, age in
                FusedUpdate.sgd(
                    &updates, learningRate: group.rate(learningRate),
                    momentum: momentum, dampening: dampening, weightDecay: group.weightDecay,
                    nesterov: nesterov, isFirst: age.steps == 1)
            }
        }
    }

    public func state() -> [String: Tensor] { moments.state() }

    public func load(state: [String: Tensor]) throws {
        moments = try moments.loaded(state, for: namedParameters)
    }
}
