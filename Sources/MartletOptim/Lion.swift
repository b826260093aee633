public import Martlet
public import MartletNN

/// Steps of one size, along the sign of a mean of gradients (Chen et al., "Symbolic discovery of
/// optimization algorithms", 2023). Weights decay beside the gradient, by learningRate times
/// `weightDecay` a step.
///
/// The paper's learning rates are 3 to 10 times smaller than AdamW's, its weight decays as many
/// times greater.
public final class Lion: Optimizer {
    public var groups: [ParameterGroup] {
        didSet { requireDistinct(groups, "Lion") }
    }
    /// How much of the mean gradient is in a step's direction; also `momentum`.
    public var beta1: Double {
        didSet { requireFraction(beta1, "beta1", "Lion") }
    }
    /// How much of the mean gradient is kept at a step.
    public let beta2: Double

    private var moments = Moments(kinds: ["exp_avg"])

    public var momentum: Double {
        get { beta1 }
        set { beta1 = newValue }
    }

    public init(groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.99) {
        requireFraction(beta1, "beta1", "Lion")
        requireFraction(beta2, "beta2", "Lion")
        requireDistinct(groups, "Lion")
        self.groups = groups
        self.beta1 = beta1
        self.beta2 = beta2
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0
    ) {
        self.init(
            groups: ParameterGroup.all(of: module, weightDecay: weightDecay), beta1: beta1,
            beta2: beta2)
    }

    public func step(learningRate: Double) {
        for group in groups {
            moments.update(group) { updates, _ in
                FusedUpdate.lion(
                    &updates, learningRate: group.rate(learningRate), beta1: beta1,
                    beta2: beta2, weightDecay: group.weightDecay)
            }
        }
    }

    public func state() -> [String: Tensor] { moments.state() }

    public func load(state: [String: Tensor]) throws {
        moments = try moments.loaded(state, for: namedParameters)
    }
}
