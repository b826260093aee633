import Martlet
import MartletNN
import MartletOptim
import MartletTesting
import Testing

@Suite("L-BFGS")
struct LBFGSTests {
    /// The problems of `Tests/Reference/minimising.py`: inputs x and y, then the parameters.
    private static func loss(_ problem: String, _ x: Tensor, _ y: Tensor, _ p: [Parameter])
        -> Tensor
    {
        if problem == "network" {
            let output = (x.matmul(p[0].value) + p[1].value).tanh().matmul(p[2].value)
            return (output - y).square().mean()
        }
        let before = p[0].value.slice(dim: 0, from: 0, to: -1)
        let after = p[0].value.slice(dim: 0, from: 1)
        return ((after - before.square()).square() * 100 + (1.0 - before).square()).sum()
    }

    private static func optimizer(_ a: FixtureArguments, _ parameters: [Parameter]) throws -> LBFGS
    {
        func int(_ name: String) throws -> Int? { a.has(name) ? try a.int(name) : nil }
        func double(_ name: String, or standard: Double) throws -> Double {
            a.has(name) ? try a.double(name) : standard
        }
        return LBFGS(
            zip(["a", "b", "c"], parameters).map { ($0, $1) },
            maxIterations: try int("max_iter") ?? 20, maxEvaluations: try int("max_eval"),
            gradientTolerance: try double("tolerance_grad", or: 1e-7),
            changeTolerance: try double("tolerance_change", or: 1e-9),
            historySize: try int("history_size") ?? 100,
            lineSearch: a.has("line_search_fn") ? .strongWolfe : .none)
    }

    private static func step(_ optimizer: LBFGS, _ fixture: FixtureCase) throws -> Tensor {
        let parameters = optimizer.parameters.map(\.parameter)
        let rate = fixture.arguments.has("lr") ? try fixture.arguments.double("lr") : 1
        return optimizer.step(learningRate: rate) {
            for parameter in parameters { parameter.grad = nil }
            let loss = loss(fixture.operation, fixture.inputs[0], fixture.inputs[1], parameters)
            loss.backward()
            return loss
        }.detach()
    }

    @Test(arguments: try fixtures("lbfgs"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let parameters = fixture.inputs[2...].map { Parameter($0) }
        let optimizer = try LBFGSTests.optimizer(fixture.arguments, parameters)
        let losses = try (0..<fixture.outputs[0].count).map { _ in
            try LBFGSTests.step(optimizer, fixture)
        }
        // Rounding grows from step to step.
        let tolerance = losses[0].dtype == .float64 ? 1e-6 : 1e-3
        expectClose(
            Tensor.stack(losses), fixture.outputs[0], rtol: tolerance, atol: tolerance, "\(fixture)"
        )
        for (parameter, expected) in zip(parameters, fixture.outputs[1...]) {
            expectClose(
                parameter.value.detach(), expected, rtol: tolerance, atol: tolerance, "\(fixture)")
        }
        for name in ["func_evals", "n_iter"] where losses[0].dtype == .float64 {
            let count = try fixture.arguments.int(name)
            #expect(optimizer.state()[name]?.item(as: Int.self) == count, "\(fixture): \(name)")
        }
    }

    @Test(arguments: try fixtures("lbfgs"))
    func aLoadedStateContinuesToTheSameNumbers(_ fixture: FixtureCase) throws {
        let unbroken = try LBFGSTests.optimizer(
            fixture.arguments, fixture.inputs[2...].map { Parameter($0) })
        for _ in 0..<2 { _ = try LBFGSTests.step(unbroken, fixture) }
        let resumed = try LBFGSTests.optimizer(
            fixture.arguments, unbroken.parameters.map { Parameter($0.parameter.value.detach()) })
        try resumed.load(state: unbroken.state())
        for _ in 0..<2 {
            expectClose(
                try LBFGSTests.step(resumed, fixture), try LBFGSTests.step(unbroken, fixture),
                rtol: 0, atol: 0)
        }
        for (a, b) in zip(unbroken.parameters, resumed.parameters) {
            expectClose(b.parameter.value, a.parameter.value, rtol: 0, atol: 0)
        }
        #expect(unbroken.state().keys == resumed.state().keys)
    }

    @Test func statesThatDoNotFitAreRefusedWhole() throws {
        let fixture = try #require(try fixtures("lbfgs").first)
        let optimizer = try LBFGSTests.optimizer(
            fixture.arguments, fixture.inputs[2...].map { Parameter($0) })
        #expect(optimizer.state().isEmpty)
        _ = try LBFGSTests.step(optimizer, fixture)
        let good = optimizer.state()
        for key in good.keys where !key.contains(".") {
            for wrong in [nil, Tensor.zeros([3])] {
                var state = good
                state[key] = wrong
                #expect {
                    try optimizer.load(state: state)
                } throws: {
                    ($0 as? OptimizerStateError)?.key == key
                }
            }
        }
        var state = good
        state["old_stps.0"] = nil
        #expect(throws: OptimizerStateError(key: "old_stps.0", reason: "it is missing")) {
            try optimizer.load(state: state)
        }
        state = good
        state["momentum"] = Tensor(1.0)
        #expect(throws: OptimizerStateError(key: "momentum", reason: "L-BFGS has no such entry")) {
            try optimizer.load(state: state)
        }
        try optimizer.load(state: good)
        try optimizer.load(state: [:])
        #expect(optimizer.state().isEmpty)
    }

    @Test func numbersDoNotDependOnThreads() {
        var generator = Generator(seed: 6)
        let start = Tensor.randn([150, 301], generator: &generator)
        let scale = Tensor.rand([150, 301], low: 0.5, high: 9, generator: &generator)
        let runs = onThreads([1, 2, 3]) {
            let parameter = Parameter(start)
            let optimizer = LBFGS([("a", parameter)], maxIterations: 5, lineSearch: .strongWolfe)
            let loss = optimizer.step {
                parameter.grad = nil
                let loss = (parameter.value.square() * scale).mean()
                loss.backward()
                return loss
            }
            return [loss.detach(), parameter.value.detach()]
        }
        for other in runs.dropFirst() {
            for (a, b) in zip(runs[0], other) { expectClose(b, a, rtol: 0, atol: 0) }
        }
        #expect(runs[0][1].square().sum().item() < start.square().sum().item())
    }

    @Test func frozenParametersStay() {
        let (a, b) = (Parameter(Tensor([1, 2] as [Float])), Parameter(Tensor([3] as [Float])))
        b.isFrozen = true
        let optimizer = LBFGS([("a", a), ("b", b)], lineSearch: .strongWolfe)
        optimizer.step {
            a.grad = nil
            let loss = (a.value * b.value - 3.0).square().sum()
            loss.backward()
            return loss
        }
        expectClose(a.value.detach(), Tensor([1, 1] as [Float]), atol: 1e-4)
        expectClose(b.value, Tensor([3] as [Float]), rtol: 0, atol: 0)
    }
}
