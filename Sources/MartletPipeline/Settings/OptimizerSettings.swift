internal import MartletNN
internal import MartletOptim

/// Which optimiser, and its constants.
public final class OptimizerSettings: Settings {
    public enum Name: String, CaseIterable, SettingValue {
        case sgd, adam, adamw, adamax, nadam, radam, rmsprop, adagrad, adadelta, lion

        /// A learning rate to start from: PyTorch's default, and 0.1 for SGD, which has none.
        public var learningRate: Double {
            switch self {
            case .sgd: 0.1
            case .adam, .adamw, .radam: 1e-3
            case .adamax, .nadam: 2e-3
            case .rmsprop, .adagrad: 1e-2
            case .adadelta: 1
            case .lion: 1e-4
            }
        }
    }

    public static let summary = "which optimiser, and its constants"

    @Setting("which optimiser") public var name: Name? = nil
    @Setting("of sgd (auto: 0.9) and rmsprop (auto: 0)", in: 0..<1)
    public var momentum: Double? = nil
    @Setting("whether sgd looks ahead; auto: if it has momentum") public var nesterov: Bool? = nil
    @Setting("decay of the first moment; of adam and its relatives, and lion", in: 0..<1)
    public var beta1 = 0.9
    @Setting("decay of the second moment; auto: 0.999, and 0.99 of lion", in: 0..<1)
    public var beta2: Double? = nil
    @Setting("added to what is divided by; auto: PyTorch's", in: 0...1)
    public var epsilon: Double? = nil
    @Setting("whether adam and adamw divide by the largest second moment so far")
    public var amsgrad = false
    @Setting("decay of rmsprop's mean square", in: 0..<1) public var alpha = 0.99
    @Setting("whether rmsprop divides by the variance") public var centered = false
    @Setting("decay of adadelta's mean squares", in: 0...1) public var rho = 0.9
    @Setting("penalty on, or decay of, the weights", in: 0...10)
    public var weightDecay: Double? = nil
    @Setting("whether norms and biases are spared by weightDecay")
    public var noDecayOnNormsAndBiases = false

    public init() {}

    public func problems() -> [String] {
        nesterov == true && momentum == 0
            ? ["nesterov: it needs a momentum above 0, got momentum=0"] : []
    }
}

extension OptimizerSettings {
    /// Whether a schedule may move the optimiser's momentum.
    var hasMomentum: Bool {
        switch name ?? .adam {
        case .sgd: momentum ?? 0.9 > 0
        case .rmsprop: momentum ?? 0 > 0
        case .adam, .adamw, .adamax, .nadam, .radam, .lion: true
        case .adagrad, .adadelta: false
        }
    }

    /// The optimiser of what a phase trains of a network.
    func makeOptimizer(for phase: Phase, of network: any Module) -> any Optimizer {
        let groups = groups(network.namedParameters().filter { phase.trains($0.name) }, phase.name)
        let second = beta2 ?? 0.999
        switch name ?? .adam {
        case .sgd:
            let momentum = momentum ?? 0.9
            return SGD(groups: groups, momentum: momentum, nesterov: nesterov ?? (momentum > 0))
        case .adam:
            return Adam(
                groups: groups, beta1: beta1, beta2: second, epsilon: epsilon ?? 1e-8,
                amsgrad: amsgrad)
        case .adamw:
            return AdamW(
                groups: groups, beta1: beta1, beta2: second, epsilon: epsilon ?? 1e-8,
                amsgrad: amsgrad)
        case .adamax:
            return Adamax(
                groups: groups, beta1: beta1, beta2: second, epsilon: epsilon ?? 1e-8)
        case .nadam:
            return NAdam(groups: groups, beta1: beta1, beta2: second, epsilon: epsilon ?? 1e-8)
        case .radam:
            return RAdam(groups: groups, beta1: beta1, beta2: second, epsilon: epsilon ?? 1e-8)
        case .rmsprop:
            return RMSprop(
                groups: groups, alpha: alpha, epsilon: epsilon ?? 1e-8, momentum: momentum ?? 0,
                centered: centered)
        case .adagrad: return Adagrad(groups: groups, epsilon: epsilon ?? 1e-10)
        case .adadelta: return Adadelta(groups: groups, rho: rho, epsilon: epsilon ?? 1e-6)
        case .lion: return Lion(groups: groups, beta1: beta1, beta2: beta2 ?? 0.99)
        }
    }

    /// Parameters that decay, and those that do not.
    private func groups(_ parameters: [(name: String, parameter: Parameter)], _ name: String)
        -> [ParameterGroup]
    {
        let decay = weightDecay ?? 0
        guard noDecayOnNormsAndBiases else {
            return [ParameterGroup(name, parameters, weightDecay: decay)]
        }
        // Norms and biases have one dimension, or none.
        return [
            ParameterGroup(
                "\(name) weights", parameters.filter { $0.parameter.shape.count > 1 },
                weightDecay: decay),
            ParameterGroup(
                "\(name) vectors", parameters.filter { $0.parameter.shape.count <= 1 }),
        ]
    }
}
