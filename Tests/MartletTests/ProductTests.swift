import Martlet
import MartletTesting
import Testing

@Suite("Matrix products and convolutions")
struct ProductTests {
    private static let operations: FixtureOperations = [
        "matmul": two { $0.matmul($1) },
        "linear": { _ in { [$0[0].linear($0[1], bias: $0.count > 2 ? $0[2] : nil)] } },
        "conv2d": { arguments in
            let geometry = ConvolutionGeometry(
                stride: try arguments.pair("stride"), padding: try arguments.pair("padding"),
                dilation: try arguments.pair("dilation"), groups: try arguments.int("groups"))
            return { [$0[0].conv2d($0[1], bias: $0.count > 2 ? $0[2] : nil, geometry)] }
        },
    ]

    @Test(arguments: try fixtures("products"))
    func productsAgreeWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(ProductTests.operations, secondDerivatives: true)
    }

    @Test(arguments: try fixtures("convolutions"))
    func convolutionsAgreeWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(ProductTests.operations, atol: 5e-6)
    }

    @Test func changedWeightsAreUsed() {
        // Weights are kept in the layout that products want, which must follow their values.
        let x = Tensor.ones([1, 8, 4, 4])
        var weight = Tensor.ones([8, 8, 3, 3])
        let before = x.conv2d(weight)
        weight += weight
        expectClose(x.conv2d(weight), before * 2)
        let rows = Tensor.ones([2, 8])
        var matrix = Tensor.ones([4, 8])
        expectClose(rows.linear(matrix), Tensor.full([2, 4], 8))
        matrix[0] = Tensor.zeros([8])
        expectClose(rows.linear(matrix)[0], Tensor([0, 8, 8, 8] as [Float]))
    }

    @Test func halfPrecisionIsNearSinglePrecision() {
        var generator = Generator(seed: 5)
        let x = Tensor.randn([2, 8, 6, 6], generator: &generator)
        let weight = Tensor.randn([4, 8, 3, 3], generator: &generator).requiringGrad()
        let exact = x.conv2d(weight)
        let half = x.conv2d(weight, precision: .bfloat16)
        #expect(half.dtype == .bfloat16)
        expectClose(half.to(.float32), exact, rtol: 0.02, atol: 0.3)
        half.to(.float32).sum().backward()
        let gradient = weight.grad ?? weight
        weight.grad = nil
        exact.sum().backward()
        #expect(gradient.dtype == .float32)
        expectClose(gradient, weight.grad ?? weight, rtol: 0.02, atol: 0.3)
    }
}
