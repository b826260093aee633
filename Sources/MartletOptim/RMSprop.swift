public import Martlet
public import MartletNN

/// Divides each gradient by the root of its mean square (Tieleman and Hinton, "Lecture 6.5: RMSprop",
/// 2012), or by its standard deviation with `centered` (Graves, "Generating sequences with recurrent
/// neural networks", 2013). PyTorch's default learning rate is 0.01.
public final class RMSprop: Optimizer {
    public var groups: [ParameterGroup] {
        didSet { requireDistinct(groups, "RMSprop") }
    }
    /// How much of the last direction is kept; one that starts above 0 may change, but 0 stays.
    public var momentum: Double {
        didSet {
            requireNotNegative(momentum, "momentum", "RMSprop")
            precondition(
                momentum == 0 || moments.kinds.contains("momentum_buffer"),
                "RMSprop: made without momentum, got \(momentum)")
        }
    }
    /// How much of the mean square is kept at a step.
    public let alpha: Double
    /// Added to the denominator.
    public let epsilon: Double
    /// Whether the square of the mean gradient is taken off the mean square.
    public let centered: Bool

    private var moments: Moments

    public init(
        groups: [ParameterGroup], alpha: Double = 0.99, epsilon: Double = 1e-8,
        momentum: Double = 0, centered: Bool = false
    ) {
        requireNotNegative(alpha, "alpha", "RMSprop")
        requireNotNegative(epsilon, "epsilon", "RMSprop")
        requireNotNegative(momentum, "momentum", "RMSprop")
        requireDistinct(groups, "RMSprop")
        self.groups = groups
        self.alpha = alpha
        self.epsilon = epsilon
        self.momentum = momentum
        self.centered = centered
        moments = Moments(
            kinds: ["square_avg"] + (centered ? ["grad_avg"] : [])
                + (momentum > 0 ? ["momentum_buffer"] : []))
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, alpha: Double = 0.99, epsilon: Double = 1e-8, weightDecay: Double = 0,
        momentum: Double = 0, centered: Bool = false
    ) {
        self.init(
            groups: ParameterGroup.all(of: module, weightDecay: weightDecay), alpha: alpha,
            epsilon: epsilon, momentum: momentum, centered: centered)
    }

    public func step(learningRate: Double) {
        for group in groups {
            moments.update(group) { updates, _ in
                FusedUpdate.rmsprop(
                    &updates, learningRate: group.rate(learningRate), alpha: alpha,
                    epsilon: epsilon, weightDecay: group.weightDecay, momentum: momentum,
                    centered: centered)
            }
        }
    }

    public func state() -> [String: Tensor] { moments.state() }

    public func load(state: [String: Tensor]) throws {
        moments = try moments.loaded(state, for: namedParameters)
    }
}
