internal import Foundation
internal import Martlet
internal import MartletData
internal import MartletNN
internal import MartletOptim

/// What training would take, from a few steps that were really made.
public struct Plan: Encodable, Sendable {
    public let model: String
    /// Trained values.
    public let parameters: Int
    /// Multiplications with an addition in one forward pass of one sample.
    public let multiplyAdds: Int
    /// Samples of a step, of all batches that make it together, and steps of an epoch.
    public let batch: Int
    public let stepsPerEpoch: Int
    public let epochs: Int
    /// How many batches were measured, after one that was not.
    public let batchesMeasured: Int
    /// Of a step: the medians of a batch, with the waiting for its data, for each that makes it, and of the optimiser.
    public let secondsPerStep: Double
    /// Of the steps of an epoch and the evaluation after it.
    public let secondsPerEpoch: Double
    /// The most memory the process had so far, in bytes; 0 where the system does not tell.
    public let peakMemory: Int
    /// Of the weights and the optimiser's state on the disk, in bytes.
    public let checkpointBytes: Int

    /// Of all epochs.
    public var secondsInAll: Double { secondsPerEpoch * Double(epochs) }

    private static let longestMeasurement = 20.0
    private static let mostBatches = 20
    private static let fewestBatches = 3
    /// Batches whose gradients are gathered for a step of the measurement, which has as much in memory as one of more.
    private static let mostGathered = 4

    /// Initialises the task's networks and makes some steps, which change them.
    ///
    /// - Throws: what data throw.
    public static func measure<T: Task>(_ task: T) throws -> Plan {
        let options: TaskSettings = task.options
        options.prepareMachine()
        let generator = Generator(seed: UInt64(options.seed))
        try task.initialize(generator.stream("parameters"))
        let rate = options.lr ?? (options.optimizer.name ?? .adam).learningRate
        let profile = Profile()
        let steps = TrainingStep(
            task, optimizers: try Trainer.optimizers(of: task), generator: generator,
            profile: profile
        ) { _ in (rate, nil) }

        let batches = try task.trainingBatches(epoch: 0, from: 0)
        defer { batches.cancel() }
        let batchesPerEpoch = min(options.training.batchLimit, batches.count)
        let gathered = min(options.training.accumulate, max(1, batchesPerEpoch))
        let progress = ProgressLine("measuring batches", total: mostBatches, unit: "batches")
        var seconds: [Double] = []
        var optimizerSeconds: [Double] = []
        var samples = 0
        // The first batch makes what later ones use again: it is not measured.
        for number in 0...mostBatches {
            let start = ContinuousClock.now
            let before = profile.seconds(of: .optimizer)
            guard let batch = try batches.next() else { break }
            if let trained = try steps.train(on: batch, epoch: 0, number: number) {
                samples = max(samples, trained.samples)
            }
            if steps.state.waiting >= mostGathered { try steps.flush(epoch: 0, number: number) }
            let all = (ContinuousClock.now - start) / .seconds(1)
            let optimizing = profile.seconds(of: .optimizer) - before
            if number > 0 {
                seconds.append(all - optimizing)
                if optimizing > 0 { optimizerSeconds.append(optimizing) }
            }
            progress.update(number)
            if seconds.count >= fewestBatches && !optimizerSeconds.isEmpty
                && progress.seconds > longestMeasurement
            {
                break
            }
        }
        progress.finish()
        guard !seconds.isEmpty else {
            throw DataError(
                path: options.data, problem: "too few samples to measure a step",
                expected: "two batches or more; a smaller batch= makes more of them")
        }
        if optimizerSeconds.isEmpty {
            // The epoch ended before the gradients of a step had gathered.
            let before = profile.seconds(of: .optimizer)
            try steps.flush(epoch: 0, number: seconds.count)
            optimizerSeconds.append(profile.seconds(of: .optimizer) - before)
        }
        let (batch, optimizer) = (median(seconds), median(optimizerSeconds))
        let stepsPerEpoch = (batchesPerEpoch + gathered - 1) / gathered
        return Plan(
            model: options.model ?? T.name, parameters: task.network.parameterCount,
            multiplyAdds: multiplyAdds(of: task.exportForm), batch: samples * gathered,
            stepsPerEpoch: stepsPerEpoch, epochs: options.epochs ?? 1,
            batchesMeasured: seconds.count,
            secondsPerStep: batch * Double(gathered) + optimizer,
            secondsPerEpoch: batch * Double(batchesPerEpoch) + optimizer * Double(stepsPerEpoch)
                + (try secondsOfEvaluation(task)),
            peakMemory: peakMemory(),
            checkpointBytes: bytes(task.network.stateDict().map(\.tensor))
                + steps.phases.reduce(0) { $0 + bytes(Array($1.optimizer.state().values)) })
    }

    private static func multiplyAdds(of form: ExportForm) -> Int {
        let example = form.inputs.example(batch: 1, kind: 0)
        return form.network.summary { _ = form.run(example, $0) }.multiplyAdds
    }

    /// Of the whole evaluation, by some of its batches.
    private static func secondsOfEvaluation<T: Task>(_ task: T) throws -> Double {
        let batches = try task.evaluationBatches()
        let count = min(task.options.training.evaluationLimit, batches.count)
        defer { batches.cancel() }
        var evaluation = task.makeEvaluation()
        let context = Context.inference(precision: task.options.precision)
        var seconds: [Double] = []
        try noGrad {
            for _ in 0...fewestBatches {
                let start = ContinuousClock.now
                guard let batch = try batches.next() else { break }
                try task.evaluate(batch, into: &evaluation, context)
                seconds.append((ContinuousClock.now - start) / .seconds(1))
            }
        }
        if seconds.count > 1 { seconds.removeFirst() }
        return seconds.isEmpty ? 0 : median(seconds) * Double(count)
    }

    private static func median(_ values: [Double]) -> Double {
        values.sorted()[values.count / 2]
    }

    private static func bytes(_ tensors: [Tensor]) -> Int {
        tensors.reduce(0) { $0 + $1.count * $1.dtype.itemSize }
    }

    /// `VmHWM` of the process.
    private static func peakMemory() -> Int {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
                .dropFirst().first.flatMap({ Int($0) })
        else { return 0 }
        return kilobytes * 1024
    }
}

extension Plan: CustomStringConvertible {
    /// A table for people.
    public var description: String {
        func grouped(_ number: Int) -> String {
            let digits = Array(String(number))
            return String(
                digits.enumerated().flatMap { i, digit in
                    i > 0 && (digits.count - i) % 3 == 0 ? [",", digit] : [digit]
                })
        }
        func time(_ seconds: Double) -> String {
            seconds < 1
                ? "\((seconds * 1e4).rounded() / 10) ms"
                : seconds < 60
                    ? "\((seconds * 100).rounded() / 100) s" : ProgressLine.clock(seconds)
        }
        return TextTable.lines([
            ["model", model],
            ["parameters", grouped(parameters)],
            ["multiply-adds of a sample", grouped(multiplyAdds)],
            ["samples in a step", grouped(batch)],
            ["steps in an epoch", grouped(stepsPerEpoch)],
            ["a step", "\(time(secondsPerStep)) (by \(batchesMeasured) batches)"],
            ["an epoch with its evaluation", time(secondsPerEpoch)],
            ["all \(epochs) epochs", time(secondsInAll)],
            ["peak memory", ByteCount.text(peakMemory)],
            ["a checkpoint", ByteCount.text(checkpointBytes)],
        ])
    }
}

/// Numbers of bytes, for people.
public enum ByteCount {
    /// `26.4 MB`: three digits or so, in units of a thousand.
    public static func text(_ bytes: Int) -> String {
        var value = Double(bytes)
        var units = ["bytes", "kB", "MB", "GB", "TB"][...]
        while value >= 1000 && units.count > 1 {
            value /= 1000
            units = units.dropFirst()
        }
        let unit = units.first ?? ""
        return unit == "bytes" || value >= 100
            ? "\(Int(value.rounded())) \(unit)" : "\((value * 10).rounded() / 10) \(unit)"
    }
}
