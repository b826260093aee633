import Foundation
import Testing

@testable import MartletPipeline

@Suite struct StepCurvesTests {
    private struct Steps: Decodable {
        let curves: [String: [[Double]]]
    }

    /// A run's curves as TensorBoard reads them.
    private func curves(_ folder: String) throws -> [String: [[Double]]] {
        try runPython(
            """
            import json, logging, sys
            logging.disable(logging.CRITICAL)
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            ea = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
            ea.Reload()
            print(json.dumps({"curves": {
                t: [[s.step, s.value] for s in ea.Scalars(t)]
                for t in ea.Tags()["scalars"] if "second" not in t}}))
            """, [folder], as: Steps.self
        ).curves
    }

    @Test(
        "D12: loss, rate and gradient norm by step are those of an uninterrupted run, each once",
        .enabled(if: python != nil, "MARTLET_PYTHON is not set"))
    func curvesByStep() throws {
        let words = [
            "epochs=2", "lr=0.05", "schedule.name=cosine", "training.clipNorm=0.5",
            "training.logSteps=2", "data=label,11", "training.nonFinite=rollback",
        ]
        let whole = try inFolder { path in
            try Trainer(TinyTask(training: settings(words)), out: path).run()
            return try curves(path)
        }
        // Thirteen steps, as one batch of fourteen was left out.
        for tag in ["step/loss", "step/lr", "step/gradient_norm"] {
            #expect(whole[tag]?.map { $0[0] } == [2, 4, 6, 8, 10, 12], "\(tag)")
        }
        #expect(whole["train/loss"]?.map { $0[0] } == [7, 13])
        let rates = try #require(whole["step/lr"]).map { $0[1] }
        #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 } && rates[0] < 0.05)
        for place in [1, 2, 4, 9, 14, 17, 20] {
            try inFolder { path in
                let trainer = try Trainer(TinyTask(training: settings(words)), out: path)
                let passed = Counter()
                trainer.signal = {
                    passed.value += 1
                    return passed.value == place ? SIGTERM : nil
                }
                #expect(throws: Interrupted.self) { try trainer.run() }
                trainer.close()
                try Trainer<TinyTask>(resuming: EarlierRun(path)).run()
                #expect(try curves(path) == whole, "stopped at place \(place)")
            }
        }
        try inFolder { path in
            let task = TinyTask(
                training: try settings("epochs=1", "lr=0.05", "training.logSteps=0"))
            try Trainer(task, out: path).run()
            #expect(try curves(path).keys.allSatisfy { !$0.hasPrefix("step/") })
        }
    }
}
