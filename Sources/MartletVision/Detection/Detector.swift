public import Martlet
public import MartletNN

/// What there is to find in an image, as a network learns it.
public struct DetectionTarget: Sendable {
    /// Boxes `(M, 4)`, `.xyxy`, in pixels of the network's input; M may be 0.
    public let boxes: Tensor
    /// Their classes `(M)`, int64, counted from 0.
    public let labels: Tensor

    /// - Parameters:
    ///   - boxes: `(M, 4)`, `.xyxy`, in pixels of the network's input.
    ///   - labels: `(M)`, int64, counted from 0.
    public init(boxes: Tensor, labels: Tensor) {
        precondition(
            boxes.ndim == 2 && boxes.shape[1] == 4 && labels.shape == [boxes.shape[0]],
            "DetectionTarget: expected boxes (M, 4) and labels (M), got \(boxes.shape) and "
                + "\(labels.shape)")
        self.boxes = boxes
        self.labels = labels
    }
}

/// The loss of a batch of images.
public struct DetectionLoss {
    /// What is added up: the classes' part, the boxes' part.
    public let parts: [(name: String, value: Tensor)]
    /// How many things the parts are means of: objects matched, or images.
    public let count: Int

    /// Parts, each a tensor of one element, and what they are means of.
    public init(_ parts: [(name: String, value: Tensor)], count: Int) {
        self.parts = parts
        self.count = count
    }

    /// The sum of the parts.
    public var total: Tensor { parts.dropFirst().reduce(parts[0].value) { $0 + $1.value } }
}

/// Which of a network's candidates are said to be there.
public struct DetectionSelection: Sendable, Codable, Equatable {
    /// Scores are above it.
    public var score: Double
    /// Of two boxes of a class that overlap more (intersection over union), the surer one stays.
    public var overlap: Double
    /// How many of a class are found in an image at most.
    public var limit: Int

    /// - Parameters:
    ///   - score: what scores are above.
    ///   - overlap: intersection over union beyond which the less sure of two boxes of a class goes.
    ///   - limit: how many of a class are found in an image at most.
    public init(score: Double = 0.02, overlap: Double = 0.45, limit: Int = 200) {
        self.score = score
        self.overlap = overlap
        self.limit = limit
    }
}

/// What a network found in an image, the surest first.
public struct FoundObjects: Sendable {
    /// `(K, 4)`, `.xyxy`, in pixels of the network's input, within it.
    public let boxes: Tensor
    /// `(K)`, 0 to 1.
    public let scores: Tensor
    /// `(K)`, int64, counted from 0.
    public let labels: Tensor

    /// Boxes `(K, 4)` with scores and labels `(K)`.
    public init(boxes: Tensor, scores: Tensor, labels: Tensor) {
        self.boxes = boxes
        self.scores = scores
        self.labels = labels
    }
}

/// A network that finds things of several classes in images, with the loss it is trained by.
public protocol Detector: Module {
    /// How many classes there are to find, the background not among them.
    var classes: Int { get }

    /// What training lowers.
    ///
    /// - Parameters:
    ///   - images: `(N, 3, H, W)`.
    ///   - targets: one for each image; one without boxes shows what is background.
    func loss(_ images: Tensor, _ targets: [DetectionTarget], _ context: Context) -> DetectionLoss

    /// What there is in images `(N, 3, H, W)`.
    func detect(_ images: Tensor, _ selection: DetectionSelection, _ context: Context)
        -> [FoundObjects]

    /// What there is in images `(N, 3, H, W)`, as an exported graph gives it, for the whole batch in one row: for each thing found
    /// the image `(K)`, the box `(K, 4)`, `.xyxy`, in pixels, the label `(K)` and the score `(K)`; by image, within it by
    /// label, within it the surest first.
    func detections(_ images: Tensor, _ selection: DetectionSelection, _ context: Context)
        -> [Tensor]
}

/// A detector that judges the same places of every image at once.
public protocol SingleShotDetector: Detector {
    /// For images `(N, 3, H, W)` boxes `(N, A, 4)`, `.xyxy`, in pixels, and how sure it is of each class there,
    /// `(N, A, classes)`, 0 to 1, the background left out.
    func candidates(_ images: Tensor, _ context: Context) -> (boxes: Tensor, scores: Tensor)
}
