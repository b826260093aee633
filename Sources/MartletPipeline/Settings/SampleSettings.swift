/// What happens to samples that cannot be read.
public enum BadSamples: String, CaseIterable, SettingValue {
    /// The first one ends the program with an error that names it.
    case fail
    /// They are left out, counted and listed.
    case skip
}

/// How samples are read.
public final class SampleSettings: Settings {
    @Setting("what to do with samples that cannot be read: fail or skip") public var onBad =
        BadSamples.fail
    @Setting("the greatest part of a data set that may be skipped", in: 0...1) public var maxBad =
        0.01

    public init() {}
}
