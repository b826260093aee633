import Foundation
import Martlet
import MartletNN
import MartletTesting
import Testing

@testable import MartletONNX

/// Every form in which operations are written, and graphs as other programs write them, against ONNX Runtime.
@Suite struct OperatorTests {
    typealias Case = (name: String, shape: [Int], layer: Function)

    private static func unary(_ body: @escaping (Tensor) -> Tensor) -> Function { Function(body) }

    /// Functions of each element. Inputs are random, made positive or small where the function asks for it.
    private static var functions: [Case] {
        let bodies: [(String, (Tensor) -> Tensor)] = [
            ("neg", { -$0 }), ("abs", { $0.abs() }), ("sign", { $0.sign() }),
            ("floor", { $0.floor() }), ("ceil", { $0.ceil() }), ("round", { $0.round() }),
            ("trunc", { ($0 * 3).trunc() }), ("square", { $0.square() }), ("exp", { $0.exp() }),
            ("expm1", { $0.expm1() }), ("log", { ($0.abs() + 0.1).log() }),
            ("log1p", { $0.abs().log1p() }), ("log2", { ($0.abs() + 0.1).log2() }),
            ("log10", { ($0.abs() + 0.1).log10() }), ("sqrt", { $0.abs().sqrt() }),
            ("rsqrt", { ($0.abs() + 0.1).rsqrt() }),
            ("reciprocal", { ($0.abs() + 1).reciprocal() }),
            ("sin", { $0.sin() }), ("cos", { $0.cos() }), ("tan", { $0.tanh().tan() }),
            ("asin", { $0.tanh().asin() }), ("acos", { $0.tanh().acos() }), ("atan", { $0.atan() }),
            ("sinh", { $0.sinh() }), ("cosh", { $0.cosh() }), ("tanh", { $0.tanh() }),
            ("asinh", { $0.asinh() }), ("acosh", { ($0.abs() + 1.1).acosh() }),
            ("atanh", { ($0.tanh() * 0.9).atanh() }), ("erf", { $0.erf() }),
            ("erfc", { $0.erfc() }), ("clamp", { $0.clamp(min: -0.5, max: 0.5) }),
            ("clampBelow", { $0.clamp(min: -0.5) }), ("clampAbove", { $0.clamp(max: 0.5) }),
            ("relu", { $0.relu() }), ("relu6", { ($0 * 5).relu6() }),
            ("leakyReLU", { $0.leakyReLU(negativeSlope: 0.2) }), ("elu", { $0.elu(alpha: 0.7) }),
            ("selu", { $0.selu() }), ("gelu", { $0.gelu() }),
            ("geluTanh", { $0.gelu(approximate: true) }), ("silu", { $0.silu() }),
            ("mish", { $0.mish() }), ("hardsigmoid", { ($0 * 4).hardsigmoid() }),
            ("hardswish", { ($0 * 4).hardswish() }),
            ("hardtanh", { $0.hardtanh(min: -2, max: 0.5) }),
            ("sigmoid", { $0.sigmoid() }), ("logSigmoid", { $0.logSigmoid() }),
            ("softplus", { $0.softplus(beta: 2) }), ("softsign", { $0.softsign() }),
            ("celu", { $0.celu(alpha: 0.7) }), ("hardshrink", { $0.hardshrink() }),
            ("softshrink", { $0.softshrink(lambda: 0.3) }), ("tanhshrink", { $0.tanhshrink() }),
            ("threshold", { $0.threshold(0.2, -3) }),
        ]
        return bodies.map { ($0.0, [2, 3, 5], unary($0.1)) }
    }

    private static let vector = random([5], seed: 7)

    /// Operations of several elements.
    private static var others: [Case] {
        [
            ("add", [2, 5], Function([vector]) { x, w in x + w[0] }),
            ("sub", [2, 5], Function([vector]) { x, w in w[0] - x * 2 }),
            ("div", [2, 5], Function([vector]) { x, w in w[0] / (x.abs() + 1) }),
            ("pow", [2, 5], unary { ($0.abs() + 0.1).pow(1.7) }),
            ("maximum", [2, 5], Function([vector]) { x, w in x.maximum(w[0]) }),
            ("minimum", [2, 5], Function([vector]) { x, w in x.minimum(w[0]) }),
            ("addReLU", [2, 5], Function([vector]) { x, w in x.addReLU(x * w[0]) }),
            ("cast", [2, 5], unary { $0.to(.float64).to(.float32) }),
            ("matmul", [2, 3, 5], Function([random([5, 4])]) { x, w in x.matmul(w[0]) }),
            (
                "linear", [2, 5],
                Function([random([3, 5]), random([3])]) { x, w in
                    x.linear(w[0], bias: w[1])
                }
            ),
            ("linearPlain", [2, 5], Function([random([3, 5])]) { x, w in x.linear(w[0]) }),
            (
                "linearOfMany", [2, 4, 5],
                Function([random([3, 5]), random([3])]) { x, w in
                    x.linear(w[0], bias: w[1])
                }
            ),
            ("softmax", [2, 3, 4], unary { $0.softmax(dim: 1) }),
            ("logSoftmax", [2, 5], unary { $0.logSoftmax(dim: -1) }),
            ("sum", [2, 3, 4], unary { $0.sum(dims: [1]) }),
            ("mean", [2, 3, 4], unary { $0.mean(dims: [1, 2], keepDim: true) }),
            ("max", [2, 3, 4], unary { $0.max(dims: [2]) }),
            ("min", [2, 3, 4], unary { $0.min(dims: [2]) }),
            ("prod", [2, 3, 4], unary { $0.prod(dims: [1]) }),
            ("logSumExp", [2, 3, 4], unary { $0.logSumExp(dims: [1]) }),
            ("variance", [2, 3, 4], unary { $0.variance(dims: [1]) }),
            ("cumsum", [2, 3, 4], unary { $0.cumsum(dim: 1) }),
            ("reshape", [2, 3, 4], unary { $0.reshape([-1, 4, 3]) }),
            (
                "reshapeBatch", [2, 3, 4],
                unary { x in
                    let n = x.shape[0]
                    return x.permute([1, 0, 2]).reshape([3 * n, 4]).exp().reshape([3, n, 4])
                        .permute([1, 0, 2])
                }
            ),
            ("flatten", [2, 3, 4], unary { $0.flatten(from: 1) }),
            ("permute", [2, 3, 4], unary { $0.permute([0, 2, 1]) }),
            ("slice", [2, 9], unary { $0.slice(dim: 1, from: 1, to: 8, step: 3) }),
            ("select", [2, 3, 4], unary { $0.select(dim: 1, index: -1) }),
            ("flip", [2, 3, 4], unary { $0.flip([1, 2]) }),
            ("cat", [2, 3], Function { x in Tensor.cat([x, x * 2], dim: 1) }),
            ("stack", [2, 3], Function { x in Tensor.stack([x, x * 2], dim: 1) }),
            (
                "chunks", [2, 6],
                Function { x in
                    let parts = x.chunk(2, dim: 1)
                    return parts[0] * parts[1]
                }
            ),
            ("pad", [2, 3, 4], unary { $0.pad([(1, 2), (0, 1)], value: -1) }),
            ("indexSelect", [2, 5], unary { $0.indexSelect(dim: 1, Tensor([4, 0, 0])) }),
            ("squeeze", [2, 1, 3], unary { $0.squeeze(1).unsqueeze(-1) }),
            (
                "convolution", [2, 3, 9, 8],
                Function([random([4, 3, 3, 2]), random([4])]) { x, w in
                    x.conv2d(
                        w[0], bias: w[1],
                        .init(stride: (2, 1), padding: (1, 2), dilation: (2, 1)))
                }
            ),
            (
                "grouped", [2, 4, 6, 6],
                Function([random([8, 1, 3, 3])]) { x, w in
                    x.conv2d(w[0], .init(padding: (1, 1), groups: 4))
                }
            ),
            (
                "maxPool", [2, 3, 7, 7],
                unary {
                    $0.maxPool2d(.init(kernel: (3, 2), stride: (2, 2), padding: (1, 1)))
                }
            ),
            (
                "maxPoolCeil", [2, 3, 7, 7],
                unary {
                    $0.maxPool2d(.init(kernel: (2, 2), stride: (2, 2), ceilMode: true))
                }
            ),
            (
                "avgPool", [2, 3, 7, 7],
                unary {
                    $0.avgPool2d(.init(kernel: (3, 3), stride: (2, 2), padding: (1, 1)))
                }
            ),
            (
                "avgPoolInside", [2, 3, 7, 7],
                unary {
                    $0.avgPool2d(
                        .init(kernel: (3, 3), stride: (2, 2), padding: (1, 1)),
                        countIncludePad: false)
                }
            ),
            ("globalAverage", [2, 3, 7, 5], unary { $0.adaptiveAvgPool2d((1, 1)) }),
            ("globalMax", [2, 3, 7, 5], unary { $0.adaptiveMaxPool2d((1, 1)) }),
            (
                "batchNorm", [2, 5, 3, 3],
                Function([vector, vector * 2]) { x, w in
                    x.batchNorm(
                        mean: vector, variance: vector.square() + 1, weight: w[0], bias: w[1],
                        epsilon: 1e-3)
                }
            ),
            (
                "batchNormFused", [2, 5, 3, 3],
                unary {
                    $0.batchNorm(
                        mean: vector, variance: vector.square() + 1, weight: nil, bias: nil,
                        epsilon: 1e-3, relu: true, residual: $0)
                }
            ),
            (
                "network", [2, 1, 8, 8],
                {
                    let net = TinyNet()
                    return Function { net.forward($0, .inference) }
                }()
            ),
        ]
    }

    /// Gates, borders and grids. Batches of 3 are run through graphs written with another size.
    private static var grids: [Case] {
        let borders = PaddingMode.allCases.map { mode -> Case in
            (
                "\(mode)Border", [2, 3, 4, 5],
                unary { $0.pad([(2, 1), (0, 3)], mode: mode) }
            )
        }
        let exact: [InterpolationMode] = [.nearest, .nearestExact, .bilinear, .bicubic]
        let resized = exact.flatMap { mode -> [Case] in
            [
                (
                    "\(mode)Size", [2, 3, 4, 6],
                    unary { $0.interpolate(size: [8, 5], mode: mode) }
                ),
                (
                    "\(mode)Factor", [2, 3, 4, 5],
                    unary { $0.interpolate(scaleFactor: [1.5, 2], mode: mode) }
                ),
            ]
        }
        return borders + resized + [
            ("glu", [2, 4, 3], unary { $0.glu(dim: 1) }),
            ("softmin", [2, 4, 3], unary { $0.softmin(dim: 1) }),
            ("prelu", [2, 3, 4, 5], Function([random([3])]) { x, w in x.prelu(w[0]) }),
            ("preluOfOne", [2, 3], Function([random([1])]) { x, w in x.prelu(w[0]) }),
            ("pixelShuffle", [2, 8, 3, 2], unary { $0.pixelShuffle(2) }),
            ("pixelUnshuffle", [2, 2, 4, 6], unary { $0.pixelUnshuffle(2) }),
            ("channelShuffle", [2, 6, 3, 2], unary { $0.channelShuffle(groups: 3) }),
            (
                "alignedLinear", [2, 3, 5],
                unary { $0.interpolate(size: [9], mode: .linear, alignCorners: true) }
            ),
            (
                "alignedCubic", [2, 3, 5, 4],
                unary {
                    $0.interpolate(scaleFactor: [2, 1.5], mode: .bicubic, alignCorners: true)
                }
            ),
            (
                "trilinear", [2, 1, 2, 3, 4],
                unary { $0.interpolate(scaleFactor: 2, mode: .trilinear) }
            ),
            ("area", [2, 3, 6, 4], unary { $0.interpolate(size: [2, 2], mode: .area) }),
            (
                "mirroredConvolution", [2, 2, 5, 5],
                {
                    let conv = Conv2d(2, 3, kernelSize: 3, padding: 1, paddingMode: .reflect)
                    return Function { conv($0, .inference) }
                }()
            ),
        ]
    }

    /// Graphs with forms that Martlet itself does not write.
    private static let foreign: [(name: String, x: Tensor, proto: ONNXModelProto)] = [
        (
            "gemm", random([4, 2]),
            model(
                input: [4, 2],
                constants: [("w", random([4, 3])), ("b", random([1, 3]))],
                [
                    node(
                        "Gemm", ["x", "w", "b"], ["y"],
                        ["transA": .int(1), "alpha": .float(0.5), "beta": .float(2)])
                ])
        ),
        (
            "sliceBackwards", random([5, 6]),
            model(
                input: [5, 6],
                constants: [
                    ("starts", Tensor([-1, 100])), ("ends", Tensor([-100, 0])),
                    ("axes", Tensor([1, 0])), ("steps", Tensor([-2, -1])),
                ],
                [node("Slice", ["x", "starts", "ends", "axes", "steps"], ["y"])])
        ),
        (
            "gather", random([4, 3]),
            model(
                input: [4, 3], outputRank: 3, constants: [("i", Tensor([[0, -1], [2, 2]]))],
                [node("Gather", ["x", "i"], ["y"])])
        ),
        (
            "gatherElements", random([2, 3]),
            model(
                input: [2, 3], constants: [("i", Tensor([[0, -1], [2, 2]]))],
                [node("GatherElements", ["x", "i"], ["y"], ["axis": .int(1)])])
        ),
        (
            "scatter", random([2, 3]),
            model(
                input: [2, 3],
                constants: [("i", Tensor([[0, -1], [2, 2]])), ("u", random([2, 2], seed: 3))],
                [
                    node(
                        "ScatterElements", ["x", "i", "u"], ["y"],
                        ["axis": .int(1), "reduction": .string("add")])
                ])
        ),
        (
            "depthToSpace", random([2, 8, 2, 3]),
            model(
                input: [2, 8, 2, 3],
                [node("DepthToSpace", ["x"], ["y"], ["blocksize": .int(2)])])
        ),
        (
            "where", random([2, 3]),
            model(
                input: [2, 3],
                constants: [("c", Tensor([true, false, true])), ("z", Tensor([0] as [Float]))],
                [node("Where", ["c", "x", "z"], ["y"])])
        ),
        (
            "expand", random([2, 1]),
            model(
                input: [2, 1], outputRank: 3, constants: [("s", Tensor([3, 1, 4]))],
                [node("Expand", ["x", "s"], ["y"])])
        ),
        (
            "reduceAll", random([2, 3]),
            model(
                input: [2, 3], outputRank: 0,
                [node("ReduceSum", ["x"], ["y"], ["keepdims": .int(0)])])
        ),
        (
            "defaults", random([2, 3]),
            model(
                input: [2, 3],
                [
                    node("LeakyRelu", ["x"], ["a"]), node("HardSigmoid", ["a"], ["b"]),
                    node("Transpose", ["b"], ["c"]), node("Softmax", ["c"], ["y"]),
                ])
        ),
        (
            "integers", Tensor([[1, -2], [3, 4]]),
            model(
                input: [2, 2], dtype: .int64, constants: [("w", Tensor([5, 6]))],
                [node("Mul", ["x", "w"], ["a"]), node("Max", ["a", "w", "x"], ["y"])])
        ),
    ]

    @Test func writtenGraphsComputeWhatTheOperationsCompute() throws {
        try withTemporaryFolder { folder in
            for (name, shape, layer) in Self.functions + Self.others + Self.grids {
                #expect(throws: Never.self, "\(name)") {
                    try exportONNX(layer, inputShape: shape, to: "\(folder)/\(name).onnx")
                }
            }
        }
    }

    @Test(.enabled(if: RuntimeCases.python != nil, "needs MARTLET_PYTHON: run scripts/test.sh"))
    func runtimeAgreesWithWrittenGraphs() throws {
        try withTemporaryFolder { folder in
            var cases = RuntimeCases(folder: folder)
            for (name, shape, layer) in Self.functions + Self.others + Self.grids {
                try exportONNX(layer, inputShape: shape, to: "\(folder)/\(name).onnx")
                let x = random([3] + shape.dropFirst(), seed: 11)
                try cases.add(
                    file: "\(name).onnx", inputs: ["input": x],
                    outputs: [noGrad { layer(x, .inference) }])
            }
            #expect(try cases.failures() == nil)
        }
    }

    @Test(.enabled(if: RuntimeCases.python != nil, "needs MARTLET_PYTHON: run scripts/test.sh"))
    func runtimeAgreesOnForeignGraphs() throws {
        try withTemporaryFolder { folder in
            var cases = RuntimeCases(folder: folder)
            for (name, x, proto) in Self.foreign {
                let data = try bytes(proto)
                try Data(data).write(to: URL(fileURLWithPath: "\(folder)/\(name).onnx"))
                let y = try #require(try ONNXModel(bytes: data).run(["x": x])["y"], "\(name)")
                try cases.add(file: "\(name).onnx", inputs: ["x": x], outputs: [y])
            }
            #expect(try cases.failures() == nil)
        }
    }
}

/// Nodes that cannot work on what they are given end with an error that names them.
@Suite struct OperatorErrorTests {
    private static let row = random([1, 2])
    private static let image = random([1, 2, 4, 4])
    private static let weight = ("w", random([2, 2, 3, 3]))

    private static let cases: [(name: String, x: Tensor, proto: ONNXModelProto)] = {
        func one(
            _ name: String, _ x: Tensor, _ type: String, _ constants: [(String, Tensor)] = [],
            _ attributes: [String: ONNXAttribute] = [:]
        ) -> (String, Tensor, ONNXModelProto) {
            let inputs = ["x"] + constants.map(\.0)
            let proto = model(
                input: x.shape, dtype: x.dtype, constants: constants,
                [node(type, inputs, ["y"], attributes)])
            return (name, x, proto)
        }
        func list(_ values: Int...) -> (String, Tensor) { ("list", Tensor(values)) }
        let kernel: [String: ONNXAttribute] = ["kernel_shape": .ints([2, 2])]
        return [
            one("missing input", row, "Add"),
            one("shapes", row, "Add", [("w", random([3]))]),
            one("types", row, "Add", [("w", Tensor([1, 2]))]),
            one("matrices", row, "MatMul", [("w", random([3, 2]))]),
            one("gemm", image, "Gemm", [("w", random([2, 2]))]),
            one("reshape", row, "Reshape", [list(3)]),
            one("reshape twice", row, "Reshape", [list(-1, -1)]),
            one("reshape beyond", row, "Reshape", [list(1, 1, 0)]),
            one("reshape huge", row, "Reshape", [list(1 << 40, 1 << 40)]),
            one("reshape text", row, "Reshape", [("w", random([2]))]),
            one("expand huge", row, "Expand", [list(1 << 40, 2)]),
            one("expand negative", row, "Expand", [list(-5, 2)]),
            one("pad huge", row, "Pad", [list(0, 1 << 60, 0, 0)]),
            one("pad few", row, "Pad", [list(1)]),
            one("pad mirrored", row, "Pad", [list(0, 2, 0, 0)], ["mode": .string("reflect")]),
            one("pad mode", row, "Pad", [list(0, 1, 0, 0)], ["mode": .string("wrap")]),
            one("blocks", image, "DepthToSpace", [], ["blocksize": .int(3)]),
            one("resize nothing", image, "Resize"),
            one("slopes", row, "PRelu", [("w", random([3, 2]))]),
            one("shrink", row, "Shrink", [], ["lambd": .float(0.5), "bias": .float(0.1)]),
            one("celu", row, "Celu", [], ["alpha": .float(0)]),
            one("slice none", row, "Slice", [list(1), ("e", Tensor([1])), ("a", Tensor([1]))]),
            one("transpose", row, "Transpose", [], ["perm": .ints([0, 0])]),
            one("concat", row, "Concat", [("w", random([2, 3]))], ["axis": .int(1)]),
            one("concat axis", row, "Concat", [("w", row)]),
            one("softmax axis", row, "Softmax", [], ["axis": .int(2)]),
            one("softmax attribute", row, "Softmax", [], ["axis": .string("x")]),
            one("reduce axes", row, "ReduceMax", [], ["axes": .ints([0, 0])]),
            one("gather", row, "Gather", [("i", Tensor([7]))]),
            one("gather floats", row, "Gather", [("i", Tensor([0.5]))]),
            one("cast", row, "Cast", [], ["to": .int(8)]),
            one("where", row, "Where", [("a", row), ("b", row)]),
            one("convolution of rows", row, "Conv", [weight]),
            one("kernel", random([1, 2, 2, 2]), "Conv", [weight]),
            one("channels", random([1, 3, 4, 4]), "Conv", [weight]),
            one("groups", image, "Conv", [weight], ["group": .int(0)]),
            one("groups of half", image, "Conv", [weight], ["group": .int(2)]),
            one("bias", image, "Conv", [weight, ("b", random([3]))]),
            one("strides", image, "Conv", [weight], ["strides": .ints([0, 1])]),
            one("dilations", image, "Conv", [weight], ["dilations": .ints([.max, 1])]),
            one("pads", image, "Conv", [weight], ["pads": .ints([-1, 0, 0, 0])]),
            one("kernel_shape", image, "Conv", [weight], ["kernel_shape": .ints([5, 5])]),
            one("auto_pad", image, "Conv", [weight], ["auto_pad": .string("SAME_UPPER")]),
            one("window missing", image, "MaxPool"),
            one("window", image, "MaxPool", [], ["kernel_shape": .ints([9, 9])]),
            one(
                "window pads", image, "MaxPool", [],
                kernel.merging(["pads": .ints([2, 2, 2, 2])]) { $1 }),
            one(
                "uneven pads", image, "AveragePool", [],
                kernel.merging(["pads": .ints([0, 0, 1, 1])]) { $1 }),
            one("integers", Tensor([[1, 2]]), "Relu"),
            one(
                "norm", image, "BatchNormalization", ["s", "b", "m", "v"].map { ($0, random([3])) }),
            one(
                "epsilon", image, "BatchNormalization",
                ["s", "b", "m", "v"].map { ($0, random([2])) }, ["epsilon": .float(.nan)]),
        ]
    }()

    @Test func areNamed() throws {
        for (name, x, proto) in Self.cases {
            let found = try error(proto, running: x)
            #expect(found != nil, "\(name) ran")
            #expect(found?.place?.hasPrefix("node 'the ") == true, "\(name): \(found as Any)")
        }
    }
}
