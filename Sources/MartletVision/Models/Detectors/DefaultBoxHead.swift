internal import Martlet
public import MartletNN

/// What SSD says of the default boxes around the cells of feature maps, with layers of its own for each map.
///
/// Names are those of torchvision's `SSDHead`.
public final class DefaultBoxHead: Module {
    /// Says the logits of all classes and the background.
    public let classificationHead: Levels
    /// Says the codes of boxes.
    public let regressionHead: Levels

    /// A layer for each map, and how many numbers it says of a box.
    public final class Levels: Module {
        /// One for each map.
        public let moduleList: [any Layer]
        private let width: Int

        init(_ layers: [any Layer], width: Int) {
            moduleList = layers
            self.width = width
        }

        func callAsFunction(_ maps: [Tensor], _ context: Context) -> Tensor {
            Tensor.cat(
                zip(maps, moduleList).map { $1($0, context).rows(of: width) }, dim: 1)
        }
    }

    /// - Parameters:
    ///   - channels: of each map.
    ///   - anchors: at each cell of each map.
    ///   - layer: makes one from channels and outputs.
    init(
        channels: [Int], anchors: [Int], classes: Int,
        layer: (_ inputs: Int, _ outputs: Int) -> any Layer
    ) {
        func levels(_ width: Int) -> Levels {
            Levels(zip(channels, anchors).map { layer($0, $1 * width) }, width: width)
        }
        classificationHead = levels(1 + classes)
        regressionHead = levels(4)
    }

    /// What is said of A default boxes of N images.
    struct Outputs {
        /// `(N, A, 1 + classes)`, the background first.
        let logits: Tensor
        /// `(N, A, 4)`.
        let codes: Tensor
        /// `(A, 4)`, `.xyxy`, in pixels.
        let anchors: Tensor
        /// `(N, 3, H, W)`, of which only the size matters.
        let images: Tensor

        /// The boxes that are meant and the probabilities of the classes.
        func candidates(_ coder: BoxCoder) -> (boxes: Tensor, scores: Tensor) {
            let boxes = coder.decode(codes.to(.float32), anchors: anchors)
            let scores = logits.to(.float32).softmax(dim: 2)
            return (Boxes.clip(boxes, to: images), scores.slice(dim: 2, from: 1))
        }
    }

    /// - Parameter anchors: `(A, 4)`, `.xyxy`, as parts of the images.
    func callAsFunction(
        _ maps: [Tensor], anchors: Tensor, _ images: Tensor, _ context: Context
    ) -> Outputs {
        Outputs(
            logits: classificationHead(maps, context), codes: regressionHead(maps, context),
            anchors: anchors * CellGrid.extent(of: images), images: images)
    }
}
