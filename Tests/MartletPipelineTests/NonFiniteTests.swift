import Foundation
import Martlet
import MartletConformance
import MartletData
import MartletNN
import Testing

@testable import MartletPipeline

@Suite struct NonFiniteTests {
    private func task(_ kind: TinyTask.Poison, _ batches: Set<Int>, _ words: String...) throws
        -> TinyTask
    {
        let task = TinyTask(training: try settings(["epochs=2", "lr=0.05"] + words))
        task.poison = (kind, batches)
        return task
    }

    @Test(
        "E3: what is no number ends training in the batch it appears in, named",
        arguments: zip(
            TinyTask.Poison.allCases,
            ["x of the batch", "y of the batch", "head.weight", "the gradient of "]))
    func stops(_ kind: TinyTask.Poison, _ words: String) throws {
        try inFolder { path in
            let trainer = try Trainer(task(kind, [9]), out: path)
            let error = try #require(throws: NonFiniteTraining.self) { try trainer.run() }
            #expect(error.exitCode == 5)
            // The tenth batch is the third of the second epoch.
            #expect(
                error.epoch == 2 && error.batch == 3 && error.step == 10 && error.phase == "train")
            #expect("\(error)".contains(words), "\(error)")
            #expect(
                error.samples.count == 4 && error.samples.allSatisfy { $0.hasPrefix("sample ") })
            // The batch is kept, and the last checkpoint is from before.
            let kept = path + "/nonfinite/epoch0001-batch000003"
            let tensors = try Safetensors.read(kept + "/batch.safetensors").dictionary
            #expect(tensors["x"]?.shape == [4, 4] && tensors["y"]?.shape == [4, 1])
            let report = try RunFile.decode(NonFiniteTraining.self, kept + "/problem.json")
            #expect("\(report)" == "\(error)")
            let weights = try Safetensors.read(kept + "/weights.safetensors").dictionary
            #expect((NonFinite.first(in: weights.map { ($0, $1) }) == nil) == (kind != .weight))
            trainer.close()
            #expect(try EarlierRun(path).checkpoint.state.epoch == 1)
        }
    }

    @Test(
        "E3: a learning rate of 1e30 ends training whatever the policy, and is in no checkpoint",
        arguments: ["stop", "skip", "rollback"])
    func hugeRate(_ policy: String) throws {
        try inFolder { path in
            let task = TinyTask(
                training: try settings(
                    "epochs=2", "lr=1000", "optimizer.name=sgd", "training.nonFinite=\(policy)",
                    "training.skipLimit=2", "training.checkpointSteps=1"))
            task.options.lr = 1e30
            let trainer = try Trainer(task, out: path)
            let error = try #require(throws: NonFiniteTraining.self) { try trainer.run() }
            #expect(error.exitCode == 5 && error.epoch == 1)
            // What the first step spoilt is found in the second batch; each further try leaves one out.
            #expect(error.batch == ["stop": 2, "skip": 4, "rollback": 5][policy])
            for name in try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints") {
                let model = try Safetensors.read("\(path)/checkpoints/\(name)/model.safetensors")
                #expect(NonFinite.first(in: model.tensors) == nil, "\(name)")
            }
        }
    }

    @Test(
        "E3: a step that makes weights no numbers is caught at once, and not skipped",
        arguments: ["stop", "skip"])
    func spoilingStep(_ policy: String) throws {
        let task = TinyTask(
            training: try settings("optimizer.name=sgd", "training.nonFinite=\(policy)"))
        task.network.initialize(Generator(seed: 1))
        let step = TrainingStep(
            task, optimizers: try Trainer.optimizers(of: task), generator: Generator(seed: 0),
            profile: Profile()
        ) { _ in (1e300, nil) }
        var kept: NonFiniteTraining?
        step.didFail = { _, problem in kept = problem }
        let batches = task.trainingBatches(epoch: 0, from: 0)
        defer { batches.cancel() }
        let batch = try #require(try batches.next())
        let error = try #require(throws: NonFiniteTraining.self) {
            try step.train(on: batch, epoch: 0, number: 0)
        }
        #expect(error.step == 1 && error.batch == 1 && error.samples.count == 4)
        #expect(
            "\(error)".contains("body.weight of the network is not finite after the step"),
            "\(error)"
        )
        #expect(kept?.what == error.what)
    }

    @Test("E3: weights that are no numbers are in no checkpoint")
    func neverSaved() throws {
        try inFolder { path in
            let task = TinyTask(training: try settings("epochs=2", "lr=0.05"))
            let trainer = try Trainer(task, out: path)
            task.tiny.norm.runningMean.value = Tensor([Float](repeating: .nan, count: 8))
            let error = try #require(throws: NonFiniteTraining.self) { try trainer.save() }
            #expect("\(error)".contains("norm.running_mean"), "\(error)")
        }
    }

    @Test(
        "E3: a skipped batch leaves weights, statistics and optimiser as if it were not there",
        arguments: [TinyTask.Poison.input, .label, .gradient])
    func skips(_ kind: TinyTask.Poison) throws {
        /// The weights after some batches of which one is poisoned, or left out.
        func train(poisoned: Bool) throws -> [String: String] {
            let task = try task(kind, poisoned ? [2] : [], "training.nonFinite=skip")
            task.network.initialize(Generator(seed: 1))
            let step = TrainingStep(
                task, optimizers: try Trainer.optimizers(of: task), generator: Generator(seed: 0),
                profile: Profile()
            ) { _ in (0.05, nil) }
            let batches = task.trainingBatches(epoch: 0, from: 0)
            while let batch = try batches.next() {
                let number = batches.position - 1
                if number == 2 && !poisoned { continue }
                let loss = try step.train(on: batch, epoch: 0, number: number)
                #expect((loss == nil) == (number == 2))
            }
            #expect(step.state.taken == 6 && step.state.skipped == (poisoned ? 1 : 0))
            let tensors =
                task.network.stateDict() + step.phases[0].optimizer.state().map { ($0, $1) }
            return Dictionary(
                uniqueKeysWithValues: tensors.map { ($0.0, "\($0.1.array(as: Double.self))") })
        }
        #expect(try train(poisoned: true) == train(poisoned: false))
    }

    @Test("E3: skipping ends with the run, is counted, and gives up after too many in a row")
    func skipping() throws {
        try inFolder { path in
            let task = try task(
                .input, [1, 5, 8], "training.nonFinite=skip", "training.skipLimit=2")
            let trainer = try Trainer(task, out: path)
            try trainer.run()
            #expect(trainer.steps.state.skipped == 3 && trainer.steps.state.taken == 11)
            let log = try String(contentsOfFile: path + "/log.jsonl", encoding: .utf8)
            #expect(log.contains("\"skipped\": 2}") && log.contains("\"skipped\": 3}"), "\(log)")
        }
        try inFolder { path in
            let task = try task(
                .label, [3, 4, 5, 6], "training.nonFinite=skip", "training.skipLimit=2")
            let error = try #require(throws: NonFiniteTraining.self) {
                try Trainer(task, out: path).run()
            }
            #expect(error.batch == 6, "\(error)")
        }
    }

    @Test(
        "E3: rolling back ends as if the batch had not been there",
        arguments: TinyTask.Poison.allCases)
    func rollsBack(_ kind: TinyTask.Poison) throws {
        /// The optimiser's state and the log.
        func train(_ words: String...) throws -> (String?, [String], StepState) {
            try inFolder { path in
                let task = TinyTask(
                    training: try settings(["epochs=2", "lr=0.05", "training.ema=0.9"] + words))
                let trainer = try Trainer(task, out: path)
                try trainer.run()
                let result = try RunResult(path)
                return (result.files["optimizer.safetensors"], result.log, trainer.state.steps)
            }
        }
        for checkpoints in ["training.checkpointSteps=0", "training.checkpointSteps=2"] {
            let back = try train(
                "data=\(kind),9", "training.nonFinite=rollback", checkpoints)
            #expect(back.2.taken == 13 && back.2.skipped == 1)
            // A poisoned weight cannot be skipped; its batch is as good to leave out as any.
            let skipped = try train("data=input,9", "training.nonFinite=skip", checkpoints)
            #expect(back.0 == skipped.0 && back.1 == skipped.1, "\(checkpoints)")
        }
    }

    @Test("E3: rolling back ends after too many from one checkpoint, each further one counts anew")
    func rollbackLimit() throws {
        func run(_ batches: String, _ words: String...) throws -> StepState {
            try inFolder { path in
                let task = TinyTask(
                    training: try settings(
                        [
                            "data=input,\(batches)", "epochs=2", "lr=0.05",
                            "training.nonFinite=rollback", "training.rollbackLimit=2",
                        ] + words))
                let trainer = try Trainer(task, out: path)
                try trainer.run()
                return trainer.steps.state
            }
        }
        #expect(try run("2,3,9,10").skipped == 4)
        let error = try #require(throws: NonFiniteTraining.self) { try run("2,4,6") }
        #expect(error.batch == 7 && error.exitCode == 5)
        #expect(try run("2,4,6", "training.checkpointSteps=1").skipped == 3)
    }

    @Test("E3: rolling back takes both phases and a task's own memory along")
    func rollsBackPhases() throws {
        try inFolder { path in
            let task = GameTask(
                training: try settings("epochs=2", "lr=0.1", "training.nonFinite=rollback"))
            task.poison = 4
            let trainer = try Trainer(task, out: path)
            try trainer.run()
            #expect(trainer.steps.state.skipped == 1 && trainer.steps.state.taken == 5)
            // Ten losses are left of the two that came again.
            #expect(task.played == 10 && task.seen.count == 14)
            #expect(task.seen[4].first == task.seen[0].first)
        }
    }

    @Test("E3: each phase is watched; a skipped one leaves the other's step alone")
    func phases() throws {
        try inFolder { path in
            let task = GameTask(training: try settings("epochs=2", "lr=0.1"))
            task.poison = 4
            let error = try #require(throws: NonFiniteTraining.self) {
                try Trainer(task, out: path).run()
            }
            #expect(error.phase == "second" && error.step == 2 && error.batch == 2)
        }
        try inFolder { path in
            let task = GameTask(
                training: try settings("epochs=2", "lr=0.1", "training.nonFinite=skip"))
            task.poison = 4
            let trainer = try Trainer(task, out: path)
            try trainer.run()
            #expect(trainer.steps.state.skipped == 1 && trainer.steps.state.taken == 6)
            #expect(task.seen[3].first == task.seen[4].first)
            #expect(task.seen[3].second == task.seen[4].second, "the skipped phase must not step")
        }
    }
}
