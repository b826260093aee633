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

    @Test func fewOutputChannelsAreRight() {
        // Large images to few channels go another way: against double precision, which does not.
        let cases: [(input: [Int], weight: [Int], ConvolutionGeometry)] = [
            ([2, 16, 64, 70], [3, 16, 5, 7], ConvolutionGeometry(padding: (2, 3))),
            (
                [1, 17, 70, 66], [1, 17, 3, 3],
                ConvolutionGeometry(stride: (1, 1), dilation: (1, 2))
            ),
            (
                [1, 16, 130, 64], [2, 16, 3, 5],
                ConvolutionGeometry(stride: (2, 1), padding: (1, 4))
            ),
            ([2, 16, 1, 4096], [2, 16, 1, 5], ConvolutionGeometry(padding: (0, 2))),
        ]
        for (input, weight, geometry) in cases {
            let exact = [
                numbers(input), numbers(weight, seed: 2), numbers([weight[0]], seed: 3),
            ].map { $0.requiringGrad() }
            let single = exact.map { $0.detach().to(.float32).requiringGrad() }
            let results = [exact, single].map { leaves in
                let y = leaves[0].conv2d(leaves[1], bias: leaves[2], geometry)
                let weights = numbers(y.shape, seed: 4).to(y.dtype)
                let g = grad(outputs: [(y * weights).sum()], inputs: leaves).compactMap { $0 }
                return [y.detach()] + g
            }
            for (wide, narrow) in zip(results[0], results[1]) {
                expectClose(narrow, wide.to(.float32), rtol: 1e-4, atol: 1e-3)
            }
        }
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

    @Test func volumesInHalfPrecisionAreNearSinglePrecision() {
        var generator = Generator(seed: 6)
        for kernel in [1, 3] {
            let leaves = [
                Tensor.randn([2, 6, 4, 5, 6], generator: &generator).requiringGrad(),
                Tensor.randn([5, 6, kernel, kernel, kernel], generator: &generator).requiringGrad(),
            ]
            let results = [Precision.float32, .bfloat16].map { precision in
                let y = leaves[0].conv3d(
                    leaves[1], VolumeGeometry(padding: (kernel / 2, kernel / 2, kernel / 2)),
                    precision: precision)
                let g = grad(outputs: [y.to(.float32).sum()], inputs: leaves).compactMap { $0 }
                return [y.detach().to(.float32)] + g
            }
            for (half, exact) in zip(results[1], results[0]) {
                expectClose(half, exact, rtol: 0.03, atol: 0.5)
            }
        }
    }
}
