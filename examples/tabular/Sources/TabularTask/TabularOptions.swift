public import MartletPipeline

/// What a table's target is.
public enum TargetKind: String, CaseIterable, SettingValue {
    /// A number.
    case regression
    /// One of some classes.
    case classification
}

/// The settings of tables beyond those of every task.
public final class TabularOptions: TaskSettings {
    @Setting("the column to predict, by name or number; auto is the last") public var target:
        String? = nil
    @Setting("regression or classification, or auto to choose by the target's values")
    public var kind: TargetKind? = nil
    @Setting("parts that the rows are cut into, one of which validates", in: 2...100)
    public var folds = 5
    @Setting("which part validates, from 0", in: 0...99) public var fold = 0
    @Setting("units of each hidden layer", in: 1...65_536) public var hidden = 32
    @Setting("hidden layers", in: 0...16) public var layers = 2
    @Setting("the part of the hidden units that a training step leaves out", in: 0...0.9)
    public var dropout = 0.0

    public required init() {}

    override public func problems() -> [String] {
        super.problems()
            + (fold < folds ? [] : ["fold: expected less than folds=\(folds), got \(fold)"])
    }

    override public func trainingProblems() -> [String] {
        super.trainingProblems()
            + (data.isEmpty ? ["data: expected data=FILE, a CSV file to train on"] : [])
    }
}
