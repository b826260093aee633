import Martlet
import MartletTesting
import Testing

/// Products and sums are cut by their sizes alone, so that the number of threads changes no bit.
@Suite("Threads and batches")
struct ThreadTests {
    private static func bytes(_ x: Tensor) -> [UInt8] { x.withUnsafeBytes { Array($0) } }

    /// Whether a function gives the same bits on one to four threads.
    private func expectSame(_ title: String, _ body: () -> [Tensor]) {
        let results = onThreads([1, 2, 3, 4]) { body().map(ThreadTests.bytes) }
        for (i, result) in results.enumerated() {
            let same = zip(result, results[0]).map(==)
            #expect(!same.contains(false), "\(title): \(same) on \(i + 1) threads")
        }
    }

    private func normal(_ shape: [Int], _ seed: UInt64, _ dtype: DType = .float32) -> Tensor {
        var generator = Generator(seed: seed)
        return Tensor.randn(shape, generator: &generator).to(dtype)
    }

    @Test(arguments: [DType.float32, .bfloat16])
    func matrixProducts(_ dtype: DType) {
        for k in [1000, 2048, 4096, 16384] {
            for (m, n) in [(1, 64), (10, 10), (64, 64), (256, 10), (256, 64), (64, 512)] {
                let (a, b) = (normal([m, k], 1, dtype), normal([k, n], 2, dtype))
                let (turnedA, turnedB) = (
                    a.transpose(0, 1).contiguous().transpose(0, 1),
                    b.transpose(0, 1).contiguous().transpose(0, 1)
                )
                expectSame("\(dtype) \(m) x \(k) x \(n)") {
                    [a.matmul(b), turnedA.matmul(b), a.matmul(turnedB), turnedA.matmul(turnedB)]
                }
            }
        }
    }

    @Test func cutProductsAreRight() {
        // Pieces that do not divide the result, along rows and along columns.
        for (m, n) in [(300, 7), (7, 300), (33, 33), (1, 40)] {
            let (a, b) = (normal([2048, m], 1).transpose(0, 1), normal([2048, n], 2))
            let exact = a.to(.float64).matmul(b.to(.float64))
            expectClose(a.matmul(b), exact.to(.float32), rtol: 1e-4, atol: 1e-3)
        }
    }

    @Test(arguments: Precision.allCases)
    func linearLayers(_ precision: Precision) {
        for (inputs, outputs) in [(64, 256), (10, 10), (512, 64)] {
            let x = normal([4096, inputs], 1)
            let (weight, bias) = (normal([outputs, inputs], 2), normal([outputs], 3))
            expectSame("linear \(inputs) to \(outputs)") {
                let leaves = [x, weight, bias].map { $0.requiringGrad() }
                let y = leaves[0].linear(leaves[1], bias: leaves[2], precision: precision)
                let g = grad(outputs: [y.to(.float32).square().sum()], inputs: leaves)
                return [y] + g.compactMap { $0 }
            }
        }
    }

    @Test(arguments: Precision.allCases)
    func convolutions(_ precision: Precision) {
        func check(_ shape: [Int], _ weight: [Int], _ convolve: (Tensor, Tensor, Tensor) -> Tensor)
        {
            let (x, w, b) = (normal(shape, 1), normal(weight, 2), normal([weight[0]], 3))
            expectSame("\(shape) with \(weight)") {
                let leaves = [x, w, b].map { $0.requiringGrad() }
                let y = convolve(leaves[0], leaves[1], leaves[2])
                let g = grad(outputs: [y.to(.float32).square().sum()], inputs: leaves)
                return [y] + g.compactMap { $0 }
            }
        }
        for (n, size) in [(1, 96), (3, 40), (64, 4)] {
            for kernel in [1, 3] {
                check([n, 16, size, size], [32, 16, kernel, kernel]) {
                    $0.conv2d(
                        $1, bias: $2, ConvolutionGeometry(padding: (kernel / 2, kernel / 2)),
                        precision: precision)
                }
            }
        }
        // By Winograd's algorithm, with light weights and with heavy ones.
        for (n, inputs, outputs, size) in [
            (4, 48, 40, 37), (1, 64, 64, 90), (5, 256, 160, 21), (1, 256, 200, 16),
        ] {
            check([n, inputs, size, size], [outputs, inputs, 3, 3]) {
                $0.conv2d(
                    $1, bias: $2, ConvolutionGeometry(padding: (1, 1)), precision: precision)
            }
        }
        // More padding than half a kernel, and a kernel that covers the image.
        for (size, kernel, padding) in [(14, 3, 2), (28, 7, 6), (7, 7, 3), (5, 5, 0)] {
            check([2, 16, size, size], [16, 16, kernel, kernel]) {
                $0.conv2d(
                    $1, bias: $2, ConvolutionGeometry(padding: (padding, padding)),
                    precision: precision)
            }
        }
        check([1, 16, 70, 70], [3, 16, 7, 7]) { $0.conv2d($1, bias: $2, precision: precision) }
        for n in [1, 4] {
            check([n, 8, 12, 20, 20], [16, 8, 3, 3, 3]) {
                $0.conv3d($1, bias: $2, VolumeGeometry(padding: (1, 1, 1)), precision: precision)
            }
            check([n, 16, 2000], [16, 16, 5]) {
                $0.conv1d($1, bias: $2, padding: 2, precision: precision)
            }
        }
    }

    @Test func normalisationAndPooling() {
        for shape in [[2, 12, 40, 40], [9, 12, 7, 7], [1, 6, 8, 20, 20]] {
            for x in [normal(shape, 1), normal(shape, 1).channelsLast()] {
                expectSame("\(shape)") {
                    let leaf = x.requiringGrad()
                    let (weight, bias) = (
                        normal([shape[1]], 2).requiringGrad(), normal([shape[1]], 3).requiringGrad()
                    )
                    let y = leaf.groupNorm(groups: 3, weight: weight, bias: bias)
                    let z =
                        shape.count == 5
                        ? y.maxPool3d(kernel: (2, 2, 2)) : y.adaptiveAvgPool2d((3, 3))
                    let g = grad(
                        outputs: [(z * z).sum() + leaf.instanceNorm(relu: true).square().sum()],
                        inputs: [leaf, weight, bias])
                    return [y, z] + g.compactMap { $0 }
                }
            }
        }
    }

    @Test func attention() {
        let (q, k, v) = (
            normal([2, 2, 70, 16], 1), normal([2, 2, 2048, 16], 2), normal([2, 2, 2048, 16], 3)
        )
        expectSame("attention") {
            let leaves = [q, k, v].map { $0.requiringGrad() }
            let y = scaledDotProductAttention(leaves[0], leaves[1], leaves[2])
            return [y] + grad(outputs: [y.square().sum()], inputs: leaves).compactMap { $0 }
        }
    }

    /// A sample's prediction is the same alone and among others: bit for bit from products, nearly from convolutions of
    /// small images, which large batches compute in another order.
    @Test func samplesDoNotSeeTheirBatch() {
        let x = normal([300, 200], 1)
        let (weight, bias) = (normal([70, 200], 2), normal([70], 3))
        let together = x.linear(weight, bias: bias)
        for i in [0, 17, 299] {
            let alone = x.narrow(dim: 0, start: i, length: 1).linear(weight, bias: bias)
            #expect(ThreadTests.bytes(alone) == ThreadTests.bytes(together[i]), "row \(i)")
        }
        for size in [4, 20] {
            let images = normal([40, 32, size, size], 4)
            let kernel = normal([32, 32, 3, 3], 5)
            let all = images.conv2d(kernel).groupNorm(groups: 4)
            for i in [0, 39] {
                let alone = images.narrow(dim: 0, start: i, length: 1).conv2d(kernel)
                    .groupNorm(groups: 4)
                expectClose(
                    alone, all.narrow(dim: 0, start: i, length: 1), rtol: 1e-5, atol: 1e-5)
                if size > 4 {
                    #expect(ThreadTests.bytes(alone[0]) == ThreadTests.bytes(all[i]))
                }
            }
        }
    }
}
