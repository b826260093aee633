internal import Martlet
public import MartletNN

/// Rectified Adam (Liu et al., "On the variance of the adaptive learning rate and beyond", 2020):
/// the first steps, too few to know the squared gradient by, follow the mean gradient alone.
///
/// PyTorch's default learning rate is 0.001.
public final class RAdam: Adam {
    /// - Parameter decoupledWeightDecay: whether weights decay beside the gradient, as `AdamW`'s.
    public init(
        groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-8,
        decoupledWeightDecay: Bool = false
    ) {
        super.init(
            groups, beta1: beta1, beta2: beta2, epsilon: epsilon, decoupled: decoupledWeightDecay,
            moments: Adam.moments())
    }

    /// All parameters of a model.
    public convenience init(
        _ module: any Module, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0, decoupledWeightDecay: Bool = false
    ) {
        self.init(
            groups: ParameterGroup.all(of: module, weightDecay: weightDecay), beta1: beta1,
            beta2: beta2, epsilon: epsilon, decoupledWeightDecay: decoupledWeightDecay)
    }

    override func terms(_ age: inout Moments.Age, learningRate: Double) -> FusedUpdate.AdamTerms {
        let (mean, square) = corrections(age)
        // The length of the moving average, in the end and now.
        let limit = 2 / (1 - beta2) - 1
        let length = limit - 2 * Double(age.steps) * (1 - square) / square
        guard length > 5 else { return .init(mean: learningRate / mean, root: 0, epsilon: 1) }
        let rectified =
            (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)
        return .init(
            mean: learningRate / mean * (rectified * square).squareRoot(), root: 1,
            epsilon: epsilon)
    }
}
