internal import MartletData
internal import MartletOptim

/// Where training is: everything that is no tensor and that a resumed run needs to go on exactly.
struct TrainingState: Codable, Equatable {
    /// Epochs finished, with their evaluation.
    var epoch = 0
    /// Batches of the epoch after them that were trained on; all of them while it is evaluated.
    var batch = 0
    /// Optimiser steps, and batches whose gradients wait for the next one.
    var steps = StepState()
    /// The losses of the unfinished epoch.
    var losses = WeightedSum()
    /// The samples of the unfinished epoch so far; nil in checkpoints of before this was kept.
    var samples: Int?
    /// Seconds spent in the unfinished epoch, and in the whole run.
    var epochSeconds = 0.0
    var seconds = 0.0
    /// The best score so far, and the epochs since.
    var best: Best?
    var epochsWithoutBest = 0
    /// What the schedule `plateau` has seen.
    var plateau: ReduceOnPlateau.State?
    /// How often weights were averaged.
    var averaged = 0
    /// The task's fingerprint of its data.
    var data: String?
    /// The samples left out as they could not be read, by the task's parts; nil in checkpoints of before this was kept.
    var skipped: [[SkippedSamples.Note]]?

    struct Best: Codable, Equatable {
        let score: Double
        /// The number of epochs finished with it.
        let epoch: Int
    }

    var position: TrainingPosition { TrainingPosition(epoch: epoch, batch: batch) }
}

/// A mean on the way: values weighted by what each is the mean of.
struct WeightedSum: Codable, Equatable {
    private(set) var sum = 0.0
    private(set) var count = 0

    mutating func add(_ mean: Double, count: Int) {
        sum += mean * Double(count)
        self.count += count
    }

    /// The mean; 0 of nothing.
    var mean: Double { sum / Double(max(count, 1)) }
}

/// Where optimisation is.
struct StepState: Codable, Equatable {
    /// Steps taken.
    var taken = 0
    /// Batches whose gradients wait, and what each phase has gathered of them.
    var waiting = 0
    var phases: [Gathered] = []
    /// Batches left out as their loss or gradients were no numbers: in all, and the last ones in a row.
    var skipped = 0
    var skippedInARow = 0

    struct Gathered: Codable, Equatable {
        var losses = WeightedSum()
        /// What the first batch's loss was the mean of: the gradients' weights are relative to it, so that those of
        /// batches of one size are 1.
        var unit = 1
    }
}
