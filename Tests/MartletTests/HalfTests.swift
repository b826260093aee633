import Martlet
import MartletTesting
import Testing

@Suite("float16 and bfloat16")
struct HalfTests {
    private static let indices = Tensor([[0, 2], [1, 0]])

    private static let unary: FixtureOperations = [
        "exp": one { $0.exp() }, "sin": one { $0.sin() }, "tanh": one { $0.tanh() },
        "erf": one { $0.erf() }, "square": one { $0.square() }, "sigmoid": one { $0.sigmoid() },
        "gelu": one { $0.gelu() }, "silu": one { $0.silu() }, "softplus": one { $0.softplus() },
        "elu": one { $0.elu() }, "leakyReLU": one { $0.leakyReLU(negativeSlope: 0.1) },
        "abs": one { $0.abs() }, "clamp": one { $0.clamp(min: -1, max: 1) },
        "floor": one { $0.floor() }, "round": one { $0.round() },
        "isFinite": one { $0.isFinite() }, "transpose": one { $0.T.contiguous() },
        "flip": one { $0.flip([1]) }, "pad": one { $0.pad([(1, 2)], value: 0.5) },
        "diagonal": one { $0.diagonal() }, "tril": one { $0.tril() },
        "gather": one { $0.gather(dim: 1, indices) },
        "indexSelect": one { $0.indexSelect(dim: 1, indices[0]) },
        "plusNumber": one { $0 + 0.3 }, "timesNumber": one { $0 * 0.3 },
        "powNumber": one { $0.abs().pow(1.5) },
    ]

    private static let reductions: FixtureOperations = [
        "sum": one { $0.sum() }, "sumRows": one { $0.sum(dims: [1]) },
        "mean": one { $0.mean(dims: [0]) }, "prod": one { $0.prod(dims: [1]) },
        "max": one { $0.max(dims: [1]) }, "variance": one { $0.variance(dims: [1]) },
        "std": one { $0.std() }, "norm": one { $0.norm(dims: [1]) },
        "logSumExp": one { $0.logSumExp(dims: [1]) }, "argmax": one { $0.argmax(dim: 1) },
        "cumsum": one { $0.cumsum(dim: 1) }, "cumprod": one { $0.cumprod(dim: 1) },
        "cummax": one { $0.cummax(dim: 1).values }, "sort": one { $0.sort(dim: 1).values },
        "topk": one { $0.topk(2, dim: 1).values }, "median": one { $0.median(dim: 1).values },
        "softmax": one { $0.softmax(dim: 1) }, "logSoftmax": one { $0.logSoftmax(dim: 1) },
        "normalized": one { $0.normalized() },
    ]

    private static let binary: FixtureOperations = [
        "add": two { $0 + $1 }, "mul": two { $0 * $1 }, "div": two { $0 / $1 },
        "maximum": two { $0.maximum($1) }, "atan2": two { $0.atan2($1) },
        "fmod": two { $0.fmod($1) }, "lt": two { $0.lt($1) },
        "where": two { Tensor.where($0.gt($1), $0, $1 * 2) },
        "addcmul": two { $0.addcmul($0, $1, value: 0.5) },
        "lerp": two { $0.lerp($1, weight: 0.3) }, "cat": two { Tensor.cat([$0, $1]) },
        "outer": two { $0[0].outer($1[0]) }, "matmul": two { $0.matmul($1.T) },
        "linear": two { $0.linear($1, bias: $0[0, 0..<2]) },
        "scatterAdd": two { $0.scatterAdd(dim: 1, indices, $1[.all, 0..<2]) },
        "indexAdd": two { $0.indexAdd(dim: 1, indices[0], $1[.all, 0..<2]) },
        "cosineSimilarity": two { $0.cosineSimilarity($1) },
        "layerNorm": two { $0.layerNorm([3], weight: $1[0], bias: $1[1], epsilon: 0.5) },
        "rmsNorm": two { $0.rmsNorm([3], weight: $1[0], epsilon: 1e-3) },
        "batchNorm": two { $0.batchNorm(weight: $1[0], bias: $1[1], epsilon: 0.5).output },
    ]

    private static let images: FixtureOperations = [
        "conv2d": two {
            $0.conv2d($1, bias: $1[.all, 0, 0, 0], ConvolutionGeometry(padding: (1, 1)))
        },
        "convTranspose2d": two { $0.convTranspose2d($1, ConvolutionGeometry(stride: (2, 2))) },
        "maxPool2d": one { $0.maxPool2d(PoolingGeometry(kernel: (2, 2))) },
        "avgPool2d": one { $0.avgPool2d(PoolingGeometry(kernel: (2, 2))) },
        "adaptiveAvgPool2d": one { $0.adaptiveAvgPool2d((2, 2)) },
        "bilinear": one { $0.interpolate(scaleFactor: 2, mode: .bilinear) },
        "groupNorm": one { $0.groupNorm(groups: 1) },
        "instanceNorm": one { $0.instanceNorm() },
        "pixelShuffle": two { x, w in
            Tensor.cat([x, w[0..<1, .all, 0..<1, 0..<1].expand(x.shape)], dim: 1)
                .pixelShuffle(2)
        },
        "attention": one { scaledDotProductAttention($0, $0 * 0.5, $0 + 1) },
    ]

    @Test(arguments: try fixtures("halves"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let operations = [
            HalfTests.unary, HalfTests.reductions, HalfTests.binary, HalfTests.images,
        ].reduce([:]) { $0.merging($1) { a, _ in a } }
        // PyTorch rounds on the way, too.
        try fixture.check(operations, atol: 2e-3, gradcheck: false, layouts: false)
    }
}
