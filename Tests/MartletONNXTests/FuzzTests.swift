import Foundation
import Martlet
import MartletTesting
import Testing

@testable import MartletONNX

/// Mutants of good files, and graphs that are well-formed nonsense: a result or an `ONNXError`, never a crash, a wait or much
/// memory. `MARTLET_TEST_SCALE` tries more.
@Suite struct FuzzTests {
    /// Whether a file can be read and run; anything but an `ONNXError` that names the file is thrown on.
    private static func accepts(_ path: String) throws -> Bool {
        var limits = ONNXModel.Limits()
        limits.tensorBytes = 1 << 20
        do {
            let model = try ONNXModel(contentsOf: path, limits: limits)
            var inputs: [String: Tensor] = [:]
            for port in model.inputs {
                let shape = (port.shape ?? []).map { dimension -> Int in
                    if case .fixed(let size) = dimension { size } else { 2 }
                }
                guard shape.reduce(1, *) <= 1 << 18 else { return true }
                inputs[port.name] = Tensor.zeros(shape, dtype: port.dtype)
            }
            _ = try model.run(inputs)
            return true
        } catch let error as ONNXError {
            guard "\(error)".hasPrefix(path + ": ") else { throw error }
            return false
        }
    }

    /// A file in which many operators are used.
    private static func manyOperators() throws -> [UInt8] {
        try bytes(
            model(
                input: [1, 2, 4, 4], outputRank: 4,
                constants: [
                    ("pads", Tensor([0, 0, 1, 1, 0, 0, 1, 1])), ("sizes", Tensor([1, 2, 8, 8])),
                    ("first", Tensor([0])), ("last", Tensor([5])), ("axis", Tensor([2])),
                    ("order", Tensor([1, 0])), ("shape", Tensor([1, 2, -1, 8])),
                    ("wide", Tensor([2, 1, 1, 1, 8])),
                ],
                [
                    node("Pad", ["x", "pads"], ["a"], ["mode": .string("reflect")]),
                    node("Slice", ["a", "first", "last", "axis"], ["b"]),
                    node(
                        "Resize", ["b", "", "", "sizes"], ["c"],
                        [
                            "mode": .string("linear"),
                            "coordinate_transformation_mode": .string("half_pixel"),
                        ]),
                    node("Gather", ["c", "order"], ["d"], ["axis": .int(1)]),
                    node("Reshape", ["d", "shape"], ["e"]),
                    node("Transpose", ["e"], ["f"], ["perm": .ints([0, 1, 3, 2])]),
                    node("Concat", ["e", "f"], ["g"], ["axis": .int(1)]),
                    node(
                        "MaxPool", ["g"], ["h"],
                        ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])]),
                    node("ReduceMean", ["h"], ["i"], ["axes": .ints([3]), "keepdims": .int(1)]),
                    node("Softmax", ["i"], ["y"], ["axis": .int(1)]),
                ]))
    }

    /// Convolutions of a thousand shapes are kept ready to run, whose code takes some 100 KiB each.
    private static let growth = 256 << 20

    private static let words = [
        "Conv", "Gemm", "MatMul", "MaxPool", "AveragePool", "Resize", "Pad", "Slice", "Gather",
        "Expand", "Reshape", "Concat", "Tile", "CumSum", "Where", "Cast",
        "NonZero", "Equal", "Range", "axis", "pads", "kernel_shape", "strides", "dilations", "mode",
        "x", "y", "input", "logits", "location",
    ]

    private func expectReport(_ result: ExitTest.Result?) {
        let text = Fuzzing.report(result?.standardOutputContent ?? [])
        print(text)
        #expect(text.contains("mutants in"), "\(text)")
    }

    @Test("A8: mutants of ONNX files")
    func mutants() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let network = try withTemporaryFolder { folder in
                try exportONNX(TinyNet(), inputShape: [1, 1, 8, 8], to: folder + "/net.onnx")
                return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/net.onnx")))
            }
            try Fuzzing.run(
                "onnx", seeds: [network, try FuzzTests.manyOperators()], words: FuzzTests.words,
                count: 10_000, growth: FuzzTests.growth, read: FuzzTests.accepts)
        }
        expectReport(result)
    }

    @Test("A8: random operators on random tensors")
    func randomOperators() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            var models = RandomModels(
                generator: Generator(seed: UInt64(Fuzzing.seed)).stream("operators"))
            // What is read is made anew for each mutant: the mutants' own bytes are left aside.
            try Fuzzing.run(
                "operators", seeds: [[]], count: 10_000, growth: FuzzTests.growth,
                arrange: { _ in (try? bytes(models.next())) ?? [] },
                read: { path in
                    _ = try FuzzTests.accepts(path)
                    return true
                })
        }
        expectReport(result)
    }
}

/// Graphs of one node, of an operator and with attributes that exist, on inputs of any type and shape.
struct RandomModels {
    var generator: Generator

    private static let operators = Operators.all.keys.sorted()
    private static let names = [
        "axis", "axes", "keepdims", "kernel_shape", "pads", "strides", "dilations", "group",
        "alpha",
        "beta", "epsilon", "mode", "coordinate_transformation_mode", "nearest_mode", "to", "perm",
        "blocksize", "transA", "transB", "ceil_mode", "count_include_pad", "start", "end", "lambd",
        "bias", "reduction",
    ]
    private static let texts = [
        "constant", "edge", "reflect", "nearest", "linear", "cubic", "asymmetric", "half_pixel",
        "align_corners", "floor", "round_prefer_ceil", "add", "none", "CRD", "DCR",
    ]
    private static let extremes = [1 << 20, (1 << 20) + 1, 1 << 31, .max, .min, -(1 << 20)]

    private mutating func number(_ limit: Int) -> Int { generator.integer(in: 0..<limit) }
    private mutating func pick<T>(_ list: [T]) -> T { list[number(list.count)] }
    private mutating func whole() -> Int { number(12) == 0 ? pick(Self.extremes) : number(7) - 2 }

    private mutating func shape() -> [Int] {
        let rank = number(3) == 0 ? number(7) : 4
        return (0..<rank).map { _ in number(40) == 0 ? 0 : pick([1, 1, 2, 3, 4, 8]) }
    }

    private mutating func tensor(like x: Tensor) -> Tensor {
        switch number(5) {
        case 0: return Tensor((0..<number(9)).map { _ in whole() })
        case 1: return x
        case 2:
            // What fits as weights, scales or biases.
            let channels = x.ndim > 1 ? x.shape[1] : 1
            let taps = [Int](repeating: pick([1, 2, 3]), count: max(0, x.ndim - 2))
            return Tensor.ones(number(2) == 0 ? [channels] : [2, channels] + taps)
        case 3: return Tensor.randn(shape(), generator: &generator)
        default:
            return Tensor.randn(shape(), generator: &generator).to(pick(DType.allCases))
        }
    }

    private mutating func attribute() -> ONNXAttribute {
        switch number(8) {
        case 0: .float(pick([0, 1, -1, 0.5, .greatestFiniteMagnitude, .nan, -3]))
        case 1, 2: .string(pick(Self.texts))
        case 3, 4: .int(whole())
        default:
            .ints(
                (0..<pick([1, 2, 2, 3, 4, 4, 6])).map { _ in number(20) == 0 ? whole() : number(4) }
            )
        }
    }

    mutating func next() -> ONNXModelProto {
        let x = Tensor.randn(shape().map { max(1, $0) }, generator: &generator)
        let constants = (0..<3).map { ("c\($0)", tensor(like: x)) }
        var inputs = (0..<(1 + number(5))).map { _ in pick(["x", "x", "c0", "c1", "c2", ""]) }
        if number(2) == 0 { inputs[0] = "x" }
        var attributes: [String: ONNXAttribute] = [:]
        for _ in 0..<number(5) { attributes[pick(Self.names)] = attribute() }
        let type = pick(Self.operators)
        var proto = model(
            input: x.shape, constants: constants, [node(type, inputs, ["y"], attributes)])
        proto.graph.output[0].type.tensorType.clearShape()
        return proto
    }
}
