internal import Foundation
internal import MartletData
internal import MartletNN
internal import MartletPipeline

/// Trains a model for each fold of a table and measures it on the rows that it has not seen.
public struct CrossValidation {
    /// The metrics of each fold's best model, and the runs.
    public let folds: [[(name: String, value: Double)]]
    public let runs: [String]

    /// - Parameters:
    ///   - words: `data=FILE`, `folds=5` and others, as `train` takes them; `fold` is set here.
    ///   - out: a folder for the runs `fold-0`, `fold-1`, ..., which must not exist.
    /// - Throws: what settings, data and training throw.
    public init(_ words: [String], out: String) throws {
        var folds: [[(name: String, value: Double)]] = []
        var runs: [String] = []
        var count = 1
        while folds.count < count {
            let run = "\(out)/fold-\(folds.count)"
            let options = TabularOptions()
            try options.prepareTraining(
                files: [], arguments: words + ["fold=\(folds.count)"], out: run)
            count = options.folds
            let task = try TabularTask(training: options)
            try Trainer(task, out: run).run()
            let best = try Safetensors.read(run + "/best/model.safetensors")
            try task.network.load(state: best.dictionary)
            let evaluation = try Evaluator.evaluate(task, title: "fold \(folds.count)")
            folds.append(evaluation.values)
            runs.append(run)
        }
        self.folds = folds
        self.runs = runs
    }

    /// The mean and the standard deviation over the folds of each metric, a line each.
    public var report: String {
        let names = folds.first?.map(\.name) ?? []
        return names.indices.filter { names[$0] != "n" }.map { index in
            let values = folds.map { $0[index].value }
            let mean = values.reduce(0, +) / Double(values.count)
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let deviation = (squares / Double(max(values.count - 1, 1))).squareRoot()
            return "\(names[index])\t\(String(format: "%.4f", mean)) +- "
                + String(format: "%.4f", deviation)
        }.joined(separator: "\n")
    }
}
