import Martlet
import MartletTesting
import Testing

@Suite("Gradients of gradients, hooks and anomalies")
struct DifferentiationTests {
    private static let activations: [String: @Sendable (Tensor) -> Tensor] = [
        "leakyReLU": { $0.leakyReLU(negativeSlope: 0.2) }, "relu": { $0.relu() },
        "tanh": { $0.tanh() }, "softplus": { $0.softplus() }, "silu": { $0.silu() },
        "gelu": { $0.gelu() },
    ]

    /// The input as something gradients flow to: itself, or a leaf where none was wanted.
    private static func tracked(_ x: Tensor) -> Tensor { x.requiresGrad ? x : x.requiringGrad() }

    private static func derivative(_ y: Tensor, _ x: Tensor, _ weight: Tensor? = nil) -> Tensor {
        grad(outputs: [y], inputs: [x], gradients: [weight], createGraph: true)[0]
    }

    private static let operations: FixtureOperations = [
        "gradientPenalty": { arguments in
            let activation = try #require(activations[try arguments.string("activation")])
            return { inputs in
                enableGrad {
                    let x = tracked(inputs[0])
                    let hidden = activation(x.linear(inputs[1], bias: inputs[2]))
                    let y = hidden.linear(inputs[3], bias: inputs[4])
                    let slopes = derivative(y.sum(), x)
                    return [(slopes.norm(dims: [1]) - 1).square().mean()]
                }
            }
        },
        "hessianVector": many { inputs in
            enableGrad {
                let x = tracked(inputs[0])
                let y = (x.exp() * x.flip([0])).sum() + x.matmul(x).pow(2)
                return [derivative(derivative(y, x), x, inputs[1])]
            }
        },
        "thirdDerivative": one { input in
            enableGrad {
                let x = tracked(input)
                return (0..<3).reduce(x.pow(4) + x.sin()) { y, _ in derivative(y.sum(), x) }
            }
        },
        "broadcastGradient": many { [$0[0] * $0[1] + $0[0] / ($0[1] * $0[1] + 1), $0[0] - $0[1]] },
    ]

    @Test(arguments: try fixtures("autograd"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(
            DifferentiationTests.operations,
            secondDerivatives: fixture.operation == "broadcastGradient",
            halfPrecision: fixture.operation == "broadcastGradient" ? .half : .unchecked)
    }

    private let x = Tensor([1, -2, 3] as [Float])
    private func values(_ x: Tensor?) -> [Double] { x?.array(as: Double.self) ?? [] }

    // MARK: grad

    @Test func gradientsOfLeavesAndOfResultsInBetween() {
        let leaf = x.requiringGrad()
        let y = leaf * 2
        let z = y.square()
        let found = grad(outputs: [z.sum()], inputs: [leaf, y, z])
        #expect(values(found[0]) == [8, -16, 24] && values(found[1]) == [4, -8, 12])
        #expect(values(found[2]) == [1, 1, 1])
        #expect(leaf.grad == nil && found.allSatisfy { !$0.requiresGrad })
    }

    @Test func gradientsOfSeveralOutputsAddUpWithTheirWeights() {
        let leaf = x.requiringGrad()
        let y = leaf * 3
        let found = grad(
            outputs: [y, y, leaf.sum()], inputs: [leaf],
            gradients: [Tensor([1, 10, 100] as [Float]), x, nil])
        #expect(values(found[0]) == [7, 25, 310])
    }

    @Test func anInputWithoutPartInTheOutputsHasTheGradient0() {
        let (a, b) = (x.requiringGrad(), x.requiringGrad())
        let found = grad(outputs: [a.sum()], inputs: [a, b], allowUnused: true)
        #expect(values(found[0]) == [1, 1, 1] && values(found[1]) == [0, 0, 0])
    }

    @Test func aGraphIsKeptWhenItIsAskedFor() {
        let leaf = x.requiringGrad()
        let loss = leaf.exp().sum()
        let first = grad(outputs: [loss], inputs: [leaf], retainGraph: true)
        let second = grad(outputs: [loss], inputs: [leaf])
        expectClose(first[0], second[0], rtol: 0, atol: 0)
    }

    @Test func gradientsRecordedByBackwardHaveGradients() {
        let leaf = x.requiringGrad()
        leaf.pow(3).sum().backward(createGraph: true)
        let first = leaf.grad ?? leaf
        #expect(first.requiresGrad && values(first) == [3, 12, 27])
        leaf.grad = nil
        first.sum().backward()
        #expect(values(leaf.grad) == [6, -12, 18])
        leaf.grad = nil
    }

    @Test func theWeightsOfOutputsHaveGradientsToo() {
        let (a, v) = (x.requiringGrad(), (x * 2).requiringGrad())
        let g = grad(outputs: [a.square()], inputs: [a], gradients: [v], createGraph: true)[0]
        g.sum().backward()
        #expect(values(v.grad) == [2, -4, 6] && values(a.grad) == [4, -8, 12])
    }

    // MARK: Hooks

    @Test func hooksAreCalledInOrderAndMayReplaceTheGradient() {
        let leaf = x.requiringGrad()
        let y = leaf * 2
        nonisolated(unsafe) var seen: [[Double]] = []
        y.registerHook {
            seen.append($0.array(as: Double.self))
            return $0 * 10
        }
        let second = y.registerHook {
            seen.append($0.array(as: Double.self))
            return nil
        }
        let loss = (y * 3).sum()
        loss.backward(retainGraph: true)
        #expect(seen == [[3, 3, 3], [30, 30, 30]] && values(leaf.grad) == [60, 60, 60])
        second.remove()
        leaf.grad = nil
        loss.backward()
        #expect(seen.count == 3 && values(leaf.grad) == [60, 60, 60])
    }

    @Test func aHookSeesTheWholeGradientOnce() {
        let leaf = x.requiringGrad()
        nonisolated(unsafe) var calls = 0
        let handle = leaf.registerHook {
            calls += 1
            return $0 * 2
        }
        (leaf * 2 + leaf * 3).sum().backward()
        #expect(calls == 1 && values(leaf.grad) == [10, 10, 10])
        #expect(values(grad(outputs: [leaf.sum()], inputs: [leaf])[0]) == [2, 2, 2])
        handle.remove()
        handle.remove()
        leaf.grad = nil
        leaf.sum().backward()
        #expect(calls == 2 && values(leaf.grad) == [1, 1, 1])
    }

    @Test func aResultKeepsItsGradientWhenAsked() {
        let leaf = x.requiringGrad()
        let y = leaf * 2
        let z = y * 3
        y.retainGrad()
        leaf.retainGrad()
        let loss = z.sum()
        loss.backward(retainGraph: true)
        #expect(values(y.grad) == [3, 3, 3] && z.grad == nil && values(leaf.grad) == [6, 6, 6])
        // It adds up, as that of leaves does.
        loss.backward()
        #expect(values(y.grad) == [6, 6, 6] && values(leaf.grad) == [12, 12, 12])
    }

    @Test func aKeptGradientIsTheOneHooksLeft() {
        let y = x.requiringGrad() * 2
        y.retainGrad()
        y.registerHook { $0 * 10 }
        y.sum().backward()
        #expect(values(y.grad) == [10, 10, 10])
    }

    // MARK: Anomalies

    @Test func theFirstOperationThatMakesANaNIsNamed() throws {
        let error = #expect(throws: AnomalyError.self) {
            try detectAnomaly {
                let y = (x + 1).log()  // log(-1)
                return (y * 2).exp()
            }
        }
        #expect(error?.operation == "log" && error?.inputs.map(\.shape) == [[3]])
        #expect(
            error?.description == "log made the first NaN, of inputs without one: float32 [3]")
    }

    @Test func aGradientThatMakesANaNIsNamed() throws {
        let leaf = Tensor([0, 4] as [Float]).requiringGrad()
        for createGraph in [false, true] {
            let error = #expect(throws: AnomalyError.self) {
                // The slope of the root is infinite at 0, and 0 times infinity is NaN.
                try detectAnomaly { (leaf.sqrt() * 0).sum().backward(createGraph: createGraph) }
            }
            #expect(error?.operation == "the gradient of sqrt")
            leaf.grad = nil
        }
    }

    @Test func nothingIsSaidWhenAllIsFinite() throws {
        let leaf = x.requiringGrad()
        let loss = try detectAnomaly {
            let loss = leaf.square().mean()
            loss.backward()
            return loss
        }
        #expect(abs(loss.item() - 14.0 / 3) < 1e-6 && leaf.grad != nil)
        // What came in as NaN was not made here.
        _ = try detectAnomaly { Tensor(Float.nan) * 2 }
        // And nothing is searched afterwards.
        #expect(Tensor(-1.0).log().isNaN().item(as: Bool.self))
    }

    @Test func errorsPassThroughASearch() {
        struct Stop: Error {}
        #expect(throws: Stop.self) { try detectAnomaly { throw Stop() } }
    }

    // MARK: Modes

    @Test func recordingIsSwitchedOffAndOnAgainInside() {
        let leaf = x.requiringGrad()
        noGrad {
            #expect(!(leaf * 2).requiresGrad)
            enableGrad {
                #expect((leaf * 2).requiresGrad)
                noGrad { #expect(!(leaf * 2).requiresGrad) }
                #expect((leaf * 2).requiresGrad)
            }
            #expect(!(leaf * 2).requiresGrad)
        }
        #expect((leaf * 2).requiresGrad)
    }

    // MARK: Operations of one's own

    /// 1 / x, whose gradient is made of its output; it also counts how many there are.
    private struct Inverse: TensorOperation {
        final class Life {}

        var life: Life?
        var output: SavedOutput?

        init(life: Life? = nil) { self.life = life }

        mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
            let y = inputs[0].reciprocal()
            if needsGradient[0] { output = SavedOutput(y) }
            return [y]
        }

        func backward(_ gradients: [Tensor?]) -> [Tensor?] {
            guard let g = gradients[0], let y = output?.value else { return [nil] }
            return [-(g * y * y)]
        }
    }

    @Test func operationsThatSaveTheirOutputHaveSecondDerivatives() {
        let x = numbers([2, 3], low: 0.5, high: 2)
        gradcheck(x) { Tensor.apply(Inverse(), [$0[0]])[0] }
        gradgradcheck(x) { Tensor.apply(Inverse(), [$0[0]])[0] }
    }

    @Test func aSavedOutputDoesNotKeepItsGraphAlive() {
        weak var life: Inverse.Life?
        func work() {
            let new = Inverse.Life()
            life = new
            let y = Tensor.apply(Inverse(life: new), [x.requiringGrad()])[0]
            _ = grad(outputs: [y.sum()], inputs: [y], createGraph: true)
        }
        work()
        #expect(life == nil)
    }

    /// x y and x + y at once, of which only one may be used.
    private struct ProductAndSum: TensorOperation {
        var inputs: [Tensor] = []

        init() {}

        mutating func forward(_ inputs: [Tensor], needsGradient: [Bool]) -> [Tensor] {
            self.inputs = inputs
            return [inputs[0] * inputs[1], inputs[0] + inputs[1]]
        }

        func backward(_ gradients: [Tensor?]) -> [Tensor?] {
            let product = gradients[0].map { g in [g * inputs[1], g * inputs[0]] }
            let sum = gradients[1].map { g in [g, g] }
            return (0..<2).map { i in
                guard let p = product?[i] else { return sum?[i] }
                return sum.map { p + $0[i] } ?? p
            }
        }
    }

    @Test func operationsWithSeveralOutputsAndOperandsThatBroadcast() {
        let (a, b) = (numbers([2, 3]), numbers([3], seed: 2))
        for used in [[0], [1], [0, 1]] {
            let function: ([Tensor]) -> Tensor = { inputs in
                let outputs = Tensor.apply(ProductAndSum(), inputs)
                return used.dropFirst().reduce(outputs[used[0]].exp()) { $0 * outputs[$1] }
            }
            gradcheck(a, b) { function($0) }
            gradgradcheck(a, b) { function($0) }
        }
    }

    // MARK: Long graphs

    @Test func longGraphsOfGradientsDoNotExhaustTheStack() {
        let leaf = Tensor(1.0).requiringGrad()
        var y = leaf
        for _ in 0..<100_000 { y = y * 1.0 }
        let g = grad(outputs: [y * y], inputs: [leaf], createGraph: true)[0]
        #expect(g.item() == 2)
        g.backward()
        #expect(leaf.grad?.item() == 2)
    }

    @Test func longGraphsThatSaveOutputsAreFreed() {
        let leaf = Tensor(0.5).requiringGrad()
        var y = leaf
        for _ in 0..<100_000 { y = y.tanh() }
        y.retainGrad()
        y.backward()
        #expect(leaf.grad.map { $0.isFinite().item(as: Bool.self) } == true)
        var unused = leaf
        for _ in 0..<100_000 { unused = unused.sigmoid() }
        #expect(unused.item().isFinite)
    }
}
