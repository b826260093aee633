import Martlet
import MartletNN
import MartletOptim
import MartletTesting
import Testing

/// The module of `Tests/Reference/minimising.py`.
private final class Weights: Module {
    let a: Parameter
    let b: Parameter
    let mean: Buffer
    let steps = Buffer(Tensor(0))

    init(_ dtype: DType) {
        a = Parameter(Tensor.zeros([2, 3], dtype: dtype))
        b = Parameter(Tensor.zeros([4], dtype: dtype))
        mean = Buffer(Tensor.zeros([3], dtype: dtype))
    }

    func set(_ inputs: [Tensor], _ step: Int) {
        a.value = inputs[0].select(dim: 0, index: step)
        b.value = inputs[1].select(dim: 0, index: step)
        mean.value = inputs[2].select(dim: 0, index: step)
        steps.value = inputs[3].select(dim: 0, index: step)
    }
}

@Suite("Averages of weights")
struct AveragedModelTests {
    private static let names = ["a", "b", "mean", "steps"]

    private static func average(_ weights: Weights, _ fixture: FixtureCase) throws -> AveragedModel
    {
        let decay = try fixture.arguments.double("decay")
        let method: AveragedModel.Method =
            switch fixture.operation {
            case "equal": .equal
            case "warm": .exponential(decay: decay, warmUp: true)
            default: .exponential(decay: decay)
            }
        return AveragedModel(
            weights, method, averagingBuffers: try fixture.arguments.bool("buffers"))
    }

    private static let cases = try? fixtures("averages")
        .filter { $0.operation != "updateBatchNorm" }

    @Test(arguments: try #require(AveragedModelTests.cases))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let dtype = fixture.inputs[0].dtype
        let (weights, other) = (Weights(dtype), Weights(dtype))
        let average = try AveragedModelTests.average(weights, fixture)
        let resumed = try AveragedModelTests.average(other, fixture)
        let tolerance = dtype == .float64 ? 1e-12 : 1e-6
        var expected = fixture.outputs[...]
        for step in 0..<10 {
            weights.set(fixture.inputs, step)
            average.update()
            #expect(average.count == step + 1)
            // An average that was kept and taken up again continues alike.
            if step == 4 { try resumed.load(state: average.state()) }
            if step > 4 {
                other.set(fixture.inputs, step)
                resumed.update()
                for (key, tensor) in average.state() {
                    expectClose(
                        try #require(resumed.state()[key]), tensor, rtol: 0, atol: 0, key)
                }
            }
            guard [0, 1, 4, 9].contains(step) else { continue }
            let state = average.state()
            #expect(state["n_averaged"]?.item(as: Int.self) == step + 1)
            for name in AveragedModelTests.names {
                expectClose(
                    try #require(state["module.\(name)"]), expected.removeFirst(),
                    rtol: tolerance, atol: tolerance, "\(fixture): \(name) after step \(step)")
            }
        }
    }

    @Test func theModelHasTheAveragesForAWhile() throws {
        let weights = Weights(.float32)
        weights.set([.ones([1, 2, 3]), .ones([1, 4]), .ones([1, 3]), Tensor([4])], 0)
        let average = AveragedModel(weights, .equal)
        average.update()
        weights.a.value = weights.a.value.detach() * 3
        weights.b.isFrozen = true
        (weights.a.value * 2).sum().backward()
        average.update()
        let own = weights.a.value.withUnsafeBytes(\.baseAddress)
        let seen = average.withAverages {
            (weights.a.value * 5).sum().backward()
            weights.mean.value = Tensor([7, 8, 9] as [Float])
            return weights.a.value.detach()
        }
        expectClose(seen, .full([2, 3], 2))
        // Its own values are where they were, and its gradients are too.
        #expect(weights.a.value.withUnsafeBytes(\.baseAddress) == own)
        expectClose(weights.a.value.detach(), .full([2, 3], 3))
        expectClose(try #require(weights.a.grad), .full([2, 3], 2))
        expectClose(weights.mean.value, .ones([3]))
        // What the closure changed belongs to the average.
        expectClose(
            try #require(average.state()["module.mean"]), Tensor([7, 8, 9] as [Float]))
        expectClose(average.withAverages { weights.a.value.detach() }, seen)
    }

    @Test func anErrorLeavesTheModelItsOwnWeights() {
        struct Stop: Error {}
        let weights = Weights(.float32)
        let average = AveragedModel(weights, .exponential(decay: 0.9))
        weights.a.value = .full([2, 3], 4)
        #expect(throws: Stop.self) { try average.withAverages { throw Stop() } }
        expectClose(weights.a.value.detach(), .full([2, 3], 4))
    }

    @Test func statesThatDoNotFitAreRefusedWhole() throws {
        let average = AveragedModel(Weights(.float32), .equal)
        average.update()
        let good = average.state()
        for key in good.keys {
            for wrong in [nil, Tensor.zeros([7])] {
                var state = good
                state[key] = wrong
                #expect {
                    try average.load(state: state)
                } throws: {
                    ($0 as? OptimizerStateError)?.key == key
                }
            }
        }
        var state = good
        state["module.c"] = Tensor(1)
        #expect {
            try average.load(state: state)
        } throws: {
            ($0 as? OptimizerStateError)?.key == "module.c"
        }
    }

    @Test func averagesDoNotDependOnThreads() throws {
        var generator = Generator(seed: 3)
        let layer = Linear(301, 200)
        let values = (0..<3).map { _ in Tensor.randn([200, 301], generator: &generator) }
        let runs = try onThreads([1, 2, 3]) {
            let average = AveragedModel(layer, .exponential(decay: 0.9))
            for value in values {
                layer.weight.value = value
                average.update()
            }
            return try #require(average.state()["module.weight"])
        }
        for run in runs { expectClose(run, runs[0], rtol: 0, atol: 0) }
    }

    @Test(arguments: try fixtures("averages").filter { $0.operation == "updateBatchNorm" })
    func statisticsAgreeWithPyTorch(_ fixture: FixtureCase) throws {
        let second = BatchNorm1d(2, momentum: 0.3)
        let net = Sequential(Linear(3, 4), BatchNorm1d(4), ReLU(), Linear(4, 2), second)
        let names = try fixture.arguments.strings("states")
        try net.load(state: Dictionary(uniqueKeysWithValues: zip(names, fixture.inputs)))
        updateBatchNorm(net, batches: fixture.inputs[names.count...])
        for ((name, tensor), expected) in zip(net.stateDict(), fixture.outputs) {
            expectClose(tensor, expected, name)
        }
        #expect(second.momentum == 0.3)
        let found = updateBatchNorm(net) { context in
            for batch in fixture.inputs[names.count...] { _ = net(batch, context) }
            return "done"
        }
        #expect(found == "done")
        for ((name, tensor), expected) in zip(net.stateDict(), fixture.outputs) {
            expectClose(tensor, expected, name)
        }
    }
}
