import Martlet
import MartletTesting
import Testing

@Suite("Changes in place, layouts and certain draws")
struct AssignmentTests {
    /// The first input, changed in place by the second.
    private static func changed(
        _ change: @escaping @Sendable (inout Tensor, Tensor) -> Void
    ) -> FixtureOperations.Value {
        { _ in
            { inputs in
                var x = inputs[0]
                change(&x, inputs[1])
                return [x]
            }
        }
    }

    /// The input, changed in place by a number.
    private static func changed(
        _ change: @escaping @Sendable (inout Tensor, Double) -> Void
    ) -> FixtureOperations.Value {
        { arguments in
            let number = try arguments.double("number")
            return { inputs in
                var x = inputs[0]
                change(&x, number)
                return [x]
            }
        }
    }

    /// A result that is drawn.
    private static func drawn(
        _ draw: @escaping @Sendable ([Tensor], inout Generator) -> Tensor
    ) -> FixtureOperations.Value {
        { _ in
            { inputs in
                var generator = Generator(seed: 3)
                return [draw(inputs, &generator)]
            }
        }
    }

    /// One that is drawn with a probability.
    private static func drawn(
        _ draw: @escaping @Sendable (Tensor, Double, inout Generator) -> Tensor
    ) -> FixtureOperations.Value {
        { arguments in
            let p = try arguments.double("p")
            return { inputs in
                var generator = Generator(seed: 3)
                return [draw(inputs[0], p, &generator)]
            }
        }
    }

    private static let inPlace: FixtureOperations = [
        "addInPlace": changed { (x: inout Tensor, y: Tensor) in x += y },
        "subInPlace": changed { (x: inout Tensor, y: Tensor) in x -= y },
        "mulInPlace": changed { (x: inout Tensor, y: Tensor) in x *= y },
        "divInPlace": changed { (x: inout Tensor, y: Tensor) in x /= y },
        "addNumberInPlace": changed { (x: inout Tensor, y: Double) in x += y },
        "subNumberInPlace": changed { (x: inout Tensor, y: Double) in x -= y },
        "mulNumberInPlace": changed { (x: inout Tensor, y: Double) in x *= y },
        "divNumberInPlace": changed { (x: inout Tensor, y: Double) in x /= y },
        "set": { _ in
            { inputs in
                var leaf = inputs[0].requiringGrad()
                leaf.update { $0 = inputs[1] }
                return [(leaf * 2).detach()]
            }
        },
    ]

    private static let layouts: FixtureOperations = [
        "contiguous": one { $0.permute($0.shape.indices.reversed()).contiguous() },
        "channelsLast": one { $0.channelsLast() * 2 },
        "item": one { Tensor(Float($0.item(as: Double.self))) },
        "tolist": one { Tensor($0.array(as: Double.self), shape: $0.shape).to($0.dtype) },
        "arangeWhole": { arguments in
            let dtype = try #require(try arguments.dtype())
            return { _ in [Tensor.arange(2, dtype: dtype)] }
        },
    ]

    private static let flows: FixtureOperations = [
        "detach": one { $0 * $0.detach() + $0.sin() },
        "registerHook": one { x in
            let y = x * x
            if y.requiresGrad { y.registerHook { $0 * 3 } }
            return y.sin()
        },
        "noGrad": one { x in
            let (half, whole) = noGrad { (x * 0.5, enableGrad { x * x }) }
            return half * x + whole
        },
    ]

    private static let draws: FixtureOperations = [
        "bernoulli": drawn { $0[0].bernoulli(generator: &$1) },
        "multinomial": drawn { $0[0].multinomial(1, generator: &$1) },
        "multinomialRepeated": drawn { $0[0].multinomial(3, replacement: true, generator: &$1) },
        "normal": drawn { Tensor.normal(mean: $0[0], std: $0[1], generator: &$1) },
        "randint": drawn { Tensor.randint(4..<5, [2, 3], generator: &$1) },
        "randperm": drawn { Tensor.randperm(1, generator: &$1) },
        "dropout": drawn { (x: Tensor, p: Double, generator: inout Generator) in
            x.dropout(p, generator: &generator)
        },
        "featureDropout": drawn { (x: Tensor, p: Double, generator: inout Generator) in
            x.featureDropout(p, generator: &generator)
        },
        "alphaDropoutDrawn": drawn { (x: Tensor, p: Double, generator: inout Generator) in
            x.alphaDropout(p, generator: &generator)
        },
        "rreluDrawn": drawn { $0[0].rrelu(lower: 0.25, upper: 0.25, generator: &$1) },
        "attentionDropout": drawn {
            scaledDotProductAttention($0[0], $0[1], $0[2], dropout: 0, generator: &$1)
        },
        "svdLowRank": drawn { $0[0].svdLowRank(rank: 3, iterations: 4, generator: &$1).s },
        "pcaLowRank": drawn { $0[0].pcaLowRank(rank: 3, iterations: 4, generator: &$1).s },
    ]

    @Test(arguments: try fixtures("assignments"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let operations = [
            AssignmentTests.inPlace, AssignmentTests.layouts, AssignmentTests.flows,
            AssignmentTests.draws,
        ].reduce([:]) { $0.merging($1) { a, _ in a } }
        let cut = ["detach", "registerHook", "noGrad"].contains(fixture.operation)
        try fixture.check(
            operations, gradcheck: !cut,
            doublePrecision: !fixture.arguments.has("type") && fixture.operation != "item")
    }

    @Test func theLowRankVectorsGiveTheDataBack() {
        var generator = Generator(seed: 4)
        let x = numbers([2, 9, 3], seed: 8).matmul(numbers([2, 3, 6], seed: 9))
        let (u, s, v) = x.svdLowRank(rank: 3, generator: &generator)
        expectClose((u * s.unsqueeze(1)).matmul(v.mT), x, rtol: 1e-9, atol: 1e-9)
    }
}
