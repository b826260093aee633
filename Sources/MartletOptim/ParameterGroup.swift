internal import Martlet
public import MartletNN

/// Some of a model's parameters, trained with settings of their own.
public struct ParameterGroup {
    public let name: String
    /// Names as `namedParameters()` gives them; state is kept under them.
    public let parameters: [(name: String, parameter: Parameter)]
    /// Multiplies the learning rate of every step.
    public var learningRateFactor: Double
    /// The weight of the penalty on squared values, or the decay beside the gradient for `AdamW`.
    public var weightDecay: Double

    public init(
        _ name: String, _ parameters: [(name: String, parameter: Parameter)],
        learningRateFactor: Double = 1, weightDecay: Double = 0
    ) {
        precondition(
            learningRateFactor >= 0 && weightDecay >= 0,
            "ParameterGroup: expected a learningRateFactor and a weightDecay of at least 0, got "
                + "\(learningRateFactor) and \(weightDecay)")
        self.name = name
        self.parameters = parameters
        self.learningRateFactor = learningRateFactor
        self.weightDecay = weightDecay
    }

    /// All parameters of a model in one group.
    public static func all(of module: any Module, weightDecay: Double = 0) -> [ParameterGroup] {
        [ParameterGroup("all", module.namedParameters(), weightDecay: weightDecay)]
    }

    /// Two groups: weights, which decay, and vectors (biases, normalisation), which do not.
    public static func exemptingVectors(of module: any Module, weightDecay: Double)
        -> [ParameterGroup]
    {
        let all = module.namedParameters()
        return [
            ParameterGroup(
                "weights", all.filter { !$0.parameter.isVector }, weightDecay: weightDecay),
            ParameterGroup("vectors", all.filter { $0.parameter.isVector }),
        ]
    }
}

extension ParameterGroup {
    /// This group's learning rate, given that of a step.
    func rate(_ learningRate: Double) -> Double {
        requireLearningRate(learningRate)
        return learningRate * learningRateFactor
    }
}

/// Stops unless a step goes down, or nowhere.
func requireLearningRate(_ learningRate: Double) {
    precondition(
        learningRate >= 0, "step: expected a learningRate of at least 0, got \(learningRate)")
}

extension Parameter {
    /// Whether this is a bias or belongs to a normalisation, as parameters of one dimension do.
    var isVector: Bool { shape.count <= 1 }
}
