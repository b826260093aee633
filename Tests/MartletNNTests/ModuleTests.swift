import Martlet
import MartletNN
import MartletTesting
import Testing

private final class Part: Layer {
    let firstConv = Conv2d(1, 2, kernelSize: 3)
    let norm = BatchNorm2d(2)
    let optional: Linear? = nil

    func forward(_ x: Tensor, _ context: Context) -> Tensor { norm(firstConv(x, context), context) }
}

private class Base: Module {
    let scale = Parameter(Tensor.ones([2]))
}

private final class Whole: Base, Layer {
    let parts = [Part(), Part()]
    let heads: [String: any Module] = ["b": Linear(2, 1), "a": Linear(2, 1)]
    let net = Sequential(ReLU(), Sequential(Linear(2, 2)))
    let table = Buffer(Tensor.zeros([3]))
    let name = "no member"

    func forward(_ x: Tensor, _ context: Context) -> Tensor { parts[0](x, context) }
}

@Suite("Modules")
struct ModuleTests {
    @Test func namesArePathsOfPropertiesInSnakeCase() {
        let names = Whole().namedParameters().map(\.name)
        let part = ["first_conv.weight", "first_conv.bias", "norm.weight", "norm.bias"]
        #expect(
            names == ["scale"] + part.map { "parts.0.\($0)" } + part.map { "parts.1.\($0)" }
                + ["heads.a.weight", "heads.a.bias", "heads.b.weight", "heads.b.bias"]
                + ["net.1.0.weight", "net.1.0.bias"])
        #expect(
            Whole().namedBuffers().map(\.name)
                == ["running_mean", "running_var", "num_batches_tracked"].map {
                    "parts.0.norm.\($0)"
                }
                + ["running_mean", "running_var", "num_batches_tracked"].map {
                    "parts.1.norm.\($0)"
                }
                + ["table"])
    }

    @Test func initialValuesDependOnTheSeedAndTheNameAlone() {
        let (a, b, c) = (Whole(), Whole(), Whole())
        a.initialize(Generator(seed: 1))
        b.initialize(Generator(seed: 1))
        c.initialize(Generator(seed: 2))
        for ((x, y), z) in zip(zip(a.namedParameters(), b.namedParameters()), c.namedParameters()) {
            expectClose(x.parameter.value, y.parameter.value, rtol: 0, atol: 0, x.name)
            if x.name.contains("conv") {
                #expect(difference(x.parameter.value, z.parameter.value) != nil)
            }
        }
    }

    @Test func initialValuesFollowPyTorchsBounds() {
        let layer = Linear(100, 400)
        layer.initialize(Generator(seed: 3))
        for parameter in layer.parameters() {
            let values = parameter.value.array(as: Double.self)
            // Uniform in ± 1 / sqrt(100), whose standard deviation is 0.1 / sqrt(3).
            #expect(values.allSatisfy { abs($0) <= 0.1 })
            #expect(abs(parameter.value.std().item(as: Double.self) - 0.0577) < 0.005)
        }
    }

    @Test func statesLoadByName() throws {
        let (a, b) = (Whole(), Whole())
        a.initialize(Generator(seed: 1))
        let state = Dictionary(uniqueKeysWithValues: a.stateDict().map { ($0.name, $0.tensor) })
        #expect(try b.load(state: state).isComplete)
        for ((name, x), (_, y)) in zip(a.stateDict(), b.stateDict()) {
            expectClose(x, y, rtol: 0, atol: 0, name)
        }
    }

    @Test func statesThatDoNotFitLoadNothing() {
        let model = Whole()
        model.initialize(Generator(seed: 1))
        var state = Dictionary(uniqueKeysWithValues: model.stateDict().map { ($0.name, $0.tensor) })
        state["scale"] = Tensor.ones([3])
        state["table"] = nil
        state["more"] = Tensor.ones([1])
        state["parts.0.norm.bias"] = Tensor.ones([2])
        do {
            try model.load(state: state)
            Issue.record("a state that does not fit was loaded")
        } catch let error as LoadError {
            #expect(error.report.missing == ["table"])
            #expect(error.report.unexpected == ["more"])
            #expect(
                error.report.mismatched.map { "\($0.name) \($0.expected) \($0.found)" }
                    == ["scale [2] [3]"])
            #expect("\(error)".contains("scale ([3], expected [2])"))
        } catch {
            Issue.record(error)
        }
        expectClose(model.parts[0].norm.bias?.value ?? Tensor(0), Tensor.zeros([2]))
        #expect((try? model.load(state: state, strict: false))?.loaded.contains("table") == false)
        expectClose(model.parts[0].norm.bias?.value.detach() ?? Tensor(0), Tensor.ones([2]))
    }

    @Test func weightsOfAPartFindTheirPlace() throws {
        func state(_ module: some Module) -> [String: Tensor] {
            Dictionary(uniqueKeysWithValues: module.stateDict().map { ($0.name, $0.tensor) })
        }
        let (whole, part) = (Whole(), Part())
        part.initialize(Generator(seed: 4))
        let inside = whole.placing(state: state(part))
        #expect(inside.added == "parts.0." && inside.removed.isEmpty)
        #expect(try whole.load(state: inside.tensors, strict: false).loaded.count == 7)
        expectClose(whole.parts[0].firstConv.weight.value, part.firstConv.weight.value)

        let outside = Part().placing(state: state(whole))
        #expect(outside.added.isEmpty && outside.removed == "parts.0.")
        expectClose(
            try #require(outside.tensors["first_conv.weight"]), part.firstConv.weight.value)

        let wrapped = state(whole).map { ("module.\($0)", $1) } + [("table", Tensor.ones([3]))]
        let unwrapped = whole.placing(
            state: Dictionary(wrapped, uniquingKeysWith: { one, _ in one }))
        #expect(unwrapped.removed == "module.")
        expectClose(try #require(unwrapped.tensors["table"]), Tensor.zeros([3]))

        let own = whole.placing(state: state(whole))
        #expect(own.added.isEmpty && own.removed.isEmpty)
        let foreign = whole.placing(state: ["body.weight": Tensor.ones([1, 2]), "x": Tensor(1)])
        #expect(foreign.added.isEmpty && foreign.removed.isEmpty)
    }

    @Test func summariesCount() {
        let model = Sequential(
            Conv2d(3, 8, kernelSize: 3, padding: 1), ReLU(), MaxPool2d(kernelSize: 2), Flatten(),
            Linear(128, 10))
        let summary = model.summary(inputShape: [1, 3, 8, 8])
        #expect(summary.parameters == 8 * 27 + 8 + 1290)
        #expect(summary.multiplyAdds == 64 * 8 * 27 + 1280)
        #expect(summary.rows.first { $0.name == "0" }?.outputShape == [1, 8, 8, 8])
        #expect(summary.rows.first { $0.name == "4" }?.multiplyAdds == 1280)
        #expect("\(summary)".contains("multiply-adds"))
    }

    @Test func fusedSequencesGiveWhatTheirLayersGive() {
        let model = Sequential(Conv2d(2, 3, kernelSize: 3), BatchNorm2d(3), ReLU(), BatchNorm2d(3))
        model.initialize(Generator(seed: 8))
        var generator = Generator(seed: 9)
        let x = Tensor.randn([2, 2, 6, 6], generator: &generator)
        let context = Context.training(generator: generator)
        let fused = model(x, context)
        let byHand = model.layers.reduce(x) { $1($0, context) }
        expectClose(fused.detach(), byHand.detach())
        let residual = Tensor.randn(fused.shape, generator: &generator)
        expectClose(
            model.addReLU(x, residual, context).detach(), (byHand + residual).relu().detach())
    }
}
