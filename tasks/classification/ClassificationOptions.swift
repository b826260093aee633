internal import Martlet
public import MartletPipeline
internal import MartletVision

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

    override public func problems() -> [String] {
        var problems = super.problems()
        let known = ImageClassifiers.all.map(\.name)
        if let model, !known.contains(model) {
            let hint = EditDistance.nearest(to: model, among: known)
            problems.append(
                "model: expected one of \(known.joined(separator: ", ")), got \"\(model)\""
                    + (hint.map { "; did you mean \"\($0)\"?" } ?? ""))
        }
        if image.channels == 2 { problems.append("image.channels: expected 1 or 3, got 2") }
        return problems
    }

    override public func trainingProblems() -> [String] {
        super.trainingProblems()
            + (data.isEmpty ? ["data: expected data=DIR, a folder with images to train on"] : [])
    }
}

/// How images become what the network sees.
public final class ImageSettings: Settings {
    public static let summary = "how images become what the network sees"

    @Setting("height and width of the network's input", in: 1...4096) public var size: Int? = nil
    @Setting("1 for grey, 3 for colour", in: 1...3) public var channels: Int? = nil

    public init() {}
}

/// Random changes to training images.
public final class AugmentSettings: Settings {
    public static let summary = "random changes to training images"

    @Setting("whether to mirror images at random") public var flip: Bool? = nil
    @Setting("pixels added around before a random crop", in: 0...256) public var cropPadding: Int? =
        nil

    public init() {}
}

/// The cross-entropy.
public final class LossSettings: Settings {
    public static let summary = "the cross-entropy"

    @Setting("the part of each target spread over all classes", in: 0...1)
    public var labelSmoothing = 0.0

    public init() {}
}
