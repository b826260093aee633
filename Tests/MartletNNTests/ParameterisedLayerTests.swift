import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("Layers with parameters or two inputs")
struct ParameterisedLayerTests {
    private static func layer(_ fixture: FixtureCase) throws -> any Layer {
        let a = fixture.arguments
        func affine() throws -> Bool { try a.bool("affine") }
        switch fixture.operation {
        case "conv1d":
            return Conv1d(2, 4, kernelSize: 3, stride: 2, padding: 1, dilation: 2, groups: 2)
        case "conv1dBorder":
            return Conv1d(
                2, 3, kernelSize: 3, padding: 2,
                paddingMode: try #require(PaddingMode(rawValue: try a.string("mode"))))
        case "conv3d":
            return Conv3d(
                2, 2, kernelSize: (2, 1, 3),
                geometry: VolumeGeometry(stride: (1, 2, 1), padding: (1, 0, 1)))
        case "convTranspose1d":
            return ConvTranspose1d(
                2, 4, kernelSize: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2)
        case "convTranspose2d":
            return ConvTranspose2d(
                2, 3, kernelSize: (3, 2), stride: (2, 1), padding: (1, 0), outputPadding: (1, 0))
        case "convTranspose3d":
            return ConvTranspose3d(
                2, 2, kernelSize: (2, 1, 2), geometry: VolumeGeometry(stride: (1, 2, 1)))
        case "batchNorm3d":
            return BatchNorm3d(2, epsilon: 1e-4, momentum: 0.2, affine: try affine())
        case "batchNorm3dMean": return BatchNorm3d(2, momentum: nil)
        case "instanceNorm1d": return InstanceNorm1d(3, epsilon: 1e-4, affine: try affine())
        case "instanceNorm2d": return InstanceNorm2d(3, epsilon: 1e-4, affine: try affine())
        case "instanceNorm3d": return InstanceNorm3d(3, epsilon: 1e-4, affine: try affine())
        case "groupNorm":
            return try affine() ? GroupNorm(2, 4, epsilon: 1e-4) : GroupNorm(4, 4, affine: false)
        case "localResponseNorm": return LocalResponseNorm(3, alpha: 0.1, beta: 0.6, k: 1.5)
        case "layerNorm":
            let bias = try a.bool("bias")
            return LayerNorm(
                [3, 2], epsilon: try affine() && bias ? 1e-4 : 1e-5,
                elementwiseAffine: try affine(), bias: bias)
        case "rmsNorm":
            return try affine()
                ? RMSNorm([4], epsilon: 1e-4) : RMSNorm([4], elementwiseAffine: false)
        case "embedding": return Embedding(4, 2)
        case "embeddingBag":
            return EmbeddingBag(4, 2, mode: try #require(BagMode(rawValue: try a.string("mode"))))
        case "dropout": return Dropout(try a.bool("training") ? 0 : 0.5)
        case "sequential":
            return Sequential([
                "conv": Conv2d(1, 2, kernelSize: 2), "norm": BatchNorm2d(2), "act": ReLU(),
                "flat": Flatten(), "fc": Linear(8, 3),
            ])
        case "sequentialPlaces": return Sequential(Linear(3, 4), Tanh(), Linear(4, 2))
        default: throw FixtureError(description: "no layer \(fixture.operation)")
        }
    }

    @Test(arguments: try fixtures("parameterised"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let a = fixture.arguments
        switch fixture.operation {
        case "bilinear":
            let layer = Bilinear(2, 3, 4, bias: try a.bool("bias"))
            try check(fixture, layer) { layer($0[0], $0[1], $1) }
        case "pairwiseDistance":
            let p = try a.double("p")
            let layer = PairwiseDistance(p: p, keepDim: p == 1)
            try check(fixture, layer) { layer($0[0], $0[1], $1) }
        case "cosineSimilarity":
            let layer = CosineSimilarity(dim: 0)
            try check(fixture, layer) { layer($0[0], $0[1], $1) }
        default:
            let layer = try ParameterisedLayerTests.layer(fixture)
            try check(fixture, layer) { layer($0[0], $1) }
        }
    }
}
