internal import CKernels

/// One step of each optimiser over many parameters in one pass. What the arguments mean, the optimisers say; a weight decay
/// is added to the gradient unless something else is said.
extension FusedUpdate {
    /// SGD; with a state, its momentum.
    ///
    /// - Parameter isFirst: whether the momentum becomes the gradient itself.
    package static func sgd(
        _ updates: inout [FusedUpdate], learningRate: Double, momentum: Double, dampening: Double,
        weightDecay: Double, nesterov: Bool, isFirst: Bool
    ) {
        var options = mt_sgd_options(
            learning_rate: learningRate, momentum: momentum, dampening: dampening,
            weight_decay: weightDecay, nesterov: nesterov, first_step: isFirst)
        run(&updates, named: "sgd") { mt_sgd($0, $1, $2, &options) }
    }

    /// How far a parameter moves in a step of Adam or one of its kin.
    ///
    /// With g the gradient, m its mean and v the mean of its square, that is
    /// -(`mean` m + `gradient` g) / (`root` √v + `epsilon`).
    package struct AdamTerms {
        package var mean: Double
        package var gradient: Double
        package var root: Double
        package var epsilon: Double

        package init(mean: Double, gradient: Double = 0, root: Double, epsilon: Double) {
            self.mean = mean
            self.gradient = gradient
            self.root = root
            self.epsilon = epsilon
        }
    }

    /// Adam and its kin. States: the mean of the gradient, the mean of its square and, if there is a third, the greatest of
    /// these, which then takes the second's place.
    ///
    /// - Parameter shrink: what parameters are multiplied by before they move.
    package static func adam(
        _ updates: inout [FusedUpdate], beta1: Double, beta2: Double, terms: AdamTerms,
        weightDecay: Double, shrink: Double
    ) {
        var options = mt_adam_options(
            beta1: beta1, beta2: beta2, weight_decay: weightDecay, shrink: shrink,
            mean_rate: terms.mean, gradient_rate: terms.gradient, root_scale: terms.root,
            epsilon: terms.epsilon)
        run(&updates, named: "adam") { mt_adam($0, $1, $2, &options) }
    }

    /// Adamax. States: the mean of the gradient, the greatest gradient.
    ///
    /// - Parameter learningRate: already divided by the correction of the mean.
    package static func adamax(
        _ updates: inout [FusedUpdate], learningRate: Double, beta1: Double, beta2: Double,
        epsilon: Double, weightDecay: Double
    ) {
        var options = mt_adamax_options(
            learning_rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
            weight_decay: weightDecay)
        run(&updates, named: "adamax") { mt_adamax($0, $1, $2, &options) }
    }

    /// Adagrad. States: the sum of squared gradients.
    package static func adagrad(
        _ updates: inout [FusedUpdate], learningRate: Double, epsilon: Double, weightDecay: Double
    ) {
        var options = mt_adagrad_options(
            learning_rate: learningRate, epsilon: epsilon, weight_decay: weightDecay)
        run(&updates, named: "adagrad") { mt_adagrad($0, $1, $2, &options) }
    }

    /// Adadelta. States: the mean squares of gradients and of changes.
    package static func adadelta(
        _ updates: inout [FusedUpdate], learningRate: Double, rho: Double, epsilon: Double,
        weightDecay: Double
    ) {
        var options = mt_adadelta_options(
            learning_rate: learningRate, rho: rho, epsilon: epsilon, weight_decay: weightDecay)
        run(&updates, named: "adadelta") { mt_adadelta($0, $1, $2, &options) }
    }

    /// RMSprop. States: the mean square of gradients, their mean if `centered`, the momentum if there is a state for it.
    package static func rmsprop(
        _ updates: inout [FusedUpdate], learningRate: Double, alpha: Double, epsilon: Double,
        weightDecay: Double, momentum: Double, centered: Bool
    ) {
        var options = mt_rmsprop_options(
            learning_rate: learningRate, alpha: alpha, epsilon: epsilon,
            weight_decay: weightDecay, momentum: momentum, centered: centered)
        run(&updates, named: "rmsprop") { mt_rmsprop($0, $1, $2, &options) }
    }

    /// Lion, whose weights decay beside the gradient. States: the mean of the gradient.
    package static func lion(
        _ updates: inout [FusedUpdate], learningRate: Double, beta1: Double, beta2: Double,
        weightDecay: Double
    ) {
        var options = mt_lion_options(
            learning_rate: learningRate, beta1: beta1, beta2: beta2, weight_decay: weightDecay)
        run(&updates, named: "lion") { mt_lion($0, $1, $2, &options) }
    }

    /// Moves each parameter by `weight` of the way to its "gradient", which is not one here.
    package static func lerp(_ updates: inout [FusedUpdate], weight: Double) {
        var options = mt_lerp_options(weight: weight)
        run(&updates, named: "lerp") { mt_lerp($0, $1, $2, &options) }
    }
}
