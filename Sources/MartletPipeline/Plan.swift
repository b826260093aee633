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
    /// Samples of a step, and steps of an epoch.
    public let batch: Int
    public let stepsPerEpoch: Int
    public let epochs: Int
    /// How many steps were measured, after one that was not.
    public let stepsMeasured: Int
    /// The median of a step, with the waiting for its data.
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
    private static let mostSteps = 20
    private static let fewestSteps = 3

    /// Initialises the task's networks and makes some steps, which change them.
    ///
    /// - Throws: what data throw.
    public static func measure<T: Task>(_ task: T) throws -> Plan {
        let options: TaskSettings = task.options
        options.prepareMachine()
        let generator = Generator(seed: UInt64(options.seed))
        task.network.initialize(generator.stream("parameters"))
        let rate = options.lr ?? (options.optimizer.name ?? .adam).learningRate
        let steps = TrainingStep(
            task, optimizers: try Trainer.optimizers(of: task), generator: generator,
            profile: Profile()
        ) { _ in (rate, nil) }

        let batches = try task.trainingBatches(epoch: 0, from: 0)
        defer { batches.cancel() }
        let stepsPerEpoch = min(options.training.batchLimit, batches.count)
        let progress = ProgressLine("measuring steps", total: mostSteps, unit: "steps")
        var seconds: [Double] = []
        var samples = 0
        // The first step makes what later ones use again: it is not measured.
        for number in 0...mostSteps {
            let start = ContinuousClock.now
            guard let batch = try batches.next() else { break }
            if let (_, count) = try steps.train(on: batch, epoch: 0, number: number) {
                samples = max(samples, count)
            }
            if number > 0 { seconds.append((ContinuousClock.now - start) / .seconds(1)) }
            progress.update(number)
            if seconds.count >= fewestSteps && progress.seconds > longestMeasurement { break }
        }
        progress.finish()
        guard !seconds.isEmpty else {
            throw DataError(
                path: options.data, problem: "too few samples to measure a step",
                expected: "two batches or more; a smaller batch= makes more of them")
        }
        let step = median(seconds)
        return Plan(
            model: options.model ?? T.name, parameters: task.network.parameterCount,
            multiplyAdds: multiplyAdds(of: task.exportForm), batch: samples,
            stepsPerEpoch: stepsPerEpoch, epochs: options.epochs ?? 1,
            stepsMeasured: seconds.count, secondsPerStep: step,
            secondsPerEpoch: step * Double(stepsPerEpoch) + (try secondsOfEvaluation(task)),
            peakMemory: peakMemory(),
            checkpointBytes: bytes(task.network.stateDict().map(\.tensor))
                + steps.phases.reduce(0) { $0 + bytes(Array($1.optimizer.state().values)) })
    }

    private static func multiplyAdds(of form: ExportForm) -> Int {
        var shape = form.inputShape
        if !shape.isEmpty { shape[0] = 1 }
        return form.network.summary(inputShape: shape).multiplyAdds
    }

    /// Of the whole evaluation, by some of its batches.
    private static func secondsOfEvaluation<T: Task>(_ task: T) throws -> Double {
        let batches = try task.evaluationBatches()
        defer { batches.cancel() }
        var evaluation = task.makeEvaluation()
        let context = Context.inference(precision: task.options.precision)
        var seconds: [Double] = []
        try noGrad {
            for _ in 0...fewestSteps {
                let start = ContinuousClock.now
                guard let batch = try batches.next() else { break }
                try task.evaluate(batch, into: &evaluation, context)
                seconds.append((ContinuousClock.now - start) / .seconds(1))
            }
        }
        if seconds.count > 1 { seconds.removeFirst() }
        return seconds.isEmpty ? 0 : median(seconds) * Double(batches.count)
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
        let step = secondsPerStep
        let stepText =
            step < 1 ? "\((step * 1e4).rounded() / 10) ms" : "\((step * 100).rounded() / 100) s"
        return TextTable.lines([
            ["model", model],
            ["parameters", grouped(parameters)],
            ["multiply-adds of a sample", grouped(multiplyAdds)],
            ["samples in a step", grouped(batch)],
            ["steps in an epoch", grouped(stepsPerEpoch)],
            ["a step", "\(stepText) (the median of \(stepsMeasured))"],
            ["an epoch with its evaluation", ProgressLine.clock(secondsPerEpoch)],
            ["all \(epochs) epochs", ProgressLine.clock(secondsInAll)],
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
