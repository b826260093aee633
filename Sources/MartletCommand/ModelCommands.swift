internal import ArgumentParser
internal import Foundation
internal import MartletData
internal import MartletNN
internal import MartletONNX
internal import MartletPipeline
internal import MartletVision

struct EvaluateCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measures a model on a data set, or what some program predicted.")

    @Argument(help: "A run folder or a model file; with --pred a task.") var model: String
    @Argument(help: "Settings that replace the model's: data=DIR ...") var settings: [String] = []
    @Option(help: "A file of predictions to measure. detection: a list of results as COCO has it.")
    var pred: String?
    @Option(help: "What they are held against. detection: a file of COCO's form or a data set.")
    var truth: String?
    @Option(help: "A folder for metrics.json, predictions.csv and pictures, which must not exist.")
    var out: String?
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
        guard (pred == nil) == (truth == nil) else {
            throw ValidationError("--pred and --truth go together")
        }
        guard pred == nil || settings.isEmpty else {
            throw ValidationError("with --pred there are no settings, got \(settings[0])")
        }
    }

    func run() throws {
        if let out { try OutputPath.check(out) }
        if let pred, let truth {
            try measure(MartletCommand.task(named: model), pred, truth)
            return
        }
        let file = try ModelFile(model)
        try evaluate(
            try MartletCommand.task(of: file), file,
            ConfigurationValue.parse(arguments: settings))
    }

    private func measure(
        _ task: any MartletPipeline.Task.Type, _ predictions: String, _ truth: String
    ) throws {
        let figures = try task.evaluate(predictions: predictions, truth: truth)
        let text = try JSONText.line(figures)
        try Output.line(json ? text : "\(figures)")
        guard let out else { return }
        try AtomicDirectory.write(to: out) { folder in
            try AtomicFile.write(text + "\n", to: folder.file("metrics.json"))
        }
    }

    private func evaluate<T: MartletPipeline.Task>(
        _ type: T.Type, _ file: ModelFile, _ changes: [ConfigurationValue]
    ) throws {
        let task = try file.makeTask(type, changes: changes)
        let evaluation = try Evaluator.evaluate(task, title: "evaluating")
        try task.reportSkippedSamples(into: nil)
        let text = JSONText.object(evaluation.values)
        try Output.line(json ? text : evaluation.report)
        guard let out else { return }
        try AtomicDirectory.write(to: out) { folder in
            try AtomicFile.write(text + "\n", to: folder.file("metrics.json"))
            if !evaluation.samples.isEmpty {
                try SampleResults.write(
                    evaluation.samples, metric: T.Evaluation.monitor.name,
                    to: folder.file(SampleResults.fileName))
            }
            try folder.write(evaluation.pictures)
        }
    }
}

extension AtomicDirectory {
    /// Writes pictures as `NAME.png`.
    func write(_ pictures: [Picture]) throws {
        for picture in pictures {
            try AtomicFile.write(Array(picture.image.pngData()), to: file("\(picture.name).png"))
        }
    }
}

struct ExportCommand: ComputingCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a model for other programs.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case onnx, safetensors }

    @Argument(help: "A run folder or a model file.") var model: String
    @Argument(help: "Settings that replace the model's: detect.score=0.5 ...")
    var settings: [String] = []
    @Option(help: "onnx (checked by running it) or safetensors.") var format: Format
    @Option(
        help: """
            The file to write, which must not exist; model.onnx or model.safetensors by default.
            """)
    var out: String?

    func run() throws {
        let path = out ?? "model.\(format.rawValue)"
        try OutputPath.check(path)
        let file = try ModelFile(model)
        try export(try MartletCommand.task(of: file), file, to: path)
    }

    private func export<T: MartletPipeline.Task>(
        _ type: T.Type, _ file: ModelFile, to path: String
    ) throws {
        let task = try file.makeTask(
            type, changes: ConfigurationValue.parse(arguments: settings))
        switch format {
        case .safetensors:
            try ModelFile.write(task, score: [], to: path)
            try Output.line(path)
        case .onnx:
            let form = task.exportForm
            var metadata = task.metadata
            metadata["task"] = T.name
            let result = try exportONNX(
                form.network, inputs: form.inputs, to: path,
                outputs: form.outputs.map {
                    ONNXOutput($0.name, counting: $0.counting ?? ONNXOutput.batch)
                }, metadata: metadata
            ) { form.run($0, .inference) }
            try Output.line(
                "\(path): \(result.nodes) nodes, \(result.bytes) bytes; run again, its outputs differ "
                    + "by at most \(result.greatestDifference)")
        }
    }
}

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Prints what a safetensors, .pth or ONNX file holds.")

    @Argument(help: "The file.") var file: String

    func run() throws {
        if file.hasSuffix(".onnx") {
            let model = try ONNXModel(contentsOf: file)
            try Output.line("\(model)")
            try printMetadata(model.metadata)
            return
        }
        if try Weights.isPTH(file) {
            let contents = try PTHFile(file)
            for note in contents.notes { try Output.line(note) }
            for entry in contents.entries {
                try Output.line("\(entry.name)\t\(entry.dtype)\t\(entry.shape)")
            }
            try Output.line("\(contents.entries.count) tensors")
            return
        }
        let contents = try SafetensorsFile(file)
        try printMetadata(contents.metadata)
        for entry in contents.entries {
            try Output.line("\(entry.name)\t\(entry.dtype)\t\(entry.shape)")
        }
        let total = contents.entries.reduce(0) { $0 + $1.bytes.count }
        try Output.line("\(contents.entries.count) tensors, \(total) bytes")
    }

    /// As much as a terminal can show of each value: vocabularies have thousands of words.
    private func printMetadata(_ metadata: [String: String]) throws {
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            let count = value.utf8.count
            let shown = count <= 2000 ? value : "\(value.prefix(1000)) ... (\(count) bytes)"
            try Output.line("\(key): \(shown)")
        }
    }
}
