internal import ArgumentParser
internal import Foundation
internal import MartletData
internal import MartletPipeline

struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Turns PyTorch's .pth weights into safetensors, or back.")

    @Argument(help: "The weights: a state dict or a checkpoint that holds one, or safetensors.")
    var input: String
    @Argument(help: "The file to write, which must not exist: FILE.safetensors, .pth or .pt.")
    var output: String

    func run() throws {
        let ending = FilePath.lowercasedExtension(FilePath.name(of: output))
        guard ["safetensors", "pth", "pt"].contains(ending) else {
            throw ConfigurationError([
                "\(output): expected a name that ends in .safetensors, .pth or .pt"
            ])
        }
        try OutputPath.check(output)
        let contents = try Weights.readAndLog(input)
        if ending == "safetensors" {
            // What PyTorch's and Hugging Face's readers look for.
            let metadata = contents.metadata.merging(["format": "pt"]) { given, _ in given }
            try Safetensors.write(contents.tensors, metadata: metadata, to: output)
        } else {
            if !contents.metadata.isEmpty {
                let keys = contents.metadata.keys.sorted().joined(separator: ", ")
                Log.info("\(output): a .pth file has no metadata; left out: \(keys)")
            }
            try PTH.write(contents.tensors, to: output)
        }
        try Output.line("\(output): \(contents.tensors.count) tensors")
    }
}
