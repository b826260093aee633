public import Martlet
public import MartletNN

/// Divides each gradient by the root of the sum of its squares so far (Duchi et al., "Adaptive
/// subgradient methods for online learning and stochastic optimization", 2011).
///
/// PyTorch's default learning rate is 0.01.
public final class Adagrad: Optimizer {
    public var groups: [ParameterGroup] {
        didSet { requireDistinct(groups, "Adagrad") }
    }
    /// At a parameter's step t, from 0, the learning rate is divided by 1 + t `learningRateDecay`.
    public let learningRateDecay: Double
    /// Added to the denominator.
    public let epsilon: Double

    private var moments: Moments

    /// - Parameter initialAccumulatorValue: what the sums of squares start from.
    public init(
        groups: [ParameterGroup], learningRateDecay: Double = 0,
        initialAccumulatorValue: Double = 0,
        epsilon: Double = 1e-10
    ) {
        requireNotNegative(learningRateDecay, "learningRateDecay", "Adagrad")
        requireNotNegative(initialAccumulatorValue, "initialAccumulatorValue", "Adagrad")
        requireNotNegative(epsilon, "epsilon", "Adagrad")
        requireDistinct(groups, "Adagrad")
        self.groups = groups
        self.learningRateDecay = learningRateDecay
        self.epsilon = epsilon
        moments = Moments(kinds: ["sum"], initial: [initialAccumulatorValue])
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, learningRateDecay: Double = 0, initialAccumulatorValue: Double = 0,
        epsilon: Double = 1e-10, weightDecay: Double = 0
    ) {
        self.init(
            groups: ParameterGroup.all(of: module, weightDecay: weightDecay),
            learningRateDecay: learningRateDecay, initialAccumulatorValue: initialAccumulatorValue,
            epsilon: epsilon)
    }

    public func step(learningRate: Double) {
        for group in groups {
            moments.update(group) { updates, age in
                FusedUpdate.adagrad(
                    &updates,
                    learningRate: group.rate(learningRate)
                        / (1 + Double(age.steps - 1) * learningRateDecay),
                    epsilon: epsilon, weightDecay: group.weightDecay)
            }
        }
    }

    public func state() -> [String: Tensor] { moments.state() }

    public func load(state: [String: Tensor]) throws {
        moments = try moments.loaded(state, for: namedParameters)
    }
}
