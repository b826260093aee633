public import Martlet
public import MartletNN

/// A detector that says of default boxes what they show and how they are to be moved, and learns it as SSD does (Liu et al.
/// 2016).
public protocol DefaultBoxDetector: SingleShotDetector {
    /// What training lowers.
    var multiBoxLoss: MultiBoxLoss { get }

    /// What it says of images `(N, 3, H, W)`.
    func outputs(_ images: Tensor, _ context: Context) -> DefaultBoxOutputs
}

/// What is said of A default boxes of N images.
public struct DefaultBoxOutputs {
    /// Of boxes, relative to the default ones, `(N, A, 4)`.
    public let codes: Tensor
    /// `(N, A, 1 + classes)`, the background first.
    public let logits: Tensor
    /// `(A, 4)`, `.xyxy`, in pixels.
    public let anchors: Tensor

    /// - Parameters:
    ///   - codes: `(N, A, 4)`.
    ///   - logits: `(N, A, 1 + classes)`, the background first.
    ///   - boxes: `(A, 4)`, `.xyxy`, as parts of the images.
    ///   - images: `(N, 3, H, W)`, of which only the size matters.
    init(codes: Tensor, logits: Tensor, boxes: Tensor, images: Tensor) {
        self.codes = codes
        self.logits = logits
        anchors = boxes * CellGrid.extent(of: images)
    }
}

extension DefaultBoxDetector {
    /// Boxes and how sure it is of each class there; see `SingleShotDetector`.
    public func candidates(_ images: Tensor, _ context: Context) -> (boxes: Tensor, scores: Tensor)
    {
        let said = outputs(images, context)
        let boxes = multiBoxLoss.coder.decode(said.codes.to(.float32), anchors: said.anchors)
        let scores = said.logits.to(.float32).softmax(dim: 2)
        return (Boxes.clip(boxes, to: images), scores.slice(dim: 2, from: 1))
    }

    /// What training lowers; see `Detector`.
    public func loss(
        _ images: Tensor, _ targets: [DetectionTarget], _ context: Context
    ) -> DetectionLoss {
        let said = outputs(images, context)
        return multiBoxLoss(
            codes: said.codes, logits: said.logits, anchors: said.anchors, targets: targets)
    }
}
