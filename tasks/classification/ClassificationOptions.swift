public import MartletPipeline

/// The settings of image classification beyond those of every task.
public final class ClassificationOptions: TaskSettings {
    public let image = ImageSettings()
    public let augment = AugmentSettings()
    public let loss = LossSettings()
    @Setting("channels of the first convolution of resnet18 and resnet18-imagenet", in: 1...4096)
    public var stem: Int? =
        nil
    @Setting("how many classes a prediction lists", in: 1...1000) public var topk = 5

    public required init() {}
}

/// How images become what the network sees.
public final class ImageSettings: Settings {
    @Setting("height and width of the network's input", in: 1...4096) public var size: Int? = nil
    @Setting("1 for grey, 3 for colour", in: 1...3) public var channels: Int? = nil

    public init() {}
}

/// Random changes to training images.
public final class AugmentSettings: Settings {
    @Setting("whether to mirror images at random") public var flip: Bool? = nil
    @Setting("pixels added around before a random crop", in: 0...256) public var cropPadding: Int? =
        nil

    public init() {}
}

/// The cross-entropy.
public final class LossSettings: Settings {
    @Setting("the part of each target spread over all classes", in: 0...1)
    public var labelSmoothing = 0.0

    public init() {}
}
