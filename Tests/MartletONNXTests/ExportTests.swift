import Foundation
import Martlet
import MartletNN
import MartletTesting
import Testing

@testable import MartletONNX

@Suite struct ExportTests {
    @Test func writesAModelWithItsNamesAndMetadata() throws {
        try withTemporaryFolder { folder in
            let net = TinyNet()
            let path = folder + "/net.onnx"
            let export = try exportONNX(
                net, inputShape: [1, 1, 8, 8], to: path, metadata: ["task": "tiny", "ä": "ö"])
            #expect(export.greatestDifference <= 1e-4)

            let model = try ONNXModel(contentsOf: path)
            #expect(model.inputs.map(\.description) == ["input float32 [batch, 1, 8, 8]"])
            #expect(model.outputs.map(\.description) == ["logits float32 [batch, 3]"])
            #expect(model.metadata == ["task": "tiny", "ä": "ö"])
            #expect(model.opset == 17)
            #expect(model.producer == "martlet")
            #expect(
                model.description.hasPrefix(
                    """
                    ONNX, operators of version 17, written by martlet
                    input: input float32 [batch, 1, 8, 8]
                    output: logits float32 [batch, 3]
                    operators: BatchNormalization x 1, Conv x 1, Gemm x 1, MaxPool x 1, \
                    Relu x 1, Reshape x 1
                    """))
            for (name, tensor) in net.stateDict() where !name.hasSuffix("num_batches_tracked") {
                let written = try #require(model.initializers[name], "\(name) is missing")
                expectClose(written, tensor, rtol: 0, atol: 0, name)
            }
        }
    }

    @Test(arguments: [1, 2, 3, 7]) func runsAnyBatchSize(batch: Int) throws {
        try withTemporaryFolder { folder in
            let net = TinyNet()
            try exportONNX(net, inputShape: [4, 1, 8, 8], to: folder + "/net.onnx")
            let x = random([batch, 1, 8, 8])
            let found = try ONNXModel(contentsOf: folder + "/net.onnx").run(["input": x])
            let logits = try #require(found["logits"])
            expectClose(logits, noGrad { net(x, .inference) }, rtol: 1e-4, atol: 1e-5)
        }
    }

    @Test("A9: a model is written as one file, which refers to no other") func oneFile() throws {
        try withTemporaryFolder { folder in
            try exportONNX(TinyNet(), inputShape: [1, 1, 8, 8], to: folder + "/net.onnx")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["net.onnx"])
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/net.onnx"))
            let graph = try ONNXModelProto(serializedBytes: data).graph
            #expect(!graph.initializer.isEmpty)
            #expect(
                graph.initializer.allSatisfy {
                    $0.dataLocation == .default && $0.externalData.isEmpty
                })
        }
    }

    @Test func weightsUsedTwiceAreWrittenOnce() throws {
        try withTemporaryFolder { folder in
            let twice = Function([random([4, 4])]) { x, w in x.linear(w[0]).linear(w[0]) }
            try exportONNX(twice, inputShape: [1, 4], to: folder + "/twice.onnx")
            let model = try ONNXModel(contentsOf: folder + "/twice.onnx")
            #expect(model.initializers.count == 1)
        }
    }

    @Test func inputHandedThroughIsAGraphToo() throws {
        try withTemporaryFolder { folder in
            let same = Function { x in x }
            try exportONNX(same, inputShape: [1, 4], to: folder + "/same.onnx")
            let model = try ONNXModel(contentsOf: folder + "/same.onnx")
            #expect(model.operators == ["Identity"])
        }
    }

    /// What depends on values, not on the graph, would be frozen into the file.
    @Test func valuesTakenOutOfTheGraphAreNoticed() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/frozen.onnx"
            try "what was there".write(toFile: path, atomically: true, encoding: .utf8)
            let frozen = Function { x in x * x.sum().item(as: Double.self) }
            let error = #expect(throws: ONNXError.self) {
                try exportONNX(frozen, inputShape: [1, 4], to: path)
            }
            #expect(error?.kind == .mismatch)
            #expect(error?.file == path)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "what was there")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["frozen.onnx"])
        }
    }

    @Test func aBatchOfOneSizeOnlyIsNoticed() throws {
        try withTemporaryFolder { folder in
            let fixed = Function { x in x.mean(dims: [0], keepDim: true).expand(x.shape) }
            #expect(throws: (any Error).self) {
                try exportONNX(fixed, inputShape: [1, 4], to: folder + "/fixed.onnx")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
    }

    @Test func operationsWithoutFormAreNamed() throws {
        try withTemporaryFolder { folder in
            let strange = Function { x in x.atan2(x + 1) }
            let error = #expect(throws: ONNXFormError.self) {
                try exportONNX(strange, inputShape: [1, 4], to: folder + "/strange.onnx")
            }
            #expect(error?.operation == "atan2")
        }
    }

    @Test func foldersThatDoNotExistAreNamed() throws {
        let path = "/nowhere/at/all/net.onnx"
        let error = #expect(throws: ONNXError.self) {
            try exportONNX(TinyNet(), inputShape: [1, 1, 8, 8], to: path)
        }
        #expect(error?.kind == .disk)
        #expect(error?.description.hasPrefix(path) == true)
    }
}
