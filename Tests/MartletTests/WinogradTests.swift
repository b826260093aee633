import Martlet
import MartletTesting
import Testing

/// 3x3 convolutions large enough to go by Winograd's algorithm, against the plain ones of float64.
@Suite("Winograd convolutions")
struct WinogradTests {
    private func normal(_ shape: [Int], _ seed: UInt64) -> Tensor {
        var generator = Generator(seed: seed)
        return Tensor.randn(shape, generator: &generator)
    }

    /// The output and the gradients of x, weight and bias.
    private func passes(
        _ x: Tensor, _ weight: Tensor, _ bias: Tensor, padding: Int, dtype: DType,
        precision: Precision = .float32
    ) -> [Tensor] {
        let leaves = [x, weight, bias].map { $0.to(dtype).requiringGrad() }
        let y = leaves[0].conv2d(
            leaves[1], bias: leaves[2], ConvolutionGeometry(padding: (padding, padding)),
            precision: precision)
        // A gradient that is no function of y, so that errors of the passes do not add up.
        let gradient = normal(y.shape, 9).to(y.dtype)
        return [y] + grad(outputs: [(y * gradient).sum()], inputs: leaves).compactMap { $0 }
    }

    /// The root of the mean square of the difference, beside that of the values.
    private func error(_ value: Tensor, _ exact: Tensor) -> Double {
        let difference = (value.to(.float64) - exact).square().mean().sqrt()
        return (difference / exact.square().mean().sqrt()).item(as: Double.self)
    }

    /// (batch, channels in and out, height, width, padding): whole tiles and cut ones, channels that fill no vector, light
    /// weights and heavy ones, many tiles and few, kernels that reach beyond the padding.
    static let shapes = [
        [4, 64, 64, 32, 32, 1], [3, 33, 47, 37, 29, 0], [2, 48, 20, 41, 38, 2],
        [5, 130, 70, 23, 30, 1], [3, 256, 160, 22, 26, 1], [9, 16, 100, 17, 33, 1],
        [16, 192, 256, 7, 9, 1], [2, 200, 250, 18, 15, 0],
        [1, 256, 256, 18, 18, 0], [3, 300, 150, 11, 13, 1],
    ]

    @Test(arguments: shapes)
    func equalsTheSums(_ s: [Int]) {
        let (x, weight, bias) = (
            normal([s[0], s[1], s[3], s[4]], 1), normal([s[2], s[1], 3, 3], 2), normal([s[2]], 3)
        )
        let exact = passes(x, weight, bias, padding: s[5], dtype: .float64)
        let names = ["y", "gradient of x", "gradient of the weight", "gradient of the bias"]
        let single = passes(x, weight, bias, padding: s[5], dtype: .float32)
        for (name, (value, truth)) in zip(names, zip(single, exact)) {
            let error = error(value, truth)
            #expect(error < 4e-6, "\(s) \(name): \(error)")
        }
        // bfloat16 has 8 bits: an error of 2^-9 for each rounding of what goes in and out.
        let half = passes(
            x, weight, bias, padding: s[5], dtype: .float32, precision: .bfloat16)
        for (name, (value, truth)) in zip(names, zip(half, exact)) {
            let error = error(value, truth)
            #expect(error < 8e-3, "\(s) \(name) in bfloat16: \(error)")
        }
    }

    @Test func nonFiniteValuesStayInTheirTiles() {
        var x = normal([4, 64, 32, 32], 1)
        x[0, 0, 5, 5] = Tensor(Float.infinity)
        let y = x.conv2d(normal([64, 64, 3, 3], 2), ConvolutionGeometry(padding: (1, 1)))
        let finite = y.isFinite()
        #expect(!finite[0, 0, 5, 5].item(as: Bool.self))
        #expect(finite[0, 0..., 12..., 0...].all().item(as: Bool.self))
        #expect(finite[1...].all().item(as: Bool.self))
    }
}
