internal import MartletNN
internal import MartletOptim

/// Which optimiser, and its constants.
public final class OptimizerSettings: Settings {
    public enum Name: String, CaseIterable, SettingValue { case sgd, adam, adamw }

    @Setting("sgd, adam or adamw") public var name: Name? = nil
    @Setting("of SGD", in: 0...1) public var momentum = 0.9
    @Setting("whether SGD looks ahead") public var nesterov = true
    @Setting("Adam's decay of the first moment", in: 0...1) public var beta1 = 0.9
    @Setting("Adam's decay of the second moment", in: 0...1) public var beta2 = 0.999
    @Setting("penalty on, or decay of, the weights", in: 0...10) public var weightDecay: Double? =
        nil

    public init() {}
}

extension OptimizerSettings {
    /// The optimiser of what a phase trains of a network.
    func makeOptimizer(for phase: Phase, of network: any Module) -> any Optimizer {
        let parameters = network.namedParameters().filter { phase.trains($0.name) }
        let groups = [ParameterGroup(phase.name, parameters, weightDecay: weightDecay ?? 0)]
        return switch name ?? .adam {
        case .sgd: SGD(groups: groups, momentum: momentum, nesterov: nesterov)
        case .adam: Adam(groups: groups, beta1: beta1, beta2: beta2)
        case .adamw: AdamW(groups: groups, beta1: beta1, beta2: beta2)
        }
    }
}
