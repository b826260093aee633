import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("Simple layers")
struct SimpleLayerTests {
    private func layer(_ name: String) throws -> any Layer {
        switch name {
        case "celu": return CELU(alpha: 0.7)
        case "mish": return Mish()
        case "softplus": return Softplus(beta: 2, threshold: 5)
        case "softsign": return Softsign()
        case "logSigmoid": return LogSigmoid()
        case "glu": return GLU(dim: 1)
        case "hardsigmoid": return Hardsigmoid()
        case "hardtanh": return Hardtanh(min: -0.5, max: 1.5)
        case "hardshrink": return Hardshrink()
        case "softshrink": return Softshrink()
        case "tanhshrink": return Tanhshrink()
        case "threshold": return Threshold(0.5, 3)
        case "rrelu": return RReLU()
        case "logSoftmax": return LogSoftmax(dim: 1)
        case "softmin": return Softmin(dim: 1)
        case "softmax2d": return Softmax2d()
        case "unflatten": return Unflatten(dim: 1, sizes: [2, 2])
        case "unflattenOpen": return Unflatten(dim: -1, sizes: [-1, 3])
        case "dropout1d": return Dropout1d()
        case "dropout2d": return Dropout2d()
        case "dropout3d": return Dropout3d()
        case "alphaDropout": return AlphaDropout()
        case "featureAlphaDropout": return FeatureAlphaDropout()
        case "pixelShuffle": return PixelShuffle(2)
        case "pixelUnshuffle": return PixelUnshuffle(2)
        case "channelShuffle": return ChannelShuffle(groups: 2)
        case "upsample": return Upsample(scaleFactor: 2)
        case "upsampleLinear": return Upsample(size: [5], mode: .linear)
        case "upsampleBilinear":
            return Upsample(scaleFactor: [2, 1.5], mode: .bilinear, alignCorners: true)
        default: return try border(name)
        }
    }

    private func border(_ name: String) throws -> any Layer {
        switch name {
        case "zeroPad1d": return ZeroPad1d([(1, 2)])
        case "zeroPad2d": return ZeroPad2d([(1, 0), (-1, 2)])
        case "zeroPad3d": return ZeroPad3d(1)
        case "constantPad1d": return ConstantPad1d(2, value: 3.5)
        case "constantPad2d": return ConstantPad2d([(1, 0), (1, 2)], value: -1.5)
        case "constantPad3d": return ConstantPad3d([(1, 0), (1, 0), (0, 1)], value: 2.5)
        case "reflectionPad1d": return ReflectionPad1d(2)
        case "reflectionPad2d": return ReflectionPad2d([(1, 1), (0, 1)])
        case "reflectionPad3d": return ReflectionPad3d([(1, 0), (0, 1), (1, 0)])
        case "replicationPad1d": return ReplicationPad1d([(0, 3)])
        case "replicationPad2d": return ReplicationPad2d(1)
        case "replicationPad3d": return ReplicationPad3d(1)
        case "circularPad1d": return CircularPad1d([(1, 2)])
        case "circularPad2d": return CircularPad2d([(1, 2), (0, 1)])
        case "circularPad3d": return CircularPad3d([(1, 0), (0, 1), (2, 0)])
        default: throw FixtureError(description: "no layer \(name)")
        }
    }

    @Test(arguments: try fixtures("modules"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        nonisolated(unsafe) let tested = try layer(fixture.operation)
        #expect(tested.stateDict().isEmpty)
        try fixture.check(
            [fixture.operation: { _ in { [tested($0[0], .inference)] } }], atol: 2e-6)
    }

    private static let distances: FixtureOperations = [
        "pairwiseDistance": { arguments in
            let (p, keepDim) = (try arguments.double("p"), try arguments.bool("keepDim"))
            return { [pairwiseDistance($0[0], $0[1], p: p, keepDim: keepDim)] }
        },
        "cosineSimilarity": { arguments in
            let dim = try arguments.int("dim")
            return { [CosineSimilarity(dim: dim)($0[0], $0[1], .inference)] }
        },
        "bilinear": { _ in
            { [bilinear($0[0], $0[1], $0[2], bias: $0.count > 3 ? $0[3] : nil)] }
        },
    ]

    @Test(arguments: try fixtures("distances"))
    func distancesAgreeWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(
            SimpleLayerTests.distances, halfPrecision: fixture.name == "zeros" ? .unchecked : .half)
    }

    @Test func bilinearHasPyTorchsNames() {
        let layer = Bilinear(2, 3, 4)
        #expect(layer.stateDict().map(\.name) == ["weight", "bias"])
        #expect(layer.weight.shape == [4, 2, 3])
        let y = layer(Tensor.ones([5, 2]), Tensor.ones([5, 3]), .inference)
        #expect(y.shape == [5, 4])
        let one = Tensor.ones([2, 3])
        expectClose(CosineSimilarity()(one, one, .inference), Tensor.ones([2]))
        expectClose(
            PairwiseDistance(p: 1, epsilon: 0)(one, -one, .inference), Tensor.full([2], 6))
    }

    @Test func distancesOfEqualVectorsHaveGradients() {
        let x = Tensor([[1, 2]] as [[Float]]).requiringGrad()
        pairwiseDistance(x, x.detach(), epsilon: 0).sum().backward()
        expectClose(x.grad ?? x, Tensor.zeros([1, 2]))
    }

    @Test func layersMayHaveNames() {
        let net = Sequential([
            "conv": Conv2d(1, 2, kernelSize: 1), "act": ReLU(), "last": Flatten(),
        ])
        #expect(net.namedParameters().map(\.name) == ["conv.weight", "conv.bias"])
        #expect(net(Tensor.ones([1, 1, 2, 2]), .inference).shape == [1, 8])
    }
}
