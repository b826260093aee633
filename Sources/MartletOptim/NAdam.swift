internal import Foundation
internal import Martlet
public import MartletNN

/// Adam with Nesterov's momentum (Dozat, "Incorporating Nesterov momentum into Adam", 2016).
///
/// The momentum of step t is μₜ = `beta1` (1 - 0.96^(t `momentumDecay`) / 2). PyTorch's default
/// learning rate is 0.002.
public final class NAdam: Adam {
    /// How fast the momentum rises to `beta1`.
    public let momentumDecay: Double

    /// - Parameter decoupledWeightDecay: whether weights decay beside the gradient, as `AdamW`'s.
    public init(
        groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-8,
        momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false
    ) {
        requireNotNegative(momentumDecay, "momentumDecay", "NAdam")
        self.momentumDecay = momentumDecay
        super.init(
            groups, beta1: beta1, beta2: beta2, epsilon: epsilon, decoupled: decoupledWeightDecay,
            moments: Adam.moments(product: "mu_product"))
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0, momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false
    ) {
        self.init(
            groups: ParameterGroup.all(of: module, weightDecay: weightDecay), beta1: beta1,
            beta2: beta2, epsilon: epsilon, momentumDecay: momentumDecay,
            decoupledWeightDecay: decoupledWeightDecay)
    }

    override func terms(_ age: inout Moments.Age, learningRate: Double) -> FusedUpdate.AdamTerms {
        func momentum(_ step: Int) -> Double {
            beta1 * (1 - 0.5 * pow(0.96, Double(step) * momentumDecay))
        }
        let (now, next) = (momentum(age.steps), momentum(age.steps + 1))
        age.product *= now
        return .init(
            mean: learningRate * next / (1 - age.product * next),
            gradient: learningRate * (1 - now) / (1 - age.product),
            root: 1 / corrections(age).square.squareRoot(), epsilon: epsilon)
    }
}
