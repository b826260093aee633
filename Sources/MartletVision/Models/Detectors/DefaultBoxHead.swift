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

    /// - Parameters:
    ///   - maps: feature maps, `(N, channels, H, W)` each.
    ///   - boxes: `(A, 4)`, `.xyxy`, as parts of the images.
    func callAsFunction(
        _ maps: [Tensor], boxes: Tensor, _ images: Tensor, _ context: Context
    ) -> DefaultBoxOutputs {
        DefaultBoxOutputs(
            codes: regressionHead(maps, context), logits: classificationHead(maps, context),
            boxes: boxes, images: images)
    }
}
