public import Martlet
public import MartletNN

/// Steps as large as earlier changes were for gradients of this size (Zeiler, "ADADELTA: An adaptive
/// learning rate method", 2012). PyTorch's default learning rate is 1.
public final class Adadelta: Optimizer {
    public var groups: [ParameterGroup] {
        didSet { requireDistinct(groups, "Adadelta") }
    }
    /// How much of the mean squares of gradients and changes is kept at a step.
    public let rho: Double
    /// Added to both mean squares.
    public let epsilon: Double

    private var moments = Moments(kinds: ["square_avg", "acc_delta"])

    public init(groups: [ParameterGroup], rho: Double = 0.9, epsilon: Double = 1e-6) {
        precondition(rho >= 0 && rho <= 1, "Adadelta: expected rho in 0 ... 1, got \(rho)")
        requireNotNegative(epsilon, "epsilon", "Adadelta")
        requireDistinct(groups, "Adadelta")
        self.groups = groups
        self.rho = rho
        self.epsilon = epsilon
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, rho: Double = 0.9, epsilon: Double = 1e-6, weightDecay: Double = 0
    ) {
        self.init(
            groups: ParameterGroup.all(of: module, weightDecay: weightDecay), rho: rho,
            epsilon: epsilon)
    }

    public func step(learningRate: Double) {
        for group in groups {
            moments.update(group) { updates, _ in
                FusedUpdate.adadelta(
                    &updates, learningRate: group.rate(learningRate), rho: rho,
                    epsilon: epsilon, weightDecay: group.weightDecay)
            }
        }
    }

    public func state() -> [String: Tensor] { moments.state() }

    public func load(state: [String: Tensor]) throws {
        moments = try moments.loaded(state, for: namedParameters)
    }
}
