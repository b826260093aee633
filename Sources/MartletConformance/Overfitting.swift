internal import Foundation
internal import MartletPipeline
public import Testing

extension ConformanceKit {
    /// A few samples, trained on again and again, are learnt by heart: the network can learn, its parameters are all found
    /// and reached, and the loss depends on the targets.
    ///
    /// Trains for 100 epochs on the first batch alone, unless the words say otherwise.
    ///
    /// - Parameters:
    ///   - words: settings beyond the kit's that learning by heart takes: `lr=0.03`, no dropout, no smoothing of labels.
    ///   - limit: what the loss of the first phase must fall below.
    public func overfits(
        _ words: String..., below limit: Double = 0.05,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let few = ["epochs=100", "training.overfit=1", "checkpoint.epochs=100000"]
        let given = Set(words.map { $0.prefix { $0 != "=" } })
        let task = try makeTask(few.filter { !given.contains($0.prefix { $0 != "=" }) } + words)
        let losses = try withFolder { folder in
            try Trainer(task, out: folder + "/run").run()
            return try trainingLosses(folder + "/run/log.jsonl")
        }
        guard let first = losses.first, let least = losses.min() else {
            return broken("overfits", "expected epochs in the log, found none", sourceLocation)
        }
        if first <= limit {
            broken(
                "overfits",
                "expected a loss above \(limit) before anything is learnt, got \(first)",
                sourceLocation)
        } else if !(least <= limit) {
            broken(
                "overfits",
                "expected the loss of a few samples to fall below \(limit) in \(losses.count) epochs, "
                    + "got \(least), from \(first) at first", sourceLocation)
        }
    }

    private func trainingLosses(_ log: String) throws -> [Double] {
        try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map { line in
            let epoch = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return (epoch?["train_loss"] as? NSNumber)?.doubleValue ?? .nan
        }
    }
}
