internal import Foundation
public import Martlet
public import MartletNN

/// Adam by the greatest gradient in place of the mean square (Kingma and Ba, "Adam: A method for
/// stochastic optimization", 2015, section 7.1). PyTorch's default learning rate is 0.002.
public final class Adamax: Optimizer {
    public var groups: [ParameterGroup] {
        didSet { requireDistinct(groups, "Adamax") }
    }
    /// How much of the mean gradient is kept at a step; also `momentum`.
    public var beta1: Double {
        didSet { requireFraction(beta1, "beta1", "Adamax") }
    }
    /// How much of the greatest gradient is kept at a step.
    public let beta2: Double
    /// Added to the size of each gradient.
    public let epsilon: Double

    private var moments = Moments(kinds: ["exp_avg", "exp_inf"])

    public var momentum: Double {
        get { beta1 }
        set { beta1 = newValue }
    }

    public init(
        groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
    ) {
        requireFraction(beta1, "beta1", "Adamax")
        requireFraction(beta2, "beta2", "Adamax")
        requireNotNegative(epsilon, "epsilon", "Adamax")
        requireDistinct(groups, "Adamax")
        self.groups = groups
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0
    ) {
        self.init(
            groups: ParameterGroup.all(of: module, weightDecay: weightDecay), beta1: beta1,
            beta2: beta2, epsilon: epsilon)
    }

    public func step(learningRate: Double) {
        for group in groups {
            moments.update(group) { updates, age in
                let correction = 1 - pow(beta1, Double(age.steps))
                FusedUpdate.adamax(
                    &updates,
                    learningRate: group.rate(learningRate) / correction,
                    beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: group.weightDecay)
            }
        }
    }

    public func state() -> [String: Tensor] { moments.state() }

    public func load(state: [String: Tensor]) throws {
        moments = try moments.loaded(state, for: namedParameters)
    }
}
