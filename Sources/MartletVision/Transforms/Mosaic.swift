public import Martlet
public import MartletMetrics

/// Parts of four images around a point of one, so that things appear smaller and beside other things (Bochkovskiy et al.,
/// "YOLOv4", 2020, section 3.3).
public struct Mosaic: Sendable, Hashable {
    /// Of the result.
    public var size: ImageSize
    /// Where the point is, across and down, as parts of the sides.
    public var center: ClosedRange<Double>
    /// The share of an image's area that is shown.
    public var scale: ClosedRange<Double>

    /// A point near the middle, with a third of each image or more, by default.
    public init(
        _ size: ImageSize, center: ClosedRange<Double> = 0.25...0.75,
        scale: ClosedRange<Double> = 0.33...1
    ) {
        precondition(
            size.shorterSide > 1 && center.lowerBound >= 0 && center.upperBound <= 1
                && scale.lowerBound > 0 && scale.upperBound <= 1,
            "Mosaic: expected a size above 1 and parts of 0 to 1, got \(size), \(center) and \(scale)"
        )
        self.size = size
        self.center = center
        self.scale = scale
    }

    /// Draws once, and applies what was drawn to four images and to the boxes of what they show.
    ///
    /// - Parameters:
    ///   - samples: four images with boxes: upper left, upper right, lower left, lower right.
    ///   - visible: the least part of a box's area that must be left.
    ///   - side: the least width and height in pixels.
    /// - Returns: the result, and for each box that is left its sample, its place among the sample's and the box in the result.
    public func callAsFunction(
        _ samples: [(image: Image, boxes: [Box])], visible: Double = 0.3, side: Double = 1,
        generator: inout Generator
    ) -> (image: Image, kept: [(sample: Int, index: Int, box: Box)]) {
        precondition(samples.count == 4, "Mosaic: expected 4 images, got \(samples.count)")
        func point(_ length: Int) -> Int {
            let place = generator.uniform(center.lowerBound, center.upperBound)
            return min(max(Int(Double(length) * place), 1), length - 1)
        }
        let (x, y) = (point(size.width), point(size.height))
        let tiles = [(0, y), (y, size.height - y)].flatMap { top, height in
            [(0, x), (x, size.width - x)].map { left, width in
                PixelRect(top: top, left: left, height: height, width: width)
            }
        }
        var image = Image(height: size.height, width: size.width)
        var kept: [(sample: Int, index: Int, box: Box)] = []
        for (index, (sample, tile)) in zip(samples, tiles).enumerated() {
            let aspect = Double(tile.width) / Double(tile.height)
            let part = RandomResizedCrop(
                tile.size, scale: scale, ratio: aspect * 3 / 4...aspect * 4 / 3)(
                    sample.image, boxes: sample.boxes, visible: visible, side: side,
                    generator: &generator)
            image.paste(part.image, top: tile.top, left: tile.left)
            kept += part.kept.map {
                let (left, top) = (Double(tile.left), Double(tile.top))
                return (
                    index, $0.index,
                    Box(
                        x: $0.box.x + left, y: $0.box.y + top, width: $0.box.width,
                        height: $0.box.height)
                )
            }
        }
        return (image, kept)
    }
}
