public import Martlet

extension Precision: SettingValue {}

/// The keys that every task understands. A task's own settings are a subclass.
open class TaskSettings: Settings {
    @Setting("the folder with the data") public var data = ""
    @Setting("the architecture, or auto to choose by the data") public var model: String? = nil
    @Setting("passes over the training data", in: 1...100_000) public var epochs: Int? = nil
    @Setting("samples in a training step", in: 1...1_000_000) public var batch: Int? = nil
    @Setting("the greatest learning rate", in: 0...1_000) public var lr: Double? = nil
    @Setting("where every random number derives from", in: 0...Int(Int32.max)) public var seed = 0
    @Setting("threads to compute on", in: 1...1024) public var threads: Int? = nil
    @Setting("what products are computed in") public var precision = Precision.float32
    @Setting("a safetensors or .pth file with weights to start from") public var weights = ""
    /// The groups of dotted keys.
    public let optimizer = OptimizerSettings()
    public let schedule = ScheduleSettings()
    public let training = TrainingSettings()
    public let checkpoint = CheckpointSettings()
    public let samples = SampleSettings()

    public required init() {}

    /// What is wrong with values that are right one by one; see `Settings`. Overrides add to it.
    open func problems() -> [String] { [] }

    /// What keeps a training, but not the use of a model, from starting, as far as it shows before data are read: "KEY: what
    /// was expected and what it is". Overrides add to it; a task that needs `data` asks for it here.
    open func trainingProblems() -> [String] {
        PathCheck.reading(data, for: "data") + PathCheck.reading(weights, for: "weights")
    }

    /// Sets the number of threads, and the precision to one that the processor has.
    func prepareMachine() {
        if let threads { Threads.count = threads }
        precision = precision.supported()
    }
}

extension Precision {
    /// This precision; float32, with a line that says so, where the processor lacks its instructions.
    public func supported() -> Precision {
        guard self == .bfloat16 && !Precision.hasNativeBFloat16 else { return self }
        Log.info(
            "precision=bf16: this processor has no bfloat16 instructions (AVX512_BF16 or AMX); "
                + "computing in fp32 instead")
        return .float32
    }
}
