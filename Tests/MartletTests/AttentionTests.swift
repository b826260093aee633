import Martlet
import MartletTesting
import Testing

@Suite("Attention and normalisation of rows")
struct AttentionTests {
    /// A mask of bool or of numbers among a case's arguments.
    private static func mask(_ arguments: FixtureArguments) throws -> Tensor? {
        guard arguments.has("mask") else { return nil }
        let values = Tensor(try arguments.doubles("mask")).reshape(try arguments.ints("maskShape"))
        return try arguments.bool("maskBool") ? values.to(.bool) : values.to(.float32)
    }

    private static let operations: FixtureOperations = [
        "attention": { arguments in
            let mask = try mask(arguments)
            let causal = try arguments.bool("causal")
            let scale = arguments.has("scale") ? try arguments.double("scale") : nil
            return {
                [
                    scaledDotProductAttention(
                        $0[0], $0[1], $0[2], mask: mask, isCausal: causal, scale: scale)
                ]
            }
        },
        "layerNorm": { arguments in
            let size = try arguments.ints("size")
            let epsilon = arguments.has("epsilon") ? try arguments.double("epsilon") : 1e-5
            return {
                [
                    $0[0].layerNorm(
                        size, weight: $0.count > 1 ? $0[1] : nil, bias: $0.count > 2 ? $0[2] : nil,
                        epsilon: epsilon)
                ]
            }
        },
        "rmsNorm": { arguments in
            let size = try arguments.ints("size")
            let epsilon = try arguments.double("epsilon")
            return {
                [$0[0].rmsNorm(size, weight: $0.count > 1 ? $0[1] : nil, epsilon: epsilon)]
            }
        },
    ]

    @Test(arguments: try fixtures("attention"))
    func attentionAgreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(AttentionTests.operations, rtol: 2e-5, atol: 3e-6)
    }

    @Test(arguments: try fixtures("rowNormalisation"))
    func normalisationAgreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(AttentionTests.operations, rtol: 2e-5, atol: 3e-6)
    }

    @Test func nothingToSeeGivesZero() {
        let x = numbers([1, 2, 3])
        let mask = Tensor([[1, 0], [0, 0]]).to(.bool)
        let q = x.requiringGrad()
        let y = scaledDotProductAttention(q, x, x, mask: mask)
        expectClose(y[0, 1].detach(), Tensor.zeros([3], dtype: .float64))
        expectClose(y[0, 0].detach(), x[0, 0])
        y.sum().backward()
        expectClose(q.grad ?? q, Tensor.zeros([1, 2, 3], dtype: .float64))
    }

    @Test func droppedWeightsAreTheGradientsToo() {
        let generator = Generator(seed: 4)
        gradcheck(numbers([2, 1, 50, 3]), numbers([2, 1, 9, 3], seed: 2)) {
            var own = generator
            return scaledDotProductAttention(
                $0[0], $0[1], $0[1], dropout: 0.4, generator: &own)
        }
        // Dropped weights are 0 and the others larger: their mean stays.
        var own = generator
        let x = Tensor.zeros([1, 400, 2])
        let ones = Tensor.ones([1, 500, 2])
        let y = scaledDotProductAttention(
            x, Tensor.zeros([1, 500, 2]), ones, dropout: 0.25, generator: &own)
        #expect(abs(y.mean().item() - 1) < 0.01)
        #expect(abs(y.std().item() - 0.0258) < 0.003)
    }

    @Test func resultsDoNotDependOnThreads() {
        var generator = Generator(seed: 1)
        let x = (0..<3).map { _ in Tensor.randn([3, 4, 60, 16], generator: &generator) }
        let rows = Tensor.randn([700, 96], generator: &generator)
        let results = onThreads([1, 2, 5]) {
            let leaves = x.map { $0.requiringGrad() }
            let y = scaledDotProductAttention(leaves[0], leaves[1], leaves[2], isCausal: true)
            y.square().sum().backward()
            let (own, weight) = (rows.requiringGrad(), Tensor.ones([96]).requiringGrad())
            let bias = Tensor.zeros([96]).requiringGrad()
            own.layerNorm([96], weight: weight, bias: bias).square().sum().backward()
            return [y.detach()] + (leaves + [own, weight, bias]).map { $0.grad ?? $0 }
        }
        for result in results[1...] {
            for (a, b) in zip(result, results[0]) { expectClose(a, b, rtol: 0, atol: 0) }
        }
    }

    @Test func halfPrecisionRowsAreNearSingleOnes() {
        var generator = Generator(seed: 2)
        let x = Tensor.randn([5, 24], generator: &generator)
        let weight = Tensor.rand([24], generator: &generator)
        let (a, b) = (x.requiringGrad(), x.to(.bfloat16).requiringGrad())
        let (y, half) = (a.layerNorm([24], weight: weight), b.layerNorm([24], weight: weight))
        #expect(half.dtype == .bfloat16)
        expectClose(half.detach().to(.float32), y.detach(), rtol: 0.02, atol: 0.02)
        y.square().sum().backward()
        half.to(.float32).square().sum().backward()
        expectClose((b.grad ?? b).to(.float32), a.grad ?? a, rtol: 0.1, atol: 0.1)
    }

    @Test func shapesThatDoNotFitAreNamed() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            _ = scaledDotProductAttention(
                Tensor.ones([2, 3, 4]), Tensor.ones([2, 5, 3]), Tensor.ones([2, 5, 3]))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("got [2, 3, 4], [2, 5, 3] and [2, 5, 3]"))
    }
}
