import Martlet
import MartletNN
import MartletOptim
import MartletTesting
import Testing

@Suite("Optimisers")
struct OptimizerTests {
    /// Two parameters under the names "a" and "b".
    private func group(
        _ values: [Tensor], weightDecay: Double = 0, factor: Double = 1
    ) -> ParameterGroup {
        ParameterGroup(
            "all", zip(["a", "b"], values).map { ($0, Parameter($1)) },
            learningRateFactor: factor, weightDecay: weightDecay)
    }

    private func optimizer(_ kind: String, _ a: FixtureArguments, _ values: [Tensor]) throws
        -> any Optimizer
    {
        func value(_ name: String) throws -> Double { a.has(name) ? try a.double(name) : 0 }
        let standard = kind == "adamw" ? 0.01 : 0
        let decay = a.has("weight_decay") ? try a.double("weight_decay") : standard
        let groups = [group(values, weightDecay: decay)]
        let betas =
            a.has("betas") ? try a.doubles("betas") : [0.9, kind == "lion" ? 0.99 : 0.999]
        func flag(_ name: String) throws -> Bool { a.has(name) ? try a.bool(name) : false }
        func epsilon(_ standard: Double = 1e-8) throws -> Double {
            a.has("eps") ? try a.double("eps") : standard
        }
        switch kind {
        case "sgd":
            return SGD(
                groups: groups, momentum: try value("momentum"),
                dampening: try value("dampening"), nesterov: try flag("nesterov"))
        case "adam":
            return Adam(
                groups: groups, beta1: betas[0], beta2: betas[1], epsilon: try epsilon(),
                amsgrad: try flag("amsgrad"))
        case "adamw":
            return AdamW(
                groups: groups, beta1: betas[0], beta2: betas[1], epsilon: try epsilon(),
                amsgrad: try flag("amsgrad"))
        case "adagrad":
            return Adagrad(
                groups: groups, learningRateDecay: try value("lr_decay"),
                initialAccumulatorValue: try value("initial_accumulator_value"),
                epsilon: try epsilon(1e-10))
        case "adadelta":
            return Adadelta(
                groups: groups, rho: a.has("rho") ? try a.double("rho") : 0.9,
                epsilon: try epsilon(1e-6))
        case "rmsprop":
            return RMSprop(
                groups: groups, alpha: a.has("alpha") ? try a.double("alpha") : 0.99,
                epsilon: try epsilon(), momentum: try value("momentum"),
                centered: try flag("centered"))
        case "adamax":
            return Adamax(
                groups: groups, beta1: betas[0], beta2: betas[1], epsilon: try epsilon())
        case "nadam":
            return NAdam(
                groups: groups, beta1: betas[0], beta2: betas[1], epsilon: try epsilon(),
                momentumDecay: a.has("momentum_decay") ? try a.double("momentum_decay") : 4e-3,
                decoupledWeightDecay: try flag("decoupled_weight_decay"))
        case "radam":
            return RAdam(
                groups: groups, beta1: betas[0], beta2: betas[1], epsilon: try epsilon(),
                decoupledWeightDecay: try flag("decoupled_weight_decay"))
        case "lion": return Lion(groups: groups, beta1: betas[0], beta2: betas[1])
        default: throw FixtureError(description: "no optimiser \(kind)")
        }
    }

    /// One step of the fixture: the rate falls, and "b" has no gradient before step 3.
    private func take(_ step: Int, _ optimizer: any Optimizer, _ gradients: [Tensor]) {
        for (i, (_, parameter)) in optimizer.namedParameters.enumerated() {
            parameter.grad =
                i == 1 && step < 3
                ? nil : gradients[i].select(dim: 0, index: step).to(parameter.value.dtype)
        }
        optimizer.step(learningRate: 0.05 * (1 - Double(step) / 40))
    }

    private static let trajectories = try? fixtures("optimisers")
        .filter { !$0.operation.hasPrefix("clip") }

    @Test(arguments: try #require(OptimizerTests.trajectories))
    func twentyStepsAgreeWithPyTorch(_ fixture: FixtureCase) throws {
        let gradients = Array(fixture.inputs[2...])
        let optimizer = try optimizer(
            fixture.operation, fixture.arguments, Array(fixture.inputs[..<2]))
        let isDouble = gradients[0].dtype == .float64
        let (rtol, atol) = isDouble ? (1e-9, 1e-11) : (1e-5, 4e-6)
        var expected = fixture.outputs[...]
        for step in 0..<20 {
            take(step, optimizer, gradients)
            guard [0, 1, 9, 19].contains(step) else { continue }
            for (name, parameter) in optimizer.namedParameters {
                expectClose(
                    parameter.value.detach(), expected.removeFirst(), rtol: rtol, atol: atol,
                    "\(fixture): \(name) after step \(step)")
            }
        }
        // What is remembered has PyTorch's names and values.
        var state = optimizer.state()
        for name in try fixture.arguments.strings("states") {
            let found = state.removeValue(forKey: name)
            let tensor = try #require(found, "\(fixture): \(name)")
            expectClose(
                tensor, expected.removeFirst(), rtol: isDouble ? 1e-9 : 2e-5, atol: atol,
                "\(fixture): \(name)")
        }
        #expect(state.keys.allSatisfy { $0.hasPrefix("step.") })
        if let steps = state["step.b"] { #expect(steps.item(as: Int.self) == 17) }
    }

    @Test(arguments: try #require(OptimizerTests.trajectories))
    func aLoadedStateContinuesToTheSameNumbers(_ fixture: FixtureCase) throws {
        let gradients = Array(fixture.inputs[2...])
        let unbroken = try optimizer(
            fixture.operation, fixture.arguments, Array(fixture.inputs[..<2]))
        for step in 0..<7 { take(step, unbroken, gradients) }
        let resumed = try optimizer(
            fixture.operation, fixture.arguments,
            unbroken.namedParameters.map { $0.parameter.value.detach() })
        try resumed.load(state: unbroken.state())
        for step in 7..<20 {
            take(step, unbroken, gradients)
            take(step, resumed, gradients)
        }
        for (a, b) in zip(unbroken.namedParameters, resumed.namedParameters) {
            expectClose(b.parameter.value, a.parameter.value, rtol: 0, atol: 0)
        }
        let (a, b) = (unbroken.state(), resumed.state())
        #expect(a.keys == b.keys)
        for (key, tensor) in a { expectClose(b[key] ?? Tensor(0), tensor, rtol: 0, atol: 0, key) }
    }

    /// Parameters that are cut into several pieces, one of them in the middle of another's piece.
    @Test(arguments: try #require(OptimizerTests.trajectories))
    func numbersDoNotDependOnThreads(_ fixture: FixtureCase) throws {
        let dtype = fixture.inputs[0].dtype
        let runs = try onThreads([1, 2, 3]) {
            var generator = Generator(seed: 5)
            func random(_ shape: [Int]) -> Tensor {
                Tensor.randn(shape, generator: &generator).to(dtype)
            }
            let shapes = [[300, 211], [40_001]]
            let optimizer = try optimizer(
                fixture.operation, fixture.arguments, shapes.map { random($0) })
            for step in 0..<3 {
                for (_, parameter) in optimizer.namedParameters {
                    parameter.grad = random(parameter.shape)
                }
                optimizer.step(learningRate: 0.1 / Double(step + 1))
            }
            return optimizer.namedParameters.map { $0.parameter.value.detach() }
        }
        for other in runs.dropFirst() {
            for (a, b) in zip(runs[0], other) { expectClose(b, a, rtol: 0, atol: 0) }
        }
    }

    @Test(arguments: try #require(OptimizerTests.trajectories))
    func everyEntryOfAStateIsNeededAndLooked(at fixture: FixtureCase) throws {
        let optimizer = try optimizer(
            fixture.operation, fixture.arguments, Array(fixture.inputs[..<2]))
        for step in 0..<4 { take(step, optimizer, Array(fixture.inputs[2...])) }
        let good = optimizer.state()
        for key in good.keys {
            for wrong in [nil, Tensor.zeros([7])] {
                var state = good
                state[key] = wrong
                #expect { try optimizer.load(state: state) } throws: { error in
                    (error as? OptimizerStateError)?.key == key
                }
            }
        }
        try optimizer.load(state: good)
    }

    @Test func groupsHaveTheirOwnRateAndDecay() {
        let values = Tensor([1, -2] as [Float])
        let slow = ParameterGroup(
            "slow", [("a", Parameter(values))], learningRateFactor: 0.1, weightDecay: 0.5)
        let fast = ParameterGroup("fast", [("b", Parameter(values))])
        let optimizer = SGD(groups: [slow, fast])
        for (_, parameter) in optimizer.namedParameters {
            parameter.grad = Tensor([1, 1] as [Float])
        }
        optimizer.step(learningRate: 1)
        expectClose(
            optimizer.groups[0].parameters[0].parameter.value.detach(),
            Tensor([0.85, -2.0] as [Float]))
        expectClose(
            optimizer.groups[1].parameters[0].parameter.value.detach(),
            Tensor([0, -3] as [Float]))
    }

    @Test func frozenParametersStay() {
        let frozen = Parameter(Tensor([1, 2] as [Float]))
        frozen.isFrozen = true
        let optimizer = Adam(groups: [ParameterGroup("all", [("a", frozen)])])
        optimizer.step(learningRate: 1)
        optimizer.zeroGrad()
        expectClose(frozen.value, Tensor([1, 2] as [Float]))
        #expect(optimizer.state().isEmpty)
    }

    @Test func aStepLeavesEarlierCopiesAloneAndKeepsTheLeaf() {
        let parameter = Parameter(Tensor([1, 2] as [Float]))
        let before = parameter.value.detach()
        let optimizer = SGD(groups: [ParameterGroup("all", [("a", parameter)])])
        (parameter.value * 3).sum().backward()
        optimizer.step(learningRate: 1)
        expectClose(before, Tensor([1, 2] as [Float]))
        expectClose(parameter.value.detach(), Tensor([-2, -1] as [Float]))
        expectClose(parameter.grad ?? before, Tensor([3, 3] as [Float]))
        optimizer.zeroGrad()
        #expect(parameter.grad == nil)
        (parameter.value * 2).sum().backward()
        expectClose(parameter.grad ?? before, Tensor([2, 2] as [Float]))
    }

    @Test(arguments: try #require(OptimizerTests.trajectories))
    func anyLayoutOfAParameterAndItsGradientWill(_ fixture: FixtureCase) throws {
        let dtype = fixture.inputs[0].dtype
        let start = (Tensor.arange(24, dtype: dtype).reshape([2, 3, 2, 2]) - 12.0) * 0.1
        let gradient = start.square() - 0.3
        let optimizer = try optimizer(
            fixture.operation, fixture.arguments, [start, start.channelsLast()])
        let parameters = optimizer.namedParameters.map(\.parameter)
        parameters[0].grad = gradient.channelsLast()
        parameters[1].grad = gradient
        for _ in 0..<3 { optimizer.step(learningRate: 0.1) }
        // The first columns of a larger tensor.
        let wide = Tensor.cat([gradient, gradient + 1.0], dim: 3)
        parameters[1].grad = wide.slice(dim: 3, to: 2)
        optimizer.step(learningRate: 0.1)
        expectClose(
            parameters[0].value.detach(), parameters[1].value.detach(), rtol: 0, atol: 0)
        #expect(parameters[1].value.isChannelsLast)
    }

    @Test(arguments: try #require(OptimizerTests.trajectories))
    func scalarsMoveAndEmptyParametersStay(_ fixture: FixtureCase) throws {
        let dtype = fixture.inputs[0].dtype
        let (scalar, vector) = (
            Tensor.full([], 1.5, dtype: dtype), Tensor.full([1], 1.5, dtype: dtype)
        )
        let alone = try optimizer(
            fixture.operation, fixture.arguments, [scalar, .zeros([0, 3], dtype: dtype)])
        let other = try optimizer(fixture.operation, fixture.arguments, [vector])
        for optimizer in [alone, other] {
            for _ in 0..<3 {
                for (_, parameter) in optimizer.namedParameters {
                    parameter.grad = Tensor.full(parameter.shape, 0.4, dtype: dtype)
                }
                optimizer.step(learningRate: 0.1)
            }
        }
        let values = (alone.namedParameters + other.namedParameters).map {
            $0.parameter.value.detach()
        }
        #expect(values[1].shape == [0, 3])
        #expect(values[0].item(as: Double.self) < 1.5)
        expectClose(values[0], values[2].reshape([]), rtol: 0, atol: 0)
    }

    @Test func statesThatDoNotFitAreRefusedWhole() throws {
        let optimizer = Adam(groups: [group([Tensor([1, 2] as [Float])])])
        optimizer.groups[0].parameters[0].parameter.grad = Tensor([1, 1] as [Float])
        optimizer.step(learningRate: 0.1)
        let good = optimizer.state()
        #expect(good.keys.sorted() == ["exp_avg.a", "exp_avg_sq.a", "step.a"])
        func refused(_ key: String, _ tensor: Tensor?) -> String? {
            var state = good
            state[key] = tensor
            do {
                try optimizer.load(state: state)
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(refused("exp_avg.a", nil)?.contains("\"exp_avg.a\": it is missing") == true)
        #expect(refused("step.a", nil)?.contains("\"step.a\": it is missing") == true)
        #expect(refused("step.a", Tensor(0))?.contains("at least 1") == true)
        #expect(refused("step.a", Tensor(1.5))?.contains("one integer") == true)
        #expect(refused("exp_avg.a", Tensor([1] as [Float]))?.contains("[2]") == true)
        #expect(refused("exp_avg.a", Tensor([1.0, 2]))?.contains("float64") == true)
        #expect(refused("exp_avg.z", good["exp_avg.a"])?.contains("no trained parameter") == true)
        #expect(refused("velocity.a", good["exp_avg.a"])?.contains("exp_avg") == true)
        for (key, tensor) in optimizer.state() { expectClose(tensor, good[key] ?? tensor) }
    }
}
