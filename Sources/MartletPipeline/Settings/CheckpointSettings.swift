/// When checkpoints are written, which are kept, and which one is the best.
public final class CheckpointSettings: Settings {
    /// What the group is about.
    public static let summary = "when checkpoints are written, and which are kept"

    /// Which direction of a metric is better.
    public enum Mode: String, CaseIterable, SettingValue { case min, max }

    @Setting("the newest checkpoints kept, beside the best one", in: 1...100_000) public var keep =
        2
    @Setting("epochs between checkpoints; a new best is always kept", in: 1...100_000)
    public var epochs = 1
    @Setting("minutes between checkpoints within an epoch; 0 for none", in: 0...1e6)
    public var minutes = 0.0
    @Setting("the metric that chooses the best epoch, or auto for the task's own")
    public var monitor: String? = nil
    @Setting("whether less or more of that metric is better") public var mode: Mode? = nil

    public init() {}
}
