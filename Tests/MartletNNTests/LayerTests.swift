import Martlet
import MartletNN
import MartletTesting
import Testing

@Suite("Layers")
struct LayerTests {
    private func layer(_ fixture: FixtureCase) throws -> any Layer {
        let a = fixture.arguments
        let pooling = PoolingGeometry(
            kernel: (3, 3), stride: (2, 2), padding: (1, 1),
            ceilMode: fixture.operation == "maxPool2d")
        switch fixture.operation {
        case "linear": return Linear(4, 3, bias: a.has("bias") ? try a.bool("bias") : true)
        case "conv2d":
            return Conv2d(
                2, 3, kernelSize: (3, 3), stride: (2, 1), padding: (2, 1),
                paddingMode: try #require(PaddingMode(rawValue: try a.string("mode"))))
        case "batchNorm1d": return BatchNorm1d(3)
        case "batchNorm2d": return BatchNorm2d(3, epsilon: 1e-3, momentum: 0.3)
        case "batchNorm2dPlain": return BatchNorm2d(3, affine: false)
        case "instanceNorm1d": return InstanceNorm1d(3)
        case "instanceNorm2d": return InstanceNorm2d(3)
        case "instanceNorm3d": return InstanceNorm3d(3)
        case "instanceNorm1dTracked": return InstanceNorm1d(3, trackRunningStats: true)
        case "instanceNorm2dTracked": return InstanceNorm2d(3, trackRunningStats: true)
        case "instanceNorm3dTracked": return InstanceNorm3d(3, trackRunningStats: true)
        case "instanceNorm1dAffine":
            return InstanceNorm1d(
                3, epsilon: 1e-3, momentum: 0.3, affine: true, trackRunningStats: true)
        case "instanceNorm2dAffine":
            return InstanceNorm2d(
                3, epsilon: 1e-3, momentum: 0.3, affine: true, trackRunningStats: true)
        case "instanceNorm3dAffine":
            return InstanceNorm3d(
                3, epsilon: 1e-3, momentum: 0.3, affine: true, trackRunningStats: true)
        case "prelu": return PReLU(channels: a.has("channels") ? try a.int("channels") : 1)
        case "relu": return ReLU()
        case "relu6": return ReLU6()
        case "leakyReLU": return LeakyReLU(negativeSlope: 0.2)
        case "elu": return ELU(alpha: 0.7)
        case "selu": return SELU()
        case "gelu": return GELU()
        case "geluTanh": return GELU(approximate: true)
        case "silu": return SiLU()
        case "hardswish": return Hardswish()
        case "sigmoid": return Sigmoid()
        case "tanh": return Tanh()
        case "softmax": return Softmax(dim: 1)
        case "flatten": return Flatten()
        case "identity": return Identity()
        case "maxPool2d": return MaxPool2d(pooling)
        case "avgPool2d": return AvgPool2d(pooling, countIncludePad: false)
        case "adaptiveAvgPool2d": return AdaptiveAvgPool2d((2, 3))
        case "adaptiveMaxPool2d": return AdaptiveMaxPool2d((2, 3))
        default: throw FixtureError(description: "no layer \(fixture.operation)")
        }
    }

    @Test(arguments: try fixtures("layers") + fixtures("tracked"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        let layer = try layer(fixture)
        try check(fixture, layer) { inputs, context in layer(inputs[0], context) }
    }
}
