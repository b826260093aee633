public import Martlet
public import MartletNN

/// Adam (Kingma and Ba, "Adam: A method for stochastic optimization", 2015). Weight decay, if any,
/// is added to the gradient; for decay beside the gradient see `AdamW`.
public class Adam: Optimizer {
    public var groups: [ParameterGroup] {
        didSet { requireDistinct(groups, "Adam") }
    }
    /// How much of the mean gradient is kept at a step; also `momentum`.
    public var beta1: Double {
        didSet { Adam.requireBeta(beta1) }
    }
    /// How much of the mean squared gradient is kept at a step.
    public let beta2: Double
    /// Added to the denominator.
    public let epsilon: Double

    private let decoupled: Bool
    private var moments = Moments(kinds: ["exp_avg", "exp_avg_sq"])

    public var momentum: Double {
        get { beta1 }
        set { beta1 = newValue }
    }

    public convenience init(
        groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
    ) {
        self.init(groups, beta1: beta1, beta2: beta2, epsilon: epsilon, decoupled: false)
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0
    ) {
        self.init(
            ParameterGroup.all(of: module, weightDecay: weightDecay), beta1: beta1, beta2: beta2,
            epsilon: epsilon, decoupled: false)
    }

    init(
        _ groups: [ParameterGroup], beta1: Double, beta2: Double, epsilon: Double, decoupled: Bool
    ) {
        Adam.requireBeta(beta1)
        Adam.requireBeta(beta2)
        requireDistinct(groups, "Adam")
        self.groups = groups
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decoupled = decoupled
    }

    private static func requireBeta(_ beta: Double) {
        precondition(beta >= 0 && beta < 1, "Adam: betas must be in 0 ..< 1, got \(beta)")
    }

    public func step(learningRate: Double) {
        for group in groups {
            moments.update(group) { updates, age in
                FusedUpdate.adam(
                    &updates,
                    .init(
                        learningRate: learningRate * group.learningRateFactor, beta1: beta1,
                        beta2: beta2, epsilon: epsilon, weightDecay: group.weightDecay,
                        decoupled: decoupled, step: age))
            }
        }
    }

    public func state() -> [String: Tensor] { moments.state() }

    public func load(state: [String: Tensor]) throws {
        moments = try moments.loaded(state, for: namedParameters)
    }
}

/// Adam whose weights decay beside the gradient, by learningRate times `weightDecay` a step
/// (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019).
public final class AdamW: Adam {
    public convenience init(
        groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
    ) {
        self.init(groups, beta1: beta1, beta2: beta2, epsilon: epsilon, decoupled: true)
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0.01
    ) {
        self.init(
            ParameterGroup.all(of: module, weightDecay: weightDecay), beta1: beta1, beta2: beta2,
            epsilon: epsilon, decoupled: true)
    }
}
