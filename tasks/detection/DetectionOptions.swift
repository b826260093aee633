internal import Martlet
public import MartletPipeline
internal import MartletVision

/// The settings of object detection beyond those of every task.
public final class DetectionOptions: TaskSettings {
    public let image = DetectionImageSettings()
    public let augment = DetectionAugmentSettings()
    public let detect = SelectionSettings()
    @Setting("the anchors' shapes: the model's own, or found in the training data by k-means")
    public var anchors = AnchorChoice.model

    /// Where the anchors' shapes come from.
    public enum AnchorChoice: String, CaseIterable, SettingValue { case model, data }

    public required init() {}

    override public func problems() -> [String] {
        var problems = super.problems()
        guard let model else { return problems }
        guard let architecture = Detectors.named(model) else {
            let known = Detectors.all.map(\.name)
            let hint = EditDistance.nearest(to: model, among: known)
            return problems + [
                "model: expected one of \(known.joined(separator: ", ")), got \"\(model)\""
                    + (hint.map { "; did you mean \"\($0)\"?" } ?? "")
            ]
        }
        if image.size < architecture.minimumSize {
            problems.append(
                "image.size: \(model) needs at least \(architecture.minimumSize), got \(image.size)"
            )
        }
        if anchors == .data, architecture.anchorCounts == nil {
            problems.append("anchors: \(model) has no anchors whose shapes could be chosen")
        }
        return problems
    }

    override public func trainingProblems() -> [String] {
        super.trainingProblems()
            + (data.isEmpty
                ? ["data: expected data=DIR, a folder with images and their annotations"] : [])
    }
}

/// How images become what the network sees.
public final class DetectionImageSettings: Settings {
    public static let summary = "how images become what the network sees"

    @Setting("height and width that images are brought to", in: 32...4096) public var size = 256
    @Setting("how they are: stretched, or letterboxed: keeping their proportions, the rest grey")
    public var fit = Fit.stretch

    /// How images are brought to a size.
    public enum Fit: String, CaseIterable, SettingValue { case stretch, letterbox }

    public init() {}
}

/// Random changes to training images and their boxes.
public final class DetectionAugmentSettings: Settings {
    public static let summary = "random changes to training images and their boxes"

    @Setting("whether to mirror images at random") public var flip = true
    @Setting("whether to turn images upside down at random") public var verticalFlip = false
    @Setting("how often a part is cut out and enlarged", in: 0...1) public var crop = 0.5
    @Setting("the least part of the image's area that is cut out", in: 0.01...1)
    public var cropScale = 0.36
    @Setting("how often a part that shows some box well is cut out and enlarged", in: 0...1)
    public var iouCrop = 0.0
    @Setting("how often the image is made smaller, on an empty one", in: 0...1)
    public var zoomOut = 0.0
    @Setting("how often parts of four images are put together", in: 0...1)
    public var mosaic = 0.0
    @Setting("how far brightness, contrast and saturation move", in: 0...1)
    public var color = 0.0

    public init() {}
}

/// Which of a network's candidates are said to be there.
public final class SelectionSettings: Settings {
    public static let summary = "which of a network's candidates are said to be there"

    @Setting("scores of predictions are above it", in: 0...1) public var score = 0.25
    @Setting("scores of candidates that metrics are computed of are above it", in: 0...1)
    public var evaluationScore = 0.01
    @Setting("of two boxes of a class that overlap more, the surer one stays", in: 0...1)
    public var overlap = 0.45
    @Setting("how many of a class are found in an image", in: 1...10_000) public var limit = 100
    @Setting("side of the tiles that larger images are cut into, in pixels; 0: none", in: 0...65536)
    public var tile = 0

    public init() {}
}
