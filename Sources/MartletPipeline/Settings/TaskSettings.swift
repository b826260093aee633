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
    @Setting("what products are computed in: fp32 or bf16") public var precision = Precision.float32
    @Setting("a safetensors file with weights to start from") public var weights = ""
    /// The groups of dotted keys.
    public let optimizer = OptimizerSettings()
    public let schedule = ScheduleSettings()
    public let training = TrainingSettings()
    public let checkpoint = CheckpointSettings()

    public required init() {}

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

/// Which optimiser, and its constants.
public final class OptimizerSettings: Settings {
    public enum Name: String, CaseIterable, SettingValue { case sgd, adam, adamw }

    @Setting("sgd, adam or adamw") public var name: Name? = nil
    @Setting("of SGD", in: 0...1) public var momentum = 0.9
    @Setting("whether SGD looks ahead") public var nesterov = true
    @Setting("Adam's decay of the first moment", in: 0...1) public var beta1 = 0.9
    @Setting("Adam's decay of the second moment", in: 0...1) public var beta2 = 0.999
    @Setting("penalty on, or decay of, the weights", in: 0...10) public var weightDecay: Double? =
        nil

    public init() {}
}

/// How the learning rate moves.
public final class ScheduleSettings: Settings {
    public enum Name: String, CaseIterable, SettingValue { case constant, step, cosine, onecycle }

    @Setting("constant, step, cosine or onecycle") public var name: Name? = nil
    @Setting("steps of linear warm-up", in: 0...10_000_000) public var warmupSteps = 0
    @Setting("epochs between drops of the step schedule", in: 1...100_000) public var stepEpochs =
        30
    @Setting("what the step schedule multiplies by", in: 0...1) public var gamma = 0.1
    @Setting("the part of one cycle that rises", in: 0.01...0.99) public var riseFraction = 0.3

    public init() {}
}
