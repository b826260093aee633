import Martlet
import MartletNN
import MartletOptim
import MartletTesting

// Mistakes with optimisers, and what is said of them. Each runs in a process of its own: see MisuseTests.

private var layer: Linear { Linear(2, 1) }

/// A group of one parameter.
private func group(_ name: String, _ parameter: Parameter) -> ParameterGroup {
    ParameterGroup(name, [(name, parameter)])
}

extension Misuse {
    static let optimisers = [
        Misuse("SGD: momentum must not be negative, got -0.9") { _ = SGD(layer, momentum: -0.9) },
        Misuse(
            "SGD: Nesterov's momentum needs a momentum above 0 and no dampening, got 0.0 and 0.0"
        ) {
            _ = SGD(layer, nesterov: true)
        },
        Misuse(
            "SGD: Nesterov's momentum needs a momentum above 0 and no dampening, got 0.9 and 0.5"
        ) {
            _ = SGD(layer, momentum: 0.9, dampening: 0.5, nesterov: true)
        },
        Misuse("SGD: momentum must not be negative, got -1.0") { SGD(layer).momentum = -1 },
        Misuse("Adam: expected beta1 in 0 ..< 1, got 1.0") { _ = Adam(layer, beta1: 1) },
        Misuse("Adam: expected beta2 in 0 ..< 1, got -0.1") { _ = Adam(layer, beta2: -0.1) },
        Misuse("Adam: epsilon must not be negative, got -1.0") { _ = Adam(layer, epsilon: -1) },
        Misuse("Adam: expected beta1 in 0 ..< 1, got 1.5") { Adam(layer).momentum = 1.5 },
        Misuse("AdamW: expected beta2 in 0 ..< 1, got 2.0") { _ = AdamW(layer, beta2: 2) },
        Misuse("NAdam: expected beta2 in 0 ..< 1, got 1.0") { _ = NAdam(layer, beta2: 1) },
        Misuse("NAdam: momentumDecay must not be negative, got -1.0") {
            _ = NAdam(layer, momentumDecay: -1)
        },
        Misuse("RAdam: expected beta1 in 0 ..< 1, got -1.0") { _ = RAdam(layer, beta1: -1) },
        Misuse("Adamax: expected beta1 in 0 ..< 1, got 1.0") { _ = Adamax(layer, beta1: 1) },
        Misuse("Adamax: epsilon must not be negative, got -1.0") { _ = Adamax(layer, epsilon: -1) },
        Misuse("Adagrad: learningRateDecay must not be negative, got -0.1") {
            _ = Adagrad(layer, learningRateDecay: -0.1)
        },
        Misuse("Adagrad: initialAccumulatorValue must not be negative, got -1.0") {
            _ = Adagrad(layer, initialAccumulatorValue: -1)
        },
        Misuse("Adagrad: it has no momentum, got 0.9") { Adagrad(layer).momentum = 0.9 },
        Misuse("Adadelta: expected rho in 0 ... 1, got 1.5") { _ = Adadelta(layer, rho: 1.5) },
        Misuse("Adadelta: it has no momentum, got 0.5") { Adadelta(layer).momentum = 0.5 },
        Misuse("RMSprop: alpha must not be negative, got -0.5") { _ = RMSprop(layer, alpha: -0.5) },
        Misuse("RMSprop: made without momentum, got 0.9") { RMSprop(layer).momentum = 0.9 },
        Misuse("Lion: expected beta2 in 0 ..< 1, got 1.0") { _ = Lion(layer, beta2: 1) },
        Misuse("LBFGS: expected at least 1 iteration and 1 remembered move, got 0 and 100") {
            _ = LBFGS(layer, maxIterations: 0)
        },
        Misuse("LBFGS: tolerances must not be negative, got -1.0 and 1e-09") {
            _ = LBFGS(layer, gradientTolerance: -1)
        },
        Misuse("LBFGS: expected parameters of one type, got 2 types") {
            _ = LBFGS([("a", Parameter(Tensor(1.0))), ("b", Parameter(Tensor.ones([2])))])
        },
        Misuse("LBFGS: expected a loss of one element, got shape [3, 1]") {
            let model = layer
            LBFGS(model).step { model(Tensor.ones([3, 2]), .inference) }
        },
    ]

    static let groups = [
        Misuse("SGD: expected at least 1 parameter, got none in 1 groups") { _ = SGD(ReLU()) },
        Misuse("AdamW: expected at least 1 parameter, got none in 0 groups") {
            _ = AdamW(groups: [])
        },
        Misuse("LBFGS: expected at least 1 parameter, got none in 1 groups") { _ = LBFGS([]) },
        Misuse("Adam: two parameters are named \"a\"; prefix the names of each model") {
            _ = Adam(groups: [
                group("a", Parameter(Tensor(1.0))), group("a", Parameter(Tensor(2.0))),
            ])
        },
        Misuse("RMSprop: the parameter \"b\" belongs to two groups") {
            let shared = Parameter(Tensor(1.0))
            _ = RMSprop(groups: [group("a", shared), group("b", shared)])
        },
        Misuse("expected a learningRateFactor and a weightDecay of at least 0, got 1.0 and -0.1") {
            _ = SGD(layer, weightDecay: -0.1)
        },
        Misuse("expected a learningRateFactor and a weightDecay of at least 0, got -1.0 and 0.0") {
            _ = ParameterGroup("a", [], learningRateFactor: -1)
        },
        Misuse("GradientClipping: maxNorm must be above 0, got 0.0") {
            GradientClipping.byNorm(layer.parameters(), maxNorm: 0)
        },
        Misuse("GradientClipping: p must be above 0, got -1.0") {
            GradientClipping.byNorm(layer.parameters(), maxNorm: 1, p: -1)
        },
        Misuse("GradientClipping: limit must be above 0, got -1.0") {
            GradientClipping.byValue(layer.parameters(), limit: -1)
        },
        Misuse("AveragedModel: expected a decay in 0 ... 1, got 1.1") {
            _ = AveragedModel(layer, .exponential(decay: 1.1))
        },
    ]

    /// A step up, for each optimiser.
    static var steps: [Misuse] {
        let makers: [@Sendable (Linear) -> any Optimizer] = [
            { SGD($0) }, { Adam($0) }, { AdamW($0) }, { NAdam($0) }, { RAdam($0) }, { Adamax($0) },
            { Adagrad($0) }, { Adadelta($0) }, { RMSprop($0) }, { Lion($0) },
        ]
        return makers.map { make in
            Misuse("step: expected a learningRate of at least 0, got -0.1") {
                let model = layer
                model(Tensor.ones([3, 2]), .inference).sum().backward()
                make(model).step(learningRate: -0.1)
            }
        } + [
            Misuse("step: expected a learningRate of at least 0, got -1.0") {
                LBFGS(layer).step(learningRate: -1) { Tensor(1.0) }
            }
        ]
    }

    static let schedules = [
        Misuse("Schedule: steps count from 0, got -1") { _ = Schedule.constant.factor(at: -1) },
        Misuse("Schedule: steps count from 0, got -2") { _ = Schedule.constant.momentum(at: -2) },
        Misuse("Schedule.step: expected at least 1 step, got 0") { _ = Schedule.step(every: 0) },
        Misuse("Schedule.multiStep: milestones are steps from 0, got [3, -1]") {
            _ = Schedule.multiStep(milestones: [3, -1])
        },
        Misuse("Schedule.cosine: expected at least 1 step, got 0") {
            _ = Schedule.cosine(steps: 0)
        },
        Misuse("Schedule.warmedUp: steps must not be negative, got -5") {
            _ = Schedule.constant.warmedUp(steps: -5)
        },
        Misuse("Schedule.oneCycle: expected at least 1 step, got 0") {
            _ = Schedule.oneCycle(totalSteps: 0)
        },
        Misuse("Schedule.oneCycle: rise must be in 0 ... 1, got 1.5") {
            _ = Schedule.oneCycle(totalSteps: 10, rise: 1.5)
        },
        Misuse("Schedule.oneCycle: divisors must be above 0, got 0.0 and 10000.0") {
            _ = Schedule.oneCycle(totalSteps: 10, divisor: 0)
        },
        Misuse("Schedule.linear: expected at least 1 step, got 0") {
            _ = Schedule.linear(steps: 0)
        },
        Misuse("Schedule.polynomial: expected at least 1 step, got -1") {
            _ = Schedule.polynomial(steps: -1)
        },
        Misuse("Schedule.noam: expected a size and at least 1 step, got 0 and 4000") {
            _ = Schedule.noam(modelSize: 0)
        },
        Misuse("expected at least 1 step and a multiple of at least 1, got 10 and 0") {
            _ = Schedule.cosineWithRestarts(first: 10, multiple: 0)
        },
        Misuse("Schedule.cyclic: expected rises and falls of at least 1 step, got 0 and 3") {
            _ = Schedule.cyclic(from: 0.1, rise: 0, fall: 3)
        },
        Misuse("expected a milestone between each two of 2 schedules, got 0") {
            _ = Schedule.sequence([.constant, .constant], milestones: [])
        },
        Misuse("Schedule.sequence: milestones must rise from above 0, got [5, 3]") {
            _ = Schedule.sequence([.constant, .constant, .constant], milestones: [5, 3])
        },
        Misuse("Schedule.settling: steps must not be negative, got 3 and -1") {
            _ = Schedule.constant.settling(at: 0.1, from: 3, steps: -1)
        },
        Misuse("ReduceOnPlateau: expected a reduction between 0 and 1, got 1.0") {
            _ = ReduceOnPlateau(reduction: 1)
        },
        Misuse("ReduceOnPlateau: patience and cooldown must not be negative, got -1 and 0") {
            _ = ReduceOnPlateau(patience: -1)
        },
        Misuse("ReduceOnPlateau: minimum must not be negative, got -0.1") {
            _ = ReduceOnPlateau(minimum: -0.1)
        },
    ]
}
