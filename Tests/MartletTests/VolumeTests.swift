import Martlet
import MartletTesting
import Testing

@Suite("Convolutions, pooling and normalisation in other dimensions")
struct VolumeTests {
    private static func triple(_ arguments: FixtureArguments, _ name: String) throws -> (
        Int, Int, Int
    ) {
        let values = try arguments.ints(name)
        try #require(values.count == 3)
        return (values[0], values[1], values[2])
    }

    private static func volume(_ arguments: FixtureArguments) throws -> VolumeGeometry {
        VolumeGeometry(
            stride: try triple(arguments, "stride"), padding: try triple(arguments, "padding"),
            dilation: try triple(arguments, "dilation"), groups: try arguments.int("groups"))
    }

    private static let convolutions: FixtureOperations = [
        "conv1d": { arguments in
            let stride = try arguments.int("stride")
            let padding = try arguments.int("padding")
            let dilation = try arguments.int("dilation")
            let groups = try arguments.int("groups")
            return { inputs in
                [
                    inputs[0].conv1d(
                        inputs[1], bias: inputs.count > 2 ? inputs[2] : nil, stride: stride,
                        padding: padding, dilation: dilation, groups: groups)
                ]
            }
        },
        "convTranspose1d": { arguments in
            let stride = try arguments.int("stride")
            let padding = try arguments.int("padding")
            let extra = try arguments.int("output_padding")
            let groups = try arguments.int("groups")
            return { inputs in
                [
                    inputs[0].convTranspose1d(
                        inputs[1], bias: inputs[2], stride: stride, padding: padding,
                        outputPadding: extra, groups: groups)
                ]
            }
        },
        "convTranspose2d": { arguments in
            let geometry = ConvolutionGeometry(
                stride: try arguments.pair("stride"), padding: try arguments.pair("padding"),
                dilation: try arguments.pair("dilation"), groups: try arguments.int("groups"))
            let extra = try arguments.pair("output_padding")
            return { inputs in
                [
                    inputs[0].convTranspose2d(
                        inputs[1], bias: inputs.count > 2 ? inputs[2] : nil, geometry,
                        outputPadding: extra)
                ]
            }
        },
        "conv3d": { arguments in
            let geometry = try volume(arguments)
            return { [$0[0].conv3d($0[1], bias: $0[2], geometry)] }
        },
        "convTranspose3d": { arguments in
            let geometry = try volume(arguments)
            let extra = try triple(arguments, "output_padding")
            return { inputs in
                [
                    inputs[0].convTranspose3d(
                        inputs[1], bias: inputs.count > 2 ? inputs[2] : nil, geometry,
                        outputPadding: extra)
                ]
            }
        },
    ]

    private static let pools: FixtureOperations = [
        "maxPool1d": { arguments in
            let kernel = try arguments.int("kernel")
            let (stride, padding) = (try arguments.int("stride"), try arguments.int("padding"))
            return { [$0[0].maxPool1d(kernelSize: kernel, stride: stride, padding: padding)] }
        },
        "avgPool1d": { arguments in
            let kernel = try arguments.int("kernel")
            let (stride, padding) = (try arguments.int("stride"), try arguments.int("padding"))
            return { [$0[0].avgPool1d(kernelSize: kernel, stride: stride, padding: padding)] }
        },
        "adaptiveAvgPool1d": { arguments in
            let size = try arguments.int("size")
            return { [$0[0].adaptiveAvgPool1d(size)] }
        },
        "adaptiveMaxPool1d": { arguments in
            let size = try arguments.int("size")
            return { [$0[0].adaptiveMaxPool1d(size)] }
        },
        "maxPool3d": { arguments in
            let kernel = try triple(arguments, "kernel")
            let (stride, padding) = (
                try triple(arguments, "stride"), try triple(arguments, "padding")
            )
            let dilation =
                arguments.has("dilation") ? try triple(arguments, "dilation") : (1, 1, 1)
            let ceil = try arguments.bool("ceil")
            return {
                [
                    $0[0].maxPool3d(
                        kernel: kernel, stride: stride, padding: padding, dilation: dilation,
                        ceilMode: ceil)
                ]
            }
        },
        "avgPool3d": { arguments in
            let kernel = try triple(arguments, "kernel")
            let (stride, padding) = (
                try triple(arguments, "stride"), try triple(arguments, "padding")
            )
            let (ceil, inside) = (try arguments.bool("ceil"), arguments.has("inside"))
            let divisor = arguments.has("divisor") ? try arguments.int("divisor") : nil
            return {
                [
                    $0[0].avgPool3d(
                        kernel: kernel, stride: stride, padding: padding, ceilMode: ceil,
                        countIncludePad: !inside, divisor: divisor)
                ]
            }
        },
        "adaptiveAvgPool3d": { arguments in
            let size = try triple(arguments, "size")
            return { [$0[0].adaptiveAvgPool3d(size)] }
        },
        "adaptiveMaxPool3d": { arguments in
            let size = try triple(arguments, "size")
            return { [$0[0].adaptiveMaxPool3d(size)] }
        },
        "lpPool2d": { arguments in
            let (p, kernel) = (try arguments.double("p"), try arguments.pair("kernel"))
            return { [$0[0].lpPool2d(p: p, kernel: kernel)] }
        },
        "lpPool3d": { arguments in
            let (p, kernel) = (try arguments.double("p"), try triple(arguments, "kernel"))
            return { [$0[0].lpPool3d(p: p, kernel: kernel)] }
        },
        "lpPool1d": { arguments in
            let (p, kernel) = (try arguments.double("p"), try arguments.int("kernel"))
            return { [$0[0].lpPool1d(p: p, kernelSize: kernel)] }
        },
    ]

    private static let norms: FixtureOperations = [
        "groupNorm": { arguments in
            let groups = try arguments.int("groups")
            return { inputs in
                [
                    inputs[0].groupNorm(
                        groups: groups, weight: inputs.count > 1 ? inputs[1] : nil,
                        bias: inputs.count > 1 ? inputs[2] : nil)
                ]
            }
        },
        "instanceNorm": { _ in
            { inputs in
                [
                    inputs[0].instanceNorm(
                        weight: inputs.count > 1 ? inputs[1] : nil,
                        bias: inputs.count > 1 ? inputs[2] : nil)
                ]
            }
        },
        "localResponseNorm": { arguments in
            let size = try arguments.int("size")
            return { [$0[0].localResponseNorm(size: size, alpha: 0.1, beta: 0.75, k: 1.5)] }
        },
    ]

    @Test(arguments: try fixtures("volumes"))
    func agreesWithPyTorch(_ fixture: FixtureCase) throws {
        try fixture.check(
            VolumeTests.convolutions.merging(VolumeTests.pools) { a, _ in a }
                .merging(VolumeTests.norms) { a, _ in a }, rtol: 1e-4, atol: 1e-5)
    }

    /// The gradient of a gradient's square, for input, weights and bias.
    @Test func convolutionsCanBeDifferentiatedTwice() {
        let x = numbers([2, 2, 5, 4])
        let w = numbers([4, 1, 3, 2], seed: 2)
        let b = numbers([4], seed: 3)
        let geometry = ConvolutionGeometry(stride: (2, 1), padding: (1, 1), groups: 2)
        gradcheck([x, w, b]) { inputs in
            let leaves = inputs.map { $0.requiresGrad ? $0 : $0.requiringGrad() }
            return enableGrad {
                let y = leaves[0].conv2d(leaves[1], bias: leaves[2], geometry).square().sum()
                return grad(outputs: [y], inputs: leaves, createGraph: true)
            }
        }
        let volume = VolumeGeometry(stride: (2, 1, 1), padding: (0, 1, 0))
        gradcheck([numbers([1, 2, 3, 2, 3]), numbers([2, 2, 2, 3, 1], seed: 4)]) { inputs in
            enableGrad {
                let leaves = inputs.map { $0.requiresGrad ? $0 : $0.requiringGrad() }
                let y = leaves[0].conv3d(leaves[1], volume).square().sum()
                return grad(outputs: [y], inputs: leaves, createGraph: true)
            }
        }
        gradcheck([numbers([1, 4, 2, 3]), w]) { inputs in
            enableGrad {
                let leaves = inputs.map { $0.requiresGrad ? $0 : $0.requiringGrad() }
                let y = leaves[0].convTranspose2d(leaves[1], geometry).square().sum()
                return grad(outputs: [y], inputs: leaves, createGraph: true)
            }
        }
    }
}
