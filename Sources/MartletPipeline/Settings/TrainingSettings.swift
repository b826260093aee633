/// What else training does.
public final class TrainingSettings: Settings {
    /// What the group is about.
    public static let summary = "what else training does"

    /// What happens when a loss, a gradient or a weight is no number.
    public enum NonFinite: String, CaseIterable, SettingValue {
        /// Training ends.
        case stop
        /// The batch is left out. A weight that is no number ends training all the same.
        case skip
        /// Training goes back to the newest checkpoint, and on from there without the batch.
        case rollback
    }

    @Setting("ends each epoch after this many batches; 0 for all", in: 0...1_000_000_000)
    public var limitBatches = 0
    @Setting("steps between checkpoints within an epoch; 0 for none", in: 0...1_000_000_000)
    public var checkpointSteps = 0
    @Setting("batches that make one step together, as one large batch", in: 1...1_000_000)
    public var accumulate = 1
    @Setting("the greatest norm of the gradient; 0 for any", in: 0...1e9) public var clipNorm = 0.0
    @Setting("the greatest size of a gradient's elements; 0 for any", in: 0...1e9)
    public var clipValue = 0.0
    @Setting("how much of the averaged weights a step keeps (0.999); 0 for no averages", in: 0...1)
    public var ema = 0.0
    @Setting("patterns of parameters that are not trained: backbone.*,head.bias")
    public var freeze = ""
    @Setting("what a number that is none does: stop, skip the batch, or rollback to a checkpoint")
    public var nonFinite = NonFinite.stop
    @Setting("batches that may be skipped in a row", in: 1...1_000_000) public var skipLimit = 10
    @Setting("times training may roll back to one checkpoint", in: 1...1_000_000)
    public var rollbackLimit = 3
    @Setting("steps between points of TensorBoard's curves; 0 for none", in: 0...1_000_000_000)
    public var logSteps = 50
    @Setting("ends after this many epochs without a better score; 0 for never", in: 0...100_000)
    public var patience = 0
    @Setting("ends after this many minutes, with a checkpoint; 0 for never", in: 0...1e9)
    public var maxTime = 0.0
    @Setting("trains and evaluates on the first so many batches only; 0 for all", in: 0...1_000_000)
    public var overfit = 0
    @Setting("tries everything once: one epoch of two batches to train and to evaluate on")
    public var fastDevRun = false
    @Setting("threads that load data", in: 0...256) public var workers = 1

    public init() {}
}

extension TrainingSettings {
    /// The most batches to train on in an epoch.
    var batchLimit: Int {
        [limitBatches, overfit, fastDevRun ? 2 : 0].filter { $0 > 0 }.min() ?? .max
    }

    /// The most batches to evaluate on.
    var evaluationLimit: Int {
        [overfit, fastDevRun ? 2 : 0].filter { $0 > 0 }.min() ?? .max
    }
}
