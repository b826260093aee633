import Foundation
import Martlet
import MartletData
import Testing

/// Weights on their way in and out.
@Suite struct WeightsTests {
    @Test func convertThereAndBack() throws {
        try withFolder { folder in
            let tensors: [(name: String, tensor: Tensor)] = [
                ("a.weight", Tensor([[1.5, 2], [3, 4]])), ("flags", Tensor([true, false])),
            ]
            try PTH.write(tensors, to: folder + "/a.pth")
            let there = try Martlet.run("convert", "a.pth", "b.safetensors", in: folder)
            #expect(
                there.code == 0 && there.output == "b.safetensors: 2 tensors\n", "\(there.errors)")
            #expect(try Safetensors.read(folder + "/b.safetensors").metadata == ["format": "pt"])
            let back = try Martlet.run("convert", "b.safetensors", "c.pt", in: folder)
            #expect(back.code == 0 && back.errors.contains("no metadata; left out: format"))
            let read = { (name: String) in try Data(contentsOf: URL(fileURLWithPath: folder + name))
            }
            // By size first, as safetensors files are: the order of these two stays.
            #expect(try read("/a.pth") == read("/c.pt"))

            let inspect = try Martlet.run("inspect", "c.pt", in: folder)
            #expect(
                inspect.output
                    == "a.weight\tfloat64\t[2, 2]\nflags\tbool\t[2]\n2 tensors\n",
                "\(inspect.output)")

            for (arguments, code, words) in [
                (["a.pth", "b.safetensors"], Int32(2), "b.safetensors: it exists already"),
                (["a.pth", "d.bin"], 2, "d.bin: expected a name that ends in .safetensors"),
                (["no.pth", "d.pth"], 4, "no.pth: cannot open: No such file"),
                (["data.txt", "d.pth"], 4, "data.txt: byte"),
                (["a.pth", "none/d.pth"], 6, "none/d.pth: cannot create"),
            ] {
                try Data("some text that is no weights".utf8).write(
                    to: URL(fileURLWithPath: folder + "/data.txt"))
                let outcome = try Martlet.start(["convert"] + arguments, in: folder).finish()
                #expect(outcome.code == code, "\(arguments): \(outcome.errors)")
                #expect(outcome.errors.contains(words), "\(outcome.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: folder + "/d.pth"))
        }
    }

    @Test func trainingStartsFromWeightsOfPyTorch() throws {
        try withFolder { folder in
            try writeClassFolders(folder + "/data")
            // The one layer that fits, and one that does not exist.
            try PTH.write(
                [("conv.weight", Tensor.zeros([1])), ("fc9.weight", Tensor.zeros([3]))],
                to: folder + "/none.pth")
            func train(_ weights: String) throws -> (code: Int32, errors: String) {
                let outcome = try Martlet.run(
                    "train", "classification", "data=data", "model=mlp", "epochs=1", "batch=8",
                    "weights=\(weights)", "--out", "run", in: folder)
                return (outcome.code, outcome.errors)
            }
            let none = try train("none.pth")
            #expect(none.code == 4 && none.errors.contains("none.pth: none of its tensors fit"))
            #expect(none.errors.contains("2 unexpected: conv.weight, fc9.weight"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/run"))

            let first = try Martlet.run(
                "train", "classification", "data=data", "model=mlp", "epochs=1", "batch=8", "--out",
                "first", in: folder)
            #expect(first.code == 0, "\(first.errors)")
            let convert = try Martlet.run(
                "convert", "first/best/model.safetensors", "model.pth", in: folder)
            #expect(convert.code == 0, "\(convert.errors)")
            let second = try train("model.pth")
            #expect(second.code == 0, "\(second.errors)")
            #expect(second.errors.contains("model.pth: loaded 6 tensors\n"), "\(second.errors)")
        }
    }
}
