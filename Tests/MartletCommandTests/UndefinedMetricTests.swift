import Foundation
import Martlet
import MartletData
import MartletTesting
import Testing

/// Data and models of which little can be said: what is said is valid, and no number that is none.
@Suite struct UndefinedMetricTests {
    private func object(_ text: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(text.utf8))
    }

    @Test(
        "E6: a model whose outputs are no numbers is evaluated and predicts without NaN in any JSON"
    )
    func outputsThatAreNoNumbers() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            let trained = try Martlet.run(
                "train", "classification", "data=data", "model=mlp", "epochs=1", "batch=8", "--out",
                "run", in: folder)
            #expect(trained.code == 0, "\(trained.errors)")
            let good = try Safetensors.read(folder + "/run/best/model.safetensors")
            try Safetensors.write(
                good.tensors.map { ($0.name, $0.tensor * Double.nan) }, metadata: good.metadata,
                to: folder + "/nan.safetensors")
            let evaluated = try Martlet.run(
                "evaluate", "nan.safetensors", "data=data", "--json", "--out", "seen", in: folder)
            #expect(evaluated.code == 0, "\(evaluated.errors)")
            let values = try #require(try object(evaluated.output) as? [String: Any])
            #expect(values["loss"] is NSNull && values["n"] as? Int == 24, "\(evaluated.output)")
            _ = try object(String(contentsOfFile: folder + "/seen/metrics.json", encoding: .utf8))
            let table = try Martlet.run("evaluate", "nan.safetensors", "data=data", in: folder)
            #expect(table.code == 0 && table.output.contains("loss undefined"), "\(table.output)")

            let predicted = try Martlet.run(
                "predict", "nan.safetensors", "data/test/dark", "--json", "--out", "predicted",
                in: folder)
            #expect(predicted.code == 0, "\(predicted.errors)")
            let list = try #require(try object(predicted.output) as? [[String: Any]])
            let first = try #require((list.first?["classes"] as? [[String: Any]])?.first)
            #expect(list.count == 12 && first["probability"] is NSNull, "\(predicted.output)")
            let lines = try Martlet.run("predict", "nan.safetensors", "data/test/dark", in: folder)
            #expect(
                lines.code == 0 && lines.output.contains("undefined")
                    && !lines.output.contains("nan %"), "\(lines.output)")
            let exported = try Martlet.run(
                "export", "nan.safetensors", "--format", "onnx", "--out", "m.onnx", in: folder)
            #expect(exported.code == 0, "\(exported.errors)")
        }
    }

    @Test("E6: data of one class are refused before training, as every answer would be right")
    func oneClass() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            #expect(try shell("rm -r \(folder)/data/*/light") == 0)
            let trained = try Martlet.run(
                "train", "classification", "data=data", "model=mlp", "--out", "run", in: folder)
            #expect(
                trained.code == 2 && trained.errors.contains("at least 2 classes, got 1"),
                "\(trained.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder + "/run"))
        }
    }
}
