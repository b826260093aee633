import Foundation
import Martlet
import MartletTesting
import Testing

@testable import MartletONNX

/// Small files that ask for much: told as an error, before the memory is asked for.
@Suite struct HugeModelTests {
    /// A graph of one input `x` `(1, 1, 4, 4)` whose last node gives `y`.
    struct Case {
        let name: String
        let nodes: [ONNXNodeProto]
        var constants: [(String, Tensor)] = []
        var kind = ONNXError.Kind.limit
    }

    /// A number stretched to a shape under the name `to`: a view, which takes no memory.
    private static func stretched(_ to: String) -> ONNXNodeProto {
        node("Expand", ["one", to + ".shape"], [to])
    }

    private static let one = ("one", Tensor(Float(1)))

    private static func shape(_ name: String, _ sizes: [Int]) -> (String, Tensor) {
        (name + ".shape", Tensor(sizes))
    }

    static let cases: [Case] = [
        Case(
            name: "Expand", nodes: [node("Expand", ["x", "n"], ["y"])],
            constants: [("n", Tensor([1 << 20, 1 << 20, 4, 4]))]),
        Case(
            name: "Expand beyond Int", nodes: [node("Expand", ["x", "n"], ["y"])],
            constants: [("n", Tensor([1 << 31, 1 << 31, 4, 4]))]),
        Case(
            name: "Concat of views",
            nodes: [stretched("a"), node("Concat", ["a", "a", "a"], ["y"], ["axis": .int(0)])],
            constants: [one, shape("a", [1 << 28])]),
        Case(
            name: "sum of views",
            nodes: [stretched("a"), stretched("b"), node("Add", ["a", "b"], ["y"])],
            constants: [one, shape("a", [1 << 20, 1]), shape("b", [1, 1 << 20])]),
        Case(
            name: "indices",
            nodes: [node("Expand", ["i", "n"], ["a"]), node("Gather", ["x", "a"], ["y"])],
            constants: [("i", Tensor([Int32(0)])), ("n", Tensor([1 << 29]))]),
        Case(
            name: "Cast", nodes: [stretched("a"), node("Cast", ["a"], ["y"], ["to": .int(11)])],
            constants: [one, shape("a", [1 << 29])]),
        Case(
            name: "Pad", nodes: [node("Pad", ["x", "n"], ["y"])],
            constants: [("n", Tensor([0, 0, 1 << 20, 0, 0, 0, 0, 1 << 20]))]),
        Case(
            name: "Pad beyond its limit", nodes: [node("Pad", ["x", "n"], ["y"])],
            constants: [("n", Tensor([0, 0, 1 << 40, 0, 0, 0, 0, 0]))], kind: .damaged),
        Case(
            name: "Pad by less than nothing", nodes: [node("Pad", ["x", "n"], ["y"])],
            constants: [("n", Tensor([0, 0, -2, 0, 0, 0, 0, 0]))], kind: .damaged),
        Case(
            name: "the table of Pad",
            nodes: [stretched("a"), node("Pad", ["a", "n"], ["y"], ["mode": .string("edge")])],
            constants: [one, shape("a", [1 << 28]), ("n", Tensor([1, 0]))]),
        Case(
            name: "Resize to sizes", nodes: [resize("x", ["", "", "n"])],
            constants: [("n", Tensor([1, 1, 1 << 20, 1 << 20]))]),
        Case(
            name: "Resize by factors", nodes: [resize("x", ["", "n"])],
            constants: [("n", Tensor([1, 1, 1e8, 1e8] as [Float]))]),
        Case(
            name: "Resize by no factors", nodes: [resize("x", ["", "n"])],
            constants: [("n", Tensor([1, 1, .infinity, .nan] as [Float]))], kind: .damaged),
        Case(
            name: "Resize on the way", nodes: [stretched("a"), resize("a", ["", "", "n"])],
            constants: [
                one, shape("a", [1, 1, 1, 1 << 16]), ("n", Tensor([1, 1, 1 << 16, 1])),
            ]),
        Case(
            name: "the table of Resize", nodes: [resize("x", ["", "", "n"])],
            constants: [("n", Tensor([1, 1, 1 << 26, 1]))]),
        Case(
            name: "MatMul",
            nodes: [stretched("a"), stretched("b"), node("MatMul", ["a", "b"], ["y"])],
            constants: [one, shape("a", [1 << 16, 1]), shape("b", [1, 1 << 16])]),
        Case(
            name: "MatMul of batches",
            nodes: [stretched("a"), stretched("b"), node("MatMul", ["a", "b"], ["y"])],
            constants: [
                one, shape("a", [1 << 10, 1, 1, 1 << 10]), shape("b", [1, 1 << 10, 1 << 10, 1]),
            ]),
        Case(
            name: "Conv",
            nodes: [
                node(
                    "Conv", ["x", "w"], ["y"],
                    ["pads": .ints([Int](repeating: 1 << 20, count: 4))])
            ], constants: [("w", Tensor.zeros([1, 1, 1, 1]))]),
        Case(
            name: "Conv in double precision",
            nodes: [
                node("Cast", ["x"], ["d"], ["to": .int(11)]),
                node("Conv", ["d", "w"], ["y"], ["pads": .ints([256, 256, 256, 256])]),
            ], constants: [("w", Tensor.zeros([1, 1, 200, 200], dtype: .float64))]),
        Case(
            name: "Conv by more than there is",
            nodes: [node("Conv", ["x", "w"], ["y"], ["pads": .ints([1 << 40, 0, 0, 0])])],
            constants: [("w", Tensor.zeros([1, 1, 1, 1]))], kind: .damaged),
        Case(
            name: "MaxPool",
            nodes: [
                node(
                    "MaxPool", ["x"], ["y"],
                    [
                        "kernel_shape": .ints([1 << 20, 1 << 20]),
                        "pads": .ints([Int](repeating: 1 << 19, count: 4)),
                    ])
            ]),
        Case(
            name: "Tile", nodes: [node("Tile", ["x", "n"], ["y"])],
            constants: [("n", Tensor([1, 1, 1 << 30, 1 << 30]))], kind: .unsupported),
        Case(
            name: "ConstantOfShape", nodes: [node("ConstantOfShape", ["n"], ["y"])],
            constants: [("n", Tensor([1 << 40]))], kind: .unsupported),
    ]

    private static func resize(_ x: String, _ others: [String]) -> ONNXNodeProto {
        node(
            "Resize", [x] + others, ["y"],
            [
                "mode": .string("nearest"), "nearest_mode": .string("floor"),
                "coordinate_transformation_mode": .string("asymmetric"),
            ])
    }

    @Test("A8: what would take more memory than allowed is refused before it is allocated")
    func refusedBeforeItIsAllocated() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardOutputContent]
        ) {
            let x = Tensor.zeros([1, 1, 4, 4])
            // Much less than any of them asks for.
            try Fuzzing.limitMemory(growth: 128 << 20)
            for one in HugeModelTests.cases {
                let proto = model(input: [1, 1, 4, 4], constants: one.constants, one.nodes)
                let found = try error(proto, running: x)
                let last = one.nodes[one.nodes.count - 1]
                guard found?.kind == one.kind, found?.place?.contains(last.opType) == true else {
                    print("MISMATCH \(one.name): expected \(one.kind), got \(found as Any)")
                    continue
                }
            }
            fflush(nil)
        }
        let text = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        #expect(!text.contains("MISMATCH"), "\(text)")
    }

    @Test("A8: a large window over a small image is computed without the memory of all its patches")
    func largeWindows() async {
        await #expect(processExitsWith: .success) {
            let x = Tensor.zeros([1, 1, 256, 256])
            let nodes = [node("Conv", ["x", "w"], ["y"])]
            let proto = model(
                input: [1, 1, 256, 256], constants: [("w", Tensor.zeros([1, 1, 128, 128]))], nodes)
            try Fuzzing.limitMemory(growth: 512 << 20)
            if let found = try error(proto, running: x) { throw found }
        }
    }
}
