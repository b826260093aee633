import Martlet
import MartletNN
import MartletOptim
import MartletTesting
import Testing

/// The network of `Tests/Reference/layers.py`.
private final class Net: Layer {
    let conv = Sequential(
        Conv2d(1, 3, kernelSize: 3, padding: 1, bias: false), BatchNorm2d(3), ReLU(),
        MaxPool2d(kernelSize: 2))
    let left = Sequential(Conv2d(3, 3, kernelSize: 3, padding: 1, bias: false), BatchNorm2d(3))
    let fc = Linear(3, 3)

    func forward(_ x: Tensor, _ context: Context) -> Tensor {
        let y = conv(x, context)
        return fc(left.addReLU(y, y, context).mean(dims: [2, 3]), context)
    }
}

@Suite("Training a small network")
struct TrainingTests {
    /// Losses, weights and running statistics of 20 steps.
    @Test(arguments: try fixtures("training"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let net = Net()
        let names = net.stateDict().map(\.name)
        let (x, y) = (fixture.inputs[0], fixture.inputs[1])
        try net.load(state: Dictionary(uniqueKeysWithValues: zip(names, fixture.inputs[2...])))
        let optimizer: any Optimizer
        let learningRate: Double
        switch fixture.operation {
        case "sgd":
            optimizer = SGD(net, momentum: 0.9, weightDecay: 1e-3, nesterov: true)
            learningRate = 0.05
        case "adam": (optimizer, learningRate) = (Adam(net), 0.01)
        default: (optimizer, learningRate) = (AdamW(net, weightDecay: 0.05), 0.01)
        }
        let context = Context.training(generator: Generator(seed: 0))
        let losses = (0..<20).map { _ in
            optimizer.zeroGrad()
            let loss = crossEntropy(net(x, context), y)
            loss.backward()
            optimizer.step(learningRate: learningRate)
            return loss.detach()
        }
        // Twenty steps multiply what rounding leaves.
        expectClose(Tensor.stack(losses), fixture.outputs[0], rtol: 1e-4, atol: 1e-5, "losses")
        for ((name, tensor), expected) in zip(net.stateDict(), fixture.outputs[1...]) {
            expectClose(tensor, expected, rtol: 1e-3, atol: 1e-4, name)
        }
        let logits = noGrad { net(x, .inference) }
        expectClose(logits, fixture.outputs[fixture.outputs.count - 1], rtol: 1e-3, atol: 1e-4)
    }

    /// Same seed, same numbers: every kernel splits its work by sizes alone.
    @Test(arguments: [Precision.float32, .bfloat16])
    func doesNotDependOnThreads(_ precision: Precision) {
        let runs = onThreads([1, 2, 3]) { [Tensor](TrainingTests.run(precision)) }
        for other in runs.dropFirst() {
            for (i, (a, b)) in zip(runs[0], other).enumerated() {
                expectClose(b, a, rtol: 0, atol: 0, "tensor \(i)")
            }
        }
    }

    /// The losses and weights of three steps of a network whose layers are large enough to split.
    private static func run(_ precision: Precision) -> [Tensor] {
        let net = Sequential(
            Conv2d(3, 16, kernelSize: 3, padding: 1), BatchNorm2d(16), ReLU(),
            MaxPool2d(kernelSize: 2), Conv2d(16, 16, kernelSize: 3, padding: 1, groups: 16),
            Conv2d(16, 32, kernelSize: 1, stride: 2), BatchNorm2d(32), ReLU(), Dropout(0.2),
            Flatten(), Linear(32 * 36, 64), ReLU(), Linear(64, 10))
        var generator = Generator(seed: 21)
        net.initialize(generator)
        let x = Tensor.randn([32, 3, 24, 24], generator: &generator)
        let y = Tensor.randint(0..<10, [32], generator: &generator)
        let optimizer = AdamW(net)
        let losses = (0..<3).map { step in
            optimizer.zeroGrad()
            let context = Context.training(
                generator: generator.stream("step", step), precision: precision)
            let loss = crossEntropy(net(x, context).to(.float32), y)
            loss.backward()
            GradientClipping.byNorm(net.parameters(), maxNorm: 1)
            optimizer.step(learningRate: 0.01)
            return loss.detach()
        }
        return losses + net.stateDict().map(\.tensor)
    }

    @Test func stepsChangeParametersInTheirOwnMemory() {
        let net = Net()
        let optimizer = Adam(net)
        let x = Tensor.arange(2 * 36, dtype: .float32).reshape([2, 1, 6, 6]) * 0.01
        func addresses() -> [UnsafeRawPointer?] {
            net.parameters().map { $0.value.withUnsafeBytes(\.baseAddress) }
        }
        let before = addresses()
        for _ in 0..<2 {
            optimizer.zeroGrad()
            let loss = crossEntropy(
                net(x, .training(generator: Generator(seed: 1))), Tensor([0, 2]))
            loss.backward()
            // The loss is still there; the graph behind it holds nothing any more.
            withExtendedLifetime(loss) { optimizer.step(learningRate: 0.1) }
        }
        #expect(addresses() == before)
    }
}
