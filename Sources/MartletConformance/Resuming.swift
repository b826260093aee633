internal import Foundation
internal import MartletPipeline
public import Testing

extension ConformanceKit {
    /// A training that is stopped and resumed ends with the weights, the state of the optimisers, the metrics and the log of
    /// one that never stopped, to the last bit.
    ///
    /// Stops after the first batch, after the last one of all, and at places between them, in the middle of epochs and of
    /// evaluations.
    ///
    /// - Parameters:
    ///   - words: settings beyond the kit's: `training.ema=0.9`, ...
    ///   - stops: how many trainings are stopped, each in another place.
    public func resumesExactly(
        _ words: String..., stops: Int = 4, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        precondition(stops >= 1, "resumesExactly: expected one stop or more, got \(stops)")
        var places = 0
        let whole = try withFolder { folder in
            let run = folder + "/run"
            try train(words, into: run) {
                places += 1
                return nil
            }
            return try RunResult(run)
        }
        guard places >= 4 else {
            return broken(
                "resumesExactly",
                "expected a training of several batches to stop in, got \(places) in all; "
                    + "more epochs= or a smaller batch= make more", sourceLocation)
        }
        let chosen = Set((0..<stops).map { 1 + $0 * (places - 1) / max(1, stops - 1) })
        for place in chosen.sorted() {
            let differences = try withFolder { folder in
                let run = folder + "/run"
                var passed = 0
                do {
                    try train(words, into: run) {
                        passed += 1
                        return passed == place ? SIGTERM : nil
                    }
                    return ["it did not stop"]
                } catch is Interrupted {}
                try Trainer<T>(resuming: EarlierRun(run)).run()
                return try RunResult(run).differences(from: whole)
            }
            guard !differences.isEmpty else { continue }
            broken(
                "resumesExactly",
                "expected a training that was stopped after batch \(place) of \(places) (those of "
                    + "evaluations count) and resumed to end as one that never stopped; different: "
                    + differences.joined(separator: "; "), sourceLocation)
        }
    }

    /// A whole training, in a function of its own: its end lets go of the run folder.
    private func train(_ words: [String], into run: String, signal: @escaping () -> Int32?) throws {
        let trainer = try Trainer(makeTask(words), out: run)
        trainer.signal = signal
        try trainer.run()
    }
}
