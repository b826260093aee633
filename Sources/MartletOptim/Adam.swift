internal import Foundation
public import Martlet
public import MartletNN

/// Adam (Kingma and Ba, "Adam: A method for stochastic optimization", 2015). Weight decay, if any,
/// is added to the gradient; for decay beside the gradient see `AdamW`.
public class Adam: Optimizer {
    public var groups: [ParameterGroup] {
        didSet { requireDistinct(groups, name) }
    }
    /// How much of the mean gradient is kept at a step; also `momentum`.
    public var beta1: Double {
        didSet { requireFraction(beta1, "beta1", name) }
    }
    /// How much of the mean squared gradient is kept at a step.
    public let beta2: Double
    /// Added to the denominator.
    public let epsilon: Double

    private let decoupled: Bool
    private var moments: Moments
    private var name: String { "\(type(of: self))" }

    public var momentum: Double {
        get { beta1 }
        set { beta1 = newValue }
    }

    /// - Parameter amsgrad: divides by the greatest mean squared gradient so far in place of the
    ///   present one (Reddi et al., "On the convergence of Adam and beyond", 2018).
    public convenience init(
        groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-8,
        amsgrad: Bool = false
    ) {
        self.init(
            groups, beta1: beta1, beta2: beta2, epsilon: epsilon, decoupled: false,
            moments: Adam.moments(amsgrad: amsgrad))
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0, amsgrad: Bool = false
    ) {
        self.init(
            groups: ParameterGroup.all(of: module, weightDecay: weightDecay), beta1: beta1,
            beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
    }

    init(
        _ groups: [ParameterGroup], beta1: Double, beta2: Double, epsilon: Double, decoupled: Bool,
        moments: Moments
    ) {
        self.groups = groups
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decoupled = decoupled
        self.moments = moments
        requireFraction(beta1, "beta1", name)
        requireFraction(beta2, "beta2", name)
        requireNotNegative(epsilon, "epsilon", name)
        requireDistinct(groups, name)
    }

    static func moments(amsgrad: Bool = false, product: String? = nil) -> Moments {
        Moments(
            kinds: ["exp_avg", "exp_avg_sq"] + (amsgrad ? ["max_exp_avg_sq"] : []),
            product: product)
    }

    public func step(learningRate: Double) {
        for group in groups {
            let rate = group.rate(learningRate)
            moments.update(group) { updates, age in
                FusedUpdate.adam(
                    &updates, beta1: beta1, beta2: beta2, terms: terms(&age, learningRate: rate),
                    weightDecay: decoupled ? 0 : group.weightDecay,
                    shrink: decoupled ? 1 - rate * group.weightDecay : 1)
            }
        }
    }

    /// How far parameters of an age move.
    func terms(_ age: inout Moments.Age, learningRate: Double) -> FusedUpdate.AdamTerms {
        let (mean, square) = corrections(age)
        return .init(mean: learningRate / mean, root: 1 / square.squareRoot(), epsilon: epsilon)
    }

    /// What the means of the gradient and of its square are divided by, as they started from 0.
    final func corrections(_ age: Moments.Age) -> (mean: Double, square: Double) {
        (1 - pow(beta1, Double(age.steps)), 1 - pow(beta2, Double(age.steps)))
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
        groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-8,
        amsgrad: Bool = false
    ) {
        self.init(
            groups, beta1: beta1, beta2: beta2, epsilon: epsilon, decoupled: true,
            moments: Adam.moments(amsgrad: amsgrad))
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0.01, amsgrad: Bool = false
    ) {
        self.init(
            groups: ParameterGroup.all(of: module, weightDecay: weightDecay), beta1: beta1,
            beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
    }
}
