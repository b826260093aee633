import Foundation
import Martlet
import MartletNN
import MartletTesting
import Testing

@testable import MartletONNX

/// Graphs that take inputs of several sizes, and give several outputs.
@Suite struct OpenSizeTests {
    private final class Net: Module {
        let conv = Conv2d(3, 4, kernelSize: 3, stride: 2, padding: 1)

        /// A row for each cell, and the mean of all: `(N, H * W / 4, 4)` and `(N, 4)`.
        func callAsFunction(_ x: Tensor) -> [Tensor] {
            let y = conv(x, .inference)
            let rows = y.permute([0, 2, 3, 1]).reshape([x.shape[0], -1, 4])
            return [rows, rows.mean(dims: [1])]
        }
    }

    private func net() -> Net {
        let net = Net()
        net.initialize(Generator(seed: 2))
        return net
    }

    @Test func severalOutputsAtAnySize() throws {
        try withTemporaryFolder { folder in
            let net = net()
            let path = folder + "/net.onnx"
            try exportONNX(
                net, inputShape: [1, 3, 8, 12], otherShape: [1, 3, 14, 12], to: path,
                outputs: [ONNXOutput("rows"), ONNXOutput("mean")]
            ) { net($0) }
            let model = try ONNXModel(contentsOf: path)
            #expect(model.inputs.map(\.description) == ["input float32 [batch, 3, height, 12]"])
            #expect(
                model.outputs.map(\.description)
                    == ["rows float32 [batch, rows_1, 4]", "mean float32 [batch, 4]"])
            for shape in [[1, 3, 8, 12], [5, 3, 20, 12]] {
                let x = random(shape)
                let found = try model.run(["input": x])
                for (name, expected) in zip(["rows", "mean"], noGrad { net(x) }) {
                    expectClose(try #require(found[name]), expected, rtol: 1e-5, atol: 1e-6)
                }
            }
        }
    }

    /// Normalised by groups, and as large as a map that it is added to.
    private final class Pyramid: Module {
        let fine = Conv2d(3, 4, kernelSize: 3, stride: 2, padding: 1)
        let coarse = Conv2d(4, 4, kernelSize: 3, stride: 2, padding: 1)
        let norm = GroupNorm(2, 4)

        func callAsFunction(_ x: Tensor) -> Tensor {
            let below = fine(x, .inference)
            let above = norm(coarse(below, .inference), .inference)
            return below + above.interpolate(like: below)
        }
    }

    @Test func mapsAreBroughtToTheSizeOfOthers() throws {
        try withTemporaryFolder { folder in
            let net = Pyramid()
            net.initialize(Generator(seed: 3))
            let path = folder + "/net.onnx"
            try exportONNX(
                net, inputShape: [1, 3, 16, 16], otherShape: [1, 3, 20, 24], to: path,
                outputs: [ONNXOutput("map")]
            ) { [net($0)] }
            let model = try ONNXModel(contentsOf: path)
            for shape in [[2, 3, 8, 12], [1, 3, 18, 26]] {
                let x = random(shape)
                expectClose(
                    try #require(try model.run(["input": x])["map"]), noGrad { net(x) },
                    rtol: 1e-5, atol: 1e-6)
            }
        }
    }

    @Test func aConstantOfOneSizeIsRefused() throws {
        try withTemporaryFolder { folder in
            let net = net()
            let error = #expect(throws: ONNXError.self) {
                try exportONNX(
                    net, inputShape: [1, 3, 8, 8], otherShape: [1, 3, 12, 8],
                    to: folder + "/net.onnx", outputs: [ONNXOutput("y")]
                ) { x in
                    let slope = (0..<x.shape[2]).map { Float($0) }
                    return [x + Tensor(slope, shape: [x.shape[2], 1])]
                }
            }
            let text = "\(try #require(error))"
            #expect(text.contains("a constant of Add depends on the input's size"), "\(text)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    /// As many results as there turn out to be, none among them.
    @Test func nonMaximumSuppressionFollowsTheStandard() throws {
        let boxes = Tensor([
            Float(0), 0, 1, 1, 0, 0.1, 1, 1.1, 1, 0.9, 0, -0.1, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0,
            100, 1, 101,
        ]).reshape([1, 6, 4])
        let scores = Tensor([Float(0.9), 0.75, 0.6, 0.95, 0.5, 0.3]).reshape([1, 1, 6])
        func run(limit: Int, overlap: Float, least: Float) throws -> [[Int]] {
            let proto = model(
                input: [1, 6, 4], output: .int64, outputRank: 2,
                constants: [
                    ("scores", scores), ("limit", Tensor([limit])),
                    ("overlap", Tensor([overlap])), ("least", Tensor([least])),
                ],
                [
                    node(
                        "NonMaxSuppression", ["x", "scores", "limit", "overlap", "least"], ["y"])
                ])
            let y = try #require(try ONNXModel(bytes: bytes(proto)).run(["x": boxes])["y"])
            #expect(y.shape[1] == 3)
            return (0..<y.shape[0]).map { y[$0].array(as: Int.self) }
        }
        // The examples of the operators' documentation.
        #expect(try run(limit: 3, overlap: 0.5, least: 0) == [[0, 0, 3], [0, 0, 0], [0, 0, 5]])
        #expect(try run(limit: 2, overlap: 0.5, least: 0) == [[0, 0, 3], [0, 0, 0]])
        #expect(try run(limit: 3, overlap: 0.5, least: 0.4) == [[0, 0, 3], [0, 0, 0]])
        #expect(try run(limit: 3, overlap: 0.5, least: 0.99) == [])
        #expect(try run(limit: 0, overlap: 0.5, least: 0) == [])
    }
}
