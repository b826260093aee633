import Foundation
import Martlet
import MartletNN
import MartletONNX
import MartletTesting
import MartletText
import Testing

/// Networks as ONNX files with the inputs `ids` and `lengths`, for any batch and any length.
@Suite struct TextModelExportTests {
    private static let shapes = [(1, 1), (1, 9), (3, 5), (7, 33), (13, 2)]

    /// In Martlet and, all files at once, in ONNX Runtime.
    @Test func runsAtAnySize() throws {
        try withFolder { folder in
            var cases = RuntimeCases(folder: folder, tolerance: 1e-5)
            for name in SmallNetworks.names {
                try check(name, in: folder, &cases)
            }
            if RuntimeCases.python != nil {
                let failures = try cases.failures()
                #expect(failures == nil, "\(failures ?? "")")
            }
        }
    }

    private func check(_ name: String, in folder: String, _ cases: inout RuntimeCases) throws {
        let network = SmallNetworks.make(name)
        let figures = try exportONNX(
            network,
            inputs: .texts(
                vocabulary: SmallNetworks.vocabulary, sentenceEnd: SmallNetworks.sentenceEnd),
            to: "\(folder)/\(name).onnx", outputs: [ONNXOutput("logits")], tolerance: 1e-5
        ) { [network($0[0], lengths: $0[1], .inference)] }
        #expect(figures.greatestDifference < 1e-5, "\(name)")
        let model = try ONNXModel(contentsOf: "\(folder)/\(name).onnx")
        #expect(
            model.inputs.map(\.description)
                == ["ids int64 [batch, length]", "lengths int64 [batch]"])
        #expect(model.outputs.map(\.description) == ["logits float32 [batch, 3]"])
        for (count, steps) in Self.shapes {
            let texts = SmallNetworks.texts(count, longest: steps, seed: UInt64(steps))
            let (ids, lengths) = SmallNetworks.batch(texts, steps: steps)
            let expected = noGrad { network(ids, lengths: lengths, .inference) }
            let inputs = ["ids": ids, "lengths": lengths]
            let found = try #require(try model.run(inputs)["logits"])
            expectClose(found, expected, rtol: 1e-5, atol: 1e-5)
            try cases.add(file: "\(name).onnx", inputs: inputs, outputs: [expected])
        }
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "/martlet-text-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }
}
